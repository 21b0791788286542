"""`socdef-sigma serve`."""

from typing import Any

import click

from .. import _core
from .base import Command, option
from .console import write_stdout
from .store import db_option

EPILOG = """Examples:
  socdef-sigma ingest --db iocs.db feed.json
  socdef-sigma keys create --db iocs.db --plan pro
  socdef-sigma serve --db iocs.db
  curl -H "Authorization: Bearer sk_live_..." \\
    "http://127.0.0.1:8080/api/v1/iocs/sigma?type=ipv4"

Prints the base URL on standard output when it accepts connections. Ctrl-C or SIGTERM stops it after the
answers in progress."""


@click.command("serve", cls=Command, epilog=EPILOG)
@db_option()
@option(
    "Server",
    "--listen",
    default="127.0.0.1:8080",
    show_default=True,
    metavar="ADDRESS:PORT",
    help="The address for connections; port 0 means any free port. An address that others can reach needs "
    "--tls-cert and --tls-key, or --insecure-http.",
)
@option(
    "Server",
    "--config",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="A YAML file with plans, limits and times.",
)
@option(
    "Server",
    "--metrics-bind",
    metavar="ADDRESS:PORT",
    help="The address for /metrics, the counters for Prometheus, which need no key. Without it there is no "
    "/metrics. An address that others can reach needs --insecure-http.",
)
@option(
    "Server",
    "--tls-cert",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="The certificate chain, in PEM.",
)
@option(
    "Server", "--tls-key", metavar="FILE", type=click.Path(dir_okay=False), help="The private key, in PEM."
)
@option(
    "Server",
    "--insecure-http",
    is_flag=True,
    help="Serve other machines without TLS: others on the network can read keys and indicators.",
)
@option(
    "Server",
    "--log",
    type=click.Choice(["text", "json", "none"]),
    default="text",
    show_default=True,
    help="The format of the log on standard error. It has a line for each request, without keys.",
)
def command(db: str, listen: str, log: str, **options: Any) -> None:
    """Serve the indicators of a store: Sigma rules, the list, and an OpenAPI description."""

    def ready(url: str) -> None:
        write_stdout(f"{url}\n".encode())

    _core.serve(db, listen, log=None if log == "none" else log, ready=ready, **options)  # type: ignore[arg-type]
