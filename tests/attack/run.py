"""The campaign: every part in turn, then the table of what was tried. Status 1 where something failed.

    python tests/attack/run.py --command .venv/bin/socdef-sigma --seconds 1200
    python tests/attack/run.py --command .venv/bin/socdef-sigma --seconds 20 values slow

Everything runs on loopback. Nothing here imports the package that it attacks: what it knows is the command line, HTTP and
the formats.
"""

from __future__ import annotations

import argparse
import importlib
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from lab import FAIL, PASS, SKIP, Lab, Row

# Each part and its share of the time. A new part is a file here with a function `attack(lab)` that yields rows.
PARTS = {
    "values": 4, "queries": 3, "slow": 8, "growth": 3, "identities": 2, "file_names": 1, "exports": 1, "server": 5, "clients": 3,
    "stores": 1, "places": 1, "clocks": 2, "kills": 2, "disk": 1,
}  # fmt: skip


def tried(part: str, lab: Lab, rows: list[Row]) -> None:
    """Adds the rows of a part; an exception of the campaign itself is a row that fails."""

    def add(row: Row) -> None:
        rows.append(row)
        print(f"{row.verdict}  {part}: {row.test}: {row.figure}", flush=True)

    try:
        for row in importlib.import_module(part).attack(lab):
            add(row)
    except Exception as error:
        if lab.verbose:
            raise
        add(Row("the campaign itself runs", part, f"{type(error).__name__}: {error}", FAIL))


def table(rows: list[Row], seed: int) -> None:
    """Print what was tried, and the smallest input of each failure."""
    print("\n## What was tried\n\n| promise | test | figure | verdict |\n|---|---|---|---|")
    for row in rows:
        figure = " ".join(row.figure.split()).replace("|", "\\|")
        print(
            f"| {row.promise} | {row.test} | {figure.encode('ascii', 'backslashreplace').decode()} | {row.verdict} |"
        )
    for row in rows:
        if row.verdict == FAIL and row.smallest:
            print(
                f"\nThe smallest input of: {row.test}\n{row.smallest.encode('ascii', 'backslashreplace').decode()}"
            )
    counts = {verdict: sum(row.verdict == verdict for row in rows) for verdict in (PASS, FAIL, SKIP)}
    print(f"\nseed {seed}: " + ", ".join(f"{count} {verdict}" for verdict, count in counts.items()))


def main() -> int:
    """Run, print, judge."""
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(PARTS)} (default: all)")
    said.add_argument("--command", type=Path, required=True, help="the installed socdef-sigma")
    said.add_argument("--seconds", type=float, default=1200, help="the time for all parts (default: 1200)")
    said.add_argument("--count", type=int, help="an upper bound for the number of inputs of each part")
    said.add_argument("--seed", type=int, help="the seed of the generators (default: the clock)")
    said.add_argument("--keep", action="store_true", help="keep the work folder")
    said.add_argument(
        "--verbose", action="store_true", help="say what is tried, stop at an error of the campaign"
    )
    given = said.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        said.error(f"no part {', '.join(sorted(unknown))}")
    command = Path(shutil.which(given.command) or given.command).absolute()
    if not command.is_file():
        said.error(f"no file {command}")
    seed = int(time.time()) if given.seed is None else given.seed
    chosen = given.parts or list(PARTS)
    whole = sum(PARTS[part] for part in chosen)
    # What was started and mounted is ended by its own block, also where somebody stops the campaign.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    work = Path(tempfile.mkdtemp(prefix="attack-"))
    print(f"seed {seed}, {given.seconds:.0f} s, {command}", flush=True)
    rows: list[Row] = []
    try:
        for part in chosen:
            seconds = given.seconds * PARTS[part] / whole
            folder = work / part
            folder.mkdir()
            tried(part, Lab(command, folder, seconds, seed, given.count, given.verbose), rows)
            if not given.keep:
                shutil.rmtree(folder, ignore_errors=True)
    finally:
        if not given.keep:
            shutil.rmtree(work, ignore_errors=True)
        # Also where somebody stops the campaign: what was tried until then was tried.
        table(rows, seed)
    return 1 if any(row.verdict == FAIL for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
