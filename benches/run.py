"""The benchmarks of `make bench`: each row is a ratio against a peer that ran in the same minute.

    python benches/run.py --command .venv-bench/bin/socdef-sigma --work target/release/deps/work-… [ROW…]

Medians of three, peak memory from the kernel's account of the process. The table goes to standard output,
and to `benches/RESULTS.md` with the machine, the versions and the date.
"""

from __future__ import annotations

import argparse
import datetime
import gzip
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROUNDS = 3


@dataclass(frozen=True)
class Run:
    """One run of a process: seconds by the clock, peak memory in MiB."""

    seconds: float
    memory: float


@dataclass(frozen=True)
class Row:
    """A line of the table. `goal` and `figure` are ratios, seconds or MiB, as `unit` says."""

    name: str
    ours: str
    peer: str
    figure: float
    goal: float
    unit: str
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the goal is reached."""
        return self.figure >= self.goal if self.at_least else self.figure <= self.goal

    def cells(self) -> tuple[str, ...]:
        """The cells of the table."""
        sign = "≥" if self.at_least else "≤"
        verdict = "met" if self.is_met else "missed"
        figure, goal = f"{self.figure:.3g} {self.unit}".strip(), f"{sign} {self.goal:g} {self.unit}".strip()
        return (self.name, self.ours, self.peer, figure, goal, verdict)


@dataclass(frozen=True)
class Bench:
    """What the rows share."""

    command: str
    work: str
    sigma: str
    python: str
    folder: Path
    values: Path

    def cut(self, count: int) -> Path:
        """The first values of the input, in a file of their own."""
        path = self.folder / f"values-{count}.txt"
        if not path.exists():
            with self.values.open("rb") as source, path.open("wb") as target:
                for _, line in zip(range(count), source, strict=False):
                    target.write(line)
        return path


def run(*command: str | Path, stdout: int | None = subprocess.DEVNULL, stdin: Path | None = None) -> Run:
    """Run to the end. Raises `SystemExit` with what it said where it fails."""
    with tempfile.TemporaryFile() as errors:
        source = stdin.open("rb") if stdin else subprocess.DEVNULL
        begin = time.perf_counter()
        words = [str(part) for part in command]
        process = subprocess.Popen(words, stdin=source, stdout=stdout, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            raise SystemExit(f"{command} failed: {errors.read().decode(errors='replace')}")
    return Run(seconds, usage.ru_maxrss / 1024)


def shell(script: str) -> Run:
    """Run a pipe."""
    return run("/bin/bash", "-c", f"set -o pipefail; {script}")


def both(ours: Callable[[], Run], peer: Callable[[], Run], rounds: int = ROUNDS) -> tuple[Run, Run]:
    """Medians of runs that take turns, so that a noisy moment meets both."""
    pairs = [(ours(), peer()) for _ in range(rounds)]
    mine, theirs = zip(*pairs, strict=True)
    return median(mine), median(theirs)


def median(runs: tuple[Run, ...]) -> Run:
    """The median time, the highest memory."""
    return Run(statistics.median(r.seconds for r in runs), max(r.memory for r in runs))


def told(run: Run) -> str:
    """A run in words."""
    return f"{run.seconds:.2f} s, {run.memory:.0f} MiB"


def compile_file(bench: Bench) -> Iterator[Row]:
    """A million values to one YAML file against a copy of that file."""
    values, out, copy = bench.cut(1_000_000), bench.folder / "rules.yml", bench.folder / "copy.yml"

    def ours() -> Run:
        return run(bench.command, "compile", "-q", values, "-o", out)

    def peer() -> Run:
        return run("dd", f"if={out}", f"of={copy}", "bs=1M", "conv=fsync", "status=none")

    mine, theirs = both(ours, peer)
    copy.unlink()
    size = out.stat().st_size / 1e6
    name = f"1,000,000 values to one YAML file of {size:.0f} MB, whole process"
    yield Row(name, told(mine), f"dd with fsync: {told(theirs)}", mine.seconds / theirs.seconds, 8, "x")
    yield Row("the same, peak memory", told(mine), "", mine.memory, 400, "MiB")
    pipe, cat = both(
        lambda: shell(f"'{bench.command}' compile -q --no-merge '{values}' | cat > /dev/null"),
        lambda: shell(f"cat '{out}' | cat > /dev/null"),
    )
    ratio = pipe.seconds / cat.seconds
    yield Row("the same with --no-merge into a pipe", told(pipe), f"cat: {told(cat)}", ratio, 4, "x")
    lean = run(bench.command, "compile", "-q", "--no-merge", values)
    yield Row("the same, peak memory", told(lean), "", lean.memory, 150, "MiB")
    out.unlink()


def compile_stage(bench: Bench) -> Iterator[Row]:
    """Rules a second of the compile stage against what one would write in Python."""
    count = 200_000
    ours = [float(output(bench.work, "compile", str(count)).split()[-1]) for _ in range(ROUNDS)]
    mine = count / statistics.median(ours)
    for name, goal in (("jinja2", 15), ("csafe", 150)):
        times = [float(output(bench.python, str(HERE / "peers.py"), name, "20000")) for _ in range(ROUNDS)]
        theirs = 20_000 / statistics.median(times)
        label = {"jinja2": "jinja2 without escaping", "csafe": "PyYAML's CSafeDumper"}[name]
        what, peer = "rules a second in the compile stage", f"{label}: {theirs:,.0f}"
        yield Row(what, f"{mine:,.0f}", peer, mine / theirs, goal, "x", at_least=True)


def growth(bench: Bench) -> Iterator[Row]:
    """Ten times the values take ten times the time."""
    sizes = (10_000, 100_000, 1_000_000)
    runs = {}
    for size in sizes:
        values = bench.cut(size)
        begin = median(tuple(run(bench.command, "compile", "-q", values) for _ in range(ROUNDS)))
        runs[size] = begin
    start = median(tuple(run(bench.command, "compile", "-q", bench.cut(1)) for _ in range(ROUNDS)))
    each = {size: (runs[size].seconds - start.seconds) / size for size in sizes}
    for size in sizes[:-1]:
        name = f"time a value, 1,000,000 against {size:,}, start-up taken off"
        ours = f"{each[1_000_000] * 1e6:.2f} µs, {runs[1_000_000].memory:.0f} MiB"
        peer = f"{each[size] * 1e6:.2f} µs, {runs[size].memory:.0f} MiB"
        yield Row(name, ours, peer, each[1_000_000] / each[size], 1.2, "x")


def start_up(bench: Bench) -> Iterator[Row]:
    """What a command costs before it does anything."""
    one = bench.cut(1)
    for name, goal, command in (
        ("--version", 50, (bench.command, "--version")),
        ("compile of one value", 90, (bench.command, "compile", "-q", one)),
    ):
        mine, theirs = both(lambda c=command: run(*c), lambda: run(bench.python, "-c", "pass"), 9)
        extra = (mine.seconds - theirs.seconds) * 1000
        yield Row(f"start-up: {name}", told(mine), f"python -c pass: {told(theirs)}", extra, goal, "ms more")


def output(*command: str) -> str:
    """What a command prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


ROWS: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "compile": compile_file,
    "stage": compile_stage,
    "growth": growth,
    "start": start_up,
}


def million(folder: Path, work: str) -> Path:
    """A million real values where they are at hand, else made-up ones in the same proportions."""
    shared = Path(os.environ.get("SOCDEF_SHARED", HERE.parents[1] / "shared")) / "bench" / "real-1m.txt.gz"
    path = folder / "values.txt"
    with path.open("wb") as target:
        if shared.exists():
            with gzip.open(shared) as source:
                shutil.copyfileobj(source, target)
        else:
            subprocess.run([work, "values", "1000000"], check=True, stdout=target)
    return path


def machine() -> str:
    """What it ran on."""
    cpu = Path("/proc/cpuinfo").read_text().splitlines()
    models = (line.split(":", 1)[1].strip() for line in cpu if "model name" in line)
    model = next(models, platform.processor())
    packages = ("socdef-sigma", "pysigma", "jinja2", "PyYAML")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in packages)
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores of {model}, {system}; {versions}"


def table(rows: list[Row]) -> str:
    """The rows in Markdown."""
    head = ("what", "ours", "peer", "figure", "goal", "")
    lines = [head, ("---",) * len(head), *(row.cells() for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def main() -> None:
    """Run the rows that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--command", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.rows) - set(ROWS))
    if unknown:
        parser.error(f"there are no rows {', '.join(unknown)}; the rows are {', '.join(ROWS)}")
    folder_of_commands = Path(arguments.command).parent
    with tempfile.TemporaryDirectory(dir=HERE.parent / "target", prefix="bench-") as name:
        folder = Path(name)
        bench = Bench(
            command=arguments.command,
            work=arguments.work,
            sigma=str(folder_of_commands / "sigma"),
            python=sys.executable,
            folder=folder,
            values=million(folder, arguments.work),
        )
        rows = [row for name in arguments.rows or ROWS for row in ROWS[name](bench)]
    text = table(rows)
    print(text)
    if not arguments.rows:
        day = datetime.date.today().isoformat()
        head = f"# Benchmarks\n\n`make bench`, {day}: {machine()}.\n\n"
        notes = HERE / "NOTES.md"
        (HERE / "RESULTS.md").write_text(head + text + (notes.read_text() if notes.exists() else ""))


if __name__ == "__main__":
    main()
