"""`socdef-sigma sync`: rules kept up to date, for cron or a timer."""

import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from .. import _core
from .._core import type_facts
from ..convert import LostRule
from ..errors import OutputError, SocdefError, UsageError
from .alert_option import alert_option, alert_settings
from .base import Command, option
from .client import api_filters, client_options, filter_options
from .console import Progress, complain, say, shown
from .folder import is_folder
from .options import input_format_options, local_options, local_settings, reject_dash
from .run_report import found_something, print_lost
from .sync_source import check_options, print_received, receive, report_hold
from .targets import KeyValue, backend_options, complete_format, complete_pipeline, complete_target

EPILOG = """Examples:
  socdef-sigma sync --state ~/.local/state/socdef -o rules/
  socdef-sigma sync --state state/ -o queries.spl -t splunk -p socdef \\
    --on-change ./deploy.sh
  socdef-sigma sync --from today.csv --state state/ -o rules/

Exit status: 1 also if the command of --on-change fails, or if --from removed nothing because the feed
is not all there or is much smaller; 3 key or plan; 4 network or server."""

FIRST = (
    "--state",
    "--output",
    "--from",
    "--allow-shrink",
    "--type",
    "--min-confidence",
    "--target",
    "--pipeline",
    "--on-change",
    "--dry-run",
    "--base-url",
    "--quiet",
)


_SHOWN = 5
"""How many rules are named that should be removed and are not."""


def _default_ttl() -> str:
    """The lifetimes in days, grouped: `ipv4, ipv6 30; cve never`."""
    by_days: dict[int | None, list[str]] = {}
    for known in type_facts():
        by_days.setdefault(known.ttl_days, []).append(known.name)
    return "; ".join(f"{', '.join(names)} {days or 'never'}" for days, names in by_days.items())


@click.command(
    "sync", cls=Command, left="the next run continues from the last complete one", epilog=EPILOG, first=FIRST
)
@option(
    "State",
    "--state",
    required=True,
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="The folder with the state of earlier runs. Each output needs its own.",
)
@option(
    "Feed on disk",
    "--from",
    "feeds",
    metavar="PATH",
    multiple=True,
    type=click.Path(allow_dash=True),
    help="Read this file or folder, or - for standard input, instead of asking a server. It is the whole "
    "feed: what it no longer lists is removed. Can be given several times. A feed that is empty or cannot be "
    "read removes nothing.",
)
@option(
    "Feed on disk",
    "--allow-shrink",
    is_flag=True,
    help="Let a run of --from remove more than 30 % of the rules. Without it, such a run removes nothing.",
)
@option(
    "Feed on disk",
    "--allow-empty",
    is_flag=True,
    help="Take an empty input of --from as one that lists nothing.",
)
@input_format_options("Feed on disk")
@option(
    "State",
    "--full",
    is_flag=True,
    help="Fetch everything, and remove the rules of indicators that the server no longer lists. Automatic on "
    "the first run, whenever the filters change, and after a run with a wrong clock. Also changes a state "
    "over to another source, such as other paths of --from.",
)
@option(
    "State",
    "--overlap",
    type=click.IntRange(min=0),
    default=60,
    show_default=True,
    metavar="MINUTES",
    help="Fetch again from this long before the last run, for indicators that the server added late.",
)
@option(
    "State",
    "--ttl",
    multiple=True,
    metavar="TYPE=DAYS",
    help="Rules of this type expire so many days after the server last sent their indicator. TYPE=never for "
    f"never. Can be given several times. [default: {_default_ttl()}]",
)
@option(
    "State",
    "--expire",
    type=click.Choice(["remove", "mark"]),
    default="remove",
    show_default=True,
    help="Remove expired rules, or keep them with status: deprecated.",
)
@client_options()
@filter_options(limit=False, several_types=True)
@local_options()
@option(
    "Conversion",
    "-t",
    "--target",
    metavar="TARGET",
    shell_complete=complete_target,
    help="Keep queries instead of rules up to date, as `convert` makes them.",
)
@option(
    "Conversion",
    "-p",
    "--pipeline",
    "pipelines",
    multiple=True,
    metavar="PIPELINE",
    shell_complete=complete_pipeline,
    help="As in `convert`.",
)
@option(
    "Conversion",
    "-f",
    "--format",
    metavar="FORMAT",
    default="default",
    shell_complete=complete_format,
    show_default=True,
    help="As in `convert`.",
)
@alert_option()
@option(
    "Conversion",
    "-O",
    "--backend-option",
    "backend_options",
    type=KeyValue(),
    multiple=True,
    help="As in `convert`.",
)
@option(
    "Output",
    "-o",
    "--output",
    required=True,
    metavar="FILE|DIR/",
    help="The file to keep up to date, or a folder (a path that ends in /) with one file per rule.",
)
@option("Output", "--changes", metavar="FILE", help="Write the changes as JSON.")
@option(
    "Output",
    "--on-change",
    metavar="COMMAND",
    help="Run this shell command after a change. SOCDEF_CHANGES has the path of the changes as JSON; the "
    "API key is not in its environment.",
)
@option("Output", "--report", metavar="FILE", help="Write a JSON report of every value that was received.")
@option("Output", "--dry-run", is_flag=True, help="Change nothing, and print what would change.")
@option(
    "Output",
    "--strict",
    is_flag=True,
    help="Exit with status 1 at a conflict, a wrong clock, a refused entry or a lost rule.",
)
@option("Output", "-q", "--quiet", is_flag=True, help="Print errors only: no summary, no progress.")
def command(state: str, output: str, **options: Any) -> int:
    """Update a folder or a file of rules from a server or, with --from, from a feed on disk.

    A server is asked for new indicators since the last run; a feed on disk is read whole. A run changes
    everything or nothing, so the last good rules always stay in place. The next run finishes one that was
    killed. A file that somebody else edited is kept and reported as a conflict.
    """
    reject_dash(options["changes"])
    reject_dash(options["report"])
    check_options(click.get_current_context(), options)
    for name, is_given in (("--pipeline", options["pipelines"]), ("-O", options["backend_options"])):
        if is_given and not options["target"]:
            raise UsageError(
                f"`{name}` needs a `--target`",
                code="bad_usage",
                hint=f"add `--target`, or leave out `{name}`",
            )
    _check_output(output)
    sync = _core.Sync(state, output)
    try:
        return _run(sync, output, options)
    finally:
        sync.close()


def _check_output(output: str) -> None:
    """The output is read again in later runs, so it cannot be a pipe or a device."""
    path = Path(output)
    if output == "-" or (path.exists() and not path.is_file() and not path.is_dir()):
        raise UsageError(
            "the output is not a file or a folder, so it cannot be kept up to date",
            code="bad_usage",
            place=output,
            hint="`fetch` writes to standard output and to devices",
        )


def _run(sync: _core.Sync, output: str, options: dict[str, Any]) -> int:
    filters = _filters(options)
    with Progress(quiet=options["quiet"]) as progress:
        received = receive(sync, options, filters, progress)
        plan = sync.plan(
            received.indicators,
            server_time=received.now,
            local_time=(received.began, received.ended),
            ttl=options["ttl"],
            mark_expired=options["expire"] == "mark",
            **received.how,
        )
        report, clock_warning, hold = plan.report, plan.clock_warning, plan.hold
        lost: list[LostRule] = []
        texts = plan.texts()
        files = _files(texts, output, options, lost)
    # A run that has nothing to keep and nothing to write leaves no trace: its feed may have been a mistake.
    # Nor does one whose rules the backend refuses, all of them: good queries are never replaced by nothing.
    lost_all = bool(texts) and len(lost) >= len(texts)
    is_dry = options["dry_run"] or lost_all or (hold is not None and not texts)
    changes = sync.dry_run(plan, files) if is_dry else sync.commit(plan, files, filters)
    now = received.now
    changes = {
        **changes,
        "held_because": hold[0] if hold else None,
        "server_time": now if isinstance(now, str) else now.isoformat(),
        "local_time": received.began.isoformat(),
        "clock_warning": clock_warning,
        "dry_run": options["dry_run"],
    }
    if options["changes"]:
        _core.write_output(options["changes"], _document(changes), private=True)
    if options["report"]:
        _core.write_output(options["report"], report.json().encode())
    if not options["quiet"]:
        print_received(received, report)
        _print_changes(changes)
        if options["target"]:
            print_lost(lost, options["target"], len(texts) - len(lost))
    status = 0
    if lost_all:
        complain(
            OutputError(
                "none of the rules could be converted; the output was left as it was",
                code="no_queries",
                place=output,
                hint="`preflight` shows in advance which rules the backend refuses",
            )
        )
        status = 1
    if hold is not None:
        report_hold(hold, received, report, len(changes["held"]), options)
        status = 1
    if options["on_change"] and not is_dry and _any(changes):
        status = max(status, _notify(options["on_change"], options["changes"], changes))
    findings = changes["conflicts"] or clock_warning or found_something(report, lost)
    return 1 if options["strict"] and findings else status


def _filters(options: Mapping[str, Any]) -> str:
    """The filters as text: when they change, the output must be made again."""
    names = ("api_type", "api_confidence", "api_industry")
    asked = {name: options[name] for name in names} if options["feeds"] else api_filters(options)
    chosen = {**asked, **local_settings(options), "base_url": options["base_url"]}
    chosen.update({name: options[name] for name in ("target", "pipelines", "format", "alert")})
    if options["backend_options"]:
        chosen["backend_options"] = options["backend_options"]
    if options["feeds"]:
        chosen["feeds"] = options["feeds"]
    # With another text of a template, all rules are others.
    texts = [f"{template.name}\0{template.source}" for template in _core.templates(chosen["templates"])]
    chosen["templates"] = hashlib.sha256("\0".join(texts).encode()).hexdigest()
    return json.dumps(chosen, sort_keys=True, default=str)


def _files(
    texts: Mapping[str, str], output: str, options: Mapping[str, Any], lost: list[LostRule]
) -> dict[str, bytes]:
    """The content of every file by its name; a single output file has the name ''."""
    folder = is_folder(output)
    if options["target"] is None:
        if folder:
            return {name: text.encode() for name, text in texts.items()}
        return {"": ("---\n".join(texts.values()) or "# no rules\n").encode()}
    return _queries(texts, folder, options, lost)


def _queries(
    texts: Mapping[str, str], folder: bool, options: Mapping[str, Any], lost: list[LostRule]
) -> dict[str, bytes]:
    from ..convert import BatchConversion, Converter, render
    from ..convert.sigma_rules import Source, load

    converter = Converter(
        options["target"],
        pipelines=options["pipelines"],
        format=options["format"],
        options=backend_options(options["backend_options"]),
        own_rules=True,
        alert=alert_settings(options["alert"]),
    )
    sources = [Source(name, text.encode()) for name, text in texts.items()]
    files: dict[str, bytes] = {}
    if folder:
        for source in sources:
            rules = load(source, lost).rules
            made = [query for _, some in converter.convert(rules) for query in some]
            if made:
                files[f"{Path(source.name).stem}.{converter.ending}"] = render(converter.finish(made))
    else:
        conversion = BatchConversion(converter, sources=sources)
        if conversion.documents():
            files[""] = render(conversion.output())
        else:
            every = [rule for source in sources for rule in load(source, lost).rules]
            files[""] = render(converter.finish([q for _, made in converter.convert(every) for q in made]))
    lost.extend(converter.lost)
    return files


def _print_changes(changes: Mapping[str, Any]) -> None:
    kinds = ("added", "updated", "expired", "removed")
    parts = ", ".join(f"{len(changes[kind]):,} {kind}" for kind in kinds)
    say(f"{'dry run: ' if changes['dry_run'] else ''}{parts}, {changes['unchanged']:,} unchanged")
    for path in changes["conflicts"]:
        what = changes["obstacles"].get(path)
        why = f"{what} is in the place of this file" if what else "somebody else changed this file"
        say(f"  conflict  {shown(path)}: {why}, so it was not updated")
    for change in changes["held"][:_SHOWN]:
        say(f"  kept      {shown(change['file'])}: {shown(change['value'])} would be removed")
    if len(changes["held"]) > _SHOWN:
        say(f"  kept      and {len(changes['held']) - _SHOWN:,} more; `--changes FILE` lists them")
    if changes["clock_warning"]:
        say(f"  warning: {changes['clock_warning']}")


def _any(changes: Mapping[str, Any]) -> bool:
    return any(changes[kind] for kind in ("added", "updated", "expired", "removed"))


def _document(changes: Mapping[str, Any]) -> bytes:
    return (json.dumps(changes, indent=2, ensure_ascii=False) + "\n").encode(errors="backslashreplace")


def _notify(command: str, path: str | None, changes: Mapping[str, Any]) -> int:
    """Run the user's command; `SOCDEF_CHANGES` has the path of the changes. The API key is ours alone."""
    environment = {name: value for name, value in os.environ.items() if name != "SOCDEF_API_KEY"}
    with tempfile.TemporaryDirectory(prefix="socdef-") as folder:
        document = Path(path or Path(folder) / "changes.json").absolute()
        if path is None:
            _core.write_output(document, _document(changes), private=True)
        done = subprocess.run(
            command, shell=True, env={**environment, "SOCDEF_CHANGES": str(document)}, check=False
        )
    if done.returncode == 0:
        return 0
    complain(
        SocdefError(
            f"the command of `--on-change` ended with status {done.returncode}",
            code="on_change_failed",
            place=command,
            hint="the rules are up to date; run it again by hand",
        )
    )
    return 1
