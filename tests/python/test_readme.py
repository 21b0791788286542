"""The README does what it shows, is short, and takes its figures from the pages that it links to.

Every `console` block is run, in order and in one folder; `...` stands for lines that are not shown. Python
blocks are run too.
"""

import re
from pathlib import Path

import pytest

from _harness import REPO
from _harness.command import environment
from _harness.docs import blocks, run_page, words_of
from socdef_sigma import _core

README = REPO / "README.md"
TEXT = README.read_text(encoding="utf-8")
ENGINES = ("SQLite", "DuckDB", "ClickHouse", "PostgreSQL", "Spark SQL")


def test_console_blocks(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    """Each command succeeds and prints what stands below it."""
    assert run_page(README, tmp_path, environment(sigma_home)) == 4


@pytest.mark.parametrize("code", blocks(README, "python"))
def test_python_blocks(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each block runs, and prints something."""
    exec(compile(code, str(README), "exec"), {"__name__": "readme"})
    assert capsys.readouterr().out


@pytest.mark.pysigma_1_only
def test_it_is_short() -> None:
    """At most 1,300 words, and no line over 100 columns."""
    assert len(TEXT.split()) <= 1300
    assert [line for line in TEXT.splitlines() if len(line) > 100] == []


def _claims() -> list[tuple[str, str]]:
    """What it says that it does: each item of the list, and the page that has its figures."""
    (items,) = re.findall(r"^(- .*?)\n\n", TEXT, re.M | re.S)[:1]
    found = []
    for item in re.split(r"^- ", items, flags=re.M)[1:]:
        words, page = re.fullmatch(r"(.*)\[[^]]+\]\(([^)]+)\)\.\n?", item, re.S).groups()  # type: ignore[union-attr]
        found.append((" ".join(words.split()), page))
    return found


@pytest.mark.pysigma_1_only
def test_there_are_six_claims_each_with_a_figure_or_a_command() -> None:
    claims = _claims()
    assert len(claims) == 6
    assert all(re.search(r"\d|`socdef-sigma [a-z]+", words) for words, _ in claims)


@pytest.mark.pysigma_1_only
@pytest.mark.parametrize(
    ("words", "page"),
    [claim for claim in _claims() if re.search(r"\d", claim[0])],
    ids=lambda value: value[:40],
)
def test_its_figures_are_those_of_the_page(words: str, page: str) -> None:
    """Each number stands in the page that the claim links to, which a command writes."""
    printed = (REPO / page).read_text(encoding="utf-8")
    formats = re.match(r".*\* (\d+) formats", words)
    if formats:
        assert int(formats[1]) == len(_core.formats())
        words = words.replace(formats[0], "")
    numbers = re.findall(r"\d[\d,.]*\d|\d", words)
    assert numbers
    for number in numbers:
        assert re.search(rf"(?<![\d.,]){re.escape(number)}(?![\d]|[.,]\d)", printed), number


@pytest.mark.pysigma_1_only
def test_each_engine_found_what_the_claim_says() -> None:
    (claim,) = (words for words, page in _claims() if page == "docs/engines.md")
    rules, events, expected, found, missed, extra = re.findall(r"\d[\d,]*\d|\d", claim)
    page = (REPO / "docs" / "engines.md").read_text(encoding="utf-8")
    for engine in ENGINES:
        assert engine in claim
        row = f"| {engine}, `-p socdef_values` | {rules} | {events} | {expected} | {found} | {missed} | {extra} |"
        assert row in page


@pytest.mark.pysigma_1_only
def test_the_picture_shows_the_quick_start() -> None:
    """`docs/pictures/quick_start.py` makes it; each line of the block stands in it."""
    (block,) = (block for block in blocks(README, "console") if "compile" in block)
    picture = words_of(REPO / "docs" / "pictures" / "quick-start.svg")
    for line in block.splitlines():
        assert line == "..." or " ".join(line.split()) in picture, line


@pytest.mark.pysigma_1_only
def test_its_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", TEXT):
        assert target.startswith("https://") or (REPO / target).exists(), target


@pytest.mark.pysigma_1_only
def test_it_lists_every_page() -> None:
    pages = {f"docs/{page.name}" for page in (REPO / "docs").glob("*.md")} - {"docs/index.md"}
    table = TEXT.split("\n## Documentation\n")[1].split("\n## ")[0]
    assert set(re.findall(r"\]\((docs/[^)]+)\)", table)) == pages
