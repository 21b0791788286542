"""Counts the word `unsafe` in the sources of each linked crate, without comments and tests: the numbers of docs/security.md.

python .ci/unsafe_crates.py [CRATE...]
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


def main(names: list[str]) -> None:
    for crate in linked(metadata()):
        if not names or crate["name"] in names:
            print(f"{crate['name']} {crate['version']}: {count(crate)}")


if __name__ == "__main__":
    main(sys.argv[1:])
