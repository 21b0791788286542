"""Standard error and standard output: messages, progress, and bytes.

A feed is attacker-controlled text, so nothing of it reaches a terminal unescaped.
"""

import contextlib
import os
import sys
import time
from types import TracebackType
from typing import Any

import click

from ..errors import OutputError, SocdefError

__all__ = ["Progress", "complain", "say", "shown", "write_stdout"]


def shown(text: str) -> str:
    """Text without what a terminal would act on.

    >>> shown("a\\x1b[2Jb\\u202e")
    'a\\\\x1b[2Jb\\\\u202e'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def say(line: str) -> None:
    """Print a line to standard error."""
    with contextlib.suppress(OSError):  # There is nowhere left to say so.
        click.echo(line, err=True, color=False)


def complain(error: SocdefError) -> None:
    """Print an error to standard error as its report, with the labels in colour on a terminal."""
    lines = [shown(line) for line in error.report().split("\n")]
    if sys.stderr.isatty() and not os.environ.get("NO_COLOR"):
        for index, line in enumerate(lines):
            label, colon, rest = line.partition(": ")
            if colon and (index == 0 or label == "hint"):
                lines[index] = (
                    click.style(label, fg="red" if index == 0 else "cyan", bold=True) + colon + rest
                )
    with contextlib.suppress(OSError):
        click.echo("\n".join(lines), err=True)


def write_stdout(data: bytes) -> None:
    """Write data to standard output, to the last byte.

    Raises `OutputError`, and `BrokenPipeError` where nobody reads.
    """
    if sys.stdout is None:  # It was closed before this process began.
        raise OutputError("standard output is closed", code="unwritable_output")
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        # At exit Python would try to write the rest of the buffer again, and fail with a traceback.
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        raise OutputError(
            "cannot write the output",
            code="unwritable_output",
            place="standard output",
            causes=[error.strerror or str(error)],
        ) from error


class Progress:
    """A line on standard error with count and rate, for work over a second on a terminal; otherwise nothing.

    Call it with the name of the stage and how far that is.
    """

    def __init__(self, *, quiet: bool, patience: float = 1.0) -> None:
        self._on = not quiet and sys.stderr.isatty()
        self._visible_from = time.monotonic() + patience
        self._bar: Any = None
        self._tasks: dict[str, Any] = {}
        self._since: dict[str, float] = {}

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, stage: str, count: int) -> None:
        """Say how far a stage is."""
        if not self._on:
            return
        now = time.monotonic()
        since = self._since.setdefault(stage, now)
        if now < self._visible_from:
            return
        if self._bar is None:
            self._bar = _bar()
            self._bar.start()
        if stage not in self._tasks:
            for finished in self._tasks.values():
                self._bar.stop_task(finished)
            self._tasks[stage] = self._bar.add_task(stage, total=None, rate="")
        # The first call of a stage comes a moment after it began.
        rate = f"{count / (now - since + 0.1):,.0f}/s"
        self._bar.update(self._tasks[stage], completed=count, rate=rate)


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,}"),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
    )
    return Bar(*columns, console=Console(stderr=True), transient=True)
