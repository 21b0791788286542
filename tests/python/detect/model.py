"""What the harness speaks of: indicators, events, and how a target compares texts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Fields = dict[str, str]
"""An event: the fields that its log source gives, by their names in Sigma's taxonomy."""

Kind = Literal["hit", "miss", "case"]


@dataclass(frozen=True)
class Ioc:
    """An indicator in its canonical form, with what its feed says of it."""

    type: str
    value: str
    tags: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    """`sender`, `recipient`: what part an e-mail address played; nothing said is the sender."""

    def entries(self) -> list[dict[str, object]]:
        """The entries of a feed in the format `socdef`: one for each role of an e-mail address."""
        names = {"sender": "email-src", "recipient": "email-dst"}
        types = [names[role] for role in self.roles] or [self.type]
        return [{"type": name, "value": self.value, "tags": list(self.tags)} for name in types]


@dataclass(frozen=True)
class Event:
    """One event, and why it is here."""

    fields: Mapping[str, str]
    why: str
    kind: Kind
    """Made to be found, to be just missed, or to be found where case does not count."""
    of: "Ioc | None" = None
    """The indicator that it was made for."""


@dataclass(frozen=True, eq=False)
class Table:
    """The events of one log source."""

    logsource: str
    events: tuple[Event, ...]
    columns: tuple[str, ...]
    """Every field that the log source has, whether an event has it or not."""


@dataclass(frozen=True)
class Comparing:
    """How a target compares texts, as its documentation says."""

    equal: bool = True
    """Whether equality disregards case, as Sigma asks for."""
    part: bool = True
    """Whether beginnings, endings and parts do."""
    equal_with: str = ""
    """Texts with one of these characters are compared as patterns, so as parts are."""
    hashes: bool | None = None
    """Whether hashes disregard case, where that is not what parts do."""
    ports: bool = True
    """Whether a host stands with its port in one field; else the port has a field that no rule reads."""
    addresses: bool = False
    """Whether addresses have a type of their own, so that every spelling of one is the same."""

    def folds_equal(self, wanted: str) -> bool:
        """Whether `field = wanted` disregards case."""
        return self.equal or (self.part and any(mark in wanted for mark in self.equal_with))


SIGMA = Comparing()
"""As Sigma's specification has it."""


@dataclass
class Result:
    """What an engine made of a set of rules: positions of events by the position of the rule."""

    found: dict[int, frozenset[int]] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    """Rules that the conversion refuses, with the reason."""
    broken: dict[int, str] = field(default_factory=dict)
    """Rules whose query the engine refuses, with its message."""
