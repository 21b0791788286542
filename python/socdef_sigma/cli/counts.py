"""The part that commands share which only count the rules."""

from typing import Any

from .. import _core
from . import intake
from .console import Progress
from .options import compile_settings, reject_dash, say_unused
from .run_report import found_something

__all__ = ["COUNTED", "counted", "ended"]

COUNTED = (
    "--type",
    "--min-confidence",
    "--since",
    "--logsource",
    "--templates",
    "--input-format",
    "--output",
    "--report",
    "--quiet",
)
"""The options on the first screen of each such command, behind its own."""


def counted(inputs: tuple[str, ...], options: dict[str, Any]) -> _core.Summary:
    """Read the inputs as `compile` does, and count the rules."""
    reject_dash(options["report"])
    say_unused(options)
    with Progress(quiet=options["quiet"]) as progress:
        sources = list(intake.opened(inputs))
        if options["input_format"] is None:
            intake.refuse_rules(sources)
        return _core.summarize(
            intake.plain(sources),
            merge=not options["no_merge"],
            **intake.how(options),
            progress=progress,
            **compile_settings(options),
        )


def ended(report: _core.Report, options: dict[str, Any]) -> int:
    """Write the report if `--report` is given, and give the exit status."""
    if options["report"]:
        _core.write_output(options["report"], report.json().encode())
    return 1 if options["strict"] and found_something(report, []) else 0
