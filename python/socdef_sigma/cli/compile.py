"""`socdef-sigma compile`."""

from typing import Any

import click

from .. import _core
from ..errors import UsageError
from . import intake
from .base import Command, option
from .console import Progress, say, shown
from .folder import is_folder
from .options import (
    allow_empty_option,
    compile_settings,
    input_options,
    inputs_argument,
    merge_option,
    output_options,
    reject_dash,
    say_unused,
)
from .outcome import Outcome
from .run_report import print_summary

NOTES = """Formats: the JSON list of the SOC Defenders API or the same objects one per line, any CSV, text
with one value per line, STIX 2 bundles, MISP events, OpenIOC, the CSV and JSON of abuse.ch,
CISA's known exploited vulnerabilities, and reports in Markdown or AsciiDoc. gzip and zstd are
unpacked. Different spellings of one indicator, also in different inputs, become one rule."""

EPILOG = """Examples:
  socdef-sigma compile feed.json -o rules.yml
  socdef-sigma compile feeds/ --type domain --min-confidence high -o rules/
  curl -s https://example.com/feed.csv | socdef-sigma compile - > rules.yml"""


FIRST = (
    "--type",
    "--min-confidence",
    "--since",
    "--logsource",
    "--templates",
    "--warninglist",
    "--allow",
    "--input-format",
    "--output",
    "--report",
    "--quiet",
)


@click.command("compile", cls=Command, epilog=EPILOG, notes=NOTES, first=FIRST)
@inputs_argument()
@input_options()
@merge_option()
@output_options(
    "Write to a file, or one file per rule to a folder (a path that ends in /), instead of to standard "
    "output. A file is replaced only when the new one is complete; a device, FIFO or link is written to."
)
@allow_empty_option()
@option(
    "Output",
    "--prune",
    is_flag=True,
    help="Remove rules from a folder that earlier runs made and this one did not. Files that anybody edited, "
    "and all other files, stay.",
)
def command(inputs: tuple[str, ...], **options: Any) -> int:
    """Make a Sigma rule for each indicator in INPUT.

    INPUT is a file, a folder, or - for standard input. The format is found from the content: JSON, CSV, text,
    STIX, MISP, OpenIOC and others.
    """
    reject_dash(options["report"])
    say_unused(options)
    output = None if options["output"] in (None, "-") else options["output"]
    if options["prune"] and (output is None or not is_folder(output)):
        raise UsageError(
            "`--prune` needs a folder to remove rules from",
            code="bad_usage",
            hint="`-o DIR/` writes one file per rule to a folder",
        )
    outcome = Outcome(output, options)
    with Progress(quiet=options["quiet"]) as progress:
        sources = list(intake.opened(inputs))
        if options["input_format"] is None:
            intake.refuse_rules(sources)
        report = _core.compile_to(
            intake.plain(sources),
            output,
            merge=not options["no_merge"],
            strict=options["strict"],
            allow_empty=options["allow_empty"],
            prune=options["prune"],
            **intake.how(options),
            progress=progress,
            **compile_settings(options),
        )
    outcome.may_replace(report)
    if options["report"]:
        _core.write_output(options["report"], report.json().encode())
    if not options["quiet"]:
        print_summary(report)
        if output is not None and report.earlier is not None:
            _print_earlier(output, *report.earlier)
    return outcome.status


def _print_earlier(folder: str, found: int, removed: int) -> None:
    """Print how many rules of earlier runs are in the folder, or were."""
    if removed:
        say(f"{removed:,} rule{'' if removed == 1 else 's'} of earlier runs removed from {shown(folder)}")
    if left := found - removed:
        are = "rule of an earlier run is" if left == 1 else "rules of earlier runs are"
        say(f"note: {left:,} {are} in {shown(folder)}, which this run did not make; `--prune` removes them")
