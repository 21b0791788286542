"""The benchmarks of `make bench`: each row is a ratio against a peer, in the same minute on the same input.

    python benches/run.py --command .venv-bench/bin/socdef-sigma --work target/count/release/work [ROW...]

Medians of three, peak memory from the kernel's account of each process. The table goes to standard output,
and where all rows ran at full size to `benches/RESULTS.md` with the machine, the versions and the date.
"""

from __future__ import annotations

import argparse
import datetime
import gzip
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

from compile_rows import compile_file, compile_stage, growth, start_up
from convert_rows import bridge, convert, million, reading
from measure import HERE, Bench, Row

ROWS: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "compile": compile_file,
    "stage": compile_stage,
    "growth": growth,
    "convert": convert,
    "million": million,
    "bridge": bridge,
    "reading": reading,
    "start": start_up,
}

QUICK = 500
"""By how much `--quick` divides the sizes."""


def input_values(folder: Path, work: str | None) -> Path:
    """A million real values where they are at hand, else made-up ones in the same proportions."""
    shared = Path(os.environ.get("SOCDEF_SHARED", HERE.parents[1] / "shared")) / "bench" / "real-1m.txt.gz"
    path = folder / "values.txt"
    with path.open("wb") as target:
        if shared.exists():
            with gzip.open(shared) as source:
                shutil.copyfileobj(source, target)
        elif work is not None:
            subprocess.run([work, "values", "1000000"], check=True, stdout=target)
        else:
            raise SystemExit(f"there is no {shared}; give --values or --work")
    return path


def machine() -> str:
    """What it ran on."""
    cpu = Path("/proc/cpuinfo").read_text().splitlines()
    models = (line.split(":", 1)[1].strip() for line in cpu if "model name" in line)
    model = next(models, platform.processor())
    packages = ("socdef-sigma", "pysigma", "sigma-cli", "jinja2", "PyYAML")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in packages)
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}, {rustc}"
    return f"{os.cpu_count()} cores of {model}, {system}; {versions}"


def table(rows: list[Row]) -> str:
    """The rows in Markdown."""
    head = ("what", "ours", "peer", "figure", "goal", "")
    lines = [head, ("---",) * len(head), *(row.cells() for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def main() -> None:
    """Run the rows that are named, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--command", required=True, help="the socdef-sigma to measure")
    parser.add_argument("--work", help="the program of benches/work.rs; the row `stage` needs it")
    parser.add_argument("--values", type=Path, help="the input, a value a line")
    parser.add_argument("--folder", type=Path, help="where to make files [default: target/]")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is run [default: 3]")
    parser.add_argument("--quick", action="store_true", help="a smoke test: small inputs, one round")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.rows) - set(ROWS))
    if unknown:
        parser.error(f"there are no rows {', '.join(unknown)}; the rows are {', '.join(ROWS)}")
    parent = arguments.folder or HERE.parent / "target"
    parent.mkdir(exist_ok=True)
    rows = []
    # In the folder of the build rather than in /tmp, which may be memory.
    with tempfile.TemporaryDirectory(dir=parent, prefix="bench-") as name:
        bench = Bench(
            command=arguments.command,
            python=sys.executable,
            work=arguments.work,
            folder=Path(name),
            values=arguments.values or input_values(Path(name), arguments.work),
            rounds=1 if arguments.quick else arguments.rounds,
            shrink=QUICK if arguments.quick else 1,
        )
        for row in arguments.rows or ROWS:
            for line in ROWS[row](bench):
                print(*line.cells(), sep=" | ", file=sys.stderr, flush=True)
                rows.append(line)
    text = table(rows)
    print(text)
    if not (arguments.rows or arguments.quick or arguments.values):
        day = datetime.date.today().isoformat()
        head = f"# Benchmarks\n\n`make bench`, {day}: {machine()}.\n\n"
        notes = HERE / "NOTES.md"
        (HERE / "RESULTS.md").write_text(head + text + (notes.read_text() if notes.exists() else ""))


if __name__ == "__main__":
    main()
