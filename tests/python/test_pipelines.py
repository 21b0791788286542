"""The pipeline `socdef`: the event id of each Sysmon category, once, whatever else is applied."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from sigma.collection import SigmaCollection
from sigma.pipelines.sysmon.sysmon import sysmon_generic_logsource_eventid_mapping, sysmon_pipeline
from sigma.plugins import InstalledSigmaPlugins
from sigma.processing.pipeline import ProcessingPipeline

from _harness.command import SIGMA, good, run
from sigma.pipelines.socdef import pipelines, socdef_pipeline
from sigma.pipelines.socdef.event_id import SYSMON_EVENT_IDS


def rule(category: str | None = "network_connection", product: str | None = "windows", **more: object) -> str:
    logsource = {"category": category, "product": product, **more.pop("logsource", {})}  # type: ignore[dict-item]
    document = {
        "title": "Sample",
        "logsource": {name: part for name, part in logsource.items() if part is not None},
        "detection": {"selection": {"DestinationIp": "203.0.113.42"}, "condition": "selection"},
        **more,
    }
    return yaml.safe_dump(document)


def splunk(text: str, pipeline: ProcessingPipeline) -> str:
    backend = importlib.import_module("sigma.backends.splunk").SplunkBackend(pipeline)
    (query,) = backend.convert(SigmaCollection.from_yaml(text))
    return str(query)


def convert(module: str, name: str, *names: str) -> str:
    """A query through pipelines that are resolved by their names, as `sigma convert -p` does."""
    pipeline = InstalledSigmaPlugins.autodiscover().get_pipeline_resolver().resolve(list(names))
    backend = getattr(importlib.import_module(f"sigma.backends.{module}"), name)(pipeline)
    (query,) = backend.convert(SigmaCollection.from_yaml(rule()))
    return str(query)


def test_it_is_what_it_says() -> None:
    pipeline = socdef_pipeline()
    assert (pipeline.name, pipeline.priority, pipeline.allowed_backends) == ("socdef", 20, frozenset())
    assert not pipeline.postprocessing_items
    assert not pipeline.finalizers
    assert pipelines["socdef"] is socdef_pipeline


@pytest.mark.parametrize(("category", "event_id"), sorted(SYSMON_EVENT_IDS.items()))
def test_every_category_gets_its_event_id(category: str, event_id: int | list[int]) -> None:
    wanted = (
        f"EventID={event_id}"
        if isinstance(event_id, int)
        else f"EventID IN ({', '.join(map(str, event_id))})"
    )
    assert splunk(rule(category), socdef_pipeline()) == f'{wanted} DestinationIp="203.0.113.42"'


def test_the_categories_are_those_of_the_stock_pipeline() -> None:
    assert sysmon_generic_logsource_eventid_mapping == SYSMON_EVENT_IDS


@pytest.mark.parametrize(
    "text",
    [
        rule("proxy", None),
        rule("network_connection", None),
        rule("network_connection", "linux"),
        rule("ps_script", "windows"),
        rule(None, "windows", logsource={"service": "sysmon"}),
        rule("process_creation", "windows", logsource={"service": "security"}),
    ],
)
def test_other_log_sources_are_left_alone(text: str) -> None:
    assert splunk(text, socdef_pipeline()) == 'DestinationIp="203.0.113.42"'


@pytest.mark.parametrize(
    "pipeline",
    [
        socdef_pipeline() + socdef_pipeline(),
        socdef_pipeline() + sysmon_pipeline(),
        sysmon_pipeline() + socdef_pipeline(),
        sysmon_pipeline() + socdef_pipeline() + socdef_pipeline(),
    ],
    ids=["twice", "before sysmon", "after sysmon", "after sysmon, twice"],
)
def test_the_event_id_is_there_once(pipeline: ProcessingPipeline) -> None:
    assert splunk(rule(), pipeline) == 'EventID=3 DestinationIp="203.0.113.42"'


@pytest.mark.parametrize(
    "selection",
    [{"EventID": 3}, {"EventID": [3, 22]}, [{"EventID": 3}, {"DestinationIp": "192.0.2.1"}]],
    ids=["alone", "list", "list of maps"],
)
def test_a_rule_with_an_event_id_keeps_it(selection: object) -> None:
    text = rule(detection={"selection": selection, "condition": "selection"})
    assert splunk(text, socdef_pipeline()) == splunk(text, ProcessingPipeline())


def test_every_condition_of_a_rule_requires_it() -> None:
    detection = {
        "a": {"DestinationIp": "192.0.2.1"},
        "b": {"DestinationIp": "192.0.2.2"},
        "condition": ["a", "1 of them", "not b"],
    }
    backend = importlib.import_module("sigma.backends.splunk").SplunkBackend(socdef_pipeline())
    queries = backend.convert(SigmaCollection.from_yaml(rule(detection=detection)))
    assert queries == [
        'EventID=3 DestinationIp="192.0.2.1"',
        'EventID=3 DestinationIp IN ("192.0.2.1", "192.0.2.2")',
        'EventID=3 NOT DestinationIp="192.0.2.2"',
    ]


@pytest.mark.parametrize(
    ("module", "name", "names", "query"),
    [
        ("splunk", "SplunkBackend", ("socdef", "splunk_windows"), 'EventCode=3 DestinationIp="203.0.113.42"'),
        ("splunk", "SplunkBackend", ("splunk_windows", "socdef"), 'EventCode=3 DestinationIp="203.0.113.42"'),
        ("splunk", "SplunkBackend", ("socdef", "sysmon"), 'EventID=3 DestinationIp="203.0.113.42"'),
        (
            "elasticsearch",
            "LuceneBackend",
            ("ecs_windows", "socdef"),
            "event.code:3 AND destination.ip:203.0.113.42",
        ),
        (
            "elasticsearch",
            "EqlBackend",
            ("socdef", "ecs_windows"),
            'any where event.code:"3" and destination.ip=="203.0.113.42"',
        ),
        (
            "sqlite",
            "sqliteBackend",
            ("ecs_windows", "socdef"),
            "SELECT * FROM logs WHERE `event.code`='3' AND `destination.ip`='203.0.113.42'",
        ),
        (
            "sqlite",
            "sqliteBackend",
            ("windows-audit", "socdef"),
            "SELECT * FROM logs WHERE EventID=3 AND DestinationIp='203.0.113.42'",
        ),
    ],
)
def test_with_pipelines_that_rename_the_field(
    module: str, name: str, names: tuple[str, ...], query: str
) -> None:
    """The added field has the name and the type that the others give it, in whichever order they are named."""
    assert convert(module, name, *names) == query


def test_it_refuses_nothing_and_renames_nothing() -> None:
    """On every log source, with field-less and nested detections."""
    text = rule(
        "antivirus",
        None,
        detection={
            "keywords": ["a", "b"],
            "other": [{"x|contains": "c"}, {"y": None}],
            "condition": "all of them",
        },
    )
    assert splunk(text, socdef_pipeline()) == splunk(text, ProcessingPipeline())


def test_correlation_rules_pass() -> None:
    correlation = {
        "title": "Many",
        "correlation": {
            "type": "event_count",
            "rules": ["sample"],
            "group-by": ["SourceIp"],
            "timespan": "1h",
            "condition": {"gte": 10},
        },
    }
    documents = f"{rule(name='sample')}---\n{yaml.safe_dump(correlation)}"
    backend = importlib.import_module("sigma.backends.splunk").SplunkBackend(socdef_pipeline())
    (query,) = backend.convert(SigmaCollection.from_yaml(documents))
    assert query.startswith('EventID=3 DestinationIp="203.0.113.42"\n\n| bin _time span=1h')


def test_sigma_cli_finds_it(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    (tmp_path / "rule.yml").write_text(rule())
    listed = good(run([SIGMA, "list", "pipelines"], sigma_home)).stdout.decode()
    assert "| socdef " in listed
    for source, stdin in (("rule.yml", None), ("-", rule().encode())):
        command = [SIGMA, "convert", "-t", "splunk", "-p", "socdef", source]
        converted = good(run(command, sigma_home, cwd=tmp_path, stdin=stdin))
        assert converted.stdout == b'EventID=3 DestinationIp="203.0.113.42"\n'


def test_importing_it_is_cheap_and_never_fails(tmp_path: Path) -> None:
    """A plugin that raises while pySigma looks around breaks every `sigma` command."""
    source = Path(importlib.import_module("sigma.pipelines.socdef").__file__ or "").parent
    script = (
        "import sys; sys.modules['sigma.processing'] = None\n"  # As if pySigma were not there.
        f"sys.path.insert(0, {str(source.parent)!r})\n"
        "import socdef\n"
        "assert callable(socdef.socdef_pipeline)\n"
        "assert 'sigma.rule' not in sys.modules and 'socdef_sigma' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=tmp_path)
    for above in (source.parent, source.parent.parent):
        assert not (above / "__init__.py").exists(), "this would hide pySigma"
