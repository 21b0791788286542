"""`socdef-sigma explain`."""

from typing import Any

import click

from .. import _core
from ..drop_ins import template_paths
from .base import Command, option
from .console import shown, write_stdout
from .options import list_options, logsource_option, now_option, templates_option

EPILOG = """Examples:
  socdef-sigma explain 'hxxps://evil[.]example/a.php?id=1'
  socdef-sigma explain 10.0.0.1 co.uk d41d8cd98f00b204e9800998ecf8427e
  socdef-sigma explain github.com --warninglist misp-warninglists/lists/"""

FIRST = (
    "--logsource",
    "--templates",
    "--producer",
    "--warninglist",
    "--allow",
    "--no-guard",
    "--strict",
)


@click.command("explain", cls=Command, epilog=EPILOG, first=FIRST)
@click.argument("values", metavar="VALUE...", nargs=-1, required=True)
@option(
    "Input", "--producer", metavar="NAME", help="The producer of the feed, for author, title and references."
)
@logsource_option()
@templates_option()
@option("Guard", "--no-guard", is_flag=True, help="Judge as `compile --no-guard` does.")
@list_options()
@now_option()
@option("Output", "--strict", is_flag=True, help="Exit with status 1 if a value is refused.")
def command(
    values: tuple[str, ...],
    producer: str | None,
    logsources: tuple[str, ...],
    templates: tuple[str, ...],
    no_guard: bool,
    warninglists: tuple[str, ...],
    allow: tuple[str, ...],
    now: str | None,
    strict: bool,
) -> int:
    """Explain what `compile` does with each VALUE, and why. VALUE is read like a line of a list.

    Shows the type, the canonical form, the verdict (keep, drop or refuse) with its reason, all templates
    for the value, and the rules for the selected log sources. Rules are also shown for a value that the guard
    or a list drops.
    """
    settings: dict[str, Any] = {
        "now": now,
        "producer": producer,
        "logsources": logsources,
        "templates": template_paths(templates),
        "guard": not no_guard,
        "warninglists": warninglists,
        "allow": allow,
    }
    explanations = [one for value in values for one in _core.explain_all(value, **settings)]
    write_stdout("\n".join(_text(explanation) for explanation in explanations).encode())
    return 1 if strict and any(explanation.verdict == "refuse" for explanation in explanations) else 0


def _text(explained: _core.Explanation) -> str:
    reason = f": {explained.words} ({explained.reason})" if explained.reason else ""
    rows = {
        "type": explained.type,
        "canonical": explained.canonical,
        "verdict": f"{explained.verdict}{reason}",
        "templates": ", ".join(explained.templates) or None,
    }
    lines = [shown(explained.value)]
    lines += [f"  {name:<10} {shown(text)}" for name, text in rows.items() if text]
    lines += [f"  error      {shown(error)}" for error in explained.errors]
    for rule in explained.rules:
        lines.append("")
        lines += [f"  {line}".rstrip() for line in rule.splitlines()]
    return "\n".join(lines) + "\n"
