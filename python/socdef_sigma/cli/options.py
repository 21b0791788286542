"""The options that several commands share, and how they become arguments of the core."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from .. import _core
from .._core import formats, type_facts, types
from ..drop_ins import VARIABLE, template_paths
from .base import option
from .console import say, shown

__all__ = [
    "compile_settings",
    "input_options",
    "list_options",
    "local_options",
    "local_settings",
    "logsource_option",
    "merge_option",
    "output_options",
    "reject_dash",
    "say_unused",
    "templates_option",
]

_F = TypeVar("_F", bound=Callable[..., Any])

CONFIDENCES = ("low", "medium", "high")
LABELS = ("clear", "green", "amber", "amber+strict", "red")


_DEFAULT_TYPES = ", ".join(known.name for known in type_facts() if known.is_default)


def input_options(*more_formats: str, rules: bool = True) -> Callable[[_F], _F]:
    """What to read, and which of it to take. `more_formats` are input formats that the core does not know.

    Without `rules` there is no choice of log sources: nothing is made of what is read.
    """
    options = (
        option(
            "Input",
            "--input-format",
            type=click.Choice([*formats(), *more_formats]),
            help="The format of all inputs. [default: found from the content]",
        ),
        option(
            "Input",
            "--all-attributes",
            is_flag=True,
            help="Take MISP attributes too that their event does not mark for detection.",
        ),
        option(
            "Selection",
            "--type",
            "types",
            type=click.Choice([*types(), "all"]),
            multiple=True,
            help="Take only indicators of this type. Can be given several times. "
            f"[default: {_DEFAULT_TYPES}]",
        ),
        option(
            "Selection",
            "--since",
            metavar="DATE",
            help="Take only indicators last seen (else first seen) at this time or later: 2026-05-17 or "
            "2026-05-17T12:00:00Z. Those without dates pass, and are counted.",
        ),
        option(
            "Selection",
            "--until",
            metavar="DATE",
            help="The same, at this time or earlier; a day to its end.",
        ),
        option(
            "Selection",
            "--confidence",
            type=click.Choice(CONFIDENCES),
            help="Take only indicators of exactly this confidence.",
        ),
        option(
            "Selection",
            "--industry",
            metavar="SECTOR",
            help="Take only indicators aimed at this sector, one of CISA's sixteen, such as energy.",
        ),
        option(
            "Selection",
            "--limit",
            type=click.IntRange(min=0),
            metavar="N",
            help="Take at most so many indicators, the first ones.",
        ),
        *_local(),
        *((logsource_option(), templates_option()) if rules else ()),
        now_option(),
    )
    return _all(options)


def local_options() -> Callable[[_F], _F]:
    """What to take and to make of indicators wherever they come from."""
    return _all((*_local(), logsource_option(), templates_option()))


def _local() -> tuple[Callable[[Any], Any], ...]:
    return (
        option(
            "Input",
            "--producer",
            metavar="NAME",
            help="Who made the feed, for author, title and references. [default: what the feed says]",
        ),
        option(
            "Selection",
            "--min-confidence",
            type=click.Choice(CONFIDENCES),
            help="Take only indicators of this confidence or a higher one.",
        ),
        option(
            "Selection",
            "--max-tlp",
            type=click.Choice(LABELS),
            help="Take only indicators that may be shared so far. Those without a label pass.",
        ),
        option(
            "Guard",
            "--no-guard",
            is_flag=True,
            help="Take also what would match too much: private and other special addresses, very wide "
            "networks, public suffixes, hashes of the empty file; and what is revoked or expired.",
        ),
        option(
            "Guard",
            "--keep-expired",
            is_flag=True,
            help="Take also indicators that their own producer calls revoked or expired.",
        ),
        *_lists(),
        option(
            "Rules",
            "--default-confidence",
            type=click.Choice(CONFIDENCES),
            help="The confidence of indicators whose feed states none. [default: medium]",
        ),
    )


def logsource_option() -> Callable[[_F], _F]:
    """Which log sources to make rules for."""
    return option(
        "Rules",
        "--logsource",
        "logsources",
        metavar="NAME",
        multiple=True,
        help="Make rules for this log source, such as firewall or network_connection/linux; zeek stands for "
        "all of Zeek's, primary for the first of each type, all for every one. Can be given several times. "
        "[default: primary]",
    )


def templates_option() -> Callable[[_F], _F]:
    """Templates of the user's own."""
    return option(
        "Rules",
        "--templates",
        "templates",
        metavar="DIR|FILE",
        multiple=True,
        type=click.Path(),
        help="Take templates of your own from here, too, over those of their names. They make rules where "
        "their log source is asked for. Can be given several times. [default: those of installed packages "
        f"and {VARIABLE}]",
    )


def say_unused(options: Mapping[str, Any]) -> None:
    """Say so where a template was named and its log source was not: it makes no rule then."""
    if options["quiet"] or options["logsources"] or not options["templates"]:
        return
    named = {str(Path(path)) for path in options["templates"]}
    for template in _core.templates(options["templates"]):
        if template.file is not None and not template.primary:
            places = {str(path) for path in (Path(template.file), *Path(template.file).parents)}
            if named & places:
                name = template.name.partition("/")[2]
                say(f"note: {shown(template.name)} is not asked for: `--logsource {shown(name)}`")


def list_options() -> Callable[[_F], _F]:
    """What must never alert."""
    return _all(_lists())


def _lists() -> tuple[Callable[[Any], Any], ...]:
    return (
        option(
            "Guard",
            "--warninglist",
            "warninglists",
            metavar="PATH",
            multiple=True,
            help="Drop what a MISP warninglist holds: a list.json, or a folder of them such as "
            "misp-warninglists. Holds with --no-guard, too. Can be given several times.",
        ),
        option(
            "Guard",
            "--allow",
            metavar="FILE",
            multiple=True,
            help="Drop what is your own or known to be good: a file with one domain, address, network, hash, "
            "URL or e-mail address a line, and # before comments. Holds with --no-guard, too. Can be given "
            "several times.",
        ),
    )


def now_option() -> Callable[[_F], _F]:
    """The one value for all that depends on the time."""
    return option(
        "Rules",
        "--now",
        metavar="DATE",
        help="The time that stands for now: for expiry, and as the date of rules whose feed has none. "
        "[default: SOURCE_DATE_EPOCH, else the clock]",
    )


def merge_option() -> Callable[[_F], _F]:
    """Whether two sightings of an indicator become one."""
    return option(
        "Input",
        "--no-merge",
        is_flag=True,
        help="Read once, and remember nothing: less memory and less time, but an indicator that stands twice "
        "gets two rules with one id, and neither says all that is known of it.",
    )


def output_options(what: str) -> Callable[[_F], _F]:
    """Where the result goes, and what is said about it."""
    options = (
        option("Output", "-o", "--output", metavar="FILE|DIR/", help=what),
        option(
            "Output",
            "--strict",
            is_flag=True,
            help="Exit with status 1 if an entry was refused, a template failed, or a rule was lost in "
            "conversion.",
        ),
        option(
            "Output",
            "--report",
            metavar="FILE",
            help="Write a JSON account of every value that did not become a rule of its own, with place and "
            "reason.",
        ),
        option(
            "Output",
            "-q",
            "--quiet",
            is_flag=True,
            help="Print no summary and no progress. Errors are printed.",
        ),
    )
    return _all(options)


def inputs_argument(required: bool = True) -> Callable[[_F], _F]:
    """Files, folders, `-`."""
    return click.argument(
        "inputs", metavar="INPUT...", nargs=-1, required=required, type=click.Path(allow_dash=True)
    )


_LOCAL = (
    "min_confidence",
    "max_tlp",
    "keep_expired",
    "default_confidence",
    "producer",
    "warninglists",
    "allow",
)


def local_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of the core's `compile` that `local_options` gives."""
    chosen = {
        "guard": not options["no_guard"],
        "logsources": options.get("logsources", ()),
        "templates": template_paths(options.get("templates", ())),
    }
    return {**{name: options[name] for name in _LOCAL}, **chosen}


def compile_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of the core's `compile` that are among a command's options."""
    same = ("types", "since", "until", "confidence", "industry", "limit", "now")
    return {**{name: options[name] for name in same}, **local_settings(options)}


def reject_dash(report: str | None) -> None:
    """Standard output is for data only."""
    if report == "-":
        raise click.UsageError("`--report -` would mix with the output; name a file")


def _all(options: tuple[Callable[[Any], Any], ...]) -> Callable[[_F], _F]:
    def decorate(function: _F) -> _F:
        for apply in reversed(options):
            function = apply(function)
        return function

    return decorate
