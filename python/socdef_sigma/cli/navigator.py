"""`socdef-sigma navigator`."""

import json
from typing import TYPE_CHECKING, Any

import click

from .. import __version__, _core
from .base import Command, option
from .console import say, shown, write_stdout
from .counts import COUNTED, counted, ended
from .options import input_options, inputs_argument, merge_option, output_options
from .run_report import print_summary

if TYPE_CHECKING:
    from .._core import _Numbers, _Technique

__all__ = ["command", "layer"]

EPILOG = """Examples:
  socdef-sigma navigator feed.json -o layer.json
  socdef-sigma navigator feeds/ --name "This week" -o layer.json

Open the file with "Open Existing Layer" in the ATT&CK Navigator. Rules whose feed names no technique are not
in the layer."""

FIRST = ("--name", *COUNTED)

NAME = "Sigma rules of indicators"
_COLOURS = ["#dbe9f6", "#6aaed6", "#08519c"]
_SORT_BY_SCORE = 3  # "sort descending by technique score"


@click.command("navigator", cls=Command, epilog=EPILOG, first=FIRST)
@inputs_argument()
@input_options()
@merge_option()
@option("Output", "--name", metavar="TEXT", default=NAME, show_default=True, help="The name of the layer.")
@output_options(
    "Write to this file instead of standard output. A file is replaced only when the new one is complete; a "
    "device, FIFO or link is written to."
)
def command(inputs: tuple[str, ...], name: str, **options: Any) -> int:
    """Make an ATT&CK Navigator layer of the techniques that the rules of INPUT cite.

    INPUT and its options are those of `compile`. The score of a technique is the number of rules that cite
    it, and its comment names their producers. The layer format is 4.5.
    """
    summary = counted(inputs, options)
    numbers = summary.dict()
    document = json.dumps(layer(numbers, name), indent=2) + "\n"
    output = options["output"]
    if output in (None, "-"):
        write_stdout(document.encode())
    else:
        _core.write_output(output, document.encode())
    status = ended(summary.report, options)
    if not options["quiet"]:
        print_summary(summary.report)
        _print_cited(numbers)
    return status


def layer(numbers: "_Numbers", name: str = NAME) -> dict[str, Any]:
    """The layer, of what `Summary.dict` gives.

    The fields and their values are those of the Navigator's layer file format 4.5 (`layers/spec/v4.5` of its
    repository). Techniques that ATT&CK does not have are left out: the Navigator has no cell for them.
    """
    techniques = [technique for technique in numbers["techniques"] if technique["is_known"]]
    most = max((technique["rules"] for technique in techniques), default=1)
    facts = {
        "Rules": numbers["rules"],
        "Rules without a technique": numbers["without_technique"],
        "Made by": f"socdef-sigma {__version__}",
    }
    return {
        "name": shown(name),
        "versions": {"attack": _core.attack_version(), "navigator": "4.9.0", "layer": "4.5"},
        "domain": "enterprise-attack",
        "description": "The techniques that Sigma rules of indicators of compromise cite, "
        "scored by the number of rules.",
        "sorting": _SORT_BY_SCORE,
        "layout": {"layout": "side", "showID": True, "showName": True, "expandedSubtechniques": "annotated"},
        "hideDisabled": False,
        "techniques": [_cell(technique) for technique in techniques],
        "gradient": {"colors": _COLOURS, "minValue": 0, "maxValue": most},
        "legendItems": [],
        "metadata": [{"name": fact, "value": str(value)} for fact, value in facts.items()],
    }


def _cell(technique: "_Technique") -> dict[str, Any]:
    return {
        "techniqueID": technique["technique"],
        "score": technique["rules"],
        "comment": _comment(technique),
        "enabled": True,
    }


def _comment(technique: "_Technique") -> str:
    """How many rules, and whose, the most first."""
    named = sorted(technique["producers"], key=lambda row: (-row["rules"], row["producer"]))
    parts = [f"{shown(row['producer'])} ({row['rules']:,})" for row in named]
    for words, count in (
        ("other producers", technique["other_producers"]),
        ("no producer named", technique["without_producer"]),
    ):
        if count:
            parts.append(f"{words} ({count:,})")
    rules = technique["rules"]
    return f"{rules:,} {'rule' if rules == 1 else 'rules'}. Producers: {', '.join(parts)}"


def _print_cited(numbers: "_Numbers") -> None:
    known = [technique for technique in numbers["techniques"] if technique["is_known"]]
    say(f"{len(known):,} {'technique' if len(known) == 1 else 'techniques'} cited")
    if numbers["without_technique"]:
        say(f"  {numbers['without_technique']:>9,}  rules cite no technique, because their feed names none")
    for technique in numbers["techniques"]:
        if not technique["is_known"]:
            say(
                f"  {technique['rules']:>9,}  rules cite {technique['technique']}, which is not in ATT&CK "
                f"{_core.attack_version()}: left out"
            )
    if numbers["other_techniques"]:
        say(f"  {numbers['other_techniques']:>9,}  more such tags: left out")
