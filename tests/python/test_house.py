"""No circle of imports, however many files it goes through; and no file that is too long."""

from pathlib import Path

import pytest

from _harness import REPO
from _harness.imports import circles, python, rust

pytestmark = pytest.mark.pysigma_1_only


def _tree(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_the_crate_has_no_circle() -> None:
    graph = rust(REPO / "src")
    assert len(graph) > 250
    assert circles(graph) == []


def test_the_packages_have_no_circle() -> None:
    graph = python([REPO / "python"])
    assert len(graph) > 40
    assert circles(graph) == []


@pytest.mark.parametrize(
    "second",
    [
        "use super::one::One;",
        "use crate::one::{self as first, One};",
        "use super::*;\nfn f() { super::one::f(); }",
        "fn f() -> crate::One { todo!() }",
        "use super::{three::{self}, one::*};",
        "fn f() { crate::make!(); }",
    ],
)
def test_a_circle_of_two_files_of_rust_is_seen(tmp_path: Path, second: str) -> None:
    """However the way back is written: by a re-export, a path or a macro too."""
    crate = _tree(
        tmp_path,
        {
            "lib.rs": "mod one;\nmod three;\nmod two;\npub use one::One;",
            "one.rs": "use crate::two;\npub struct One;\nmacro_rules! make { () => {} }\nfn f() { two::f(); }",
            "two/mod.rs": f"// use nothing\n{second}\n",
            "three.rs": "",
        },
    )
    assert circles(rust(crate)) == [["one.rs", "two/mod.rs"]]


def test_what_is_in_a_comment_a_text_or_a_test_is_no_import(tmp_path: Path) -> None:
    two = """
        //! `crate::one::f` and [`super::one`].
        const TEXT: &str = "crate::one::f";
        const RAW: &str = r#"super::one::f"#;
        fn quote() -> char { '"' }
        #[cfg(test)]
        mod tests { use super::super::one::f; }
    """
    crate = _tree(
        tmp_path,
        {"lib.rs": "mod one;\nmod two;", "one.rs": "use crate::two::quote;\nfn f() {}", "two.rs": two},
    )
    assert rust(crate)["two.rs"] == set()
    assert circles(rust(crate)) == []


@pytest.mark.parametrize(
    "second",
    [
        "from pack.one import One\n",
        "from .one import One\n",
        "from pack import One\n",
        "import pack.one\n",
        "def f():\n    from . import one\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .one import One\n",
    ],
)
def test_a_circle_of_two_files_of_python_is_seen(tmp_path: Path, second: str) -> None:
    packages = _tree(
        tmp_path,
        {
            "pack/__init__.py": "from .one import One\n",
            "pack/one.py": "from pack.two import f\n",
            "pack/two.py": second,
        },
    )
    assert circles(python([packages])) == [["pack.one", "pack.two"]]


MOST_LINES = 400


def too_long(root: Path) -> set[str]:
    """The files of Rust and of Python that have too many lines.

    A stub is left out: a type checker reads one file for one compiled module, so the parts of it would be modules that nothing can
    import.
    """
    found = set()
    for folder in ("src", "python", "tests"):
        for path in (root / folder).rglob("*"):
            if path.suffix in (".py", ".rs") and path.is_file():
                lines = path.read_bytes().count(b"\n")
                if lines > MOST_LINES:
                    found.add(path.relative_to(root).as_posix())
    return found


def test_no_file_is_too_long() -> None:
    assert too_long(REPO) == set(), f"over {MOST_LINES} lines: split them by what they are about"


def test_a_file_that_is_too_long_is_found(tmp_path: Path) -> None:
    files = {
        f"{folder}/{count}.{end}": "x\n" * count
        for folder, end, count in (
            ("src", "rs", 400),
            ("src/deep", "rs", 401),
            ("python", "pyi", 401),
            ("tests", "py", 401),
            ("tests", "txt", 401),
            ("docs", "py", 401),
        )
    }
    found = too_long(_tree(tmp_path, files))
    assert found == {"src/deep/401.rs", "tests/401.py"}
