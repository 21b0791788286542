"""`socdef-sigma sync`: rules kept up to date, for cron or a timer."""

import hashlib
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import click

from .. import _core
from .._core import type_facts
from ..convert import LostRule
from ..errors import SocdefError, UsageError
from .alert_option import alert_option, alert_settings
from .base import Command, option
from .client import (
    api_filters,
    client_options,
    filter_options,
    make_client,
    print_account,
)
from .console import Progress, say, shown
from .folder import is_folder
from .options import local_options, local_settings, reject_dash
from .run_report import found_something, print_lost
from .targets import complete_format, complete_pipeline, complete_target

EPILOG = """Examples:
  socdef-sigma sync --state ~/.local/state/socdef -o rules/
  socdef-sigma sync --state state/ -o queries.spl -t splunk -p socdef \\
    --on-change ./deploy.sh

Exit status: 1 also if the command of --on-change fails; 3 key or plan; 4 network or server."""

FIRST = (
    "--state",
    "--output",
    "--type",
    "--min-confidence",
    "--logsource",
    "--target",
    "--pipeline",
    "--ttl",
    "--on-change",
    "--dry-run",
    "--base-url",
    "--quiet",
)


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
    "State",
    "--full",
    is_flag=True,
    help="Fetch everything, and remove the rules of indicators that the server no longer lists. Automatic on "
    "the first run, whenever the filters change, and after a run with a wrong clock.",
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
@filter_options(limit=False)
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
@option("Output", "--dry-run", is_flag=True, help="Change nothing, and print what would change.")
@option(
    "Output",
    "--strict",
    is_flag=True,
    help="Exit with status 1 at a conflict, a wrong clock, a refused entry or a lost rule.",
)
@option("Output", "-q", "--quiet", is_flag=True, help="Print errors only: no summary, no progress.")
def command(state: str, output: str, **options: Any) -> int:
    """Fetch new indicators since the last run, and update a folder or a file of rules.

    A run changes everything or nothing, so the last good rules always stay in place. The next run finishes
    one that was killed. A file that somebody else edited is kept and reported as a conflict.
    """
    reject_dash(options["changes"])
    if options["pipelines"] and not options["target"]:
        raise UsageError(
            "`--pipeline` needs a `--target`",
            code="bad_usage",
            hint="add `--target`, or leave out `--pipeline`",
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
    began, ticks = datetime.now(timezone.utc), time.monotonic()
    since = sync.since(filters, now=began, full=options["full"], overlap=options["overlap"])
    with Progress(quiet=options["quiet"]) as progress:
        asked = api_filters(options)
        if since is not None:
            asked["since"] = since
        indicators = make_client(options).iocs(progress=progress, **asked)
        # Our clock may be set while the server answers; the time that this takes is known for all that.
        ended = began + timedelta(seconds=time.monotonic() - ticks)
        account = indicators.fetched or {}
        whole = not account.get("missing") and not account.get("truncated")
        now = account.get("server_time") or began
        plan = sync.plan(
            indicators,
            server_time=now,
            local_time=(began, ended),
            ttl=options["ttl"],
            mark_expired=options["expire"] == "mark",
            complete=since is None,
            whole=whole,
            **local_settings(options),
        )
        report, clock_warning = plan.report, plan.clock_warning
        lost: list[LostRule] = []
        texts = plan.texts()
        files = _files(texts, output, options, lost)
    changes = sync.dry_run(plan, files) if options["dry_run"] else sync.commit(plan, files, filters)
    changes = {
        **changes,
        "server_time": now if isinstance(now, str) else now.isoformat(),
        "local_time": began.isoformat(),
        "clock_warning": clock_warning,
        "dry_run": options["dry_run"],
    }
    if options["changes"]:
        _core.write_output(options["changes"], _document(changes), private=True)
    if not options["quiet"]:
        print_account(account)
        _print_changes(changes)
        if options["target"]:
            print_lost(lost, options["target"], len(texts) - len(lost))
    status = 0
    if options["on_change"] and not options["dry_run"] and _any(changes):
        status = _notify(options["on_change"], options["changes"], changes)
    findings = changes["conflicts"] or clock_warning or found_something(report, lost)
    return 1 if options["strict"] and findings else status


def _filters(options: Mapping[str, Any]) -> str:
    """The filters as text: when they change, the output must be made again."""
    chosen = {**api_filters(options), **local_settings(options), "base_url": options["base_url"]}
    chosen.update({name: options[name] for name in ("target", "pipelines", "format", "alert")})
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
    from .console import complain

    complain(
        SocdefError(
            f"the command of `--on-change` ended with status {done.returncode}",
            code="on_change_failed",
            place=command,
            hint="the rules are up to date; run it again by hand",
        )
    )
    return 1
