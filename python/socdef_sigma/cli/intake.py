"""Inputs of a command. A stream is copied to a file, so that its format can be found before it is read."""

import io
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from .. import _core
from ..convert.sigma_rules import HEAD, is_sigma, looks_like_rules
from ..errors import InputError, UsageError
from .console import Progress

__all__ = ["Stream", "how", "opened", "plain", "read", "refuse_rules"]

_CHUNK = 1 << 20


class Stream(io.RawIOBase):
    """The content of standard input, a FIFO or a device, in a temporary file under the name of its input.

    It is copied here rather than by the core, where Ctrl-C would wait for the next bytes.
    """

    def __init__(self, name: str, source: IO[bytes]) -> None:
        self.name = name
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        while chunk := source.read(_CHUNK):
            self._file.write(chunk)
        self._file.seek(0)

    def readable(self) -> bool:
        """Yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        return self._file.read(size)

    def head(self, size: int) -> bytes:
        """The first bytes. The position of the next read stays the same."""
        at = self._file.tell()
        self._file.seek(0)
        data = self._file.read(size)
        self._file.seek(at)
        return data

    def rewind(self) -> None:
        """Begin again."""
        self._file.seek(0)

    def close(self) -> None:
        """Remove the temporary file."""
        self._file.close()
        super().close()


def opened(inputs: Sequence[str]) -> Iterator["str | Stream"]:
    """Each input: a path where it can be opened again and again, else its content. Raises `InputError`."""
    for name in inputs:
        if name == "-" and sys.stdin is None:
            raise InputError("standard input is closed", code="unreadable_input", place=name)
        try:
            if name == "-":
                yield Stream(name, sys.stdin.buffer)
                continue
            mode = Path(name).stat().st_mode
            if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
                yield name
                continue
            with Path(name).open("rb") as source:
                yield Stream(name, source)
        except OSError as error:
            raise InputError(
                "cannot read the input",
                code="unreadable_input",
                place=name,
                causes=[error.strerror or str(error)],
            ) from error


def read(sources: "Sequence[str | Stream]", options: dict[str, Any], progress: Progress) -> _core.Indicators:
    """Read indicators from all of these, merged."""
    return _core.read(plain(sources), **how(options), progress=progress)


def plain(sources: "Sequence[str | Stream]") -> "list[str | IO[bytes]]":
    """The same as the core takes them."""
    return [os.fspath(source) if isinstance(source, str) else source for source in sources]  # type: ignore[misc]


def how(options: dict[str, Any]) -> dict[str, Any]:
    """The arguments of the core that say how to read."""
    return {
        "format": options["input_format"],
        "all_attributes": options["all_attributes"],
        "keep_entries": options["report"] is not None,
    }


def refuse_rules(sources: "Iterable[str | Stream]") -> None:
    """Fail if an input holds Sigma rules: read as a feed, each line would be refused."""
    for source in sources:
        if isinstance(source, Stream):
            name, sigma = source.name, is_sigma(source.head(HEAD))
        else:
            name, sigma = source, looks_like_rules(Path(source))
        if sigma:
            raise UsageError(
                "the input holds Sigma rules, not indicators",
                code="bad_usage",
                place=name,
                hint="`socdef-sigma convert` converts them",
            )
