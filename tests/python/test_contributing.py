"""CONTRIBUTING's lists: the files that an addition touches are those that name its example."""

import re

import pytest

from _harness import REPO

pytestmark = pytest.mark.pysigma_1_only

SEARCHES = {
    "type": (r"\b{}\b", ("src", "templates", "python")),
    "log source": ("{}", ("src", "templates", "python")),
    "format": (r"mod {0};|\b{1} \"{0}\",|Format::{1}\b|\b{0}::", ("src", "python")),
    "pipeline": (r"\b{}\b", ("src", "python")),
    "alert format": (r"\b{}\b", ("src", "python")),
    "target": (r"\b{}\b", ("src", "python")),
}
"""By what is added: how a file names the example, and the folders that hold the program."""

GUIDE = (REPO / "CONTRIBUTING.md").read_text(encoding="utf-8")
HEADING = re.compile(r"^### An? ([\w ]+): (\d+) files?, for example `(\w+)`\n(.*?)(?=^##)", re.M | re.S)


def touched(kind: str, example: str) -> set[str]:
    """The files of the program that name an example, or are named as it. Tests are not the program."""
    words, folders = SEARCHES[kind]
    pattern = re.compile(words.format(example, example.capitalize()))
    files = (path for folder in folders for path in (REPO / folder).rglob("*") if path.is_file())
    return {
        str(path.relative_to(REPO))
        for path in files
        if path.suffix in {".rs", ".py", ".yml", ".j2"}
        and "tests" not in (path.stem, path.parent.name)
        and (example in (path.stem, path.parent.name) or pattern.search(path.read_text(encoding="utf-8")))
    }


def expanded(path: str) -> list[str]:
    """`{a,b}.yml` as `a.yml` and `b.yml`."""
    start, brace, rest = path.partition("{")
    if not brace:
        return [path]
    names, _, end = rest.partition("}")
    return [f"{start}{name}{end}" for name in names.split(",")]


def test_each_kind_of_addition_has_a_list() -> None:
    assert {kind for kind, *_ in HEADING.findall(GUIDE)} == set(SEARCHES)


@pytest.mark.parametrize(
    ("kind", "number", "example", "text"), HEADING.findall(GUIDE), ids=lambda value: value[:20]
)
def test_a_list_has_the_files_that_name_its_example(kind: str, number: str, example: str, text: str) -> None:
    listed = [path for item in re.findall(r"^- `([^`]+)`: ", text, re.M) for path in expanded(item)]
    assert sorted(listed) == sorted(touched(kind, example))
    assert len(listed) == int(number)


@pytest.mark.parametrize(
    "page", ["CONTRIBUTING.md", *(f"docs/{page.name}" for page in (REPO / "docs").glob("*.md"))]
)
def test_every_path_of_a_page_is_there(page: str) -> None:
    text = (REPO / page).read_text(encoding="utf-8")
    for path in re.findall(r"`((?:src|templates|python|tests|docs|fuzz|benches|examples)/[\w./-]*)`", text):
        # A page on drop-ins has templates of its user.
        assert (REPO / path).exists() or path.startswith("templates/acme"), path


def test_it_is_a_page() -> None:
    assert len(GUIDE.splitlines()) <= 100
