"""`-f analytics_rule` and `analytics_rule_yaml`: scheduled rules that Microsoft Sentinel takes."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from _harness import DATA, REPO
from _harness.command import good, socdef
from alerts.arm import evaluated
from alerts.kql import literals
from alerts.made import collection, every_template, hostile_rules, rules, text_of
from socdef_sigma import ConversionError, UsageError
from socdef_sigma.alerts import sentinel_entities
from socdef_sigma.alerts.products import sentinel
from socdef_sigma.convert import BatchConversion, Converter, backends, convert

pytestmark = pytest.mark.skipif(
    "kusto" not in backends.listing().classes, reason="the backend for the target `kusto` is not installed"
)

SCHEMA = json.loads((DATA / "alerts" / "sentinel-alert-rules-2024-09-01.json").read_text())
for name, definition in SCHEMA["definitions"].items():
    # A property that is not of the definition is an error, where another one does not take it in.
    if "properties" in definition and name != "ScheduledAlertRuleCommonProperties":
        definition["unevaluatedProperties"] = False
FEED = """\
{"type": "ipv4", "value": "198.51.100.7", "confidence": "high", "mitre_techniques": ["T1071.001"]}
{"type": "domain", "value": "evil.example"}
{"type": "url", "value": "http://evil.example/a.php?id=1", "confidence": "low"}
{"type": "sha256", "value": "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"}
{"type": "md5", "value": "44d88612fea8a8f36de82e1278abb02f"}
"""
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def check(properties: dict[str, Any]) -> None:
    """Hold the properties of a rule against Azure's schema, and against the limits that stand in no schema."""
    schema = {**SCHEMA, "$ref": "#/definitions/ScheduledAlertRuleProperties"}
    jsonschema.Draft202012Validator(schema).validate(properties)
    for name in ("queryFrequency", "queryPeriod", "suppressionDuration"):
        assert re.fullmatch(r"P(\d+D)?(T(\d+H)?(\d+M)?)?", properties[name]), properties[name]
    assert 1 <= len(properties["query"]) <= 10_000
    assert len(properties.get("customDetails", {})) <= 20
    assert all(len(key) <= 20 for key in properties.get("customDetails", {}))
    mappings = properties.get("entityMappings", [])
    assert len(mappings) <= 10
    assert all(1 <= len(mapping["fieldMappings"]) <= 3 for mapping in mappings)
    rest, _ = literals(properties["query"])
    assert "TimeGenerated" not in rest
    assert "ago(" not in rest
    # A column that is mapped must be in the results: the query compares it, or makes it.
    for column in [
        *properties.get("customDetails", {}).values(),
        *(field["columnName"] for mapping in mappings for field in mapping["fieldMappings"]),
    ]:
        assert re.search(rf"\b{column}\b", rest), column


def template(given: Any, **options: Any) -> list[dict[str, Any]]:
    """The resources of a template, as the service has them."""
    made = convert(given, "kusto", format="analytics_rule", **options)
    seen, expressions = evaluated(json.loads(json.dumps(made)))
    resources: list[dict[str, Any]] = seen["resources"]
    assert seen["$schema"].endswith("/deploymentTemplate.json#")
    assert list(seen["parameters"]) == ["workspace"]
    # The names are expressions of ours, and nothing else is one.
    assert sorted(expressions) == sorted(one[key] for one in resources for key in ("id", "name"))
    for one in resources:
        found = re.fullmatch(
            rf"\[concat\(parameters\('workspace'\),'/Microsoft\.SecurityInsights/({UUID})'\)\]", one["name"]
        )
        assert found is not None
        assert one["id"].endswith(f"'/alertRules/{found[1]}')]")
        assert (one["kind"], one["apiVersion"]) == ("Scheduled", "2024-09-01")
        check(one["properties"])
        one["guid"] = found[1]
    assert len({one["guid"] for one in resources}) == len(resources)
    return resources


def documents(given: Any, **options: Any) -> list[dict[str, Any]]:
    """The documents of the YAML format."""
    return list(yaml.safe_load_all(convert(given, "kusto", format="analytics_rule_yaml", **options)))


def as_properties(document: dict[str, Any]) -> dict[str, Any]:
    """The properties that a document of the repository stands for, as its tools deploy them."""
    spans = {"m": "PT{}M", "h": "PT{}H", "d": "P{}D"}

    def iso(text: str) -> str:
        return spans[text[-1]].format(text[:-1])

    made = dict(document)
    for name in ("id", "version", "kind", "status", "requiredDataConnectors"):
        made.pop(name)
    made |= {
        "displayName": made.pop("name"),
        "techniques": made.pop("relevantTechniques"),
        "queryFrequency": iso(made["queryFrequency"]),
        "queryPeriod": iso(made["queryPeriod"]),
        "triggerOperator": {"gt": "GreaterThan"}[made["triggerOperator"]],
        "enabled": True,
        "suppressionEnabled": False,
        "suppressionDuration": "PT1H",
    }
    grouping = made["incidentConfiguration"].get("groupingConfiguration")
    if grouping:
        grouping["lookbackDuration"] = iso(grouping["lookbackDuration"])
    return made


@pytest.mark.parametrize("pipeline", ["socdef_asim", "socdef_xdr", "none"])
def test_every_template_gives_a_rule_that_the_schema_takes(pipeline: str) -> None:
    made = every_template("kusto", pipeline)
    resources = template(made, pipelines=[pipeline])
    assert [one["guid"] for one in resources] == [rule.id for rule in made]
    for document, rule in zip(documents(made, pipelines=[pipeline]), made, strict=True):
        check(as_properties(document))
        assert document["id"] == rule.id
    if pipeline != "none":
        assert all(one["properties"]["entityMappings"] for one in resources)


def test_both_formats_say_the_same() -> None:
    given = rules(FEED)
    for resource, document in zip(template(given), documents(given), strict=True):
        one, other = resource["properties"], as_properties(document)
        one["queryPeriod"] = other["queryPeriod"] = "any"
        # The YAML may name sub-techniques, of which the schema of the service knows nothing.
        other["techniques"] = [name.partition(".")[0] for name in other["techniques"]]
        assert one == other


def test_what_an_analyst_sees() -> None:
    by_name = {
        one["properties"]["displayName"].rpartition(" ")[2]: one["properties"]
        for one in template(rules(FEED))
    }
    address = by_name["198.51.100.7"]
    assert address["severity"] == "High"
    assert address["tactics"] == ["CommandAndControl"]
    assert address["techniques"] == ["T1071"]
    assert by_name["evil.example"]["severity"] == "Medium"
    assert by_name["http://evil.example/a.php?id=1"]["severity"] == "Low"
    kinds = {name: [one["entityType"] for one in rule["entityMappings"]] for name, rule in by_name.items()}
    assert set(kinds["198.51.100.7"]) == {"IP", "Host", "Account"}
    assert "DNS" in kinds["evil.example"]
    assert "URL" in kinds["http://evil.example/a.php?id=1"]
    for algorithm, digits in (("SHA256", 64), ("MD5", 32)):
        rule = next(rule for name, rule in by_name.items() if re.fullmatch(rf"[0-9A-F]{{{digits}}}", name))
        mapping = next(one for one in rule["entityMappings"] if one["entityType"] == "FileHash")
        columns = {one["identifier"]: one["columnName"] for one in mapping["fieldMappings"]}
        assert columns["Value"] == f"TargetProcess{algorithm}"
        assert f'{columns["Algorithm"]} = "{algorithm}"' in rule["query"]
    _, values = literals(by_name["evil.example"]["query"])
    assert {"evil.example", "domain", "SOC Defenders"} <= set(values)
    details = by_name["evil.example"]["customDetails"]
    assert {"Indicator", "IndicatorType", "IndicatorSource"} <= set(details)


@pytest.mark.parametrize("source", ["Acme", 'Acme "CTI" \\\\ Ltd', "a\nb", "\u2028\U000e0001"])
def test_the_sources_of_an_indicator_are_a_detail(source: str) -> None:
    document = hostile_rules()[0]
    document["socdef"] = {
        "type": "ipv4",
        "value": "198.51.100.7",
        "sources": [
            {"producer": source},
            {"producer": "Beta", "feed_name": "Feed"},
            {"producer": source},
            {"feed_name": "Beta"},
            {},
        ],
    }
    [resource] = template(collection([document]), pipelines=["none"])
    _, values = literals(resource["properties"]["query"])
    assert f"{' '.join(re.sub('[^ -~]', ' ', source).split())}, Beta: Feed, Beta".removeprefix(", ") in values
    assert resource["properties"]["customDetails"]["IndicatorSource"] == "IndicatorSource"


def test_the_schema_of_the_test_refuses_what_it_should() -> None:
    [good_one, *_] = template(rules(FEED))
    for change in (
        {"severity": "Critical"},
        {"triggerOperator": "gt"},
        {"unheardOf": 1},
        {"tactics": ["command-and-control"]},
        {"entityMappings": [{"entityType": "Hash", "fieldMappings": []}]},
    ):
        with pytest.raises(jsonschema.ValidationError):
            check({**good_one["properties"], **change})


def test_hostile_texts_are_texts() -> None:
    given = hostile_rules()
    resources = template(collection(given), pipelines=["none"])
    assert len(resources) == len(given)
    for rule, resource, document in zip(
        given, resources, documents(collection(given), pipelines=["none"]), strict=True
    ):
        assert resource["guid"] == rule["id"] == document["id"]
        assert resource["properties"]["displayName"] == rule["title"] == document["name"]
        assert resource["properties"]["description"] == rule["description"] == document["description"]


@pytest.mark.parametrize("text", [rule["title"] for rule in hostile_rules()])
def test_a_literal_is_read_back(text: str) -> None:
    rest, values = literals(f"T | extend A = {sentinel._literal(text)}, B = 1")
    assert (rest, values) == ("T | extend A = $, B = 1", [text])


def test_a_rule_of_two_conditions_gives_two_ids() -> None:
    document = hostile_rules()[0]
    document["detection"] = {
        "a": {"DestinationIp": "198.51.100.7"},
        "b": {"DestinationIp": "198.51.100.8"},
        "condition": ["a", "b"],
    }
    first, second = template(collection([document]), pipelines=["none"])
    assert first["guid"] == document["id"] != second["guid"]
    again = template(collection([document]), pipelines=["none"])
    assert second["guid"] == again[1]["guid"]


def test_rules_without_an_id_get_one_each_and_the_same_again() -> None:
    given = hostile_rules()[:3]
    for number, document in enumerate(given):
        document |= {"title": "The same"}
        document["detection"]["selection"] = {"DestinationIp": f"198.51.100.{number}"}
        del document["id"]
    first, again = (
        [one["guid"] for one in template(collection(given), pipelines=["none"])] for _ in range(2)
    )
    assert first == again
    assert len(set(first)) == 3
    given[1] = {**given[0], "id": "00000000-0000-4000-8000-000000000000"}
    given[2] = {**given[0], "id": "00000000-0000-4000-8000-000000000000"}
    for name in ("analytics_rule", "analytics_rule_yaml"):
        with pytest.raises(ConversionError, match="two rules have the id"):
            convert(collection(given), "kusto", pipelines=["none"], format=name)


def test_a_query_that_is_too_long_is_refused_by_name_and_the_others_are_not(
    tmp_path: Path, sigma_home: dict[str, str]
) -> None:
    long = [f"http://evil.example/{number}/{'a' * 3000}" for number in range(20)]
    short = [f"http://evil.example/{number}" for number in range(20)]
    (tmp_path / "feed.txt").write_text("\n".join([*long, *short]))
    good(socdef("compile", "feed.txt", "-q", "-o", "rules.yml", home=sigma_home, cwd=tmp_path))
    for source in ("feed.txt", "rules.yml"):
        command = [
            "convert",
            source,
            "-t",
            "kusto",
            "-p",
            "socdef_asim",
            "-f",
            "analytics_rule",
            "-o",
            "out.json",
        ]
        done = good(socdef(*command, "--report", "report.json", home=sigma_home, cwd=tmp_path))
        resources = json.loads((tmp_path / "out.json").read_text())["resources"]
        assert len(resources) == 20
        account = json.loads((tmp_path / "report.json").read_text())["conversion"]
        assert account["queries"] == 20
        assert len(account["lost"]) == 20
        assert all("at most 10,000 characters" in lost["reason"] for lost in account["lost"])
        assert b"20 queries for kusto" in done.stderr
        strict = socdef(*command, "--strict", home=sigma_home, cwd=tmp_path)
        assert strict.returncode == 1


def test_rules_are_filled_from_a_skeleton() -> None:
    feed = "\n".join(f"198.51.100.{number}" for number in range(1, 100))
    for name in ("analytics_rule", "analytics_rule_yaml"):
        conversion = BatchConversion(Converter("kusto", format=name, own_rules=True), verify=True)
        conversion.convert(rules(feed))
        assert conversion.tally["filled"] == 99
        assert conversion.tally["differences"] == 0


def test_more_rules_than_a_template_holds_are_an_error_by_name() -> None:
    feed = "\n".join(f"198.51.{number // 200}.{number % 200 + 1}" for number in range(801))
    with pytest.raises(ConversionError, match="at most 800 resources") as caught:
        convert(rules(feed), "kusto", format="analytics_rule")
    assert "folder" in (caught.value.hint or "")


def test_settings_of_the_user() -> None:
    given = {"schedule": "15m", "window": "1d", "severity": "critical", "throttle": "off", "threshold": "3"}
    for resource in template(rules(FEED), alert={**given, "enabled": "no"}):
        rule = resource["properties"]
        assert (rule["queryFrequency"], rule["queryPeriod"]) == ("PT15M", "P1D")
        assert (rule["severity"], rule["triggerThreshold"], rule["enabled"]) == ("High", 3, False)
        assert rule["incidentConfiguration"] == {"createIncident": True}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"schedule": "0 * * * *"}, "takes no cron expression"),
        ({"schedule": "1m"}, "takes 5m to 14d"),
        ({"window": "15d"}, "takes 5m to 14d"),
        ({"schedule": "1h", "window": "30m"}, "less than the schedule"),
        ({"schedule": "15m", "window": "2d"}, "1h or longer"),
        ({"throttle": "8d"}, "5m to 7d"),
        ({"throttle_fields": "a"}, "has no key"),
        ({"action.email": "1"}, "has no key"),
    ],
)
def test_what_the_product_does_not_take_is_refused(settings: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        convert(rules(FEED), "kusto", format="analytics_rule", alert=settings)


def test_the_formats_complete_themselves(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    asked = {
        **sigma_home,
        "_SOCDEF_SIGMA_COMPLETE": "bash_complete",
        "COMP_WORDS": "socdef-sigma convert -t sentinel -f an",
        "COMP_CWORD": "5",
    }
    done = socdef(home=asked, cwd=tmp_path)
    assert [line.partition(",")[2] for line in done.stdout.decode().splitlines()] == [
        "analytics_rule",
        "analytics_rule_yaml",
    ]


def test_a_folder_has_a_file_for_each_rule(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    (tmp_path / "rules.yml").write_bytes(text_of(hostile_rules()[:5]))
    for name, ending in (("analytics_rule", ".json"), ("analytics_rule_yaml", ".yaml")):
        command = ["convert", "rules.yml", "-t", "sentinel", "-p", "none", "-f", name, "-o", f"{name}/", "-q"]
        good(socdef(*command, home=sigma_home, cwd=tmp_path))
        files = list((tmp_path / name).iterdir())
        assert len(files) == 5
        assert {file.suffix for file in files} == {ending}
        for file in files:
            if ending == ".json":
                assert len(json.loads(file.read_text())["resources"]) == 1
            else:
                assert yaml.safe_load(file.read_text())["kind"] == "Scheduled"


SPECS = REPO.parent / "shared" / "specs"


@pytest.mark.skipif(not SPECS.exists(), reason=f"the shared specifications are not here: {SPECS}")
def test_the_columns_of_entities_are_those_of_their_tables() -> None:
    asim = {
        "_Im_NetworkSession": "NetworkSession",
        "_Im_Dns": "Dns",
        "_Im_WebSession": "WebSession",
        "_Im_ProcessCreate": "ProcessEvent",
        "_Im_FileEvent": "FileEvent",
        "_Im_RegistryEvent": "RegistryEvent",
        "_Im_AlertEvent": "AlertEvent",
    }
    columns: dict[str, set[str]] = {}
    with (SPECS / "sentinel-asim" / "ASimTester.csv").open() as file:
        for row in csv.DictReader(file):
            columns.setdefault(row["Schema"], set()).add(row["ColumnName"])
    for path, key in (
        (SPECS / "sentinel-asim" / "alert-event-fields.tsv", "schema"),
        (SPECS / "defender-xdr" / "advanced-hunting-columns.tsv", "table"),
    ):
        with path.open() as file:
            for row in csv.DictReader(file, delimiter="\t"):
                columns.setdefault(row[key], set()).add(row["column"])
    for table, pairs in sentinel_entities._TABLES.items():
        known = columns[asim.get(table, table)]
        assert {column for _, column in pairs} <= known, table
