"""The table of ATT&CK in the crate is what its generator makes of the bundle in the tests' data."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.pysigma_1_only

REPOSITORY = Path(__file__).parents[2]


def test_the_table_is_generated() -> None:
    """Neither an edit by hand nor another bundle goes unseen."""
    folder = REPOSITORY / "src" / "attack"
    bundle = REPOSITORY / "python" / "socdef_sigma" / "pysigma" / "attack.json"
    made = subprocess.run(
        [sys.executable, folder / "generate.py", bundle],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert made.stdout == (folder / "table.tsv").read_text(encoding="utf-8")
