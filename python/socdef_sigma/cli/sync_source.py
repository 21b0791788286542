"""Where `sync` has its indicators from: a server, or a feed on disk."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import click
from click.core import ParameterSource

from .. import _core
from ..errors import InputError, SocdefError, UsageError
from . import intake
from .client import api_filters, make_client, print_account
from .console import Progress, complain, say, shown
from .options import local_settings
from .run_report import print_summary

__all__ = ["Received", "check_options", "print_received", "receive", "report_hold"]

_SHOWN = 5

_OF_A_SERVER = (
    "base_url",
    "api_key_file",
    "ca_file",
    "timeout",
    "max_wait",
    "max_bytes",
    "allow_truncated",
    "industry_raw",
    "overlap",
)
_OF_A_FEED = ("input_format", "all_attributes", "allow_empty", "allow_shrink")

_HINTS = {
    "empty_input": "`--allow-empty` takes an empty input as one that lists nothing",
    "nothing_read": "is it the right file? `--input-format` names the format, and `--report FILE` says more",
    "all_refused": "is it the right file? `--input-format` names the format, and `--report FILE` says why",
    "no_rules": "`--report FILE` says what is wrong with the templates",
    "shrunk_feed": "if the feed is right, run again with `--allow-shrink`",
}
_NOTES = {"empty_input": ("nothing_found",), "nothing_read": ("nothing_read", "nothing_found")}
"""The notes about the input, by the code of why nothing is removed."""


@dataclass(frozen=True)
class Received:
    """What a run got to work with."""

    indicators: _core.Indicators
    now: Any
    """The server's clock; ours for a feed on disk."""
    began: datetime
    ended: datetime
    how: Mapping[str, Any]
    """More arguments of `Sync.plan`."""
    account: Mapping[str, Any] | None = None
    """The account of the fetch; None for a feed on disk."""
    failures: Sequence[SocdefError] = field(default=())
    """The inputs that could not be read."""


def check_options(context: click.Context, options: Mapping[str, Any]) -> None:
    """Refuse options that are about the other kind of source."""
    is_feed = bool(options["feeds"])
    for parameter in context.command.params:
        name = parameter.name or ""
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if given and name in (_OF_A_SERVER if is_feed else _OF_A_FEED):
            why = "is about a server, and `--from` names a feed on disk" if is_feed else "needs `--from`"
            raise UsageError(f"`{parameter.opts[-1]}` {why}", code="bad_usage")
    if options["feeds"].count("-") > 1:
        raise UsageError("standard input can be read only once", code="bad_usage")


def receive(sync: _core.Sync, options: Mapping[str, Any], filters: str, progress: Progress) -> Received:
    """Ask the server for what is new since the last run, or read the whole feed."""
    feeds = options["feeds"]
    sync.follow(feeds or None, full=options["full"])
    return _read(feeds, options, progress) if feeds else _fetch(sync, options, filters, progress)


def _fetch(sync: _core.Sync, options: Mapping[str, Any], filters: str, progress: Progress) -> Received:
    began, ticks = datetime.now(timezone.utc), time.monotonic()
    asked = api_filters(options)
    since = sync.since(filters, now=began, full=options["full"], overlap=options["overlap"])
    if since is not None:
        asked["since"] = since
    client = make_client(options)
    indicators = client.iocs(progress=progress, **asked)
    account = indicators.fetched or {}
    now = account.get("server_time") or began
    left = account.get("last_removal")
    if since is not None and left and sync.misses(left):
        # What left the feed is not among the news: only everything shows it.
        since = None
        indicators = client.iocs(progress=progress, **api_filters(options))
        account = {**(indicators.fetched or {}), "shows_removals": True}
    whole = not account.get("missing") and not account.get("truncated")
    return Received(
        indicators,
        now=now,
        began=began,
        # Our clock may be set while the server answers; the time that this takes is known for all that.
        ended=began + timedelta(seconds=time.monotonic() - ticks),
        how={"complete": since is None, "whole": whole, **local_settings(options)},
        account=account,
    )


def _read(feeds: Sequence[str], options: Mapping[str, Any], progress: Progress) -> Received:
    now = datetime.now(timezone.utc)
    sources: list[str | intake.Stream] = []
    failures: list[SocdefError] = []
    for feed in feeds:
        try:
            sources.extend(intake.opened([feed]))
        except InputError as error:
            failures.append(error)
    if options["input_format"] is None:
        intake.refuse_rules(sources)
    indicators, more = _core.read_feed(intake.plain(sources), **intake.how(dict(options)), progress=progress)
    failures.extend(more)
    chosen = {
        "types": options["api_type"],
        "confidence": options["api_confidence"],
        "industry": options["api_industry"],
    }
    return Received(
        indicators,
        now=now,
        began=now,
        ended=now,
        how={
            "complete": True,
            "feed": (bool(failures), options["allow_empty"], options["allow_shrink"]),
            **chosen,
            **local_settings(options),
        },
        failures=failures,
    )


def print_received(received: Received, report: _core.Report) -> None:
    """Print what was received or read, on standard error."""
    if received.account is not None:
        print_account(received.account)
        if received.account.get("shows_removals"):
            say("  note       indicators left the feed since the last run, so everything was fetched")
    else:
        print_summary(report, rules=False)


def report_hold(
    hold: tuple[str, str, int],
    received: Received,
    report: _core.Report,
    held: int,
    options: Mapping[str, Any],
) -> None:
    """Say why nothing was removed: an error for each input that could not be read, or one."""
    code, words, before = hold
    for failure in received.failures[:_SHOWN]:
        failure.hint = failure.hint or "rules are removed again when the whole feed can be read"
        complain(failure)
    if received.failures:
        more = len(received.failures) - _SHOWN
        if not options["quiet"]:
            say(f"{f'and {more:,} more; ' if more > 0 else ''}{words}, so no rule was removed")
        return
    note = next((note for note in report.notes if note["note"] in _NOTES.get(code, ())), None)
    if code == "shrunk_feed":
        words = f"{held:,} of {before:,} rules would be removed, more than 30 %"
    complain(
        InputError(
            f"{words}, so no rule was removed",
            code=code,
            # An empty folder has no file to name.
            place=shown(str(note["file"]) if note and "file" in note else ", ".join(options["feeds"])),
            hint=_HINTS[code],
        )
    )
