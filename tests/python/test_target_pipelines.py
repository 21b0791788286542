"""The pipelines for targets, as pipelines: what they refuse by name, and what they are to pySigma."""

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from sigma.collection import SigmaCollection
from sigma.plugins import InstalledSigmaPlugins
from sigma.processing.pipeline import ProcessingPipeline

import socdef_sigma
from _harness import REPO
from _harness.command import SIGMA, good, run
from sigma.pipelines.socdef.tables import NAMES
from socdef_sigma.convert import Converter, LostRule, convert
from socdef_sigma.preflight import sample_rules

TABLES = REPO / "python" / "sigma" / "pipelines" / "socdef" / "tables"

SHA256 = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"

BACKENDS = {
    "socdef_splunk_cim": "splunk",
    "socdef_splunk_sysmon": "splunk",
    "socdef_ecs": "lucene",
    "socdef_asim": "kusto",
    "socdef_xdr": "kusto",
    "socdef_ocsf": "sqlite",
}


# --- What cannot be ---------------------------------------------------------------------------------------


def foreign(detection: object, **log_source: str) -> SigmaCollection:
    return SigmaCollection.from_yaml(
        yaml.safe_dump(
            {"title": "Other", "logsource": log_source, "detection": {"a": detection, "condition": "a"}}
        )
    )


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (foreign({"x": "y"}, product="acme"), "socdef_ecs has no log source `acme`"),
        (
            foreign({"Other": "y"}, category="dns"),
            "socdef_ecs has no column for `Other` of `dns`; its fields are query",
        ),
        (foreign(["word"], category="dns"), "socdef_ecs has no place for keywords"),
        (
            foreign({"Hashes": SHA256}, category="process_creation"),
            "the value of `Hashes` is not a hash such as `SHA256=…`",
        ),
        (
            foreign({"Hash|contains": "IMPHASH=" + SHA256[:32]}, category="create_stream_hash"),
            "no column for hashes of IMPHASH",
        ),
    ],
)
def test_what_has_no_place_is_refused_by_name(rule: SigmaCollection, words: str) -> None:
    lost: list[LostRule] = []
    assert convert(rule, "lucene", pipelines=["socdef_ecs"], on_lost=lost.append) == []
    assert words in lost[0].reason


def test_correlations_are_refused_and_not_half_mapped() -> None:
    """What they group by would keep Sigma's name."""
    base = {
        "title": "A",
        "name": "a",
        "logsource": {"category": "dns"},
        "detection": {"a": {"query": "x"}, "condition": "a"},
    }
    correlation = {
        "type": "event_count",
        "rules": ["a"],
        "group-by": ["src_ip"],
        "timespan": "1h",
        "condition": {"gte": 2},
    }
    many = {"title": "Many", "correlation": correlation}
    lost: list[LostRule] = []
    collection = SigmaCollection.from_yaml(yaml.safe_dump_all([base, many]))
    convert(collection, "splunk", pipelines=["socdef_splunk_cim"], on_lost=lost.append)
    assert [rule.title for rule in lost] == ["Many"]
    assert "socdef_splunk_cim does not map the fields of correlation rules" in lost[0].reason


@pytest.mark.parametrize("name", NAMES)
def test_twice_is_once(name: str) -> None:
    rules = sample_rules()
    once = [Converter(BACKENDS[name], pipelines=[name]) for _ in range(2)]
    twice = Converter(BACKENDS[name], pipelines=[name, name])
    from socdef_sigma.pysigma import to_rule

    def all_of(converter: Converter) -> list[Any]:
        return [queries for rule in rules for _, queries in converter.convert([to_rule(rule)])]

    first = all_of(once[0])
    assert first == all_of(once[1]) == all_of(twice)
    assert first


# --- BatchConversion ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "format"),
    [
        ("splunk", "default"),
        ("splunk", "data_model"),
        ("lucene", "default"),
        ("eql", "default"),
        ("esql", "default"),
        ("kusto", "default"),
        ("xdr", "default"),
    ],
)
def test_filled_queries_are_pysigmas(target: str, format: str) -> None:
    """URLs with and without a query, names, hashes and addresses, all compared."""
    from socdef_sigma.convert import BatchConversion
    from socdef_sigma.pysigma import to_rule

    values = [f"http://h{n}.evil.example/p{n}/a_{n}.php{'?id=' + str(n) if n % 2 else ''}" for n in range(40)]
    values += [f"n{n}.evil.example" for n in range(40)] + [f"198.51.100.{n}" for n in range(1, 40)]
    values += [f"2001:db8::{n:x}" for n in range(1, 30)] + [f"2001:db8:{n:x}::/48" for n in range(1, 12)]
    values += [f"{n:064x}"[::-1].replace("0", "a") for n in range(100, 140)]
    rules = list(
        socdef_sigma.compile(
            socdef_sigma.read("\n".join(values).encode()), now="2026-05-17", logsources=["all"]
        )
    )
    converter = Converter(target, format=format, own_rules=True)
    conversion = BatchConversion(converter, verify=True)
    made = conversion.convert(rules)
    assert conversion.tally["filled"] > len(rules) // 4
    alone = converter.twin()
    theirs = [next((queries for _, queries in alone.convert([to_rule(rule)])), None) for rule in rules]
    assert made == theirs


# --- Plugins ----------------------------------------------------------------------------------------------


def test_sigma_cli_finds_them(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    (tmp_path / "rules.yml").write_text(socdef_sigma.compile(socdef_sigma.read(b"192.0.2.1")).yaml())
    listed = good(run([SIGMA, "list", "pipelines"], sigma_home)).stdout.decode()
    for name in NAMES:
        assert f"| {name} " in listed
    command = [SIGMA, "convert", "-t", "kusto", "-p", "socdef_xdr", "rules.yml"]
    made = good(run(command, sigma_home, cwd=tmp_path))
    assert made.stdout == b'DeviceNetworkEvents\n| where RemoteIP =~ "192.0.2.1"\n'
    refused = run(
        [SIGMA, "convert", "-t", "lucene", "-p", "socdef_xdr", "rules.yml"], sigma_home, cwd=tmp_path
    )
    assert refused.returncode != 0


def test_they_are_plain_functions_that_give_their_own_pipeline() -> None:
    resolver = InstalledSigmaPlugins.autodiscover().get_pipeline_resolver()
    for name in NAMES:
        pipeline = resolver.resolve([name])
        assert isinstance(pipeline, ProcessingPipeline)
        assert [item.identifier for item in pipeline.items] == [name]


def test_importing_them_reads_no_table(tmp_path: Path) -> None:
    """sigma-cli imports all plugins before any command runs."""
    source = Path(importlib.import_module("sigma.pipelines.socdef").__file__ or "").parent
    script = (
        "import sys; sys.modules['sigma.processing'] = None; sys.modules['yaml'] = None\n"
        f"sys.path.insert(0, {str(source.parent)!r})\n"
        "import socdef\n"
        f"assert all(callable(socdef.pipelines[name]) for name in {NAMES!r})\n"
        "assert 'sigma.rule' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=tmp_path)
