"""Engines against the scan: what is missed, what is extra, and which of it is an upstream fault."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from sigma.exceptions import SigmaTransformationError

import socdef_sigma
from _harness import FULL
from detect import corpus, events, real, scan
from detect.engines.base import Engine
from detect.faults import PYSIGMA, Fault, fault_of, no_place
from detect.model import Comparing, Ioc, Table
from detect.mutants import Mutant

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
    cased: int = 0
    """Pairs that only a comparison without regard to case finds."""
    cased_expected: int = 0
    """Those of them that the target's own rule for case finds."""
    cased_found: int = 0
    wrong: list[Wrong] = field(default_factory=list)
    """What is neither right nor a known fault."""
    faults: dict[Fault, list[Wrong]] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)

    def add(self, other: "Outcome") -> None:
        """Count another outcome in."""
        for name in ("rules", "events", "expected", "found", "cased", "cased_expected", "cased_found"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.wrong += other.wrong
        for fault, wrong in other.faults.items():
            self.faults.setdefault(fault, []).extend(wrong)
        for reason, count in other.refused.items():
            self.refused[reason] = self.refused.get(reason, 0) + count

    @property
    def missed(self) -> list[Wrong]:
        """Events that the engine should find and does not."""
        return [wrong for wrong in self.wrong if wrong.is_missed]

    @property
    def extra(self) -> list[Wrong]:
        """Events that the engine finds and should not."""
        return [wrong for wrong in self.wrong if not wrong.is_missed]


WITH_ALL = FULL or PYSIGMA == "1"
"""Whether all generated indicators are tried, or every third: the engines of the two environments are the same, and only the backend
before them is another.
"""


@cache
def iocs() -> tuple[Ioc, ...]:
    """The generated indicators."""
    return tuple(corpus.iocs())


@cache
def tables() -> tuple[Table, ...]:
    """The generated events."""
    return tuple(events.tables(iocs()))


def compiled(wanted: Sequence[Ioc], logsource: str, *, guard: bool = True) -> socdef_sigma.RuleSet:
    """The rules of indicators in one log source, by the way that users go."""
    feed = "\n".join(json.dumps(entry) for ioc in wanted for entry in ioc.entries())
    read = socdef_sigma.read(feed.encode(), format="socdef")
    rules = socdef_sigma.compile(read, now=NOW, types=["all"], logsources=[logsource], guard=guard)
    of_rules = [(rule.indicator.type, rule.indicator.value) for rule in rules]
    assert of_rules == [(ioc.type, ioc.value) for ioc in wanted], f"a rule for each indicator, in {logsource}"
    return rules


def having_rules(wanted: Sequence[Ioc], logsource: str) -> list[Ioc]:
    """Those of the indicators that docs/rules.md promises a rule for in a log source."""
    return [
        ioc
        for ioc in wanted
        if logsource in scan.LOGSOURCES[ioc.type]
        and not (ioc.type == "url" and logsource == "webserver" and "exploit" not in ioc.tags)
    ]


@cache
def expected(
    table: Table, wanted: tuple[Ioc, ...], comparing: Comparing, logsource: str
) -> tuple[frozenset[int], ...]:
    """What the scan finds for each indicator.

    Where a table has events of other log sources too, it looks at those of the rule's.
    """
    event_id = real.CATEGORIES.get(logsource) if table.logsource != logsource else None
    among = [
        (at, event.fields)
        for at, event in enumerate(table.events)
        if event_id is None or event.fields["EventID"] == event_id
    ]
    return tuple(
        frozenset(at for at, fields in among if matches(fields))
        for matches in (scan.matcher(ioc, logsource, comparing) for ioc in wanted)
    )


def compare(
    engine: Engine, wanted: Sequence[Ioc], among: Sequence[Table], *, guard: bool = True, rules_of: str = ""
) -> Outcome:
    """Run the rules of indicators on events, and hold the answers against the scan.

    The rules are those of each table's log source, or of `rules_of` where a table holds events of several.
    """
    outcome = Outcome()
    for table in among:
        logsource = rules_of or table.logsource
        here = tuple(
            ioc for ioc in having_rules(wanted, logsource) if (ioc.type, logsource) not in no_place(engine)
        )
        if not here:
            continue
        rules = compiled(here, logsource, guard=guard)
        result = engine.answer(table, rules)
        outcome.rules += len(rules)
        outcome.events += len(table.events)
        for reason in result.refused.values():
            outcome.refused[reason] = outcome.refused.get(reason, 0) + 1
        right = expected(table, here, engine.comparing, logsource)
        own = engine.comparing
        sigma = expected(table, here, replace(own, equal=True, part=True), logsource)
        exact = expected(table, here, replace(own, equal=False, part=False, equal_with=""), logsource)
        for at, ioc in enumerate(here):
            found = result.found.get(at, frozenset())
            outcome.expected += len(right[at])
            outcome.found += len(right[at] & found)
            cased = sigma[at] - exact[at]
            outcome.cased += len(cased)
            outcome.cased_expected += len(cased & right[at])
            outcome.cased_found += len(cased & found)
            message = result.broken.get(at, result.refused.get(at, ""))
            for n in sorted(right[at] ^ found):
                event = table.events[n]
                wrong = Wrong(ioc, logsource, event.why, event.fields, n in right[at], message)
                fault = fault_of(engine, wrong)
                if fault is None:
                    outcome.wrong.append(wrong)
                else:
                    outcome.faults.setdefault(fault, []).append(wrong)
    return outcome


@cache
def generated(engine: Engine) -> Outcome:
    """The generated indicators on all generated events."""
    return compare(engine, iocs() if WITH_ALL else iocs()[::3], tables())


@cache
def real_events(engine: Engine) -> Outcome:
    """Indicators made from real events on these, all in one table, by the pipeline that tells them apart.

    An engine that takes no pipeline gets a table for each log source.
    """
    outcome = Outcome()
    for logsource in real.CATEGORIES:
        one = engine.with_pipeline("socdef")
        table = real.table_of(logsource) if one is None else real.table()
        outcome.add(compare(one or engine, real.iocs(), [table], guard=False, rules_of=logsource))
        if one is not None:
            outcome.events = len(table.events)  # They are the same each time.
    return outcome


@cache
def changed_by(engine: Engine, mutant: Mutant) -> tuple[Wrong, ...]:
    """The events made for an indicator whose verdict a mistake in its rule changes.

    Those made for other indicators may change too, and those in another case where only parts are compared
    without regard to it: neither says anything about the mistake. Nor do those that the engine gets wrong
    with the rule as it is.
    """
    table = next(table for table in tables() if table.logsource == mutant.logsource)
    here = having_rules([ioc for ioc in iocs() if ioc.type == mutant.type], mutant.logsource)[:40]
    texts = [rule.yaml() for rule in compiled(here, mutant.logsource)]
    edited = [mutant.edit(text) for text in texts]
    assert edited != texts, "the mistake is in no rule"
    try:
        queries = engine.convert_texts(texts) + engine.convert_texts(edited)
    except SigmaTransformationError:
        return ()  # The pipeline knows better than to convert it.
    assert len(queries) == 2 * len(texts)
    answers = list(engine.run(table, queries))
    changed = []
    right = expected(table, tuple(here), engine.comparing, mutant.logsource)
    for ioc, before, after, wanted in zip(here, answers, answers[len(texts) :], right, strict=False):
        if isinstance(before, str) or isinstance(after, str):
            continue
        for n in sorted((before ^ after) - (before ^ wanted)):
            event = table.events[n]
            if event.of != ioc or (
                event.kind == "case" and engine.comparing.part and not engine.comparing.equal
            ):
                continue
            changed.append(Wrong(ioc, mutant.logsource, event.why, event.fields, n in before))
    return tuple(changed)


def found_in_capitals(engine: Engine) -> int:
    """How many of the real events with `HFDC01.shire.com` the rules of `hfdc01.shire.com` find."""
    ioc = Ioc("domain", "hfdc01.shire.com")
    count = 0
    for logsource in ("dns_query/windows", "network_connection/windows"):
        one = compare(engine, [ioc], [real.table_of(logsource)], guard=False)
        count += one.found
    return count
