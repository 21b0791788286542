"""`socdef-sigma sync`: rules kept up to date, for cron or a timer."""

import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import click

from .. import _core
from .._core import type_facts
from ..convert import LostRule
from ..errors import SocdefError, UsageError
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
from .summary import found_something, print_lost

EPILOG = """Examples:
  socdef-sigma sync --state ~/.local/state/socdef -o rules/
  socdef-sigma sync --state state/ -o queries.spl -t splunk -p socdef --on-change ./deploy.sh

The command of --on-change finds the path of the changes, as --changes writes them, in SOCDEF_CHANGES.
Exit status: 1 also where --on-change fails; 3 key or plan; 4 network or server."""


INCOMPLETE = ""
"""The filters of a run that was to have everything and did not: none are like them, so the next is full."""


def _default_ttl() -> str:
    """The days that each type lives, types of one time together: `ipv4, ipv6 30; cve never`."""
    by_days: dict[int | None, list[str]] = {}
    for known in type_facts():
        by_days.setdefault(known.ttl_days, []).append(known.name)
    return "; ".join(f"{', '.join(names)} {days or 'never'}" for days, names in by_days.items())


@click.command("sync", cls=Command, epilog=EPILOG)
@option(
    "State",
    "--state",
    required=True,
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="What is known from the runs before; one folder for each output.",
)
@option(
    "State",
    "--full",
    is_flag=True,
    help="Fetch everything, and remove the rules of what the server no longer lists. Done by itself on the "
    "first run, and when other filters are asked for.",
)
@option(
    "State",
    "--overlap",
    type=click.IntRange(min=0),
    default=60,
    show_default=True,
    metavar="MINUTES",
    help="How far before the last run to fetch again, for what the server added late.",
)
@option(
    "State",
    "--ttl",
    multiple=True,
    metavar="TYPE=DAYS",
    help="When a rule is over, counted from the last news of its indicator; TYPE=never for never. Can be "
    f"given several times. [default: {_default_ttl()}]",
)
@option(
    "State",
    "--expire",
    type=click.Choice(["remove", "mark"]),
    default="remove",
    show_default=True,
    help="Remove a rule that is over, or keep it with status: deprecated.",
)
@client_options()
@filter_options(limit=False)
@local_options()
@option(
    "Conversion",
    "-t",
    "--target",
    metavar="TARGET",
    help="Keep queries instead of rules, as `convert` makes them.",
)
@option(
    "Conversion", "-p", "--pipeline", "pipelines", multiple=True, metavar="PIPELINE", help="As for `convert`."
)
@option(
    "Conversion",
    "-f",
    "--format",
    metavar="FORMAT",
    default="default",
    show_default=True,
    help="As for `convert`.",
)
@option(
    "Output",
    "-o",
    "--output",
    required=True,
    metavar="FILE|DIR/",
    help="What to keep up to date: one file, or, where it is a folder or ends in /, one file for each rule.",
)
@option("Output", "--changes", metavar="FILE", help="Write what changed, as JSON.")
@option("Output", "--on-change", metavar="COMMAND", help="A command for the shell to run after a change.")
@option("Output", "--dry-run", is_flag=True, help="Change nothing; print what would change.")
@option(
    "Output",
    "--strict",
    is_flag=True,
    help="Exit with status 1 at a conflict, a refused entry or a lost rule.",
)
@option("Output", "-q", "--quiet", is_flag=True, help="Print no summary and no progress.")
def command(state: str, output: str, **options: Any) -> int:
    """Fetch what is new since the last run, and bring a folder or a file of rules up to date.

    Whatever happens, the last good rules stay in place: a run changes everything or nothing, one that is
    killed is finished by the next, and a file that somebody edited is left and said.
    """
    reject_dash(options["changes"])
    if options["pipelines"] and not options["target"]:
        raise UsageError("`--pipeline` is for queries", code="bad_usage", hint="name a `--target` too")
    _check_output(output)
    sync = _core.Sync(state, output)
    try:
        return _run(sync, output, options)
    finally:
        sync.close()


def _check_output(output: str) -> None:
    """What is kept up to date is read again, so that a pipe or a device will not do."""
    path = Path(output)
    if output == "-" or (path.exists() and not path.is_file() and not path.is_dir()):
        raise UsageError(
            "the output is no file and no folder, so it cannot be kept up to date",
            code="bad_usage",
            place=output,
            hint="`fetch` writes to standard output and to devices",
        )


def _run(sync: _core.Sync, output: str, options: dict[str, Any]) -> int:
    filters = _filters(options)
    last = sync.last_run()
    complete = options["full"] or last is None or last[1] != filters
    with Progress(quiet=options["quiet"]) as progress:
        asked = api_filters(options)
        if last is not None and not complete:
            asked["since"] = last[0] - timedelta(minutes=options["overlap"])
        indicators = make_client(options).iocs(progress=progress, **asked)
        account = indicators.fetched or {}
        whole = not account.get("missing") and not account.get("truncated")
        now = account.get("server_time") or datetime.now(timezone.utc)
        plan = sync.plan(
            indicators,
            server_time=now,
            ttl=options["ttl"],
            mark_expired=options["expire"] == "mark",
            complete=complete and whole,  # What did not come was not retracted.
            **local_settings(options),
        )
        report = plan.report
        lost: list[LostRule] = []
        texts = plan.texts()
        files = _files(texts, output, options, lost)
    if options["dry_run"]:
        changes = sync.dry_run(plan, files)
    elif whole:
        changes = sync.commit(plan, files, filters, now)
    elif last is not None and not complete:  # From the same moment again, or there would be a gap.
        changes = sync.commit(plan, files, filters, last[0])
    else:
        changes = sync.commit(plan, files, INCOMPLETE, now)
    changes = {
        **changes,
        "server_time": now if isinstance(now, str) else now.isoformat(),
        "dry_run": options["dry_run"],
    }
    if options["changes"]:
        _core.write_output(options["changes"], _document(changes))
    if not options["quiet"]:
        print_account(account)
        _print_changes(changes)
        if options["target"]:
            print_lost(lost, options["target"], len(texts) - len(lost))
    status = 0
    if options["on_change"] and not options["dry_run"] and _any(changes):
        status = _notify(options["on_change"], options["changes"], changes)
    findings = changes["conflicts"] or found_something(report, lost)
    return 1 if options["strict"] and findings else status


def _filters(options: Mapping[str, Any]) -> str:
    """What was asked for, as text: with other filters, what is there is not what is wanted."""
    chosen = {**api_filters(options), **local_settings(options), "base_url": options["base_url"]}
    chosen.update({name: options[name] for name in ("target", "pipelines", "format")})
    # With another text of a template, all rules are others.
    texts = [f"{template.name}\0{template.source}" for template in _core.templates(chosen["templates"])]
    chosen["templates"] = hashlib.sha256("\0".join(texts).encode()).hexdigest()
    return json.dumps(chosen, sort_keys=True, default=str)


def _files(
    texts: Mapping[str, str], output: str, options: Mapping[str, Any], lost: list[LostRule]
) -> dict[str, bytes]:
    """Every file that is to be there, by its name; the one file has no name."""
    folder = is_folder(output)
    if options["target"] is None:
        if folder:
            return {name: text.encode() for name, text in texts.items()}
        return {"": ("---\n".join(texts.values()) or "# no rules\n").encode()}
    return _queries(texts, folder, options, lost)


def _queries(
    texts: Mapping[str, str], folder: bool, options: Mapping[str, Any], lost: list[LostRule]
) -> dict[str, bytes]:
    from ..convert import Converter, Filling, render
    from ..sigma_rules import Source, load

    converter = Converter(
        options["target"], pipelines=options["pipelines"], format=options["format"], own_rules=True
    )
    sources = [Source(name, text.encode()) for name, text in texts.items()]
    files: dict[str, bytes] = {}
    if folder:
        for source in sources:
            rules = load(source, lost).rules
            made = [query for _, some in converter.convert(rules) for query in some]
            if made:
                files[f"{Path(source.name).stem}.txt"] = render(converter.finish(made))
    else:
        filling = Filling(converter, sources=sources)
        if filling.documents():
            files[""] = render(filling.output())
        else:
            every = [rule for source in sources for rule in load(source, lost).rules]
            files[""] = render(converter.finish([q for _, made in converter.convert(every) for q in made]))
    lost.extend(converter.lost)
    return files


def _print_changes(changes: Mapping[str, Any]) -> None:
    kinds = ("added", "updated", "expired", "removed")
    parts = ", ".join(f"{len(changes[kind]):,} {kind}" for kind in kinds)
    say(f"{'would be: ' if changes['dry_run'] else ''}{parts}, {changes['unchanged']:,} unchanged")
    for path in changes["conflicts"]:
        say(f"  conflict  {shown(path)}: somebody else changed it, so it is left as it is")


def _any(changes: Mapping[str, Any]) -> bool:
    return any(changes[kind] for kind in ("added", "updated", "expired", "removed"))


def _document(changes: Mapping[str, Any]) -> bytes:
    return (json.dumps(changes, indent=2, ensure_ascii=False) + "\n").encode(errors="backslashreplace")


def _notify(command: str, path: str | None, changes: Mapping[str, Any]) -> int:
    """Run the user's command; it finds the changes in a file."""
    with tempfile.TemporaryDirectory(prefix="socdef-") as folder:
        document = Path(path or Path(folder) / "changes.json").absolute()
        if path is None:
            document.write_bytes(_document(changes))
        done = subprocess.run(
            command, shell=True, env={**os.environ, "SOCDEF_CHANGES": str(document)}, check=False
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
