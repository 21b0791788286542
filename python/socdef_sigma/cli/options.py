"""The options that several commands share, and how they become arguments of the core."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from .. import _core
from .._core import formats, type_facts, types
from ..drop_ins import VARIABLE, template_paths
from .base import option
from .console import say, shown

__all__ = [
    "allow_empty_option",
    "compile_settings",
    "input_format_options",
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
LABELS = ("clear", "green", "amber", "amber+strict", "red", "white")


_DEFAULT_TYPES = ", ".join(known.name for known in type_facts() if known.is_default)


def input_options(*more_formats: str, rules: bool = True) -> Callable[[_F], _F]:
    """What to read, and which of it to take. `more_formats` are input formats that the core does not know.

    Without `rules` there is no choice of log sources: nothing is made of what is read.
    """
    options = (
        *_reading("Input", *more_formats),
        option(
            "Selection",
            "--type",
            "types",
            metavar="TYPE",
            type=click.Choice([*types(), "all"]),
            multiple=True,
            help="Take only indicators of this type, such as ipv4 or domain. Can be given several times. "
            f"One of {', '.join([*types(), 'all'])}. [default: {_DEFAULT_TYPES}]",
        ),
        option(
            "Selection",
            "--since",
            metavar="DATE",
            help="Take only indicators last seen at this time or later: 2026-05-17, 2026-05-17T12:00:00Z, or "
            "7d for the last seven days (also m, h and w). The time first seen counts where the feed gives "
            "no other. Indicators without dates are kept and counted.",
        ),
        option(
            "Selection",
            "--until",
            metavar="DATE",
            help="Take only indicators last seen at this time or earlier. A date includes its whole day.",
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
            help="Take only the first N indicators.",
        ),
        *_local(),
        *((logsource_option(), templates_option()) if rules else ()),
        now_option(),
    )
    return _all(options)


def input_format_options(section: str) -> Callable[[_F], _F]:
    """How to read the inputs."""
    return _all(_reading(section))


def _reading(section: str, *more_formats: str) -> tuple[Callable[[Any], Any], ...]:
    return (
        option(
            section,
            "--input-format",
            metavar="FORMAT",
            type=click.Choice([*formats(), *more_formats]),
            help=f"The format of all inputs. One of {', '.join([*formats(), *more_formats])}. "
            "[default: found from the content]",
        ),
        option(
            section,
            "--all-attributes",
            is_flag=True,
            help="Also take MISP attributes that their event does not mark for detection.",
        ),
    )


def local_options() -> Callable[[_F], _F]:
    """Which indicators to take, and which rules to make, wherever the indicators come from."""
    return _all((*_local(), logsource_option(), templates_option()))


def _local() -> tuple[Callable[[Any], Any], ...]:
    return (
        option(
            "Input",
            "--producer",
            metavar="NAME",
            help="The producer of the feed, for author, title and references. [default: from the feed]",
        ),
        option(
            "Selection",
            "--min-confidence",
            type=click.Choice(CONFIDENCES),
            help="Take only indicators of at least this confidence.",
        ),
        option(
            "Selection",
            "--max-tlp",
            type=click.Choice(LABELS),
            help="Take only indicators with this TLP label or a less strict one. Indicators without a label "
            "are kept.",
        ),
        option(
            "Guard",
            "--no-guard",
            is_flag=True,
            help="Also take indicators that would match too much: private and other special addresses, very "
            "wide networks, public suffixes, hashes of the empty file. Also take revoked and expired "
            "indicators.",
        ),
        option(
            "Guard",
            "--keep-expired",
            is_flag=True,
            help="Also take indicators that their own producer calls revoked or expired.",
        ),
        *_lists(),
        option(
            "Rules",
            "--default-confidence",
            type=click.Choice(CONFIDENCES),
            help="The confidence of indicators whose feed does not state one. [default: medium]",
        ),
    )


def complete_logsource(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The names that select log sources and begin so."""
    own = template_paths(context.params.get("templates") or ())
    names = {template.name.partition("/")[2] for template in _core.templates(own)}
    names |= {name.partition("/")[0] for name in names} | {"all", "primary"}
    return [CompletionItem(name) for name in sorted(names) if name.startswith(incomplete)]


def logsource_option() -> Callable[[_F], _F]:
    """Which log sources to make rules for."""
    return option(
        "Rules",
        "--logsource",
        "logsources",
        metavar="NAME",
        multiple=True,
        shell_complete=complete_logsource,
        help="Make rules for this log source, such as firewall or network_connection/linux. zeek means all "
        "log sources of Zeek, primary the primary one of each type, all every one. Can be given several "
        "times. [default: primary]",
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
        help="Add your own templates. They replace templates of the same name, and make rules if their log "
        "source is selected. Can be given several times. [default: templates of installed packages and of "
        f"{VARIABLE}]",
    )


def say_unused(options: Mapping[str, Any]) -> None:
    """Print a note if a template was named and its log source was not: it makes no rule then."""
    if options["quiet"] or options["logsources"] or not options["templates"]:
        return
    named = {str(Path(path)) for path in options["templates"]}
    for template in _core.templates(options["templates"]):
        if template.file is not None and not template.primary:
            places = {str(path) for path in (Path(template.file), *Path(template.file).parents)}
            if named & places:
                name = template.name.partition("/")[2]
                say(f"note: {shown(template.name)} makes no rules without `--logsource {shown(name)}`")


def list_options() -> Callable[[_F], _F]:
    """Indicators that must never alert."""
    return _all(_lists())


def _lists() -> tuple[Callable[[Any], Any], ...]:
    return (
        option(
            "Guard",
            "--warninglist",
            "warninglists",
            metavar="PATH",
            multiple=True,
            help="Drop indicators that are on a MISP warninglist: a list.json, or a folder of them such as "
            "misp-warninglists. Also applies with --no-guard. Can be given several times.",
        ),
        option(
            "Guard",
            "--allow",
            metavar="FILE",
            multiple=True,
            help="Drop indicators that are your own or known to be good. The file has one domain, address, "
            "network, hash, URL or e-mail address per line, and # before comments. Also applies with "
            "--no-guard. Can be given several times.",
        ),
    )


def now_option() -> Callable[[_F], _F]:
    """The current time, for everything that depends on it."""
    return option(
        "Rules",
        "--now",
        metavar="DATE",
        help="The current time, for expiry and as the date of rules whose feed has no date. "
        "[default: SOURCE_DATE_EPOCH, else the clock]",
    )


def merge_option() -> Callable[[_F], _F]:
    """Whether two sightings of an indicator become one."""
    return option(
        "Input",
        "--no-merge",
        is_flag=True,
        help="Do not merge repeated indicators. Needs less memory and time, but an indicator that occurs "
        "twice gets two rules with the same id, each with part of the metadata.",
    )


def output_options(what: str) -> Callable[[_F], _F]:
    """Where the result goes, and what is reported about it."""
    options = (
        option("Output", "-o", "--output", metavar="FILE|DIR/", help=what),
        option(
            "Output",
            "--strict",
            is_flag=True,
            help="Exit with status 1 if an entry was refused, a template failed, a rule was lost in "
            "conversion, or an input gave no values. An output that is there then stays as it was.",
        ),
        option(
            "Output",
            "--report",
            metavar="FILE",
            help="Write a JSON report of every value that did not become its own rule, with place and "
            "reason.",
        ),
        option(
            "Output",
            "-q",
            "--quiet",
            is_flag=True,
            help="Print errors only: no summary, no progress.",
        ),
    )
    return _all(options)


def allow_empty_option() -> Callable[[_F], _F]:
    """Whether an empty feed may take the place of a good output."""
    return option(
        "Output",
        "--allow-empty",
        is_flag=True,
        help="Let an empty input replace an output that is there. Without it, the output stays as it was.",
    )


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
