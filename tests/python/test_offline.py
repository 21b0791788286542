"""Every format of every backend that is installed, with no network and nothing in any cache."""

import json
from pathlib import Path

import pytest

from _harness.caches import environment
from _harness.command import SOCDEF, good, run
from socdef_sigma.alerts import forms
from socdef_sigma.convert import backends

FEED = """\
{"type": "ipv4", "value": "198.51.100.7", "mitre_techniques": ["T1071.001"]}
{"type": "domain", "value": "evil.example", "mitre_techniques": ["T1566"]}
{"type": "sha256", "value": "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"}
"""
FORMATS = [
    (target, name)
    for target, backend in backends.listing().classes.items()
    for name in dict.fromkeys([*backend.formats, *forms(target)])
]


@pytest.mark.parametrize(("target", "name"), FORMATS)
def test_a_format_gives_every_value(target: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "feed.json").write_text(FEED)
    command = [SOCDEF, "convert", "feed.json", "-t", target, "-f", name, "-q", "-o", "out"]
    done = run(command, environment(tmp_path / "home"), cwd=tmp_path)
    output = (tmp_path / "out").read_bytes() if (tmp_path / "out").exists() else b""
    if done.returncode:
        # A format that cannot says why, by name, and writes nothing.
        assert done.stderr.startswith((b"error[", b"warning: ")), done.stderr
        assert output == b""
        return
    text = output.decode()
    assert "evil.example" in text or rb"evil\.example".decode() in text
    assert not (tmp_path / "home" / ".cache" / "pysigma" / "mitre_attack" / "cache.db").exists()


@pytest.mark.skipif("lucene" not in backends.listing().classes, reason="Elastic's backend is not installed")
def test_elastic_names_the_techniques(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "feed.json").write_text(FEED)
    command = [SOCDEF, "convert", "feed.json", "-t", "lucene", "-f", "siem_rule_ndjson", "-q"]
    done = good(run(command, environment(tmp_path / "home"), cwd=tmp_path))
    rules = [json.loads(line) for line in done.stdout.splitlines()]
    named = {
        subtechnique["name"]
        for rule in rules
        for threat in rule["threat"]
        for technique in threat.get("technique", [])
        for subtechnique in technique.get("subtechnique", [])
    }
    assert "Web Protocols" in named
