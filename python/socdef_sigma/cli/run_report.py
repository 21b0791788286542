"""The summary of a run, on standard error, and the report of a conversion."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import _core
from ..convert import LostRule
from .console import say, shown

__all__ = [
    "found_something",
    "print_conversion",
    "print_loss",
    "print_losses",
    "print_lost",
    "print_summary",
    "write_report",
]

if TYPE_CHECKING:
    from ..convert import BatchConversion, Converter
    from ..preflight import Loss

_EXAMPLES = 5
_MANY = 100
_LOOKUPS = '"One rule each, or a lookup?"'


def print_summary(report: _core.Report, *, rules: bool = True) -> None:
    """The values by outcome and reason, and the rules by type and log source."""
    counts = report.counts
    parts = ", ".join(f"{counts[name]:,} {name}" for name in ("kept", "merged", "dropped", "refused"))
    say(f"{counts['read']:,} read: {parts}")
    if formats := report.formats:
        say(f"  format  {', '.join(_format(name, count, len(formats)) for name, count in formats.items())}")
    records = report.records
    if without := records["without_values"]:
        say(f"  {without:,} of {records['read']:,} records without a value; `--report FILE` lists them")
    reasons = report.reasons
    for outcome in ("merged", "dropped", "refused"):
        rows = [
            (reasons[code], code, words)
            for code, of, words in _core.reasons()
            if of == outcome and code in reasons
        ]
        for count, code, words in sorted(rows, key=lambda row: -row[0]):
            say(f"  {outcome:<7} {count:>9,}  {code}: {words}")
    _print_examples(report)
    _print_notes(report)
    if not rules:
        return
    sources = report.rules_by_log_source
    say(f"{counts['rules']:,} {_plural('rule', counts['rules'])}{_product(counts, sources)}")
    for kind, log_source, count in sources:
        say(f"  {count:>9,}  {kind:<7} {log_source}")
    _print_many(sources)


def _format(name: str, inputs: int, formats: int) -> str:
    """A format, and how many inputs have it where there are several."""
    return name if inputs == 1 and formats == 1 else f"{name} ({inputs:,} {_plural('input', inputs)})"


def _product(counts: Mapping[str, int], sources: Sequence[tuple[str, str, int]]) -> str:
    """The number of indicators and log sources, if there are more rules than indicators."""
    if counts["rules"] <= counts["kept"]:
        return ""
    number = len({log_source for _, log_source, _ in sources})
    kept = f"{counts['kept']:,} {_plural('indicator', counts['kept'])}"
    return f": {kept} in {number} {_plural('log source', number)}"


def print_lost(lost: Sequence[LostRule], target: str, queries: int, pipelines: Sequence[str] = ()) -> None:
    """The number of queries, their pipelines, and the rules that were lost, each with the reason."""
    through = f", through {', '.join(shown(name) for name in pipelines)}" if pipelines else ""
    say(f"{queries:,} {'query' if queries == 1 else 'queries'} for {target}{through}")
    for rule in lost[:_EXAMPLES]:
        place = f"{shown(rule.place)}: " if rule.place else ""
        say(f"  refused by the backend: {place}{shown(rule.title)}")
        say(f"    {shown(rule.reason)}")
    if len(lost) > _EXAMPLES:
        say(f"  and {len(lost) - _EXAMPLES:,} more; `--report FILE` lists them")


def print_losses(losses: "Sequence[Loss]") -> None:
    """The rules that find nothing in the target, a line for each template."""
    for loss in losses:
        say(f"  loss    {loss.rules:>9,}  {shown(loss.template)}: {shown(loss.words)}")


def print_conversion(tally: Mapping[str, Any]) -> None:
    """How many queries came from skeletons, how many from pySigma, and why."""
    converted = sum(tally["converted"].values())
    if not tally["filled"] and not converted:
        return
    if tally["filled"] or tally["verified"]:
        compared = f"{tally['verified']:,} {_plural('comparison', tally['verified'])} with pySigma"
        differed = f"{tally['differences']:,} {_plural('difference', tally['differences'])}"
        say(f"  {tally['filled']:>9,}  from a skeleton; {compared}, {differed}")
    for why, count in sorted(tally["converted"].items(), key=lambda item: -item[1]):
        say(f"  {count:>9,}  through pySigma: {why}")
    if tally["differences"]:
        say("  warning: queries differed from pySigma's; pySigma converted the rules of these kinds")


def print_loss(lost: Sequence[LostRule], losses: "Sequence[Loss]", target: str) -> None:
    """A line where the target does not find what the rules look for, for a run without a summary."""
    certain = [loss for loss in losses if loss.is_certain]
    if lost:
        words = f"the backend refused {len(lost):,} {_plural('rule', len(lost))} for {target}"
        say(f"warning: {words}: {shown(lost[0].reason)}")
    elif certain:
        rules = sum(loss.rules for loss in certain)
        words = f"{rules:,} {_plural('rule', rules)} cannot match anything in {target}"
        say(f"warning: {words}: {shown(certain[0].words)}")


def found_something(report: _core.Report | None, lost: Sequence[LostRule]) -> bool:
    """Whether there is a finding for `--strict`.

    Findings are a refused entry, a lost rule, and an input that gave no values.
    """
    if lost:
        return True
    if report is None:
        return False
    return report.counts["refused"] > 0 or bool({"rule_lost", "nothing_read"} & set(report.note_counts))


def _print_many(rows: Sequence[tuple[str, str, int]]) -> None:
    """Recommend a lookup where there are many rules of one type."""
    of_type: dict[str, int] = {}
    for kind, _, count in rows:
        of_type[kind] = of_type.get(kind, 0) + count
    many = [f"{count:,} of type {kind}" for kind, count in of_type.items() if count > _MANY]
    if many:
        better = f"a lookup in your SIEM suits such lists better: see the README, {_LOOKUPS}"
        say(f"  many rules: {', '.join(many)}; {better}")


def _print_examples(report: _core.Report) -> None:
    refused = [entry for entry in report.entries if entry["outcome"] == "refused"]
    for entry in refused[:_EXAMPLES]:
        say(f"    {_place(entry)}: `{shown(_short(entry['value']))}`: {shown(entry['words'])}")
    more = report.counts["refused"] - min(len(refused), _EXAMPLES)
    if more > 0:
        say(f"    and {more:,} more; `--report FILE` lists them")


def _print_notes(report: _core.Report) -> None:
    words = {note["note"]: note for note in reversed(report.notes)}
    for code, count in report.note_counts.items():
        note = words.get(code)
        first = f", first in {_place(note)}" if note else ""
        say(f"  note    {count:>9,}  {code}: {note['words'] if note else ''}{first}")
        # Which template, and where in it; which format, and why.
        if note and code in ("rule_lost", "read_as"):
            say(f"    {shown(note['about'])}")


def _place(entry: dict[str, Any]) -> str:
    place = shown(str(entry.get("file", "input")))
    if "line" in entry:
        return f"{place}:{entry['line']}"
    return f"{place}: {shown(entry['path'])}" if "path" in entry else place


def _short(text: str, most: int = 80) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def write_report(
    path: str,
    report: _core.Report | None,
    converter: "Converter",
    conversion: "BatchConversion",
    queries: int,
    losses: "Sequence[Loss]",
) -> None:
    """Write the account of a conversion as JSON: that of the feeds, and what became of the rules."""
    counts = dict.fromkeys(("read", "kept", "merged", "dropped", "refused", "rules"), 0)
    account: dict[str, Any] = json.loads(report.json()) if report else {"counts": counts, "entries": []}
    account["conversion"] = {
        "target": converter.target,
        "format": converter.format,
        "pipelines": list(converter.pipelines),
        "queries": queries,
        **conversion.tally,
        "lost": [rule.as_dict() for rule in converter.lost],
        "losses": [loss.as_dict() for loss in losses],
    }
    _core.write_output(
        path, (json.dumps(account, indent=2, ensure_ascii=False) + "\n").encode(errors="backslashreplace")
    )
