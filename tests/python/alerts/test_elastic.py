"""`-f siem_rule_ndjson`: detection rules that Elastic Security takes."""

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from _harness import REPO
from _harness.command import SIGMA, good, run, socdef
from alerts.made import collection, every_template, hostile_rules, rules
from socdef_sigma import UsageError
from socdef_sigma.alerts.products import elastic
from socdef_sigma.convert import BatchConversion, Converter, backends, convert

pytestmark = pytest.mark.skipif(
    "lucene" not in backends.listing().classes, reason="the backend for the target `lucene` is not installed"
)

TARGETS = ("lucene", "eql", "esql")
FEED = """\
{"type": "ipv4", "value": "198.51.100.7", "confidence": "high", "mitre_techniques": ["T1071.001"]}
{"type": "domain", "value": "evil.example"}
{"type": "sha256", "value": "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"}
"""

# The schema of Kibana's API is under the Elastic License, so nothing of it is in this repository.
SHARED = Path(os.environ.get("SOCDEF_SHARED") or REPO.parent / "shared")
KIBANA = SHARED / "specs" / "kibana" / "kibana-8.18.detections-lists-exceptions.openapi.json"
CREATED = {"query": "QueryRuleCreateProps", "eql": "EqlRuleCreateProps", "esql": "EsqlRuleCreateProps"}


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(KIBANA.read_text())
    return document


def check(rule: dict[str, Any]) -> None:
    """Hold a rule against the schema of the detection engine's API for its type."""
    name = f"Security_Detections_API_{CREATED[rule['type']]}"
    schema = {"$ref": f"#/components/schemas/{name}", "components": _document()["components"]}
    jsonschema.Draft202012Validator(schema).validate(rule)


def seconds(text: str) -> int:
    """The seconds of a duration such as `5m`, or of a time such as `now-540s`."""
    found = re.fullmatch(r"(?:now-)?(\d+)([smhd])", text)
    assert found is not None, text
    return int(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]]


def made(given: Any, target: str = "lucene", **options: Any) -> list[dict[str, Any]]:
    """The rules as Kibana reads them, with what holds for every one."""
    found = [
        json.loads(json.dumps(rule)) for rule in convert(given, target, format="siem_rule_ndjson", **options)
    ]
    for rule in found:
        assert rule["severity"] in ("low", "medium", "high", "critical")
        assert 0 <= rule["risk_score"] <= 100
        assert re.fullmatch(r"\d+[mhd]", rule["interval"])
        back = seconds(rule["from"])
        assert back > seconds(rule["interval"])
        assert seconds(rule["meta"]["from"]) == back - seconds(rule["interval"])
        assert rule["investigation_fields"]["field_names"]
    assert len({rule["rule_id"] for rule in found}) == len(found)
    return found


@pytest.mark.skipif(not KIBANA.exists(), reason="the shared specifications are not here: specs/kibana")
@pytest.mark.parametrize("target", TARGETS)
def test_every_template_gives_a_rule_that_the_schema_takes(target: str) -> None:
    given = every_template(target, "socdef_ecs")
    found = made(given, target, pipelines=["socdef_ecs"])
    assert len(found) == len(given) > 20
    for rule, source in zip(found, given, strict=True):
        check(rule)
        assert rule["rule_id"] == source.id
    for rule in made(
        rules(FEED), target, alert={"throttle": "90m", "throttle_fields": "host.name,user.name"}
    ):
        check(rule)
        assert rule["alert_suppression"]["duration"] == {"value": 90, "unit": "m"}
    for rule in made(collection(hostile_rules()), target, pipelines=["none"]):
        check(rule)


@pytest.mark.skipif(not KIBANA.exists(), reason="the shared specifications are not here: specs/kibana")
def test_the_schema_of_the_test_refuses_what_it_should() -> None:
    [rule, *_] = made(rules(FEED))
    changes: list[dict[str, Any]] = [
        {"severity": "informational"},
        {"from": 5},
        {"threat": [{"tactic": {}}]},
        {"max_signals": 0},
    ]
    for change in changes:
        with pytest.raises(jsonschema.ValidationError):
            check({**rule, **change})


@pytest.mark.parametrize("target", TARGETS)
def test_what_an_analyst_sees(target: str) -> None:
    address, domain, _ = made(rules(FEED), target)
    assert (address["severity"], address["risk_score"]) == ("high", 73)
    assert (domain["severity"], domain["risk_score"]) == ("medium", 47)
    [threat] = address["threat"]
    assert threat["tactic"]["id"] == "TA0011"
    assert threat["technique"][0]["subtechnique"][0]["id"] == "T1071.001"
    # A tactic without a technique is one all the same.
    assert [one["tactic"]["name"] for one in domain["threat"]] == ["Command and Control"]
    assert "dns.question.name" in domain["investigation_fields"]["field_names"]
    assert elastic.TAG in address["tags"]
    assert "license" not in address


@pytest.mark.parametrize(
    ("tags", "pairs"),
    [
        # The order of the tags does not say which technique is of which tactic.
        (
            ["execution", "command-and-control", "t1071", "t1059.001"],
            {"TA0002": ["T1059"], "TA0011": ["T1071"]},
        ),
        (["command_and_control"], {"TA0011": []}),
        (["t1071.001"], {"TA0011": ["T1071"]}),
        (["execution", "t1071"], {"TA0002": [], "TA0011": ["T1071"]}),
        (["t9999", "s0002", "g0016", "nonsense"], {}),
        ([], {}),
    ],
)
def test_techniques_stand_with_their_tactics(tags: list[str], pairs: dict[str, list[str]]) -> None:
    document = hostile_rules()[0]
    document["tags"] = [f"attack.{tag}" for tag in tags]
    [rule] = made(collection([document]), pipelines=["none"])
    found = {
        one["tactic"]["id"]: [technique["id"] for technique in one["technique"]] for one in rule["threat"]
    }
    assert found == pairs


@pytest.mark.parametrize("level", ["informational", "low", "medium", "high", "critical", None])
def test_every_level_is_a_severity(level: str | None) -> None:
    document = hostile_rules()[0]
    document["level"] = level
    if level is None:
        del document["level"]
    [rule] = made(collection([document]), pipelines=["none"])
    assert rule["severity"] == {"informational": "low", None: "medium"}.get(level, level)


def test_settings_of_the_user() -> None:
    settings = {"schedule": "15m", "window": "2h", "severity": "low", "enabled": "no"}
    for rule in made(rules(FEED), alert=settings):
        assert (rule["interval"], rule["from"], rule["severity"], rule["enabled"]) == (
            "15m",
            "now-7200s",
            "low",
            False,
        )
    options = {"schedule_interval": 30, "schedule_interval_unit": "m"}
    for rule in made(rules(FEED), options=options):
        assert (rule["interval"], seconds(rule["from"])) == ("30m", 34 * 60)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"schedule": "0 * * * *"}, "takes no cron expression"),
        ({"window": "1m"}, "less than the schedule"),
        ({"threshold": "3"}, "has no key"),
        ({"throttle": "1h", "throttle_fields": "a,b,c,d"}, "at most 3 fields"),
    ],
)
def test_what_the_product_does_not_take_is_refused(settings: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        convert(rules(FEED), "lucene", format="siem_rule_ndjson", alert=settings)


@pytest.mark.parametrize("target", TARGETS)
def test_rules_are_filled_from_a_skeleton(target: str) -> None:
    feed = "\n".join(f"198.51.100.{number}" for number in range(1, 100))
    conversion = BatchConversion(Converter(target, format="siem_rule_ndjson", own_rules=True), verify=True)
    conversion.convert(rules(feed))
    assert (conversion.tally["filled"], conversion.tally["differences"]) == (99, 0)


def test_off_gives_the_bytes_of_sigma_convert(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    (tmp_path / "rules.yml").write_text(rules(FEED).yaml())
    command = ["convert", "-t", "lucene", "-f", "siem_rule_ndjson", "-p", "socdef_ecs", "rules.yml"]
    theirs = good(run([SIGMA, *command], sigma_home, cwd=tmp_path)).stdout
    ours = good(socdef(*command, "--alert", "off", home=sigma_home, cwd=tmp_path)).stdout
    assert ours == theirs
