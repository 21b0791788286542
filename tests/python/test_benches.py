"""That every row of `make bench` runs, on a few values: the harness is code, too, and its checks must find what is wrong.

No figure is asserted. A row that compares queries fails where they are not pySigma's.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from _harness import REPO
from _harness.command import SIGMA, SOCDEF

pytestmark = pytest.mark.pysigma_1_only

VALUES = "".join(f"host{number}.example\n198.51.100.{number}\n" for number in range(60))
ROWS = ["compile", "growth", "convert", "million", "bridge", "reading", "start"]
"""All but `stage`, which needs a program of its own."""


def bench(folder: Path, *arguments: str, command: str | Path = SOCDEF) -> subprocess.CompletedProcess[str]:
    values = folder / "values.txt"
    values.write_text(VALUES)
    script = [sys.executable, str(REPO / "benches" / "run.py"), "--command", str(command)]
    more = ["--values", str(values), "--folder", str(folder), "--quick", *arguments]
    return subprocess.run([*script, *more], capture_output=True, text=True, check=False)


@pytest.mark.skipif(
    os.environ.get("SOCDEF_TEST_PYSIGMA") == "2",
    reason="the peers are those of the pySigma 1 environment, as in make bench",
)
def test_every_row_runs(tmp_path: Path) -> None:
    ran = bench(tmp_path, *ROWS)
    assert ran.returncode == 0, ran.stderr
    rows = [line for line in ran.stdout.splitlines() if line.startswith("| ")][2:]
    assert len(rows) == 4 + 2 + 2 + 3 + 2 + 2 + 2, ran.stdout
    assert all(row.count(" | ") == 5 for row in rows), ran.stdout


def test_queries_that_are_not_pysigmas_are_no_result(tmp_path: Path) -> None:
    """A command that converts, and then changes one query."""
    wrong = tmp_path / "socdef-sigma"
    wrong.write_text(
        "#!/usr/bin/env bash\n"
        f'"{SOCDEF}" "$@" || exit\n'
        'if [ "$1" = convert ]; then sed -i "s/host7.example/host8.example/" "${@: -1}"; fi\n'
    )
    wrong.chmod(0o755)
    (tmp_path / "sigma").symlink_to(SIGMA)
    ran = bench(tmp_path, "convert", command=wrong)
    assert ran.returncode != 0
    assert "are not those of `sigma convert`" in ran.stderr


def test_a_row_that_is_not_there_is_refused(tmp_path: Path) -> None:
    ran = bench(tmp_path, "nothing")
    assert ran.returncode == 2
    assert "there are no rows nothing" in ran.stderr
