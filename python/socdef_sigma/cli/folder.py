"""A folder with a file of queries for each rule."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from .. import _core
from ..errors import OutputError

if TYPE_CHECKING:
    from ..convert.converter import AnyRule

__all__ = ["RuleFolder", "is_folder"]


def is_folder(output: str) -> bool:
    """Whether a path means a folder: it is one, or ends in a separator.

    >>> is_folder("queries/")
    True
    """
    return output.endswith(("/", os.sep)) or Path(output).is_dir()


class RuleFolder:
    """The folder. Its names are those of the rules' files, as `sigma convert --output-dir` has them."""

    def __init__(self, path: str, ending: str = "txt") -> None:
        self._path = Path(path)
        self._ending = ending
        self._written: set[str] = set()
        self._numbers: dict[str, int] = {}
        try:
            self._path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                "cannot make the folder",
                code="unwritable_output",
                place=path,
                causes=[error.strerror or str(error)],
            ) from error

    def write(self, rule: "AnyRule | None", filename: str | None, data: bytes) -> None:
        """Write the queries of one rule. `filename` is the name of the rule's own file, where it has one."""
        if filename is None:
            source = rule.source if rule else None
            filename = source.path.name if source else f"{(rule.id if rule else None) or 'rule'}.yml"
        stem = Path(filename).stem
        # Several rules may come from one file, and another file may be called like the second of them.
        name = f"{stem}.{self._ending}"
        while name in self._written:
            number = self._numbers[stem] = self._numbers.get(stem, 1) + 1
            name = f"{stem}-{number}.{self._ending}"
        self._written.add(name)
        _core.write_in_folder(self._path / name, data)
