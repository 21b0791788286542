"""Values in a form that a backend gets right, where it gets its own wrong: `values.yml` says which.

Most forms are pieces of the target's own language (`SigmaQueryExpression`), which backends take as they are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv6Network, ip_address
from pathlib import Path
from typing import Any

from sigma.conditions import ConditionAND
from sigma.processing.transformations.base import DetectionItemTransformation
from sigma.rule import SigmaDetection, SigmaDetectionItem
from sigma.types import (
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaQueryExpression,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaType,
    SpecialChars,
)

from .networks import patterns

__all__ = ["Forms", "WriteValues", "expression", "forms_of"]


@dataclass(frozen=True)
class Forms:
    """The forms of one backend. The keys are those of `values.yml`."""

    backend: str = ""
    only: str = ""
    addresses: bool = True
    fold: str = ""
    quote: str = "'"
    escapes: dict[str, str] = field(default_factory=dict)
    equal: str = ""
    like: str = ""
    any: str = ""
    one: str = ""
    like_escapes: dict[str, str] = field(default_factory=dict)
    like_regex: str = ""
    regex: bool = False
    wildcards: str = ""
    network4: str = ""
    network6: str = ""
    network6_text: str = ""

    def literal(self, text: str) -> str:
        """A text as the language writes it.

        >>> forms_of("SQLite backend").literal("o'neill")
        "'o''neill'"
        """
        return self.quote + _escaped(text, self.escapes) + self.quote

    def write(self, made: SigmaDetection | SigmaDetectionItem) -> None:
        """Change the values of an item, or of all items of a detection, in place."""
        if isinstance(made, SigmaDetection):
            for inner in made.detection_items:
                self.write(inner)
        elif made.field is not None and self.backend:
            made.value = list(self._values(made))

    def _values(self, item: SigmaDetectionItem) -> Iterator[SigmaType]:
        is_list = "{values}" in self.equal and item.value_linking is not ConditionAND
        together = []
        for value in item.value:
            if isinstance(value, SigmaCIDRExpression):
                yield self._network(value)
            elif not isinstance(value, SigmaString) or not self._is_wrong(value):
                yield value
            elif not self.equal or value.contains_special():
                yield self._text(value)
            elif is_list:
                together.append(value)
            else:
                yield self._equal([value])
        if together:
            yield self._equal(together)

    def _is_wrong(self, value: SigmaString) -> bool:
        """Whether the backend gets a text wrong; one to be compared with regard to case is not ours."""
        if isinstance(value, SigmaCasedString):
            return False
        text = "".join(part for part in value.s if isinstance(part, str))
        return re.search(self.only, text) is not None and (self.addresses or not _is_address(text))

    def _equal(self, values: list[Any]) -> SigmaQueryExpression:
        texts = ["".join(value.s) for value in values]
        literals = ", ".join(dict.fromkeys(self._folded(text) for text in texts))
        return expression(self.equal, literals)

    def _folded(self, text: str) -> str:
        """A literal in lower case: by the language's own function where there is more than one alphabet."""
        if self.fold and not text.isascii():
            return self.fold.format(value=self.literal(text))
        return self.literal(text.lower() if self.fold else text)

    def _text(self, value: SigmaString) -> SigmaType:
        if self.regex:
            return SigmaRegularExpression(_regex(value), {SigmaRegularExpressionFlag.IGNORECASE})
        if self.like_regex:
            return expression(self.like_regex, _escaped(_regex(value), self.like_escapes))
        if self.wildcards:
            return _wild(value, self.wildcards)
        if not self.like:
            return value
        marks = {SpecialChars.WILDCARD_MULTI: self.any, SpecialChars.WILDCARD_SINGLE: self.one}
        text = "".join(
            _escaped(part, self.like_escapes) if isinstance(part, str) else marks[part]  # type: ignore[index]
            for part in value.s
        )
        return expression(self.like, self.literal(text.lower() if self.fold else text))

    def _network(self, value: SigmaCIDRExpression) -> SigmaType:
        network = value.network
        if self.network6_text and isinstance(network, IPv6Network):
            return SigmaQueryExpression(self._network_as_text(network), "")
        form = self.network6 if network.version == 6 else self.network4
        return expression(form, self.literal(str(network))) if form else value

    def _network_as_text(self, network: IPv6Network) -> str:
        def one(pattern: str) -> str:
            text = pattern.replace("*", "%").replace("?", "_")
            return self.network6_text.replace("{value}", self.literal(text))

        parts = []
        for pattern in patterns(network):
            but = [f"NOT {one(unlike)}" for unlike in pattern.unlike]
            parts.append(" AND ".join([one(pattern.like), *but]))
        return f"({' OR '.join(f'({part})' if ' AND ' in part else part for part in parts)})"


@cache
def forms_of(backend: str) -> Forms:
    """The forms for a backend, by the name that pySigma's variable `backend` has; none for most.

    >>> forms_of("Kusto backend").network6
    'ipv6_is_in_range({field}, {value})'
    """
    import yaml

    with (Path(__file__).parent / "values.yml").open("rb") as file:
        entries = yaml.load(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return next((Forms(**entry) for entry in entries if entry["backend"] == backend), Forms())


@dataclass
class WriteValues(DetectionItemTransformation):
    """Give values the forms that the backend gets right."""

    def apply_detection_item(self, detection_item: SigmaDetectionItem) -> SigmaDetectionItem | None:
        """Change the item in place, and give it where it was changed."""
        backend = "" if self._pipeline is None else str(self._pipeline.vars.get("backend", ""))
        before = [id(value) for value in detection_item.value]
        forms_of(backend).write(detection_item)
        changed = [id(value) for value in detection_item.value] != before
        return detection_item if changed else None


def expression(form: str, value: str) -> SigmaQueryExpression:
    """A form with a value as the language writes it, and with the field still open.

        >>> expression("lower({field}) = {value}", "'{a}'").finalize("name")
        "lower(name) = '{a}'"

    A value may have braces, pySigma's own marks, so it stays apart.
    """
    return SigmaQueryExpression(form.replace("{values}", "{id}").replace("{value}", "{id}"), value)


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _regex(value: SigmaString) -> str:
    marks = {SpecialChars.WILDCARD_MULTI: ".*", SpecialChars.WILDCARD_SINGLE: "."}
    parts = [re.escape(part) if isinstance(part, str) else marks[part] for part in value.s]  # type: ignore[index]
    return f"^{''.join(parts)}$"


def _wild(value: SigmaString, characters: str) -> SigmaString:
    """Any one character where one of these stands; it matches the character, too."""
    one = SpecialChars.WILDCARD_SINGLE
    parts: list[Any] = []
    for part in value.s:
        pieces = re.split(f"([{re.escape(characters)}])", part) if isinstance(part, str) else [part]
        parts += [one if piece in [*characters] else piece for piece in pieces if piece]
    made = SigmaString()
    made.s = tuple(parts)  # type: ignore[assignment, unused-ignore]  # A tuple in pySigma 1, too.
    return made
