"""`socdef-sigma fetch`: rules, or indicators to compile, from a server."""

import json
from typing import Any

import click

from .. import _core
from ..errors import UsageError
from .base import Command, Group, option
from .client import (
    api_filters,
    client_options,
    filter_options,
    make_client,
    print_account,
)
from .console import Progress, write_stdout
from .options import (
    allow_empty_option,
    local_options,
    local_settings,
    logsource_option,
    now_option,
    output_options,
    reject_dash,
    say_unused,
    templates_option,
)
from .outcome import Outcome
from .run_report import print_summary

EPILOG = """Examples:
  export SOCDEF_API_KEY=sk_live_...
  socdef-sigma fetch rules --type ipv4 --confidence high -o rules.yml
  socdef-sigma fetch iocs --since 2026-05-17 -o rules/
  socdef-sigma fetch rules --base-url http://127.0.0.1:8080 |
    sigma convert -t splunk -p socdef -

Exit status: 3 API key missing or refused, or its plan does not suffice; 4 network or server."""

RULES_FIRST = (
    "--type",
    "--confidence",
    "--industry",
    "--since",
    "--limit",
    "--base-url",
    "--api-key-file",
    "--recompile",
    "--output",
    "--report",
    "--quiet",
)
IOCS_FIRST = (
    "--type",
    "--confidence",
    "--since",
    "--limit",
    "--min-confidence",
    "--logsource",
    "--allow",
    "--base-url",
    "--api-key-file",
    "--output",
    "--report",
    "--quiet",
)

OUTPUT = (
    "Write to a file, or one file per rule to a folder (a path that ends in /), instead of to standard "
    "output. A file is replaced only when the new one is complete."
)


@click.group("fetch", cls=Group, epilog=EPILOG)
def command() -> None:
    """Fetch rules, or indicators to compile, from the SOC Defenders API or from `serve`.

    The API key comes from SOCDEF_API_KEY, a file that only you can read, or the system keyring. It is sent
    only over https or to this machine.
    """


@command.command("rules", cls=Command, first=RULES_FIRST)
@client_options()
@filter_options(limit=True)
@logsource_option()
@templates_option()
@output_options(OUTPUT)
@allow_empty_option()
@option(
    "Output",
    "--recompile",
    is_flag=True,
    help="Fetch the indicators instead, and compile them here, like `fetch iocs`.",
)
def rules(recompile: bool, **options: Any) -> int:
    """Fetch the server's Sigma rules, byte for byte. Needs a Pro key.

    A document that is not a valid rule is left out and reported. --logsource and --templates need
    --recompile.
    """
    if recompile:
        local = dict.fromkeys(("min_confidence", "max_tlp", "default_confidence", "producer", "now"))
        lists = dict.fromkeys(("warninglists", "allow"), ())
        return _compiled({**options, **local, **lists, "no_guard": False, "keep_expired": False})
    if options["logsources"] or options["templates"]:
        raise UsageError(
            "the server makes its rules for the primary log source of each type",
            code="bad_usage",
            hint="use `--recompile` or `fetch iocs` to make rules here, for any log source",
        )
    reject_dash(options["report"])
    output = None if options["output"] in (None, "-") else options["output"]
    with Progress(quiet=options["quiet"]) as progress:
        fetched = make_client(options).rules(progress=progress, **api_filters(options))
    account = fetched.report
    outcome = Outcome(output, options)
    if output is None:
        write_stdout(fetched.yaml().encode())
    elif outcome.may_replace_rules(account):
        fetched.write(output)
    if options["report"]:
        _core.write_output(options["report"], (json.dumps(account, indent=2) + "\n").encode())
    if not options["quiet"]:
        print_account(account)
    return outcome.status


@command.command("iocs", cls=Command, first=IOCS_FIRST)
@client_options()
@filter_options(limit=True)
@local_options()
@now_option()
@output_options(OUTPUT)
@allow_empty_option()
def iocs(**options: Any) -> int:
    """Fetch indicators, and compile them here. Works with a Free key, and gives more metadata."""
    return _compiled(options)


def _compiled(options: dict[str, Any]) -> int:
    reject_dash(options["report"])
    say_unused(options)
    output = None if options["output"] in (None, "-") else options["output"]
    outcome = Outcome(output, options)
    with Progress(quiet=options["quiet"]) as progress:
        indicators = make_client(options).iocs(
            keep_entries=options["report"] is not None, progress=progress, **api_filters(options)
        )
        settings = {**local_settings(options), "now": options["now"]}
        report = _core.compile_to(
            indicators,
            output,
            strict=options["strict"],
            allow_empty=options["allow_empty"],
            progress=progress,
            **settings,
        )
    outcome.may_replace(report)
    account = indicators.fetched
    if options["report"]:
        whole = {**json.loads(report.json()), "fetched": account}
        _core.write_output(options["report"], (json.dumps(whole, indent=2) + "\n").encode())
    if not options["quiet"]:
        if account is not None:
            print_account(account)
        print_summary(report)
    return outcome.status
