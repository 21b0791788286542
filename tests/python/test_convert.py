"""Conversion: the bytes of `sigma convert`, from the backend that is asked for and no other."""

import json
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaConversionError
from sigma.plugins import InstalledSigmaPlugins

from _harness.command import NOW, SIGMA, good, run, socdef
from socdef_sigma import ConversionError, Indicator, RuleSet, UsageError, compile, parse
from socdef_sigma.convert import Converter, LostRule, backends, convert, pipelines, render
from socdef_sigma.pysigma import to_rule

VALUES = (
    "203.0.113.42",
    "198.51.100.0/24",
    "2001:db8::1",
    "evil.example",
    "http://evil.example/a.php?id=1*x&y='z\"\\",
    "44d88612fea8a8f36de82e1278abb02f",
    "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f",
    "CVE-2017-1188",
    "billing@evil.example",
)
# What `sigma convert` is asked for: target, format, pipelines.
RUNS: list[tuple[str, str, list[str]]] = [
    ("splunk", "default", ["socdef"]),
    ("splunk", "default", ["splunk_windows", "sysmon"]),
    ("splunk", "savedsearches", ["socdef", "splunk_windows"]),
    ("splunk_spl2", "module", ["socdef"]),
    ("lucene", "default", ["ecs_windows"]),
    ("lucene", "default", ["socdef", "ecs_windows"]),
    ("lucene", "dsl_lucene", ["ecs_windows"]),
    ("lucene", "kibana_ndjson", ["socdef"]),
    ("eql", "default", ["sysmon"]),
    ("esql", "default", ["none"]),
    ("splunk", "default", ["socdef_splunk_cim"]),
    ("splunk", "data_model", ["socdef_splunk_cim"]),
    ("lucene", "default", ["socdef_ecs"]),
    ("eql", "siem_rule", ["socdef_ecs"]),
    ("esql", "default", ["socdef_ecs"]),
    ("kusto", "default", ["none"]),
    ("kusto", "default", ["socdef"]),
    ("kusto", "default", ["socdef_xdr"]),
    ("sqlite", "default", ["socdef_ocsf"]),
    ("sqlite", "default", ["none"]),
    ("sqlite", "default", ["socdef_values"]),
    ("sqlite", "default", ["socdef"]),
    ("sqlite", "zircolite", ["sysmon"]),
]


def rules(*values: str) -> RuleSet:
    return compile([Indicator(value) for value in values or VALUES], now=NOW)


def sigma_convert(
    home: dict[str, str], folder: Path, target: str, format: str, names: list[str], *more: str
) -> subprocess.CompletedProcess[bytes]:
    chosen = (
        ["--without-pipeline"]
        if names in ([], ["none"])
        else [part for name in names for part in ("-p", name)]
    )
    return run([SIGMA, "convert", "-t", target, "-f", format, *chosen, *more, "rules.yml"], home, cwd=folder)


@pytest.mark.parametrize(("target", "format", "names"), RUNS)
def test_the_bytes_of_sigma_convert(
    target: str, format: str, names: list[str], tmp_path: Path, sigma_home: dict[str, str]
) -> None:
    """From the rules as YAML, from a feed, and from the library."""
    (tmp_path / "rules.yml").write_text(rules().yaml())
    (tmp_path / "feed.txt").write_text("\n".join(VALUES))
    theirs = good(sigma_convert(sigma_home, tmp_path, target, format, names)).stdout
    assert theirs.strip()
    chosen = [part for name in names for part in ("-p", name)]
    for source in ("rules.yml", "feed.txt"):
        command = ("convert", "-t", target, "-f", format, *chosen, "--alert", "off", source)
        process = good(socdef(*command, home=sigma_home, cwd=tmp_path))
        assert _comparable(process.stdout, format) == _comparable(theirs, format)
    output = rules().convert(target, pipelines=names, format=format, alert=False)
    assert _comparable(render(output), format) == _comparable(theirs, format)


def _comparable(data: bytes, format: str) -> Any:
    """The bytes themselves, but for the one format in which each object has a new random id."""
    if format != "kibana_ndjson":
        return data
    documents = [json.loads(line) for line in data.splitlines()]
    return [{key: value for key, value in document.items() if key != "id"} for document in documents]


@pytest.mark.parametrize(
    "more",
    [
        ["-O", "min_time=-7d", "-O", "max_time=-1d", "-f", "savedsearches"],
        ["-f", "savedsearches", "-e", "utf-16"],
    ],
    ids=["options", "encoding"],
)
def test_options_of_sigma_convert(more: list[str], tmp_path: Path, sigma_home: dict[str, str]) -> None:
    (tmp_path / "rules.yml").write_text(rules().yaml())
    theirs = good(sigma_convert(sigma_home, tmp_path, "splunk", "default", ["sysmon"], *more))
    command = ("convert", "-t", "splunk", "-p", "sysmon", "--alert", "off", *more, "rules.yml")
    ours = socdef(*command, home=sigma_home, cwd=tmp_path)
    assert good(ours).stdout == theirs.stdout


def test_indented_json(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    (tmp_path / "rules.yml").write_text(rules().yaml())
    more = ("-j", "2")
    theirs = good(sigma_convert(sigma_home, tmp_path, "lucene", "dsl_lucene", ["none"], *more))
    command = ("convert", "-t", "lucene", "-f", "dsl_lucene", "-p", "none", *more, "rules.yml")
    assert good(socdef(*command, home=sigma_home, cwd=tmp_path)).stdout == theirs.stdout
    assert b'\n  "' in theirs.stdout


def test_pipelines_from_files_and_folders(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    (tmp_path / "rules.yml").write_text(rules().yaml())
    folder = tmp_path / "pipelines"
    folder.mkdir()
    for number, (old, new) in enumerate([("DestinationIp", "dst"), ("dst", "dest_ip")]):
        transformation = {"id": "m", "type": "field_name_mapping", "mapping": {old: new}}
        text = json.dumps({"name": new, "priority": 50 + number, "transformations": [transformation]})
        (folder / f"{number}.yml").write_text(text)
    (folder / "last.yml").write_text(
        json.dumps({"name": "last", "priority": 99, "finalizers": [{"type": "concat", "separator": ";\n"}]})
    )
    for names in (["pipelines/0.yml", "socdef"], ["pipelines"], ["socdef", "pipelines/*"]):
        theirs = good(sigma_convert(sigma_home, tmp_path, "splunk", "default", names)).stdout
        chosen = [part for name in names for part in ("-p", name)]
        ours = socdef("convert", "-t", "splunk", *chosen, "rules.yml", home=sigma_home, cwd=tmp_path)
        assert good(ours).stdout == theirs
        assert b"dst=" in theirs or b"dest_ip=" in theirs


def test_correlations_and_filters(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    (tmp_path / "rules.yml").write_text(CORRELATION)
    (tmp_path / "filter.yml").write_text(FILTER)
    more = ("--filter", "filter.yml")
    for options in ((), more, (*more, "-c", "stats")):
        theirs = good(sigma_convert(sigma_home, tmp_path, "splunk", "default", ["socdef"], *options))
        assert (b"trusted.example" in theirs.stdout) == bool(options)
        chosen = ("-t", "splunk", "-p", "socdef", *options)
        ours = socdef("convert", *chosen, "rules.yml", home=sigma_home, cwd=tmp_path)
        assert good(ours).stdout == theirs.stdout


def test_a_filter_applies_to_compiled_rules(tmp_path: Path) -> None:
    (tmp_path / "feed.txt").write_text("evil.example\n192.0.2.1\n")
    (identifier,) = (rule.id for rule in rules("evil.example"))
    (tmp_path / "filter.yml").write_text(FILTER.replace("11111111-1111-4111-8111-111111111111", identifier))
    command = ("convert", "-t", "sqlite", "--filter", "filter.yml", "feed.txt")
    queries = good(socdef(*command, cwd=tmp_path)).stdout.decode().strip().split("\n\n")
    assert ["trusted.example" in query for query in queries] == [True, False]


def test_only_that_backend_is_imported() -> None:
    script = (
        "import sys, socdef_sigma\n"
        "socdef_sigma.compile(socdef_sigma.read(b'192.0.2.1')).convert('splunk')\n"
        "found = [name for name in sys.modules if name.startswith(('sigma.backends.', 'sigma.pipelines.'))]\n"
        "print(sorted({name.split('.')[2] for name in found}), 'sigma.plugins' in sys.modules)\n"
    )
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert process.stdout == "['base', 'common', 'socdef', 'splunk'] False\n"


def test_the_names_are_those_of_pysigma() -> None:
    installed = InstalledSigmaPlugins.autodiscover()
    # What pySigma types as backends are classes of backends.
    found: dict[str, Any] = dict(installed.backends)
    theirs = {name: backend for name, backend in found.items() if ".test." not in backend.__module__}
    assert backends.listing().classes == theirs
    for name, backend in theirs.items():
        assert backends.find(name) == (name, backend)
        assert name in backends.TARGETS
        assert backend.__module__.startswith(f"sigma.backends.{backends.TARGETS[name].module}.")
    # pySigma's own pipelines for tests are there only while tests run.
    own = set(installed.pipelines) - {"dummy_test", "another_test", "YetAnotherTestPipeline"}
    assert set(pipelines.names()) == own
    assert set(pipelines.known()) == own


def test_other_names_of_targets() -> None:
    assert backends.find("elastic")[0] == "lucene"
    assert backends.find("sentinel")[0] == "kusto"


@pytest.mark.parametrize(
    ("target", "code", "hint"),
    [
        ("loki", "backend_not_installed", "pip install 'pysigma-backend-loki'"),
        ("qradar", "backend_not_installed", "pip install 'pysigma-backend-qradar-community'"),
        ("splnk", "unknown_target", "did you mean `splunk`"),
        ("elasticsearch", "unknown_target", "did you mean `lucene` or `eql` or `esql` or `elastalert`?"),
        ("crowdstrike", "unknown_target", "did you mean `log_scale`?"),
        ("nothing-like-it", "unknown_target", "`socdef-sigma convert -t list` shows all targets"),
    ],
)
def test_targets_that_are_not_there(target: str, code: str, hint: str) -> None:
    with pytest.raises(ConversionError) as caught:
        backends.find(target)
    assert caught.value.code == code
    assert hint in (caught.value.hint or "")


def test_a_backend_that_no_table_has(tmp_path: Path) -> None:
    """Another package's backend is found by its name, and one that cannot be imported hurts nobody else."""
    _plugin(tmp_path, "homemade", "class HomemadeBackend(SplunkBackend): identifier = 'homemade'\n")
    _plugin(tmp_path, "QRadarAQL", "class QRadarAQLBackend(SplunkBackend): identifier = 'ibm-qradar-aql'\n")
    _plugin(tmp_path, "other", "class OtherBackend(SplunkBackend): identifier = 'unlike-its-module'\n")
    _plugin(tmp_path, "AAA_broken", "raise RuntimeError('made for another pySigma')\n")
    (tmp_path / "feed.txt").write_text("192.0.2.1\n")
    for target in ("homemade", "qradar", "ibm-qradar-aql", "unlike-its-module"):
        process = good(socdef("convert", "-t", target, "feed.txt", cwd=tmp_path, PYTHONPATH=str(tmp_path)))
        assert process.stdout.startswith(b'EventID=3 DestinationIp="192.0.2.1"')
    broken = socdef("convert", "-t", "list", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert good(broken).stdout.count(b"\nhomemade ") == 1
    assert b"sigma.backends.AAA_broken cannot be imported: RuntimeError: made for another" in broken.stderr


def _plugin(folder: Path, name: str, text: str) -> None:
    module = folder / "sigma" / "backends" / name
    module.mkdir(parents=True)
    (module / "__init__.py").write_text(f"from sigma.backends.splunk import SplunkBackend\n{text}")


def test_decorated_pipelines_are_not_mixed_up(tmp_path: Path) -> None:
    """pySigma before 2.0 lets all functions under `@Pipeline` run the one that was imported last."""
    for name, field in (("first_one", "alpha"), ("second_one", "beta")):
        module = tmp_path / "sigma" / "pipelines" / name
        module.mkdir(parents=True)
        (module / "__init__.py").write_text(
            "from sigma.pipelines.base import Pipeline\n"
            "from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline\n"
            "from sigma.processing.transformations import AddConditionTransformation\n"
            "@Pipeline\n"
            f"def {name}_pipeline():\n"
            f"    item = ProcessingItem(transformation=AddConditionTransformation({{{field!r}: 1}}))\n"
            "    return ProcessingPipeline(priority=30, items=[item])\n"
        )
    (tmp_path / "feed.txt").write_text("192.0.2.1\n")
    names = ("-p", "second_one", "-p", "first_one", "-p", "sysmon")
    process = socdef("convert", "-t", "sqlite", *names, "feed.txt", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    query = good(process).stdout.decode()
    assert [query.count(text) for text in ("alpha=1", "beta=1", "EventID=3")] == [1, 1, 1]


def test_a_lost_rule_costs_no_other() -> None:
    lost: list[LostRule] = []
    made = rules("192.0.2.1", "2001:db8::/32", "192.0.2.2")
    queries = convert(made, "kusto", pipelines=["none"], on_lost=lost.append)
    assert queries == ['DestinationIp =~ "192.0.2.1"', 'DestinationIp =~ "192.0.2.2"']
    assert [(rule.title, rule.id) for rule in lost] == [(made[1].title, made[1].id)]
    assert "never matches IPv6" in lost[0].reason
    again: list[LostRule] = []
    assert made.convert("kusto", pipelines=["none"], on_lost=again.append) == queries
    assert again == lost
    with pytest.raises(ConversionError) as caught:
        made.convert("kusto", pipelines=["none"])
    assert caught.value.code == "rule_refused"
    assert made[1].title in caught.value.message


def test_networks_that_kusto_can_match_are_converted() -> None:
    made = rules("198.51.100.0/24")
    assert made.convert("sentinel", pipelines=["none"]) == [
        'ipv4_is_in_range(DestinationIp, "198.51.100.0/24")'
    ]
    # Other backends know IPv6 networks.
    assert rules("2001:db8::/32").convert("eql", pipelines=["none"]) == [
        'any where cidrMatch(DestinationIp, "2001:db8::/32")'
    ]


def test_which_pipelines_are_applied() -> None:
    """One that fits the target where none is named; none where the target has no schema of its own."""
    made = rules("192.0.2.1")
    assert made.convert("splunk")[0].startswith('tag="network" tag="communicate" dest_ip=')
    assert made.convert("splunk", pipelines=["none"])[0].startswith("DestinationIp=")
    assert made.convert("splunk", pipelines=["socdef"])[0].startswith("EventID=3 DestinationIp=")
    assert made.convert("sqlite") == ["SELECT * FROM logs WHERE DestinationIp='192.0.2.1'"]
    assert made.convert("elastic") == ["destination.ip:192.0.2.1"]
    assert (
        made.convert("kusto")
        == made.convert("sentinel")
        == ['_Im_NetworkSession\n| where DstIpAddr =~ "192.0.2.1"']
    )
    assert made.convert("xdr") == ['DeviceNetworkEvents\n| where RemoteIP =~ "192.0.2.1"']
    assert "EventID=3" in made.convert("splunk_spl2")[0]
    assert convert([made[0]], "splunk") == made.convert("splunk")
    # Sigma rules of others are not ours to map.
    assert convert(SigmaCollection.from_yaml(made.yaml()), "kusto") == ['DestinationIp =~ "192.0.2.1"']
    with pytest.raises(UsageError) as required:
        convert(SigmaCollection.from_yaml(made.yaml()), "splunk")
    assert required.value.code == "pipeline_required"
    assert required.value.message.startswith("Processing pipeline required by backend!")
    with pytest.raises(UsageError):
        made.convert("splunk", pipelines=["none", "sysmon"])


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"format": "nonsense"}, UsageError, "its formats are default, savedsearches, data_model"),
        (
            {"options": {"output_settings": 3}},
            UsageError,
            "'output_settings' is not supported by backend 'splunk'",
        ),
        ({"pipelines": ["nonsense"]}, ConversionError, "the pipeline 'nonsense' was not found"),
        ({"pipelines": ["ecs_windows"]}, ConversionError, "not intended to be used with the target splunk"),
    ],
)
def test_what_cannot_be(arguments: dict[str, Any], error: type[UsageError], words: str) -> None:
    with pytest.raises(error) as caught:
        rules("192.0.2.1").convert("splunk", **arguments)
    assert words in caught.value.report()


def test_correlation_methods_are_checked() -> None:
    with pytest.raises(UsageError) as caught:
        Converter("splunk", correlation_method="nonsense", own_rules=True)
    assert "its methods are stats" in caught.value.report()
    with pytest.raises(UsageError) as caught:
        Converter("kusto", correlation_method="stats")
    assert "does not support correlations" in caught.value.report()


def test_a_reason_in_the_place_of_the_rule_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the Databricks backend raises it."""

    def refuse(*_: object) -> None:
        raise SigmaConversionError("no table for it")  # type: ignore[arg-type]

    converter = Converter("sqlite")
    monkeypatch.setattr(converter.backend, "convert_rule", refuse)
    assert list(converter.convert([to_rule(compile([parse("192.0.2.1")])[0])])) == []
    assert [lost.reason for lost in converter.lost] == ["no table for it"]


def test_rendering_refuses_what_it_does_not_know() -> None:
    assert render([]) == b"\n"
    assert render(b"\x00") == b"\x00\n"
    assert render({"a": ["ä"]}) == b'{"a": ["\\u00e4"]}\n'
    # The JSON formats of Carbon Black, Cortex XDR and SentinelOne hold such ids.
    assert render({"rule_id": uuid.UUID(int=1)}) == b'{"rule_id": "00000000-0000-0000-0000-000000000001"}\n'
    with pytest.raises(ConversionError, match="cannot be written as JSON"):
        render([{("a", "b"): 1}])
    with pytest.raises(ConversionError):
        render([1, "a"])
    with pytest.raises(UsageError):
        render("ä", "ascii")
    with pytest.raises(UsageError):
        render("a", "no-such-encoding")


CORRELATION = """\
title: Any Query
id: 11111111-1111-4111-8111-111111111111
name: any_query
logsource: {category: dns_query, product: windows}
detection:
  selection: {QueryName: 'evil.example'}
  condition: selection
---
title: Many Queries
correlation:
  type: event_count
  rules: [any_query]
  group-by: [Computer]
  timespan: 1h
  condition: {gte: 10}
"""

FILTER = """\
title: Trusted
logsource: {category: dns_query, product: windows}
filter:
  rules: [11111111-1111-4111-8111-111111111111]
  selection: {QueryName: 'trusted.example'}
  condition: not selection
"""
