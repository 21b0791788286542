"""Engines against the scan: what is missed, what is extra, and which of it is an upstream fault."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import socdef_sigma
from detect import corpus, events, scan
from detect.engines.base import Engine
from detect.faults import Fault, fault_of
from detect.model import Comparing, Ioc, Table

NOW = "2026-05-17"


@dataclass(frozen=True)
class Wrong:
    """An event that a rule misses, or finds and should not."""

    ioc: Ioc
    logsource: str
    why: str
    fields: Mapping[str, str]
    is_missed: bool
    message: str = ""

    def __str__(self) -> str:
        """For a person who reads a failed test."""
        how = "misses" if self.is_missed else "finds"
        said = f" ({self.message})" if self.message else ""
        return f"{self.logsource}: {self.ioc.value} {how} {self.why}: {dict(self.fields)}{said}"


@dataclass
class Outcome:
    """What came of all rules on one engine."""

    rules: int = 0
    events: int = 0
    expected: int = 0
    """Pairs of a rule and an event that the scan finds by the target's own rule for case."""
    found: int = 0
    """Those that the engine finds."""
    case_hits: int = 0
    """Pairs that only a comparison without regard to case finds, of events made for that."""
    case_found: int = 0
    wrong: list[Wrong] = field(default_factory=list)
    """What is neither right nor a known fault."""
    faults: dict[Fault, list[Wrong]] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)

    @property
    def missed(self) -> list[Wrong]:
        """Events that the engine should find and does not."""
        return [wrong for wrong in self.wrong if wrong.is_missed]

    @property
    def extra(self) -> list[Wrong]:
        """Events that the engine finds and should not."""
        return [wrong for wrong in self.wrong if not wrong.is_missed]


@cache
def iocs() -> tuple[Ioc, ...]:
    """The generated indicators."""
    return tuple(corpus.iocs())


@cache
def tables() -> tuple[Table, ...]:
    """The generated events."""
    return tuple(events.tables(iocs()))


def compiled(wanted: Sequence[Ioc], logsource: str) -> socdef_sigma.RuleSet:
    """The rules of indicators in one log source, by the way that users go."""
    feed = "\n".join(json.dumps(entry) for ioc in wanted for entry in ioc.entries())
    return socdef_sigma.compile(
        socdef_sigma.read(feed.encode(), format="socdef"), now=NOW, logsources=[logsource]
    )


def having_rules(wanted: Sequence[Ioc], logsource: str) -> list[Ioc]:
    """Those of the indicators that the README promises a rule for in a log source."""
    return [
        ioc
        for ioc in wanted
        if logsource in scan.LOGSOURCES[ioc.type]
        and not (ioc.type == "url" and logsource == "webserver" and "exploit" not in ioc.tags)
    ]


@cache
def expected(table: Table, wanted: tuple[Ioc, ...], comparing: Comparing) -> tuple[frozenset[int], ...]:
    """What the scan finds for each indicator."""
    return tuple(
        frozenset(at for at, event in enumerate(table.events) if matches(event.fields))
        for matches in (scan.matcher(ioc, table.logsource, comparing) for ioc in wanted)
    )


def compare(engine: Engine, wanted: Sequence[Ioc], among: Sequence[Table]) -> Outcome:
    """Run the rules of indicators on each log source's events, and hold the answers against the scan."""
    outcome = Outcome()
    for table in among:
        here = tuple(having_rules(wanted, table.logsource))
        rules = compiled(here, table.logsource)
        assert [(rule.indicator.type, rule.indicator.value) for rule in rules] == [
            (ioc.type, ioc.value) for ioc in here
        ], f"a rule for each indicator, in {table.logsource}"
        result = engine.answer(table, rules)
        outcome.rules += len(rules)
        outcome.events += len(table.events)
        for reason in result.refused.values():
            outcome.refused[reason] = outcome.refused.get(reason, 0) + 1
        right = expected(table, here, engine.comparing)
        sigma = expected(table, here, Comparing())
        for at, ioc in enumerate(here):
            found = result.found.get(at, frozenset())
            outcome.expected += len(right[at])
            outcome.found += len(right[at] & found)
            cased = {n for n in sigma[at] if table.events[n].kind == "case"}
            outcome.case_hits += len(cased)
            outcome.case_found += len(cased & found)
            message = result.broken.get(at, result.refused.get(at, ""))
            for n in sorted(right[at] ^ found):
                event = table.events[n]
                wrong = Wrong(ioc, table.logsource, event.why, event.fields, n in right[at], message)
                fault = fault_of(engine, wrong)
                if fault is None:
                    outcome.wrong.append(wrong)
                else:
                    outcome.faults.setdefault(fault, []).append(wrong)
    return outcome
