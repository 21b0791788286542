"""`socdef-sigma convert`."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import _core
from ..convert import BatchConversion, Converter, LostRule
from ..convert.oracle import SAMPLE
from ..drop_ins import template_paths
from ..preflight import Loss, losses_of
from .alert_option import alert_option, alert_settings
from .base import Command, option
from .console import Progress, say
from .folder import is_folder
from .options import (
    allow_empty_option,
    compile_settings,
    input_options,
    inputs_argument,
    output_options,
    reject_dash,
    say_unused,
)
from .outcome import Outcome
from .query_output import all_rules, write, write_filled, write_folder
from .rules import Inputs, sort_out
from .run_report import (
    print_conversion,
    print_loss,
    print_losses,
    print_lost,
    print_summary,
    write_report,
)
from .targets import (
    KeyValue,
    backend_options,
    complete_format,
    complete_pipeline,
    complete_target,
    print_targets,
)

if TYPE_CHECKING:
    from ..convert.sigma_rules import Source

MayWrite = Callable[[_core.Report | None, int], bool]
"""Whether the output may be written, by the account of the indicators and the number of queries."""

NOTES = """Pipelines: rules that are compiled here get a pipeline for the target when no -p is given. It
maps the fields to the target's schema, such as Splunk's CIM, or only writes values as the target
reads them. `-t list` shows the pipeline of each target, and standard error names the one in use.
`-p none` converts without a pipeline. Sigma rules as input need -p where the target requires a
pipeline, as in `sigma convert`.

Speed: rules that differ only in the value, its derived values, titles, ids and dates share a
skeleton. pySigma converts a few rules of each kind; the queries of the others come from the
skeleton. Samples of each kind are compared with pySigma's queries before anything is written;
after a difference, pySigma converts the whole kind. The output is that of pySigma, byte for
byte. Rules go through pySigma one by one if fewer than eight are alike, if values are not
printable ASCII, if a backend or pipeline looks at more than the characters of a value, if the
output is a folder, with --filter, or if rules refer to each other. The summary counts both.
--verify compares every query.

Losses: a rule that the backend refuses is named on standard error, and the others are converted;
with --strict the exit status is 1. Rules whose fields the target does not have are reported as a
loss; `preflight` shows them in advance. Without a pipeline, IPv6 networks are refused for kusto,
because its function for networks never matches them."""

EPILOG = """Examples:
  socdef-sigma convert feed.json -t splunk
  socdef-sigma convert feed.json -t splunk -f savedsearches -o alerts.conf
  socdef-sigma convert feed.json -t splunk -p socdef_splunk_sysmon
  socdef-sigma convert rules/ -t lucene -p ecs_windows
  socdef-sigma convert -t list"""


FIRST = (
    "--target",
    "--pipeline",
    "--format",
    "--backend-option",
    "--skip-unsupported",
    "--type",
    "--min-confidence",
    "--logsource",
    "--output",
    "--report",
    "--quiet",
)


@click.command("convert", cls=Command, epilog=EPILOG, notes=NOTES, first=FIRST)
@inputs_argument(required=False)
@option(
    "Conversion",
    "-t",
    "--target",
    required=True,
    metavar="TARGET",
    shell_complete=complete_target,
    help="The query language, by its name in `sigma convert`: splunk, lucene, kusto, ...; `list` shows all. "
    "Also elastic (lucene), sentinel and xdr (kusto), and qradar (whichever backend is installed). `list` "
    "also shows what to install.",
)
@option(
    "Conversion",
    "-p",
    "--pipeline",
    "pipelines",
    metavar="PIPELINE",
    multiple=True,
    shell_complete=complete_pipeline,
    help="A processing pipeline: its name, a YAML file, or a folder of them. Can be given several times; "
    "the priorities of the pipelines set the order. `none` means --without-pipeline. [default: depends on "
    "the target, see below]",
)
@option(
    "Conversion",
    "--without-pipeline",
    is_flag=True,
    help="Convert without a pipeline, even for targets that need one.",
)
@option(
    "Conversion",
    "--pipeline-check/--disable-pipeline-check",
    default=True,
    help="Refuse a pipeline that is meant for another backend.",
)
@option(
    "Conversion",
    "-f",
    "--format",
    metavar="FORMAT",
    default="default",
    shell_complete=complete_format,
    show_default=True,
    help="The output format.",
)
@option(
    "Conversion",
    "-O",
    "--backend-option",
    "backend_options",
    type=KeyValue(),
    multiple=True,
    help="An option of the backend. A key that is given several times becomes a list.",
)
@alert_option()
@option(
    "Conversion", "-c", "--correlation-method", metavar="METHOD", help="How to convert correlation rules."
)
@option(
    "Conversion",
    "--filter",
    "filters",
    metavar="FILE",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A Sigma filter to apply to the rules. Can be given several times.",
)
@option(
    "Conversion", "-e", "--encoding", default="utf-8", show_default=True, help="The encoding of text output."
)
@option("Conversion", "-j", "--json-indent", type=int, metavar="N", help="Indent JSON output by N spaces.")
@option(
    "Conversion",
    "-s/ ",
    "--skip-unsupported/--fail-unsupported",
    "skip",
    default=True,
    help="Skip rules that the backend refuses, or write nothing and exit with status 1. [default: skip]",
)
@option(
    "Conversion",
    "--verify-sample",
    type=click.IntRange(min=0),
    metavar="N",
    default=SAMPLE,
    show_default=True,
    help="How many queries from skeletons, chosen at random, to compare with pySigma's before anything is "
    "written. Some of each kind are always compared.",
)
@option(
    "Conversion",
    "--verify",
    is_flag=True,
    help="Compare all queries with pySigma's, and exit with status 1 if one differs.",
)
@input_options("sigma")
@option(
    "Input",
    "-P",
    "--file-pattern",
    metavar="PATTERN",
    default="*.yml",
    show_default=True,
    help="The names of files with Sigma rules in folders.",
)
@output_options(
    "Write to a file, or one .txt file per rule to a folder (a path that ends in /), instead of to standard "
    "output. A file is replaced only when the new one is complete; a device, FIFO or link is written to."
)
@option(
    "Output",
    "-od",
    "--output-dir",
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="The same as -o DIR/, as in `sigma convert`.",
)
@allow_empty_option()
def command(inputs: tuple[str, ...], target: str, filters: tuple[Path, ...], **options: Any) -> int:
    """Convert the indicators or Sigma rules in INPUT to queries for a SIEM.

    INPUT is a file, a folder, or - for standard input. Indicators are compiled first, as by `compile`. Sigma
    rules (YAML with a title and a detection) are converted as they are. A folder with Sigma rules is read as
    Sigma rules.
    """
    if target == "list":
        print_targets()
        return 0
    if not inputs:
        raise click.UsageError("missing argument 'INPUT...'")
    reject_dash(options["report"])
    if (folder := options.pop("output_dir")) is not None:
        if options["output"] is not None:
            raise click.UsageError("`--output` and `--output-dir` cannot be used together")
        options["output"] = os.path.join(folder, "")  # noqa: PTH118
    say_unused(options)
    outcome = Outcome(None if options["output"] == "-" else options["output"], options)
    losses: list[Loss] = []

    def may_write(report: _core.Report | None, count: int) -> bool:
        if report is not None:
            losses[:] = losses_of(report, converter, template_paths(options["templates"]))
        has_losses = bool(converter.lost) or any(loss.is_certain for loss in losses)
        lost_all = not count and bool(converter.lost)
        return outcome.may_replace(report, lost_all=lost_all, has_losses=has_losses)

    with Progress(quiet=options["quiet"]) as progress:
        given = sort_out(inputs, options["input_format"], options["file_pattern"])
        sources = given.sources()
        converter = _converter(target, options, own_rules=not given.sigma)
        if converter.defaulted and not options["quiet"]:
            say(f"no -p given: using the pipeline `{converter.pipelines[0]}`")
        conversion = BatchConversion(
            converter,
            sample=options["verify_sample"],
            verify=options["verify"],
            is_patient=options["skip"],
            sources=sources,
        )
        report, count = _convert(given, sources, filters, converter, conversion, options, progress, may_write)
    if count is None:
        print_lost(converter.lost, converter.target, 0)
        return 1
    if options["report"]:
        write_report(options["report"], report, converter, conversion, count, losses)
    if not options["quiet"]:
        if report is not None:
            print_summary(report)
        print_lost(converter.lost, converter.target, count, converter.pipelines)
        print_losses(losses)
        print_conversion(conversion.tally)
    else:
        print_loss(converter.lost, losses, converter.target)
    if options["verify"] and conversion.tally["differences"]:
        return 1
    return outcome.status


def _converter(target: str, options: dict[str, Any], own_rules: bool) -> Converter:
    pipelines = options["pipelines"]
    # As in `sigma convert`: with a pipeline named, the flag has nothing to say.
    if options["without_pipeline"] and not pipelines:
        pipelines = ("none",)
    return Converter(
        target,
        pipelines=pipelines,
        format=options["format"],
        options=backend_options(options["backend_options"]),
        correlation_method=options["correlation_method"],
        pipeline_check=options["pipeline_check"],
        own_rules=own_rules,
        alert=alert_settings(options["alert"]),
    )


def _convert(
    given: Inputs,
    sources: "list[Source]",
    filters: tuple[Path, ...],
    converter: Converter,
    conversion: BatchConversion,
    options: dict[str, Any],
    progress: Progress,
    may_write: MayWrite,
) -> tuple[_core.Report | None, int | None]:
    """Convert, and write if `may_write` says so.

    Gives the report of the feeds and the number of queries; None if a rule was refused and
    `--fail-unsupported` is set.
    """
    from ..convert.sigma_rules import load, load_filters, merge

    loaded_filters = load_filters(filters)
    output: str | None = None if options["output"] == "-" else options["output"]
    to_folder = output is not None and is_folder(output)
    filled = not (given.sigma or loaded_filters)
    alone = bool(given.sigma) and not (given.feeds or loaded_filters or to_folder)
    if (filled or alone) and not options["skip"]:
        converter.on_lost = _Stop.on(converter.lost)
    try:
        if filled and not to_folder:
            return _stream(given, conversion, output, options, progress, may_write)
        if alone:
            if conversion.documents(progress):
                if may_write(None, conversion.count):
                    write_filled(conversion, output, options)
                return None, conversion.count
            conversion.forget()
            converter.on_lost = converter.lost.append
        collections = [load(source, converter.lost) for source in sources]
        sigma = merge([*collections, *loaded_filters]).rules if sources else []
        rules = None
        if given.feeds:
            indicators = given.read(options, progress)
            rules = _core.compile(indicators, progress=progress, **compile_settings(options))
        report = None if rules is None else rules.report
        if filled and rules is not None and output is not None:
            made = conversion.convert(rules, progress)
            converted = [
                (name, queries) for name, queries in zip(rules.filenames, made, strict=True) if queries
            ]
            count = sum(len(queries) for _, queries in converted)
            if may_write(report, count):
                write_folder(output, converter, converted, options)
            return report, count

        def may(count: int) -> bool:
            return may_write(report, count)

        return report, write(converter, all_rules(sigma, rules, loaded_filters), options, progress, may)
    except _Stop:
        return None, None


class _Stop(Exception):
    """A rule was refused, and `--fail-unsupported` is set."""

    @classmethod
    def on(cls, lost: list[LostRule]) -> Callable[[LostRule], None]:
        """Remember the rule and stop."""

        def stop(rule: LostRule) -> None:
            lost.append(rule)
            raise cls

        return stop


def _stream(
    given: Inputs,
    conversion: BatchConversion,
    output: str | None,
    options: dict[str, Any],
    progress: Progress,
    may_write: MayWrite,
) -> tuple[_core.Report, int]:
    report = conversion.stream(
        [os.fspath(feed) if isinstance(feed, str) else feed for feed in given.feeds],
        given.rewind,
        format=options["input_format"],
        all_attributes=options["all_attributes"],
        keep_entries=options["report"] is not None,
        progress=progress,
        **compile_settings(options),
    )
    if may_write(report, conversion.count):
        write_filled(conversion, output, options)
    return report, conversion.count
