"""The README's examples do what the README shows.

Every `console` block is run, in order and in one folder; `...` stands for lines that are not shown. Python blocks are run too.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from _harness.docs import blocks, commands, matches

README = Path(__file__).parents[2] / "README.md"


def test_console_blocks(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    """Each command succeeds and prints what stands below it."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**sigma_home, "PATH": path, "NO_COLOR": "1"}
    ran = 0
    for block in blocks(README, "console"):
        for command, shown in commands(block):
            if command.startswith("pip install"):
                continue  # The package under test is installed.
            done = subprocess.run(
                ["bash", "-o", "pipefail", "-c", command],
                cwd=tmp_path,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}"
            assert matches(shown, done.stdout), f"{command}\n{done.stdout}"
            ran += 1
    assert ran >= 8


@pytest.mark.parametrize("code", blocks(README, "python"))
def test_python_blocks(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each block runs, and prints something."""
    exec(compile(code, str(README), "exec"), {"__name__": "readme"})
    assert capsys.readouterr().out
