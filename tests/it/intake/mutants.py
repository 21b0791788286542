#!/usr/bin/env python3
"""Faults put into the recogniser, one at a time: each must fail `cargo test --test it intake::`.

    python3 tests/it/intake/mutants.py [NAME...]

It changes files of the sources and puts them back, and refuses to start where one of them has changes that
are not committed. A mutant whose text is not there any more is stale, and fails too: say the fault again in
the code of today. Some minutes each.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

MUTANTS: dict[str, tuple[str, str, str]] = {
    "skips-files-in-a-list": (
        "src/extract/line.rs",
        "    let whole = parse_as(Expect::Any, text);\n",
        "    if setting.topic == Topic::Files {\n        return Line::Blank;\n    }\n"
        "    let whole = parse_as(Expect::Any, text);\n",
    ),
    "stops-at-the-first-value-of-a-line": (
        "src/extract/line.rs",
        "        return Line::Values(found);\n",
        "        return Line::Values(found.into_iter().take(1).collect());\n",
    ),
    "refuses-whole-lines": (
        "src/extract/line.rs",
        "    let found = candidates(\n",
        "    if spaced {\n"
        "        return Line::Values(vec![Candidate::without(text, Reason::UnknownType)]);\n    }\n"
        "    let found = candidates(\n",
    ),
    "skips-files-in-a-text": (
        "src/source/text.rs",
        "        self.queue(line, found);\n    }\n\n    fn queue",
        "        if matches!(setting.topic, Topic::Files | Topic::Versions) {\n"
        "            return;\n        }\n"
        "        self.queue(line, found);\n    }\n\n    fn queue",
    ),
    "gives-one-value-of-a-piece": (
        "src/source/text.rs",
        "        for candidate in found {\n",
        "        for candidate in found.into_iter().take(1) {\n",
    ),
    "drops-columns": (
        "src/source/text.rs",
        "                for (cell, column) in cells {\n",
        "                for (cell, column) in cells.into_iter().take(1) {\n",
    ),
    "says-nothing-of-links": (
        "src/source/text.rs",
        "        for link in links {\n",
        "        for link in links.into_iter().take(0) {\n",
    ),
    "skips-code": (
        "src/source/text.rs",
        "                self.values(line.number, code, None, true);\n",
        "",
    ),
    "gives-the-next-line-as-place": (
        "src/source/text.rs",
        "        let place = Place::line(&self.name, line);\n        self.details.context",
        "        let place = Place::line(&self.name, line + 1);\n        self.details.context",
    ),
}


def tests() -> bool:
    """Whether the tests of the intake pass."""
    command = ["cargo", "test", "--quiet", "--test", "it", "intake::"]
    environment = {**os.environ, "SOCDEF_DOCUMENTS": "5000", "RUST_BACKTRACE": "0"}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if "could not compile" in ran.stderr:
        raise SystemExit(ran.stderr[-3000:])
    return ran.returncode == 0


def main() -> int:
    """Runs the mutants that are named, or all of them."""
    names = sys.argv[1:] or list(MUTANTS)
    changed = subprocess.run(
        ["git", "status", "--porcelain", "--", *{path for path, *_ in MUTANTS.values()}],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if changed:
        print(f"not committed:\n{changed}", file=sys.stderr)
        return 2
    if not tests():
        print("the tests fail without a mutant: nothing is to be learned from one", file=sys.stderr)
        return 2
    wrong = []
    for name in names:
        path, old, new = MUTANTS[name]
        file = ROOT / path
        text = file.read_text(encoding="utf-8")
        if text.count(old) != 1:
            print(f"{name}: stale")
            wrong.append(name)
            continue
        try:
            file.write_text(text.replace(old, new), encoding="utf-8")
            caught = not tests()
        finally:
            file.write_text(text, encoding="utf-8")
        print(f"{name}: {'caught' if caught else 'NOT caught'}", flush=True)
        if not caught:
            wrong.append(name)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
