"""`socdef-sigma templates`."""

import difflib
from collections.abc import Sequence

import click

from .. import _core
from .base import Command, Group
from .console import write_stdout


@click.group("templates", cls=Group)
def command() -> None:
    """List and show the templates that rules are made with."""


@command.command("list", cls=Command)
def list_templates() -> None:
    """List all templates: name, type of indicator, log source, and whether it is the type's primary one."""
    rows = [("NAME", "TYPE", "LOG SOURCE", "PRIMARY")]
    rows += [(t.name, t.type, t.logsource, "yes" if t.primary else "no") for t in _core.templates()]
    write_stdout(table(rows).encode())


@command.command("show", cls=Command)
@click.argument("name")
def show(name: str) -> None:
    """Print the text of the template NAME, such as url/proxy."""
    sources = {template.name: template.source for template in _core.templates()}
    if name not in sources:
        close = difflib.get_close_matches(name, sources, n=1)
        suggestion = f", did you mean `{close[0]}`?" if close else ""
        raise click.UsageError(f"there is no template `{name}`{suggestion}")
    write_stdout(sources[name].encode())


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows as aligned columns, without blanks at the ends of lines.

    >>> print(table([("a", "b"), ("long", "c")]), end="")
    a     b
    long  c
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join(lines) + "\n"
