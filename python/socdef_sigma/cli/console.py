"""Standard error and standard output: messages, progress, and bytes.

A feed is attacker-controlled text, so nothing of it reaches a terminal unescaped.
"""

import contextlib
import os
import re
import shutil
import sys
import textwrap
import time
from types import TracebackType
from typing import Any, TextIO

import click

from ..errors import OutputError, SocdefError

__all__ = ["Progress", "coloured", "complain", "print_table", "say", "shown", "write_stdout"]


def shown(text: str) -> str:
    """Text without what a terminal would act on.

    >>> shown("a\\x1b[2Jb\\u202e")
    'a\\\\x1b[2Jb\\\\u202e'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


_COLOURS = {
    "mapped": "green",
    "loss": "red",
    "unmapped": "red",
    "refused": "yellow",
    "warning": "yellow",
    "note": "cyan",
}
"""The colours of verdicts and of kinds of losses, on a terminal."""

_VERDICT = re.compile(rf"^( *)({'|'.join(_COLOURS)})\b|(?<=  )(mapped|unmapped|refused)(?= *$|  )")


def say(line: str) -> None:
    """Print a line to standard error; on a terminal with its verdict in colour."""
    with contextlib.suppress(OSError):  # There is nowhere left to say so.
        # No other colour goes out, whatever a feed has in it.
        plain = click.unstyle(line)
        click.echo(coloured(plain) if _has_colours(sys.stderr) else plain, err=True, color=True)


def coloured(line: str) -> str:
    """A line with its verdict in colour: the word at its beginning, or in a column of its own.

    >>> coloured("  loss  12  ipv4/dns")
    '  \\x1b[31mloss\\x1b[0m  12  ipv4/dns'
    """

    def colour(found: re.Match[str]) -> str:
        word = found[2] or found[3]
        return (found[1] or "") + click.style(word, fg=_COLOURS[word])

    return _VERDICT.sub(colour, line)


def _has_colours(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty() and not os.environ.get("NO_COLOR")


def print_table(text: str) -> None:
    """Print lines for people to standard output: on a terminal in colour, and never wider than that."""
    if sys.stdout is not None and sys.stdout.isatty():
        width = shutil.get_terminal_size().columns
        lines = [part for line in text.splitlines() for part in _folded(line, width)]
        if _has_colours(sys.stdout):
            lines = [coloured(line) for line in lines]
        text = "".join(f"{line}\n" for line in lines)
    write_stdout(text.encode(errors="backslashreplace"))


def _folded(line: str, width: int) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.wrap(line, width, subsequent_indent=indent, break_on_hyphens=False) or [""]


def complain(error: SocdefError) -> None:
    """Print an error to standard error as its report, with the labels in colour on a terminal."""
    lines = [shown(line) for line in error.report().split("\n")]
    if _has_colours(sys.stderr):
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
