"""Each environment tests the pySigma that it says, with backends that work there."""

import importlib
import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sigma.collection import SigmaCollection

RULE = """\
title: Sample
logsource:
  category: network_connection
  product: windows
detection:
  selection:
    DestinationIp: '203.0.113.42'
  condition: selection
"""

BACKENDS = [
    ("sigma.backends.splunk", "SplunkBackend", 'DestinationIp="203.0.113.42"'),
    ("sigma.backends.elasticsearch", "LuceneBackend", "DestinationIp:203.0.113.42"),
    ("sigma.backends.elasticsearch", "EqlBackend", 'any where DestinationIp=="203.0.113.42"'),
    ("sigma.backends.elasticsearch", "ESQLBackend", 'DestinationIp=="203.0.113.42"'),
    ("sigma.backends.kusto", "KustoBackend", 'DestinationIp =~ "203.0.113.42"'),
    ("sigma.backends.sqlite", "sqliteBackend", "SELECT * FROM logs WHERE DestinationIp='203.0.113.42'"),
]


def test_the_lane_runs_its_pysigma() -> None:
    """`make` says which environment it is; without that, either will do."""
    major = importlib.metadata.version("pysigma").split(".")[0]
    assert major == os.environ.get("SOCDEF_TEST_PYSIGMA", major)


@pytest.mark.parametrize(("module", "name", "query"), BACKENDS)
def test_backend_converts(module: str, name: str, query: str) -> None:
    backend = getattr(importlib.import_module(module), name)()
    (converted,) = backend.convert(SigmaCollection.from_yaml(RULE))
    assert query in converted


def test_elastic_siem_rule_works_offline() -> None:
    """This format looks up threat names in ATT&CK, which comes from the primed cache."""
    lucene = importlib.import_module("sigma.backends.elasticsearch").LuceneBackend()
    tagged = RULE + "tags:\n  - attack.command-and-control\n  - attack.t1071.001\n"
    (rule,) = lucene.convert(SigmaCollection.from_yaml(tagged), "siem_rule")
    (threat,) = rule["params"]["threat"]
    assert threat["technique"][0]["subtechnique"][0]["name"] == "Web Protocols"


def test_sigma_cli_converts(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    rule = tmp_path / "rule.yml"
    rule.write_text(RULE)
    command = [
        str(Path(sys.executable).with_name("sigma")),
        "convert",
        "-t",
        "splunk",
        "-p",
        "sysmon",
        str(rule),
    ]
    run = subprocess.run(command, env=sigma_home, capture_output=True, text=True, check=True)
    assert run.stdout == 'EventID=3 DestinationIp="203.0.113.42"\n'
