"""`socdef-sigma summary`."""

import io
import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from .. import _core
from .base import Command, option
from .console import shown, write_stdout
from .counts import COUNTED, counted, ended
from .options import input_options, inputs_argument, merge_option, output_options
from .run_report import print_summary
from .tally import by, by_level, by_tactic

if TYPE_CHECKING:
    from rich.table import Table

    from .._core import _Numbers

__all__ = ["command", "document"]

FIRST = ("--json", "--html", *COUNTED)

EPILOG = """Examples:
  socdef-sigma summary feed.json
  socdef-sigma summary feeds/ --logsource all --html summary.html
  socdef-sigma summary feed.json --json | jq .tactics

A rule counts once for each tactic that it cites, so the tactics may add up to more than the rules. The page
of --html is one file, without scripts, that needs no network and no other file."""


@click.command("summary", cls=Command, epilog=EPILOG, first=FIRST)
@inputs_argument()
@input_options()
@merge_option()
@option("Output", "--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@option(
    "Output",
    "--html",
    metavar="FILE",
    help="Write a page with charts to this file. "
    "The table is then printed only with -o, the JSON only with --json.",
)
@output_options(
    "Write the table or the JSON to this file instead of standard output. A file is replaced only when the "
    "new one is complete; a device, FIFO or link is written to."
)
def command(inputs: tuple[str, ...], as_json: bool, html: str | None, **options: Any) -> int:
    """Count the rules that INPUT gives, by type, log source, tactic and level.

    INPUT and its options are those of `compile`. Rules are not written.
    """
    output = options["output"]
    is_printed = as_json or output is not None or html is None
    if html == "-" and is_printed:
        raise click.UsageError("`--html -` would mix with the output; name a file")
    summary = counted(inputs, options)
    report, numbers = summary.report, summary.dict()
    if html is not None:
        from .summary_html import page

        _write(html, page(report, numbers))
    if is_printed:
        _write(output, document(report, numbers) if as_json else table(numbers))
    status = ended(report, options)
    if not options["quiet"]:
        print_summary(report, rules=False)
    return status


def _write(output: str | None, text: str) -> None:
    if output in (None, "-"):
        write_stdout(text.encode())
    else:
        _core.write_output(output, text.encode())


def document(report: _core.Report, numbers: "_Numbers") -> str:
    """The numbers as JSON, with the account of what was read."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for name, rows in (
        ("types", [("type", kind, levels) for kind, levels in by(numbers, "type")]),
        ("log_sources", [("log_source", source, levels) for source, levels in by(numbers, "log_source")]),
    ):
        parts[name] = [
            {key: value, "rules": sum(levels.values()), "levels": dict(levels)} for key, value, levels in rows
        ]
    parts["levels"] = [{"level": level, "rules": count} for level, count in by_level(numbers)]
    account = {"counts": report.counts, "reasons": report.reasons, "notes": report.note_counts}
    return json.dumps({**account, **parts, **numbers, "attack": _core.attack_version()}, indent=2) + "\n"


def table(numbers: "_Numbers") -> str:
    """The numbers as tables of text."""
    from rich.console import Console

    buffer = io.StringIO()
    # A terminal has a width; a file has room.
    wide = None if sys.stdout is not None and sys.stdout.isatty() else 160
    console = Console(file=buffer, width=wide, color_system=None, highlight=False)
    levels = [level for level, _ in by_level(numbers)]
    for title, part in (("type", "type"), ("log source", "log_source")):
        made = _table(title, levels)
        for name, row in by(numbers, part):
            _row(made, name, sum(row.values()), (row.get(level, 0) for level in levels))
        _row(made, "all", numbers["rules"], (count for _, count in by_level(numbers)))
        console.print(made)
        console.print()
    for title, rows in (("tactic", by_tactic(numbers)), ("level", by_level(numbers))):
        made = _table(title)
        for name, count in rows:
            _row(made, name, count)
        console.print(made)
        console.print()
    return "\n".join(line.rstrip() for line in buffer.getvalue().rstrip().split("\n")) + "\n"


def _table(title: str, more: Iterable[str] = ()) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    made = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    made.add_column(title)
    for name in ("rules", *more):
        made.add_column(name, justify="right")
    return made


def _row(made: "Table", name: str, count: int, more: Iterable[int] = ()) -> None:
    from rich.text import Text

    # Not as markup: a log source may be of a template of the user's, and have brackets.
    made.add_row(Text(shown(name)), f"{count:,}", *(f"{number:,}" for number in more))
