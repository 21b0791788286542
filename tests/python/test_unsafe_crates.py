"""The table of `unsafe` in docs/security.md has every linked crate with the word, and its number."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.pysigma_1_only

SCRIPTS = Path(__file__).parents[2] / ".ci"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(SCRIPTS)
    spec = importlib.util.spec_from_file_location("unsafe_crates", SCRIPTS / "unsafe_crates.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_is_whole() -> None:
    checked = subprocess.run(
        [sys.executable, SCRIPTS / "unsafe_crates.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")


PAGE = "## Unsafe code\n\n| crate | `unsafe` |\n|---|---|\n| `a`, `b` | 0 | x | y |\n| `c`, `d` | 1, 2 | x | y |\n"


@pytest.mark.parametrize(
    ("found", "wrong"),
    [
        ({"a": 0, "b": 0, "c": 1, "d": 2, "e": 0}, []),
        ({"a": 0, "b": 0, "c": 1, "d": 2, "e": 3}, ["e: not in the table, 3 found"]),
        ({"a": 4, "b": 0, "c": 1, "d": 2}, ["a: 0 in the table, 4 found"]),
        ({"a": 0, "b": 0, "c": 1}, ["d: in the table, and not linked"]),
    ],
)
def test_a_table_that_is_wrong_is_seen(script: ModuleType, found: dict[str, int], wrong: list[str]) -> None:
    assert script.table(PAGE) == {"a": 0, "b": 0, "c": 1, "d": 2}
    assert script.differences(script.table(PAGE), found) == wrong
