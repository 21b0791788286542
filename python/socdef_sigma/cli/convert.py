"""`socdef-sigma convert`."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import _core
from ..convert import OWN_PIPELINE, Converter, render
from ..pysigma import batches, collector_paused, to_rule
from .base import Command, option
from .console import Progress, say, write_stdout
from .folder import RuleFolder, is_folder
from .options import compile_settings, input_options, inputs_argument, output_options, reject_dash, say_unused
from .rules import Inputs, sort_out
from .summary import found_something, print_lost, print_summary
from .targets import KeyValue, complete_pipeline, complete_target, print_targets

if TYPE_CHECKING:
    from ..convert import AnyRule

EPILOG = """Targets that require a pipeline (splunk, lucene, eql, esql, ...): rules that are compiled here
from indicators get the pipeline `socdef` when no -p is given, which adds the EventID of Sysmon's events,
and standard error says so. Sigma rules as input are refused without -p, as `sigma convert` does. `-p none`
converts without a pipeline.

A rule that the backend refuses is named on standard error, and the others come out; --strict makes it
status 1. IPv6 networks are refused for kusto, whose function for networks never matches them.

Examples:
  socdef-sigma convert feed.json -t splunk
  socdef-sigma convert feed.json -t splunk -p splunk_windows -f savedsearches -o savedsearches.conf
  socdef-sigma convert rules/ -t lucene -p ecs_windows
  socdef-sigma convert -t list"""


@click.command("convert", cls=Command, epilog=EPILOG)
@inputs_argument(required=False)
@option(
    "Conversion",
    "-t",
    "--target",
    required=True,
    metavar="TARGET",
    shell_complete=complete_target,
    help="The query language, by its name in `sigma convert`: splunk, lucene, kusto, sqlite, ...; also "
    "elastic (lucene), sentinel (kusto) and qradar (whichever backend is installed). `list` shows what there "
    "is and what to install.",
)
@option(
    "Conversion",
    "-p",
    "--pipeline",
    "pipelines",
    metavar="PIPELINE",
    multiple=True,
    shell_complete=complete_pipeline,
    help="A processing pipeline: its name, or a YAML file or a folder of them. Can be given several times; "
    "their priorities give the order. `none` is --without-pipeline. [default: see below]",
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
    help="An option of the backend. A key given several times makes a list.",
)
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
@option(
    "Conversion", "-j", "--json-indent", type=int, metavar="N", help="Indent JSON output by so many spaces."
)
@option(
    "Conversion",
    "-s/ ",
    "--skip-unsupported/--fail-unsupported",
    "skip",
    default=True,
    help="Go on after a rule that the backend refuses, or write nothing and exit with status 1.  "
    "[default: skip]",
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
    "Write here instead of to standard output: one file, or, where it is a folder or ends in /, one .txt "
    "file for each rule. A file is replaced only when the new one is whole; a device, "
    "FIFO or link is written to."
)
def command(inputs: tuple[str, ...], target: str, filters: tuple[Path, ...], **options: Any) -> int:
    """Convert indicators, or Sigma rules, in INPUT to queries of a SIEM.

    INPUT is a file, a folder, or - for standard input. Indicators are compiled first, as `compile` does.
    Sigma rules (YAML with a title and a detection) are converted as they are; so is a folder that holds
    any.
    """
    if target == "list":
        print_targets()
        return 0
    if not inputs:
        raise click.UsageError("missing argument 'INPUT...'")
    reject_dash(options["report"])
    say_unused(options)
    with Progress(quiet=options["quiet"]) as progress:
        given = sort_out(inputs, options["input_format"], options["file_pattern"])
        converter = _converter(target, options, own_rules=not given.sigma)
        if converter.defaulted and not options["quiet"]:
            say(
                f"no -p given: using the pipeline `{OWN_PIPELINE}`, which adds the EventID of Sysmon's events"
            )
        rules, report = _rules(given, filters, converter, options, progress)
        count = _write(converter, rules, options, progress)
    if count is None:
        print_lost(converter.lost, converter.target, 0)
        return 1
    if options["report"]:
        _write_report(options["report"], report, converter, count)
    if not options["quiet"]:
        if report is not None:
            print_summary(report)
        print_lost(converter.lost, converter.target, count)
    return 1 if options["strict"] and found_something(report, converter.lost) else 0


def _converter(target: str, options: dict[str, Any], own_rules: bool) -> Converter:
    pipelines = options["pipelines"]
    # As in `sigma convert`: with a pipeline named, the flag has nothing to say.
    if options["without_pipeline"] and not pipelines:
        pipelines = ("none",)
    merged: dict[str, list[Any]] = {}
    for key, value in options["backend_options"]:
        merged.setdefault(key, []).append(value)
    return Converter(
        target,
        pipelines=pipelines,
        format=options["format"],
        options={key: values[0] if len(values) == 1 else values for key, values in merged.items()},
        correlation_method=options["correlation_method"],
        pipeline_check=options["pipeline_check"],
        own_rules=own_rules,
    )


def _rules(
    given: Inputs,
    filters: tuple[Path, ...],
    converter: Converter,
    options: dict[str, Any],
    progress: Progress,
) -> "tuple[Iterator[tuple[AnyRule, str | None]], _core.Report | None]":
    """All rules to convert, each with the name for its file if it has one; and the account of the feeds."""
    from ..sigma_rules import load_filters

    loaded_filters = load_filters(filters)
    sigma = given.load(loaded_filters, converter.lost) if given.sigma else []
    if not given.feeds:
        return ((rule, None) for rule in sigma), None
    settings = compile_settings(options)
    made = _core.compile(given.read(options, progress), progress=progress, **settings)

    def all_rules() -> "Iterator[tuple[AnyRule, str | None]]":
        yield from ((rule, None) for rule in sigma)
        for batch in batches(made):
            with collector_paused():
                ready: Iterable[AnyRule] = [to_rule(rule) for rule in batch]
                if loaded_filters:
                    from sigma.collection import SigmaCollection

                    ready = SigmaCollection(
                        [*ready, *(f for one in loaded_filters for f in one.filters)]
                    ).rules
                for rule, source in zip(ready, batch, strict=True):
                    yield rule, source.filename

    return all_rules(), made.report


def _write(
    converter: Converter,
    rules: "Iterator[tuple[AnyRule, str | None]]",
    options: dict[str, Any],
    progress: Progress,
) -> int | None:
    """Convert and write; the number of queries, or None where a rule was refused that must not be."""
    output = options["output"]
    to_folder = output is not None and is_folder(output)
    files: list[tuple[AnyRule, str | None, bytes]] = []
    queries: list[Any] = []
    count = 0
    for number, (rule, filename) in enumerate(rules):
        for _, made in converter.convert([rule]):
            count += len(made)
            if not to_folder:
                queries.extend(made)
            elif made:
                data = render(converter.finish(made), options["encoding"], options["json_indent"])
                files.append((rule, filename, data))
        progress("converting", number + 1)
        if converter.lost and not options["skip"]:
            return None
    if to_folder:
        folder = RuleFolder(output)
        for rule, filename, data in files:
            folder.write(rule, filename, data)
    else:
        data = render(converter.finish(queries), options["encoding"], options["json_indent"])
        if output in (None, "-"):
            write_stdout(data)
        else:
            _core.write_output(output, data)
    return count


def _write_report(path: str, report: _core.Report | None, converter: Converter, queries: int) -> None:
    counts = dict.fromkeys(("read", "kept", "merged", "dropped", "refused", "rules"), 0)
    account: dict[str, Any] = json.loads(report.json()) if report else {"counts": counts, "entries": []}
    account["conversion"] = {
        "target": converter.target,
        "format": converter.format,
        "pipelines": list(converter.pipelines),
        "queries": queries,
        "lost": [rule.as_dict() for rule in converter.lost],
    }
    _core.write_output(
        path, (json.dumps(account, indent=2, ensure_ascii=False) + "\n").encode(errors="backslashreplace")
    )
