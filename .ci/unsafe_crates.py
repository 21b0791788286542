"""Counts the word `unsafe` in the sources of each linked crate, without comments and tests: the numbers of docs/security.md.

python .ci/unsafe_crates.py [CRATE...]
python .ci/unsafe_crates.py --check    says what the table of docs/security.md lacks, and what is another number there
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from licences import linked, metadata

WORD = re.compile(r"\bunsafe\b")
BLOCK = re.compile(r"/\*.*?\*/", re.DOTALL)


def count(crate: dict) -> int:
    sources = (Path(crate["manifest_path"]).parent / "src").rglob("*.rs")
    lines = (
        line.split("//")[0]
        for path in sources
        if "test" not in path.name
        for line in BLOCK.sub("", path.read_text(encoding="utf-8", errors="replace")).splitlines()
    )
    return sum(len(WORD.findall(line)) for line in lines)


PAGE = Path(__file__).parents[1] / "docs" / "security.md"
NAME = re.compile(r"`([A-Za-z0-9_-]+)`")


def table(page: str) -> dict[str, int]:
    """The numbers of the table, by crate. A row has a number for each of its crates, or one for all of them."""
    said = {}
    for line in page.partition("## Unsafe code")[2].splitlines():
        cells = line.split("|")
        if len(cells) > 4 and (names := NAME.findall(cells[1])):
            numbers = [int(number) for number in cells[2].split(",")]
            said |= dict(zip(names, numbers * (len(names) if len(numbers) == 1 else 1), strict=True))
    return said


def differences(said: dict[str, int], found: dict[str, int]) -> list[str]:
    """What is wrong with the table, where `found` is what is linked."""
    wrong = [
        f"{name}: not in the table, {count} found"
        for name, count in found.items()
        if count and name not in said
    ]
    wrong += [
        f"{name}: {said[name]} in the table, {count} found"
        for name, count in found.items()
        if said.get(name, count) != count
    ]
    return wrong + [f"{name}: in the table, and not linked" for name in said if name not in found]


def check() -> None:
    """The crates of Linux, for which the wheels are built that CI tests."""
    crates = linked(metadata("--filter-platform", "x86_64-unknown-linux-gnu"))
    # Of two versions of one crate the newer one counts.
    found = {crate["name"]: count(crate) for crate in crates}
    if wrong := differences(table(PAGE.read_text(encoding="utf-8")), found):
        sys.exit("docs/security.md:\n" + "\n".join(wrong))


def main(names: list[str]) -> None:
    if names == ["--check"]:
        check()
        return
    for crate in linked(metadata()):
        if not names or crate["name"] in names:
            print(f"{crate['name']} {crate['version']}: {count(crate)}")


if __name__ == "__main__":
    main(sys.argv[1:])
