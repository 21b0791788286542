"""How a row is measured: processes that take turns with their peers, and what the kernel says they cost."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


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

    @property
    def verdict(self) -> str:
        """Whether the goal is reached, and where it is not, by how much it is missed."""
        if self.is_met:
            return "met"
        short = self.goal / self.figure if self.at_least else self.figure / self.goal
        return f"**missed** by a factor of {short:.2f}"

    def cells(self) -> tuple[str, ...]:
        """The cells of the table."""
        sign = "≥" if self.at_least else "≤"
        figure, goal = f"{number(self.figure)} {self.unit}", f"{sign} {self.goal:g} {self.unit}"
        return (self.name, self.ours, self.peer, figure, goal, self.verdict)


@dataclass(frozen=True)
class Bench:
    """What the rows share."""

    command: str
    """The `socdef-sigma` that is measured; `sigma` stands beside it."""
    python: str
    """The interpreter of both."""
    work: str | None
    """The program of `benches/work.rs`."""
    folder: Path
    """Where files may be made."""
    values: Path
    """The input, a value a line."""
    rounds: int = 3
    """How often each is run; the median counts."""
    shrink: int = 1
    """By how much the sizes are divided, for a smoke test."""

    @property
    def sigma(self) -> str:
        """The command of sigma-cli."""
        return str(Path(self.command).parent / "sigma")

    def size(self, count: int) -> int:
        """The size of an input of `count` values here."""
        return max(count // self.shrink, min(count, 60))

    def cut(self, count: int) -> Path:
        """The first values of the input, in a file of their own."""
        path = self.folder / f"values-{count}.txt"
        if not path.exists():
            with self.values.open("rb") as source, path.open("wb") as target:
                for _, line in zip(range(count), source, strict=False):
                    target.write(line)
        return path

    def spread(self, count: int) -> Path:
        """As many values from all over the input, in a file of their own."""
        path = self.folder / f"spread-{count}.txt"
        if not path.exists():
            with self.values.open("rb") as source:
                total = sum(1 for _ in source)
                source.seek(0)
                step = max(total // count, 1)
                with path.open("wb") as target:
                    target.writelines(line for at, line in enumerate(source) if at % step == 0)
        return path

    def rules(self, count: int) -> Path:
        """The Sigma rules of as many values, in one file."""
        path = self.folder / f"rules-{count}.yml"
        if not path.exists():
            run(self.command, "compile", "-q", self.spread(count), "-o", path)
        return path


def run(*command: str | Path, stdout: int | None = subprocess.DEVNULL) -> Run:
    """Run to the end. Raises `SystemExit` with what it said where it fails.

    A process of its own starts it and takes the time: the kernel counts the memory of whoever starts a
    program as the program's own peak.
    """
    words = [str(part) for part in command]
    with tempfile.TemporaryFile() as errors:
        ends = os.pipe()
        starter = [sys.executable, "-I", "-S", str(HERE / "start.py"), str(ends[1]), *words]
        process = subprocess.Popen(
            starter, stdin=subprocess.DEVNULL, stdout=stdout, stderr=errors, pass_fds=ends[1:]
        )
        os.close(ends[1])
        with os.fdopen(ends[0]) as account:
            told = account.read().split()
        if process.wait() != 0:
            errors.seek(0)
            raise SystemExit(f"{' '.join(words)} failed: {errors.read().decode(errors='replace')}")
    return Run(float(told[0]), int(told[1]) / 1024)


def shell(script: str) -> Run:
    """Run a pipe."""
    return run("/bin/bash", "-c", f"set -o pipefail; {script}")


def timed(*command: str | Path) -> Run:
    """Run something that prints its own seconds last: those of the part that counts."""
    with tempfile.TemporaryFile() as out:
        whole = run(*command, stdout=out.fileno())
        out.seek(0)
        return Run(float(out.read().split()[-1]), whole.memory)


def in_turns(rounds: int, *measures: Callable[[], Run]) -> list[Run]:
    """Medians of runs that take turns, so that a noisy moment meets all of them."""
    taken = [[measure() for measure in measures] for _ in range(rounds)]
    return [median(runs) for runs in zip(*taken, strict=True)]


def median(runs: tuple[Run, ...]) -> Run:
    """The median time, the highest memory."""
    return Run(statistics.median(r.seconds for r in runs), max(r.memory for r in runs))


def told(run: Run) -> str:
    """A run in words."""
    time = f"{run.seconds * 1000:.0f} ms" if run.seconds < 1 else f"{run.seconds:.2f} s"
    return f"{time}, {run.memory:.0f} MiB"


def number(figure: float) -> str:
    """A figure in three digits, or all that stand before the point."""
    return f"{figure:.0f}" if abs(figure) >= 100 else f"{figure:.3g}"
