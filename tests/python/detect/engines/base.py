"""What an engine is: a conversion target, and something that really runs its queries."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from detect.model import Comparing, Result, Table

if TYPE_CHECKING:
    import socdef_sigma

ID = "event_id"
"""The column that tells events apart."""


NUMBERS = frozenset({"EventID"})
"""Columns with numbers."""


@dataclass(frozen=True, eq=False)
class Engine(ABC):
    """An engine under one configuration."""

    name: str
    target: str
    """The conversion target, as `socdef-sigma convert -t` has it."""
    comparing: Comparing
    """What the target's documentation says about case and addresses."""
    pipelines: tuple[str, ...] = ("none",)
    """As `-p` has them: `none` keeps Sigma's field names."""
    options: Mapping[str, Any] = field(default_factory=dict)

    @abstractmethod
    def missing(self) -> str | None:
        """What is not installed that the engine needs."""

    @abstractmethod
    def version(self) -> str:
        """The engine's own version."""

    @abstractmethod
    def run(self, table: Table, queries: Sequence[Any]) -> Iterable[frozenset[int] | str]:
        """The positions of the events that each query finds; a text where the engine refuses it."""

    def convert(self, rules: "socdef_sigma.RuleSet", refused: dict[str, str]) -> list[Any]:
        """The query of each rule that is not refused, by the way that users go."""
        queries = rules.convert(
            self.target,
            pipelines=self.pipelines,
            options=self.options,
            on_lost=lambda lost: refused.update({str(lost.id): lost.reason}),
        )
        assert isinstance(queries, list)
        return queries

    def convert_texts(self, texts: Sequence[str]) -> list[Any]:
        """The query of each rule in YAML, as pySigma reads and converts it."""
        from sigma.rule import SigmaRule

        return [query for text in texts for query in self.convert_rule(SigmaRule.from_yaml(text))]

    def convert_rule(self, rule: Any) -> list[Any]:
        """The queries of one rule of pySigma's."""
        from sigma.exceptions import SigmaTransformationError

        from socdef_sigma.convert import Converter

        converter = Converter(self.target, pipelines=self.pipelines, options=self.options)
        queries = [query for _, queries in converter.convert([rule]) for query in queries]
        if converter.lost:
            raise SigmaTransformationError(converter.lost[0].reason)
        return queries

    def with_pipeline(self, name: str) -> "Engine | None":
        """The same engine behind one pipeline; None where it takes none, or would compare otherwise there."""
        return None if self.is_bare else replace(self, pipelines=(name,))

    @property
    def is_bare(self) -> bool:
        """Whether it runs what the backend writes, as it is."""
        return self.pipelines == ("none",)

    def answer(self, table: Table, rules: "socdef_sigma.RuleSet") -> Result:
        """Convert rules and run them on the events of their log source."""
        result = Result()
        refused: dict[str, str] = {}
        queries = self.convert(rules, refused)
        positions = [at for at, rule in enumerate(rules) if rule.id not in refused]
        result.refused = {at: refused[rule.id] for at, rule in enumerate(rules) if rule.id in refused}
        assert len(queries) == len(positions), "a query for each rule"
        for at, answer in zip(positions, self.run(table, queries), strict=True):
            if isinstance(answer, str):
                result.broken[at] = answer
            else:
                result.found[at] = answer
        return result


def columns_of(table: Table, text: str, number: str, quote: str = '"') -> str:
    """A table's columns for SQL, with the types that texts and numbers have there."""
    return "".join(f", {quoted(name, quote)} {number if name in NUMBERS else text}" for name in table.columns)


def rows_of(table: Table) -> list[list[str | int | None]]:
    """A table's rows: the number of the event, then its fields."""
    return [
        [at, *(_cell(name, event.fields.get(name)) for name in table.columns)]
        for at, event in enumerate(table.events)
    ]


def _cell(name: str, value: str | None) -> str | int | None:
    return int(value) if value is not None and name in NUMBERS else value


def quoted(name: str, quote: str = '"') -> str:
    """A name of a table's column for SQL."""
    return quote + name.replace(quote, quote * 2) + quote
