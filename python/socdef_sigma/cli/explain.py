"""`socdef-sigma explain`."""

from pathlib import Path
from typing import Any

import click

from .. import _core
from . import intake
from .base import Command, option
from .console import Progress, shown, write_stdout
from .options import compile_settings, input_options

EPILOG = """Examples:
  socdef-sigma explain 'hxxps://evil[.]example/a.php?id=1'
  socdef-sigma explain 10.0.0.1 co.uk d41d8cd98f00b204e9800998ecf8427e
  socdef-sigma explain 198.51.100.7 --in feeds/ --max-tlp green"""

FIRST = (
    "--in",
    "--min-confidence",
    "--max-tlp",
    "--since",
    "--logsource",
    "--templates",
    "--warninglist",
    "--allow",
    "--input-format",
    "--strict",
)


class _Explain(Command):
    """A file behind `--in FEED` is a feed too: a shell writes `--in *.csv` as `--in a.csv b.csv`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `--in` before each further feed."""
        ready: list[str] = []
        is_behind = False
        for at, arg in enumerate(args):
            if at and args[at - 1] == "--in":
                is_behind = True
            elif is_behind and _exists(arg):
                ready.append("--in")
            else:
                is_behind = arg.startswith("--in=")
            ready.append(arg)
        return super().parse_args(ctx, ready)


def _exists(name: str) -> bool:
    try:
        return not name.startswith("-") and Path(name).exists()
    except OSError:  # A value that is too long for a name.
        return False


@click.command("explain", cls=_Explain, epilog=EPILOG, first=FIRST)
@click.argument("values", metavar="VALUE...", nargs=-1, required=True)
@option(
    "Input",
    "--in",
    "feeds",
    metavar="FEED",
    multiple=True,
    type=click.Path(allow_dash=True),
    help="Explain the value as this file or folder has it, - for standard input. Further files may follow. "
    "Can be given several times.",
)
@input_options()
@option(
    "Output",
    "--strict",
    is_flag=True,
    help="Exit with status 1 if a value is refused, or is not in the feeds.",
)
def command(values: tuple[str, ...], feeds: tuple[str, ...], strict: bool, **options: Any) -> int:
    """Explain what `compile` does with each VALUE, and why. VALUE is read like a line of a list.

    Shows the type, the canonical form, the verdict (keep, drop or refuse) with its reason, all templates
    for the value, and the rules for the selected log sources. For a value that the guard or a list drops, it
    shows what the rules would have been.

    With `--in`, it shows the value as the feeds have it: each record with its confidence and TLP, and which
    filter leaves it out.
    """
    settings: dict[str, Any] = compile_settings(options)
    if feeds:
        with Progress(quiet=False) as progress:
            sources = list(intake.opened(feeds))
            if options["input_format"] is None:
                intake.refuse_rules(sources)
            how = intake.how({**options, "report": None})
            del how["keep_entries"]
            explanations = _core.explain_all(
                list(values), intake.plain(sources), **how, progress=progress, **settings
            )
    else:
        explanations = _core.explain_all(list(values), **settings)
    write_stdout("\n".join(_text(explanation, feeds) for explanation in explanations).encode())
    return 1 if strict and any(one.verdict in ("refuse", "absent") for one in explanations) else 0


def _text(explained: _core.Explanation, feeds: tuple[str, ...]) -> str:
    records = explained.records
    rows = [
        ("type", explained.type),
        ("canonical", explained.canonical),
        ("verdict", _verdict(explained, feeds)),
    ]
    if records:
        rows += [
            ("confidence", _confidence(explained)),
            ("tlp", _tlp(explained)),
            ("level", explained.level and f"{explained.level}: from the confidence"),
        ]
    lines = [shown(explained.value)]
    lines += _rows(rows)
    if records:
        count = len(records) + explained.unlisted
        lines += _rows([("records", f"{count:,} of {explained.read:,} values that were read")])
        lines += [f"    {shown(_record(record))}" for record in records]
        if explained.unlisted:
            lines.append(f"    and {explained.unlisted:,} more")
    lines += [f"  {'note':<10} {shown(_note(note))}" for note in explained.notes]
    lines += _rows([("templates", ", ".join(explained.templates))])
    lines += [f"  {'error':<10} {shown(error)}" for error in explained.errors]
    if explained.rules and explained.verdict != "keep":
        lines += ["", "  would have been:"]
    for rule in explained.rules:
        lines.append("")
        lines += [f"  {line}".rstrip() for line in rule.splitlines()]
    return "\n".join(lines) + "\n"


def _rows(rows: list[tuple[str, str | None]]) -> list[str]:
    return [f"  {name:<10} {shown(text)}" for name, text in rows if text]


def _verdict(explained: _core.Explanation, feeds: tuple[str, ...]) -> str:
    if explained.verdict == "absent":
        return f"absent: not in {', '.join(feeds)} ({explained.read:,} values were read)"
    return explained.verdict + (f": {explained.words} ({explained.reason})" if explained.reason else "")


def _counted(records: list[_core.FeedRecord]) -> list[_core.FeedRecord]:
    """The records that count: what a filter refuses by itself says nothing about the rule."""
    return [record for record in records if record.reason is None] or records


def _confidence(explained: _core.Explanation) -> str | None:
    if explained.confidence is None:
        return None
    stated = [record for record in _counted(explained.records or []) if record.confidence]
    if not explained.confidence_stated:
        return f"{explained.confidence}: the feed states none"
    if len(stated) == 1:
        return f"{explained.confidence}: as {_who(stated[0])} states it"
    return f"{explained.confidence}: the highest of {len(stated):,} records that state one"


def _tlp(explained: _core.Explanation) -> str | None:
    if not explained.records:
        return None
    stated = [record for record in _counted(explained.records) if record.tlp]
    if explained.tlp is None:
        return "none: the feed states none"
    if len(stated) == 1:
        return f"{explained.tlp}: as {_who(stated[0])} states it"
    return f"{explained.tlp}: the strictest of {len(stated):,} records that state one"


def _who(record: _core.FeedRecord) -> str:
    return ", ".join(record.producers) or record.feed or record.place or "a record"


def _record(record: _core.FeedRecord) -> str:
    """`feed.csv:2 ESET: confidence high, TLP green, first seen 2026-01-02`."""
    names = list(record.producers)
    if record.feed is not None and record.feed not in names:
        names.append(record.feed)
    who = ", ".join(names)
    if record.reason is not None and record.confidence is record.tlp is None and not record.producers:
        said = []
    else:
        said = [f"confidence {record.confidence}" if record.confidence else "states no confidence"]
    if record.tlp:
        said.append(f"TLP {record.tlp}")
    for name in ("first_seen", "last_seen", "valid_until"):
        moment = getattr(record, name)
        if moment is not None:
            said.append(f"{name.replace('_', ' ')} {moment:%Y-%m-%d}")
    if record.revoked:
        said.append("revoked")
    text = ", ".join(said)
    if record.reason is not None:
        text += f"{'; ' if text else ''}not taken: {record.words} ({record.reason})"
    place = record.place or "-"
    return f"{place} {who}: {text}" if who else f"{place}: {text}"


def _note(note: dict[str, Any]) -> str:
    about = f": {note['about']}" if note["about"] else ""
    return f"{note['words']}{about} ({note['note']})"
