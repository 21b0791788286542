"""Objects made after a prototype are those that pySigma makes, whole and apart from each other."""

import pickle
import random
from collections.abc import Sequence
from typing import Any

import pytest
from sigma.collection import SigmaCollection
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import AddConditionTransformation, FieldMappingTransformation
from sigma.rule import SigmaRule

from _harness.command import NOW
from query_shapes.made import KINDS, indicators
from socdef_sigma import RuleSet, compile
from socdef_sigma._core import take_apart
from socdef_sigma.convert import Converter
from socdef_sigma.pysigma import prototypes, to_collection, to_rules


def everything(value: Any, seen: dict[int, int] | None = None) -> Any:
    """All that an object holds, as text; written for the test."""
    seen = {} if seen is None else seen
    if (
        hasattr(value, "__dict__")
        and not isinstance(value, type)
        and type(value).__module__.startswith("sigma.")
    ):
        if id(value) in seen:
            return f"<{seen[id(value)]}>"
        seen[id(value)] = len(seen)
        fields = {name: everything(field, seen) for name, field in vars(value).items()}
        return f"{type(value).__name__}{fields}"
    if isinstance(value, dict):
        return {key: everything(item, seen) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value).__name__, [everything(item, seen) for item in value]
    return f"{type(value).__name__} {value!r}"


def rules(kind: str) -> RuleSet:
    return compile(indicators(kind), now=NOW, guard=False, logsources=["all"])


@pytest.mark.parametrize("kind", KINDS)
def test_they_hold_what_pysigma_puts_into_them(kind: str) -> None:
    made = rules(kind)
    ours = to_collection(made).rules
    assert len(ours) == len(made) > 50
    for rule, mine in zip(made, ours, strict=True):
        theirs = SigmaRule.from_dict(rule.dict())
        assert mine == theirs
        assert everything(mine) == everything(theirs)


def test_most_are_made_after_a_prototype(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    inner = SigmaRule.from_dict.__func__  # type: ignore[attr-defined]

    def from_dict(cls: Any, *arguments: Any, **named: Any) -> Any:
        calls.append(arguments)
        return inner(cls, *arguments, **named)

    monkeypatch.setattr(SigmaRule, "from_dict", classmethod(from_dict))
    made = [rule for kind in ("ipv4", "domain", "sha256") for rule in rules(kind)]
    to_rules(made)
    forms, _ = take_apart(made)
    assert len(calls) <= 4 * len(forms)
    assert len(calls) * 3 < len(made)


def test_a_class_that_keeps_something_else_is_left_to_pysigma(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a pySigma to come might: the length of the title, which no hole explains."""
    inner = SigmaRule.__post_init__

    def post_init(self: Any) -> None:
        inner(self)
        self.length = len(self.title)

    monkeypatch.setattr(SigmaRule, "__post_init__", post_init)
    made = list(rules("domain"))
    for rule, mine in zip(made, to_rules(made), strict=True):
        assert everything(mine) == everything(SigmaRule.from_dict(rule.dict()))


def test_pipelines_that_change_one_change_no_other() -> None:
    """Pipelines change rules in place, and those of a prototype must not share what they change."""
    made = list(rules("domain"))
    before = [everything(rule) for rule in to_rules(made)]
    pipeline = ProcessingPipeline(
        items=[
            ProcessingItem(AddConditionTransformation({"index": "main"})),
            ProcessingItem(FieldMappingTransformation({"QueryName": ["dns", "name"], "query": "q"})),
        ]
    )
    ours = to_rules(made)
    for rule in ours[::2]:
        pipeline.apply(rule)
        rule.tags.clear()
        rule.fields.append("x")
        rule.custom_attributes["socdef"]["value"] = "changed"
    after = [everything(rule) for rule in ours]
    assert after[1::2] == before[1::2]
    assert all(one != other for one, other in zip(after[::2], before[::2], strict=True))
    assert [everything(rule) for rule in to_rules(made)] == before


def test_they_convert_as_pysigmas_own_do() -> None:
    made = [rule for kind in ("ipv4", "ipv6", "url") for rule in rules(kind)]
    for target in ("splunk", "sqlite"):
        theirs: Sequence[Any] = SigmaCollection.from_dicts([rule.dict() for rule in made]).rules
        queries = [
            [query for _, some in Converter(target, own_rules=True).convert(given) for query in some]
            for given in (to_rules(made), theirs)
        ]
        assert queries[0] == queries[1]


def test_same_sees_every_difference() -> None:
    """On copies of a rule with one leaf changed."""
    rng = random.Random(2)
    rule = to_rules(list(rules("domain")))[0]
    assert prototypes.same(rule, pickle.loads(pickle.dumps(rule)))
    changed = 0
    for _ in range(300):
        other = pickle.loads(pickle.dumps(rule))
        here = other
        while True:
            inside = vars(here) if hasattr(here, "__dict__") else here
            if not inside:
                break
            key = rng.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
            if isinstance(inside[key], list | dict) or type(inside[key]).__module__ in (
                "sigma.rule.detection",
                "sigma.types",
            ):
                here = inside[key]
                continue
            inside[key] = f"{inside[key]}x"
            changed += 1
            assert not prototypes.same(rule, other)
            break
    assert changed > 100
