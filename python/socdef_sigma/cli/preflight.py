"""`socdef-sigma preflight`."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from .. import _core
from ..convert.pipelines import default_for
from ..drop_ins import template_paths
from ..errors import ConversionError
from ..preflight import MAPPED, Check, check, sample_rules, with_cure
from . import intake
from .base import Command, option
from .console import Progress, print_table, say, shown, write_stdout
from .mapping import mapping_tables
from .options import compile_settings, input_options, inputs_argument, say_unused
from .targets import KeyValue, backend_options, complete_format, complete_pipeline, complete_target
from .templates import table

if TYPE_CHECKING:
    from .._core import Rule

NOTES = """Each rule is converted, and its fields are looked up in the target's schema: Elastic, ASIM and
others accept any field name, so a conversion alone proves nothing. A template is

  mapped     it converts, to fields that the target has
  unmapped   it converts, to fields that the target does not have: a loss
  refused    it does not convert

The schemas are data of this package, each with its page and the day on which it was read;
docs/pipelines.md lists them. A target without its own schema, such as sqlite, has the fields of
Sigma's taxonomy.

Without -t, every installed target is checked with every pipeline of this package that fits. With
-t, the target is checked as `convert` would convert for it. Without INPUT, all templates are
checked; with INPUT, those that its indicators need."""

EPILOG = """Examples:
  socdef-sigma preflight -t splunk -t sentinel
  socdef-sigma preflight -t splunk -f savedsearches
  socdef-sigma preflight feed.json -t elastic --logsource all --strict

Exit status: 1 under --strict if rules would find nothing."""

FIRST = (
    "--target",
    "--pipeline",
    "--query-format",
    "--type",
    "--min-confidence",
    "--logsource",
    "--templates",
    "--format",
    "--mapping",
    "--output",
    "--strict",
    "--quiet",
)


@click.command("preflight", cls=Command, epilog=EPILOG, notes=NOTES, first=FIRST)
@inputs_argument(required=False)
@option(
    "Conversion",
    "-t",
    "--target",
    "targets",
    metavar="TARGET",
    multiple=True,
    shell_complete=complete_target,
    help="A target, as in `convert`. Can be given several times. [default: all installed targets]",
)
@option(
    "Conversion",
    "-p",
    "--pipeline",
    "pipelines",
    metavar="PIPELINE",
    multiple=True,
    shell_complete=complete_pipeline,
    help="A pipeline, as in `convert`; `none` means without. Can be given several times. "
    "[default: see below]",
)
@option(
    "Conversion",
    "-f",
    "--query-format",
    metavar="FORMAT",
    shell_complete=complete_format,
    help="An output format of the target, as -f of `convert`. Rules that do not fit it are refused.",
)
@option(
    "Conversion",
    "-O",
    "--backend-option",
    "backend_options",
    type=KeyValue(),
    multiple=True,
    help="An option of the backend, as in `convert`.",
)
@input_options()
@option(
    "Output",
    "--format",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="The format of the result.",
)
@option(
    "Output",
    "--mapping",
    is_flag=True,
    help="Print only how the pipelines map each field, with the pages of the schemas, as Markdown.",
)
@option("Output", "-o", "--output", metavar="FILE", help="Write to this file instead of standard output.")
@option("Output", "--strict", is_flag=True, help="Exit with status 1 if rules would find nothing.")
@option("Output", "-q", "--quiet", is_flag=True, help="Print errors only: no summary, no progress.")
def command(
    inputs: tuple[str, ...], targets: tuple[str, ...], pipelines: tuple[str, ...], **options: Any
) -> int:
    """Check whether rules work in a target, before anything is deployed.

    Shows for each template and target whether the target has the fields of its rules. INPUT is what `compile`
    reads; without INPUT, all templates are checked.
    """
    if options["mapping"]:
        _write(options["output"], mapping_tables(pipelines))
        return 0
    say_unused(options)
    rules = _rules(inputs, options)
    query_format, chosen = options["query_format"], backend_options(options["backend_options"])
    if chosen and not targets:
        raise click.UsageError("`--backend-option` needs a `--target`")
    columns = _columns(targets, pipelines, query_format)
    checks = [check(rules, target, names, query_format, chosen) for target, names in columns]
    form = options["format"]
    _write(options["output"], _RENDER[form](checks, bool(inputs)), for_people=form == "text")
    lost = sum(one.lost for column in checks for one in column)
    if not options["quiet"]:
        count = len({one.template for column in checks for one in column})
        rules_checked = sum(one.rules for column in checks for one in column)
        # With several columns, each rule counts once in each.
        what = "rules find" if len(checks) == 1 else "rule conversions find"
        of = f"; {lost:,} of {rules_checked:,} {what} nothing" if inputs else ""
        say(f"{_some(count, 'template')} in {_said(columns)}: {_count(checks)}{of}")
    return (
        1
        if options["strict"] and (lost or any(c.state != MAPPED for column in checks for c in column))
        else 0
    )


def _write(output: str | None, text: str, *, for_people: bool = False) -> None:
    data = text.encode(errors="backslashreplace")
    if output not in (None, "-"):
        _core.write_output(output, data)
    elif for_people:
        print_table(text)
    else:
        write_stdout(data)


def _rules(inputs: tuple[str, ...], options: dict[str, Any]) -> "Sequence[Rule]":
    if not inputs:
        return sample_rules(template_paths(options["templates"]))
    with Progress(quiet=options["quiet"]) as progress:
        sources = list(intake.opened(list(inputs)))
        indicators = intake.read(sources, {**options, "report": None}, progress)
        return list(_core.compile(indicators, progress=progress, **compile_settings(options)))


def _columns(
    targets: Sequence[str], pipelines: tuple[str, ...], query_format: str | None
) -> list[tuple[str, tuple[str, ...]]]:
    """The targets, each with its pipelines."""
    if targets:
        return [(target, pipelines) for target in targets]
    from ..alerts import forms
    from ..convert import Converter
    from ..convert.backends import TARGETS, listing
    from ..preflight.schemas import pipelines_for

    installed = listing().classes
    names = [name for name in TARGETS if name in installed]
    names += sorted(name for name in installed if name not in TARGETS)
    if query_format is not None:
        names = [name for name in names if query_format in {*installed[name].formats, *forms(name)}]
        if not names:
            raise click.UsageError(f"no installed target has the format {query_format}")
    if not pipelines:
        return [
            (name, (one,))
            for name in names
            for one in _fitting(name, installed[name].requires_pipeline, pipelines_for(name))
        ]
    fitting = []
    for name in names:
        try:
            Converter(name, pipelines=pipelines)
        except ConversionError as error:
            if error.code != "pipeline_not_allowed":
                raise
        else:
            fitting.append((name, pipelines))
    if not fitting:
        raise click.UsageError(f"no installed target takes the pipelines {', '.join(pipelines)}")
    return fitting


def _fitting(target: str, required: bool, found: Sequence[str]) -> list[str]:
    """The pipelines to show for a target: the one that `convert` chooses, and the others made for it."""
    default = default_for(target, target, required) or "none"
    return [default, *(name for name in found if name != default)]


def _said(columns: Sequence[tuple[str, tuple[str, ...]]]) -> str:
    """How many targets there are, or how many pairs with a pipeline, if a target has several."""
    targets = len({target for target, _ in columns})
    pairs = len(columns)
    return _some(targets, "target") if targets == pairs else f"{pairs} pairs of target and pipeline"


def _some(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _count(checks: Sequence[Sequence[Check]]) -> str:
    states = [one.state for column in checks for one in column]
    return ", ".join(f"{states.count(state):,} {state}" for state in (MAPPED, "unmapped", "refused"))


def _title(column: Sequence[Check]) -> str:
    if not column:
        return ""
    first = column[0]
    return f"{first.target} {'+'.join(first.pipelines) or 'none'}"


def _grouped(column: Sequence[Check]) -> dict[tuple[str, str, str], list[Check]]:
    """The templates that are not mapped, by state, reason and cure."""
    groups: dict[tuple[str, str, str], list[Check]] = {}
    for one in column:
        if one.state != MAPPED:
            groups.setdefault((one.state, one.why, one.cure), []).append(one)
    return groups


def _warnings(column: Sequence[Check]) -> dict[str, list[str]]:
    """The faults that matter, each with its templates."""
    found: dict[str, list[str]] = {}
    for one in column:
        for fault in one.faults:
            line = f"{fault.effect}: {fault.fault} ({fault.upstream})"
            found.setdefault(line, []).append(one.template)
    return found


def _text(checks: Sequence[Sequence[Check]], with_rules: bool) -> str:
    parts = []
    for column in checks:
        mapped = sum(one.state == MAPPED for one in column)
        parts.append(f"{_title(column)}: {mapped} of {len(column)} templates mapped\n")
        rows = [("TEMPLATE", "STATE", "RULES", "LOST") if with_rules else ("TEMPLATE", "STATE")]
        for one in column:
            row = (shown(one.template), one.state)
            rows.append((*row, f"{one.rules:,}", f"{one.lost:,}") if with_rules else row)
        parts.append("".join(f"  {line}\n" for line in table(rows).splitlines()))
        for (state, why, cure), group in _grouped(column).items():
            names = ", ".join(shown(one.template) for one in group)
            parts.append(f"  {state}: {names}\n    {shown(with_cure(why, cure))}\n")
        for line, templates in _warnings(column).items():
            parts.append(f"  warning: {', '.join(shown(name) for name in templates)}\n    {shown(line)}\n")
    return "".join(parts)


def _markdown(checks: Sequence[Sequence[Check]], with_rules: bool) -> str:
    notes: dict[str, int] = {}
    titles = [_title(column).replace(" ", "<br>") for column in checks]
    lines = [f"| template | {' | '.join(titles)} |", f"|---|{'---|' * len(checks)}"]
    templates = sorted({one.template for column in checks for one in column})
    for template in templates:
        cells = []
        for column in checks:
            one = next((one for one in column if one.template == template), None)
            cells.append("" if one is None else _cell(one, notes, with_rules))
        lines.append(f"| `{template}` | {' | '.join(cells)} |")
    lines.append("")
    lines += [f"{number}. {words}" for words, number in notes.items()]
    return "\n".join(lines) + "\n"


def _cell(one: Check, notes: dict[str, int], with_rules: bool) -> str:
    words = []
    if one.state != MAPPED:
        words.append(with_cure(one.why, one.cure))
    words += [f"Warning: {fault.effect}: {fault.fault} ({fault.upstream})" for fault in one.faults]
    marks = [str(notes.setdefault(_escaped(text), len(notes) + 1)) for text in words]
    sign = {MAPPED: "**part**" if one.lost else "yes", "unmapped": "**loss**", "refused": "no"}[one.state]
    of = f" {one.rules - one.lost:,}/{one.rules:,}" if with_rules else ""
    return f"{sign}{of}{f' <sup>{chr(44).join(marks)}</sup>' if marks else ''}"


def _escaped(text: str) -> str:
    return shown(text).replace("|", "\\|").replace("<", "&lt;")


def _json(checks: Sequence[Sequence[Check]], with_rules: bool) -> str:
    return (
        json.dumps([one.as_dict() for column in checks for one in column], indent=2, ensure_ascii=False)
        + "\n"
    )


_RENDER = {"text": _text, "markdown": _markdown, "json": _json}
