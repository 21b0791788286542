"""The rules against events, through pySigma's sqlite backend and a real SQLite table.

The table of events is `tests/golden/detection.json` and, for the log sources beside the primary ones,
`tests/golden/detection_more.json`, for the types that are compiled when asked for `tests/golden/detection_types.json`: the same that `tests/detection.rs` puts through another evaluator. Where pySigma itself is at fault, the table says so under `limits`, with a reason; such an event must still
come out wrong, so that a limit which is gone is found.
"""

import importlib.metadata
import json
from typing import Any

import pytest

import socdef_sigma
from _harness import REPO
from _harness.schema import load_rules
from _harness.table import matching

GOLDEN = REPO / "tests" / "golden"
TABLES: list[dict[str, Any]] = [
    json.loads((GOLDEN / name).read_text(encoding="utf-8"))
    for name in ("detection.json", "detection_more.json", "detection_types.json")
]
CASES: list[dict[str, Any]] = [case for table in TABLES for case in table["cases"]]
MUTANTS: list[dict[str, Any]] = [mutant for table in TABLES for mutant in table["mutants"]]
ALL_LIMITS: list[dict[str, Any]] = [limit for table in TABLES for limit in table["limits"]]


def case_of(entry: dict[str, Any]) -> dict[str, Any]:
    """The case that a mutant or a limit is of: of its log source, or the primary one."""
    return next(
        case
        for case in CASES
        if case["ioc"] == entry["ioc"] and entry.get("logsource", case["logsource"]) == case["logsource"]
    )


PYSIGMA = importlib.metadata.version("pysigma").split(".")[0]
LIMITS: dict[tuple[str, str, str], str] = {
    (limit["ioc"], case_of(limit)["logsource"], why): limit["reason"]
    for limit in ALL_LIMITS
    if limit["engine"] == "sqlite" and PYSIGMA in limit["pysigma"]
    for why in limit["events"]
}


def rule_of(case: dict[str, Any]) -> str:
    """The rule of a case's indicator. The part that an e-mail address played comes with the type of its entry."""
    types = {"recipient": ["email-dst"], "both": ["email-src", "email-dst"]}.get(case.get("role", ""), [])
    if "tags" in case:
        entry = {"type": case["type"], "value": case["ioc"], "tags": case["tags"]}
        indicators = socdef_sigma.read(json.dumps(entry).encode(), format="socdef")
    elif types:
        entries = [json.dumps({"type": name, "value": case["ioc"]}) for name in types]
        indicators = socdef_sigma.read("\n".join(entries).encode(), format="socdef")
    else:
        entry = {"type": case["type"], "value": case["ioc"]}
        indicators = socdef_sigma.read(json.dumps(entry).encode(), format="socdef")
    rules = socdef_sigma.compile(
        indicators, now="2026-05-17", types=[case["type"]], logsources=[case["logsource"]]
    )
    assert len(rules) == 1
    return rules.yaml()


def wrong(case: dict[str, Any], rule: str) -> set[str]:
    """Why each event is in the table whose verdict by this rule is not the table's."""
    events = [event for event, _ in case["match"] + case["not"]]
    reasons = [why for _, why in case["match"] + case["not"]]
    must = set(range(len(case["match"])))
    return {reasons[at] for at in must ^ set(matching(rule, events))}


def limits_of(case: dict[str, Any]) -> set[str]:
    return {why for ioc, source, why in LIMITS if (ioc, source) == (case["ioc"], case["logsource"])}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['ioc']} in {case['logsource']}")
def test_a_rule_matches_what_it_must_and_nothing_that_it_must_not(case: dict[str, Any]) -> None:
    found = wrong(case, rule_of(case))
    assert found - limits_of(case) == set()
    gone = limits_of(case) - found
    assert gone == set(), "pySigma does it right now: take the entry out of `limits`"


def test_every_limit_is_of_an_event_in_the_table() -> None:
    for limit in ALL_LIMITS:
        case = case_of(limit)
        assert set(limit["events"]) <= {why for _, why in case["match"] + case["not"]}
        assert limit["reason"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['ioc']} in {case['logsource']}")
def test_a_rule_reads_the_log_source_of_its_events(case: dict[str, Any]) -> None:
    (rule,) = load_rules(rule_of(case))
    source = rule["logsource"]
    parts = [source.get(part) for part in ("category", "product", "service")]
    assert "/".join(part for part in parts if part) == case["logsource"]


@pytest.mark.parametrize(
    "mutant", MUTANTS, ids=lambda mutant: f"{mutant['name']} in {case_of(mutant)['logsource']}"
)
def test_a_mutant_breaks_just_the_events_that_it_names(mutant: dict[str, Any]) -> None:
    case = case_of(mutant)
    rule = rule_of(case)
    assert mutant["replace"] in rule
    broken = wrong(case, rule.replace(mutant["replace"], mutant["with"]))
    assert broken != set()
    assert broken == set(mutant["breaks"])
