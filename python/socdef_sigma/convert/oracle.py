"""Queries by skeletons: pySigma as the oracle that says what a backend makes of a rule.

The core takes rules apart, asks here for the queries of a few of each class, and fills the others. Queries go
to it as text with a mark before it, which says what they are: text, a dictionary as JSON, or an object that
only this run knows.
"""

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..pysigma import collector_paused

if TYPE_CHECKING:
    from sigma.rule import SigmaRule

    from .converter import Converter
    from .sigma_rules import Source

    Given = tuple[Any, int]

__all__ = ["SAMPLE", "Oracle", "UnreadableRule"]

SAMPLE = 300
"""How many filled queries are compared with pySigma's at the end of a run."""

_TEXT, _JSON, _OBJECT = "t", "j", "o"


class UnreadableRule(Exception):
    """pySigma does not read a rule; the argument is the `LostRule`."""


class Oracle:
    """A backend for the output, and another one to ask: questions must not change the output.

    It is given rules as `_core.read_rules` has them, each with the number of its source.
    """

    def __init__(self, build: "Callable[[], Converter]", sources: "Sequence[Source]" = ()) -> None:
        self.converter = build()
        self._other = build()
        # A probe value is longer than any indicator. What a rule gives in the end is looked at there.
        self.converter.fault = self._other.fault = None
        self._sources = sources
        self._objects: list[Any] = []

    def probe(self, rules: "Sequence[Given]") -> list[list[str] | None]:
        """The queries of each rule; None for one that the backend refuses, or whose queries are not text."""
        refused: list[Any] = []
        self._other.on_lost = refused.append
        with collector_paused():
            return [self._probed(rule, source) for rule, source in rules]

    def _probed(self, rule: Any, source: int) -> list[str] | None:
        try:
            ready = self._make(rule, source)
        except UnreadableRule:
            return None
        for _, made in self._other.convert([ready]):
            texts = [_text(query) for query in made]
            return None if None in texts else [text for text in texts if text is not None]
        return None

    def _make(self, rule: "dict[str, Any] | str", source: int) -> "SigmaRule":
        from sigma.rule import SigmaRule

        if isinstance(rule, dict) and not self._sources:
            return SigmaRule.from_dict(rule)
        from .sigma_rules import one_rule

        made = one_rule(rule, self._sources[source])
        if isinstance(made, SigmaRule):
            return made
        raise UnreadableRule(made)

    def convert(self, rules: "Sequence[Given]") -> list[list[str] | None]:
        """The queries of each rule, for the output."""
        with collector_paused():
            return [self._converted(rule, source) for rule, source in rules]

    def _converted(self, rule: Any, source: int) -> list[str] | None:
        try:
            ready = self._make(rule, source)
        except UnreadableRule as error:
            self.converter.on_lost(error.args[0])
            return None
        for _, made in self.converter.convert([ready]):
            return [self._named(query) for query in made]
        return None

    def _named(self, query: Any) -> str:
        text = _text(query)
        if text is not None:
            return text
        self._objects.append(query)
        return f"{_OBJECT}{len(self._objects) - 1}"

    def query(self, text: str) -> Any:
        """What the backend gave, from the text that stood for it."""
        mark, text = text[0], text[1:]
        if mark == _TEXT:
            return text
        return json.loads(text) if mark == _JSON else self._objects[int(text)]

    def is_stateless(self, queries: list[Any]) -> bool:
        """Whether the output is made of the queries alone, and not of what a backend saw besides."""
        try:
            return bool(self.converter.twin().finish(list(queries)) == self._other.finish(list(queries)))
        except Exception:  # Whatever it is, the real thing says it better.
            return False


def _text(query: Any) -> str | None:
    if type(query) is str:
        return _TEXT + query
    if type(query) is dict:
        try:
            text = json.dumps(query)
            return _JSON + text if json.loads(text) == query else None
        except (TypeError, ValueError):
            return None
    return None
