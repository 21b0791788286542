"""`socdef-sigma ingest` and `socdef-sigma keys`: the indicators and the API keys in the store of `serve`."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click

from .. import _core
from ..errors import SocdefError
from . import intake
from .base import Command, Group, option
from .console import Progress, say, shown, write_stdout
from .options import compile_settings, input_options, inputs_argument, reject_dash
from .run_report import print_summary

__all__ = ["db_option", "ingest", "keys"]

_F = TypeVar("_F", bound=Callable[..., Any])


def db_option() -> Callable[[_F], _F]:
    """The store."""
    return option(
        "Store",
        "--db",
        required=True,
        metavar="FILE",
        type=click.Path(dir_okay=False),
        help="The store, an SQLite database. `ingest` and `keys create` create it if it is missing.",
    )


FIRST = (
    "--db",
    "--replace-source",
    "--allow-empty",
    "--type",
    "--min-confidence",
    "--since",
    "--warninglist",
    "--allow",
    "--input-format",
    "--report",
    "--quiet",
)


@click.command("ingest", cls=Command, first=FIRST, left="the store has the whole feed or nothing of it")
@inputs_argument()
@db_option()
@option(
    "Store",
    "--replace-source",
    metavar="NAME",
    help="Remove the indicators that this source listed before and no longer lists.",
)
@option(
    "Store",
    "--allow-empty",
    is_flag=True,
    help="Let --replace-source remove everything if the feed is empty.",
)
@input_options(rules=False)
@option("Output", "--report", metavar="FILE", help="Write a JSON report of every value that was not stored.")
@option("Output", "--strict", is_flag=True, help="Exit with status 1 if an entry was refused.")
@option("Output", "-q", "--quiet", is_flag=True, help="Print errors only: no summary, no progress.")
def ingest(inputs: tuple[str, ...], **options: Any) -> int:
    """Read INPUT into the store of `serve`, one transaction for each file.

    One producer never overrides what another producer says. The store can be served at the same time.
    """
    reject_dash(options["report"])
    with Progress(quiet=options["quiet"]) as progress:
        done = _core.ingest(
            options["db"],
            list(intake.opened(inputs)),  # type: ignore[arg-type]
            format=options["input_format"],
            all_attributes=options["all_attributes"],
            replace_source=options["replace_source"],
            allow_empty=options["allow_empty"],
            keep_entries=options["report"] is not None,
            progress=progress,
            **compile_settings(options),
        )
    if options["report"]:
        account = [
            {"input": one.input, "source": one.source, **json.loads(one.report.json())} for one in done
        ]
        _core.write_output(options["report"], (json.dumps(account, indent=2) + "\n").encode())
    if not options["quiet"]:
        for one in done:
            say(
                f"{shown(one.input)} as {shown(one.source)}: {one.added:,} added, {one.changed:,} changed, "
                f"{one.unchanged:,} unchanged, {one.removed:,} removed"
            )
            print_summary(one.report, rules=False)
    return 1 if options["strict"] and any(one.report.counts["refused"] for one in done) else 0


@click.group("keys", cls=Group)
def keys() -> None:
    """Create, list and revoke the API keys of a store."""


def _plans(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The plans that begin so."""
    try:
        plans = _core.plans(ctx.params.get("config"))
    except SocdefError:
        plans = _core.plans()
    return [plan for plan in plans if plan.startswith(incomplete)]


@keys.command("create", cls=Command)
@db_option()
@option(
    "Key",
    "--plan",
    required=True,
    metavar="PLAN",
    shell_complete=_plans,
    help="The plan of the key: free, pro, or a plan of the configuration file.",
)
@option(
    "Key",
    "--config",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="The configuration file of `serve`, for a plan of its own.",
)
@option("Key", "--name", metavar="NAME", help="The owner of the key.")
@option("Key", "--expires", metavar="DATE", help="The date until which the key is valid.")
def create(db: str, plan: str, config: str | None, name: str | None, expires: str | None) -> None:
    """Create a key and print it. It is shown only once: the store keeps only its hash."""
    secret, key = _core.keys_create(db, plan, name=name, expires=expires, config=config)
    write_stdout(f"{secret}\n".encode())
    say(f"created key {key.id} with plan {key.plan}; save it now, it cannot be shown again")


@keys.command("list", cls=Command)
@db_option()
def listing(db: str) -> None:
    """List the keys: id, plan, end of validity, and name."""
    for key in _core.keys_list(db):
        state = "revoked" if key.revoked else f"until {key.expires:%Y-%m-%d}" if key.expires else "no end"
        write_stdout(
            f"{key.id}  {key.plan:<8}  {state:<16}  {shown(key.name or '')}".rstrip().encode() + b"\n"
        )


@keys.command("revoke", cls=Command)
@db_option()
@click.argument("key", metavar="ID|NAME")
def revoke(db: str, key: str) -> None:
    """Revoke the key with this id or name immediately."""
    say(f"revoked key {_core.keys_revoke(db, key)}")
