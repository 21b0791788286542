"""Rules to make alerts of: of every template, and Sigma rules with texts that are syntax to something."""

from typing import Any

import yaml

from _harness.command import NOW
from _harness.hostile import BREAKING, HOSTILE
from socdef_sigma import RuleSet, compile, read
from socdef_sigma.convert import Converter
from socdef_sigma.preflight import sample_rules

TEXTS = [
    *HOSTILE,
    *(text for text in BREAKING if text.strip()),
    "default",
    "DEFAULT",
    "]",
    "[default]",
    "x]\n[y]\nsearch = *\nenableSched = 1",
    "ends in a backslash\\",
    "ends in two\\\\",
    "line\\\nline",
    "carriage\rreturn\r\nand line",
    "\u2028\u2029\x85\x0b\x0c\x1c\x00\x1b[31m",
    "# a comment",
    "a = b",
    "[parameters('workspace')]",
    "[concat('a', 'b')]",
    "[[already]",
    "{{SrcIpAddr}}",
    "$result.host$",
    "\U0001f4a3 \u202e\u200b",
]
"""Texts for titles and descriptions."""


def hostile_rules(product: str = "windows", category: str = "network_connection") -> list[dict[str, Any]]:
    """A Sigma rule for each of the texts, which is its title and its description."""
    return [
        {
            "title": text,
            "id": f"00000000-0000-4000-8000-{number:012d}",
            "description": text,
            "logsource": {"product": product, "category": category},
            "detection": {"selection": {"DestinationIp": "198.51.100.7"}, "condition": "selection"},
            "level": "high",
        }
        for number, text in enumerate(TEXTS)
        # pySigma's own bound.
        if len(text) <= 256
    ]


def text_of(documents: list[dict[str, Any]]) -> bytes:
    """The rules as a file."""
    return yaml.safe_dump_all(documents, allow_unicode=False).encode()


def collection(documents: list[dict[str, Any]]) -> Any:
    """The rules as pySigma has them."""
    from sigma.collection import SigmaCollection

    return SigmaCollection.from_dicts(documents)


def every_template(target: str, pipeline: str) -> list[Any]:
    """A rule of each template and form, of those that the target takes with a pipeline."""
    taken = []
    for rule in sample_rules():
        converter = Converter(target, pipelines=[pipeline], own_rules=True)
        if list(converter.convert(_ready(rule))):
            taken.append(rule)
    return taken


def _ready(rule: Any) -> list[Any]:
    from socdef_sigma.pysigma import to_rule

    return [to_rule(rule)]


def rules(feed: str) -> RuleSet:
    """The rules of a feed."""
    return compile(read(feed.encode()), now=NOW)
