"""The options of commands that use a server, and the client for it."""

import contextlib
import importlib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from .. import _core
from .._core import type_facts, types
from ..errors import AccessError, UsageError
from .base import option
from .console import say, shown
from .options import CONFIDENCES

__all__ = [
    "api_filters",
    "client_options",
    "filter_options",
    "make_client",
    "print_account",
]

_F = TypeVar("_F", bound=Callable[..., Any])

KEYRING_SERVICE = "socdef-sigma"
"""The service under which the system keyring has the key; the user is the base URL."""


def client_options() -> Callable[[_F], _F]:
    """Which server, with which key and limits."""
    return _all(
        option(
            "Server",
            "--base-url",
            metavar="URL",
            envvar="SOCDEF_BASE_URL",
            help="The server. [env: SOCDEF_BASE_URL; default: the SOC Defenders service]",
        ),
        option(
            "Server",
            "--api-key-file",
            metavar="FILE",
            type=click.Path(dir_okay=False),
            help="A file with the API key, readable only by you. [default: SOCDEF_API_KEY, else the "
            "system keyring with service socdef-sigma and the base URL as user]",
        ),
        option(
            "Server",
            "--ca-file",
            metavar="FILE",
            type=click.Path(dir_okay=False),
            help="Certificate authorities to trust instead of the system's, in PEM.",
        ),
        option(
            "Server",
            "--timeout",
            type=click.FloatRange(min=1),
            default=600.0,
            show_default=True,
            metavar="SECONDS",
            help="The longest time for one request.",
        ),
        option(
            "Server",
            "--max-wait",
            type=click.FloatRange(min=0),
            default=300.0,
            show_default=True,
            metavar="SECONDS",
            help="The longest total time to wait for a rate limit or between retries.",
        ),
        option(
            "Server",
            "--max-bytes",
            type=click.IntRange(min=1024),
            default=1 << 30,
            show_default=True,
            metavar="N",
            help="The most bytes to accept, after decompression.",
        ),
        option(
            "Server",
            "--allow-truncated",
            is_flag=True,
            help="Continue if the server has more results than it returns. The missing part is reported.",
        ),
    )


def filter_options(limit: bool, several_types: bool = False) -> Callable[[_F], _F]:
    """The filters of the API. With `several_types`, any types may be given, for a feed on disk."""
    of_server = [known.name for known in type_facts() if known.is_default]
    choice = [*types(), "all"] if several_types else of_server
    options = [
        option(
            "Filters of the server",
            "--type",
            "api_type",
            metavar="TYPE",
            multiple=several_types,
            type=click.Choice(choice),
            help=f"Only indicators of this type. One of {', '.join(choice)}."
            + (
                f" A server takes one of {', '.join(of_server)}; with --from, any, and several."
                if several_types
                else ""
            ),
        ),
        option(
            "Filters of the server",
            "--confidence",
            "api_confidence",
            type=click.Choice(CONFIDENCES),
            help="Only indicators of exactly this confidence.",
        ),
        option(
            "Filters of the server",
            "--industry",
            "api_industry",
            metavar="SECTOR",
            help="Only indicators aimed at this sector, one of CISA's sixteen, such as energy.",
        ),
        option(
            "Filters of the server",
            "--industry-raw",
            is_flag=True,
            help="Send the sector as it is, even if it is not one of the sixteen.",
        ),
    ]
    if limit:
        options += [
            option(
                "Filters of the server",
                "--since",
                "api_since",
                metavar="DATE",
                help="Only indicators that the server added or changed after this time.",
            ),
            option(
                "Filters of the server",
                "--limit",
                "api_limit",
                type=click.IntRange(min=1),
                metavar="N",
                help="At most N indicators. [default: all]",
            ),
        ]
    return _all(*options)


def api_filters(options: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of the client's calls that are among a command's options."""
    names = ("type", "since", "confidence", "industry", "limit")
    given = {name: options.get(f"api_{name}") for name in names}
    if isinstance(given["type"], tuple):
        given["type"] = _one_type(given["type"])
    return {**given, "industry_raw": options["industry_raw"]}


def _one_type(chosen: tuple[str, ...]) -> str | None:
    of_server = [known.name for known in type_facts() if known.is_default]
    if not chosen:
        return None
    if len(set(chosen)) > 1 or chosen[0] not in of_server:
        raise UsageError(
            f"a server takes one `--type`: one of {', '.join(of_server)}",
            code="bad_usage",
            hint="leave it out for all types, or give each type a state and an output of its own",
        )
    return chosen[0]


def make_client(options: Mapping[str, Any]) -> _core.Client:
    """The client. Raises `AccessError` where there is no key."""
    _no_core_dumps()
    settings = {
        "api_key_file": options["api_key_file"],
        "base_url": options["base_url"],
        "ca_file": options["ca_file"],
        "total_timeout": options["timeout"],
        "max_wait": options["max_wait"],
        "max_bytes": options["max_bytes"],
        "allow_truncated": options["allow_truncated"],
    }
    try:
        client = _core.Client(**settings)
    except AccessError:
        key = None if options["api_key_file"] else _from_keyring(options["base_url"])
        if key is None:
            raise
        client = _core.Client(api_key=key, **settings)
    if options["base_url"] is None and not options["quiet"]:
        say(f"asking {client.base_url}, the SOC Defenders service; --base-url URL names another server")
    return client


def _no_core_dumps() -> None:
    """Keep the key out of a core file, should this process crash."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows does not write core files.
        resource = importlib.import_module("resource")
        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))


def _from_keyring(base_url: str | None) -> str | None:
    """The key in the system keyring; None without one, or without the package `keyring`."""
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        return None
    try:
        key = keyring.get_password(KEYRING_SERVICE, base_url or "https://socdefenders.ai")
    except Exception:  # A keyring that is locked, or has no service behind it, has no key for us.
        return None
    return key if isinstance(key, str) else None


def print_account(account: Mapping[str, Any]) -> None:
    """Print what was requested and received, on standard error."""
    requests = account["requests"]
    say(
        f"{account['received']:,} received in {requests:,} {'request' if requests == 1 else 'requests'}: "
        f"{account['kept']:,} kept, {account['duplicates']:,} duplicate, {account['refused']:,} refused"
    )
    for refusal in account["refusals"][:5]:
        say(f"  refused    {shown(refusal['place'])}, number {refusal['number']}: {shown(refusal['reason'])}")
    for part in account["truncated"]:
        total = part["total"] if part["total"] is not None else "more"
        say(f"  truncated  {shown(part['filter']) or 'all types'}: {part['received']:,} of {total}")
    if account["drifted"]:
        say(
            f"  note       the feed changed while it was read: {account['first_total']} results at first, "
            f"{account['last_total']} at the end"
        )
    if account["missing"]:
        say(f"  missing    {account['missing']:,}: the server counted them, but did not send them")


def _all(*options: Callable[[Any], Any]) -> Callable[[_F], _F]:
    def decorate(function: _F) -> _F:
        for apply in reversed(options):
            function = apply(function)
        return function

    return decorate
