"""Where templates of the user's come from, beside the paths that a command names.

Python packages offer a folder of templates through the entry-point group `socdef_sigma.templates`; the
variable `SOCDEF_SIGMA_TEMPLATES` names files and folders.
"""

import atexit
import os
import types
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from .errors import TemplateError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["ENTRY_POINTS", "VARIABLE", "Source", "sources", "template_paths"]

ENTRY_POINTS = "socdef_sigma.templates"
"""The entry-point group. An entry point names a package, or a function that gives a path."""

VARIABLE = "SOCDEF_SIGMA_TEMPLATES"
"""The environment variable: paths, separated as those of PATH."""

_UNPACKED = ExitStack()
"""Packages whose folders are not on disk, unpacked for this process."""
atexit.register(_UNPACKED.close)


class Source(NamedTuple):
    """A file or folder of templates, and who named it."""

    path: str
    origin: str


def template_paths(more: Iterable[str | os.PathLike[str]] = ()) -> list[str]:
    """The paths of all drop-ins that the command line would take, for the argument `templates`.

    Those of installed packages first, then those of SOCDEF_SIGMA_TEMPLATES, then `more`; of two templates of
    one name the later one is taken. Raises `TemplateError` where a package's entry point does not work.

    >>> template_paths(["my_templates/"])[-1]
    'my_templates/'
    """
    return [source.path for source in sources(more)]


def sources(more: Iterable[str | os.PathLike[str]] = ()) -> list[Source]:
    """The same, with where each is from."""
    found = [Source(_path(point), f"package {_package(point)}") for point in _entry_points()]
    named = os.environ.get(VARIABLE, "").split(os.pathsep)
    found += [Source(path, VARIABLE) for path in named if path]
    return found + [Source(os.fspath(path), "--templates") for path in more]


def _entry_points() -> "list[EntryPoint]":
    # It brings the reader of e-mail with it, which is most of what importing this package would take.
    from importlib.metadata import entry_points

    points = entry_points(group=ENTRY_POINTS)
    # An editable install may be found twice.
    unique = {(point.name, point.value): point for point in points}
    return sorted(unique.values(), key=lambda point: (point.name, point.value))


def _package(point: "EntryPoint") -> str:
    return point.dist.name if point.dist is not None else point.name


def _path(point: "EntryPoint") -> str:
    import importlib.resources

    try:
        offered = point.load()
        if isinstance(offered, types.ModuleType):
            offered = importlib.resources.files(offered)
        elif callable(offered):
            offered = offered()
        if isinstance(offered, (str, os.PathLike)):
            return str(Path(os.fspath(offered)))
        if not hasattr(offered, "iterdir"):
            raise TypeError(f"{type(offered).__name__} is not a path")
        return str(_UNPACKED.enter_context(importlib.resources.as_file(offered)))
    except Exception as error:  # Whatever the package does.
        raise TemplateError(
            f"the package `{_package(point)}` offers templates that cannot be read",
            code="broken_template",
            place=f"{point.name} = {point.value}",
            causes=[f"{type(error).__name__}: {' '.join(str(error).split())}"],
            hint=f"the entry points of `{ENTRY_POINTS}` name a package, or a function that gives a path",
        ) from error
