"""The inputs of `convert`: feeds of indicators, and Sigma rules."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import _core
from . import intake
from .console import Progress

if TYPE_CHECKING:
    from ..convert.sigma_rules import Source

__all__ = ["Inputs", "sort_out"]


@dataclass
class Inputs:
    """The inputs, sorted."""

    sigma: "list[Path | intake.Stream]" = field(default_factory=list)
    feeds: "list[str | intake.Stream]" = field(default_factory=list)

    def sources(self) -> "list[Source]":
        """The files with Sigma rules, read."""
        from ..convert.sigma_rules import Source, read_bytes

        return [
            Source(source.name, source.read())
            if isinstance(source, intake.Stream)
            else Source(os.fspath(source), read_bytes(source), source)
            for source in self.sigma
        ]

    def rewind(self) -> None:
        """Make what was read begin again."""
        for source in self.feeds:
            if isinstance(source, intake.Stream):
                source.rewind()

    def read(self, options: dict[str, Any], progress: Progress) -> _core.Indicators:
        """The indicators in the feeds."""
        return intake.read(self.feeds, options, progress)


def sort_out(inputs: Iterable[str], input_format: str | None, pattern: str) -> Inputs:
    """Tell Sigma rules from feeds by content, unless the format is named.

    Raises `InputError` where an input cannot be opened.
    """
    from ..convert.sigma_rules import HEAD, files_in, is_sigma, is_sigma_file

    given = Inputs()
    for source in intake.opened(list(inputs)):
        named = None if input_format is None else input_format == "sigma"
        if isinstance(source, intake.Stream):
            sigma = is_sigma(source.head(HEAD)) if named is None else named
            (given.sigma if sigma else given.feeds).append(source)
            continue
        path = Path(source)
        if path.is_dir():
            files = (
                sorted(path.glob(f"**/{pattern}"))
                if named
                else files_in(path, pattern)
                if named is None
                else []
            )
            if files or named:
                given.sigma.extend(files)
            else:
                given.feeds.append(source)
        elif named if named is not None else is_sigma_file(path):
            given.sigma.append(path)
        else:
            given.feeds.append(source)
    return given
