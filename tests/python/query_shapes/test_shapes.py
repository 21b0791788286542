"""Queries filled by shapes are pySigma's, whatever the backend: or they are not filled."""

import json
import os
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from _harness import FULL, REPO
from _harness.command import NOW, SIGMA, good, run, socdef
from query_shapes.made import KINDS, by_pysigma, mixed, ruleset
from socdef_sigma import Indicator, compile
from socdef_sigma.alerts import forms
from socdef_sigma.convert import BatchConversion, Converter, backends, convert

GOLDEN = REPO / "tests" / "golden" / "queries" / f"pysigma-{os.environ.get('SOCDEF_TEST_PYSIGMA', '1')}.json"


def outcome(make: Callable[[], Any]) -> Any:
    try:
        return make()
    except Exception as error:  # Whatever it is, it must be the same both ways.
        return f"{type(error).__name__}: {error}"


FORMATS = [
    (name, format)
    for name, backend in sorted(backends.listing().classes.items())
    for format in dict.fromkeys([*backend.formats, *forms(name)])
]
CASES = [(target, format, "none") for target, format in FORMATS]
CASES += [
    (target, format, pipeline)
    for target, format, pipeline in [
        ("splunk", "default", "socdef_splunk_cim"),
        ("splunk", "data_model", "socdef_splunk_cim"),
        ("splunk", "default", "socdef_splunk_sysmon"),
        ("lucene", "default", "socdef_ecs"),
        ("eql", "default", "socdef_ecs"),
        ("esql", "default", "socdef_ecs"),
        ("kusto", "default", "socdef_asim"),
        ("kusto", "default", "socdef_xdr"),
        ("databricks", "default", "socdef_ocsf"),
        ("sqlite", "default", "socdef_values"),
        ("sqlite", "default", "socdef"),
        ("kusto", "default", "socdef_values"),
    ]
    if (target, format) in FORMATS
]


@pytest.mark.parametrize(("target", "format", "pipeline"), CASES)
def test_filled_is_what_pysigma_gives_and_what_falls_back_is_known(
    target: str, format: str, pipeline: str
) -> None:
    key = " ".join(part for part in (target, format, pipeline) if part != "none")
    fallen: dict[str, list[str]] = {}
    for kind in KINDS:
        rules = ruleset(kind)
        assert len(rules) > 50
        one, two = (Converter(target, format=format, pipelines=(pipeline,)) for _ in range(2))
        conversion = BatchConversion(one, verify=True)
        filled = outcome(lambda: (conversion.finish(conversion.convert(rules)), one.lost))  # noqa: B023
        plain = outcome(lambda: by_pysigma(rules, two))  # noqa: B023
        if not _is_random(target, format):
            assert filled == plain
        tally = conversion.tally
        assert tally["filled"] + sum(tally["converted"].values()) == len(rules)
        for why in tally["converted"]:
            fallen.setdefault(why, []).append(kind)
    known = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    if "SOCDEF_UPDATE" in os.environ:
        known[key] = fallen
        GOLDEN.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    assert known[key] == fallen


@cache
def _is_random(target: str, format: str) -> bool:
    """Whether pySigma itself gives something else every time."""
    rules = ruleset("md5")
    return bool(
        outcome(lambda: by_pysigma(rules, Converter(target, format=format, pipelines=("none",))))
        != outcome(lambda: by_pysigma(rules, Converter(target, format=format, pipelines=("none",))))
    )


def test_the_usual_formats_are_filled() -> None:
    """The point of it all: nothing of these goes through pySigma."""
    rng = random.Random(1)
    for kind in ("ipv4", "domain", "md5", "sha1", "sha256"):
        rules = compile([Indicator(KINDS[kind](rng)) for _ in range(400)], now=NOW, guard=False)
        for target in ("splunk", "lucene", "kusto", "sqlite", "esql", "eql"):
            conversion = BatchConversion(Converter(target, pipelines=("none",)))
            conversion.convert(rules)
            assert conversion.tally["filled"] > 350, (kind, target, conversion.tally)


def test_nothing_leaks_from_one_rule_to_another(tmp_path: Path) -> None:
    """Thousands of indicators with 500 combinations of what a feed says, mixed."""
    count = 10_000 if FULL else 2_500
    rng = random.Random(3)
    said = [
        {
            "confidence": rng.choice(["low", "medium", "high"]),
            "tags": rng.sample(["apt28", "emotet", "c2", "phishing"], rng.randint(0, 3)),
            "references": [f"https://example.com/{rng.randint(0, 99)}"] * rng.randint(0, 1),
            "context": rng.choice([None, "seen in a campaign", f"campaign {number}"]),
            "first_seen": rng.choice([None, "2026-01-02", "2025-12-31T10:00:00Z"]),
            "last_seen": rng.choice([None, "2026-03-04"]),
            "producer": rng.choice([None, "Example", "Another"]),
        }
        for number in range(500)
    ]
    kinds = ["ipv4", "domain", "sha256", "md5"]
    rules = compile(
        [Indicator(KINDS[rng.choice(kinds)](rng), **rng.choice(said)) for _ in range(count)],  # type: ignore[arg-type]
        now=NOW,
        guard=False,
    )
    made = convert(rules, "splunk", format="savedsearches")
    plain, _ = by_pysigma(rules, Converter("splunk", format="savedsearches", own_rules=True))
    assert made == plain
    assert len(rules) > 0.99 * count


def test_a_pipeline_that_looks_at_values_is_not_filled(tmp_path: Path) -> None:
    path = tmp_path / "choosy.yml"
    path.write_text(
        "name: choosy\npriority: 10\ntransformations:\n- {id: a, type: replace_string, regex: evil, replacement: good}\n"
    )
    rules = compile(mixed(20), now=NOW, guard=False)
    conversion = BatchConversion(Converter("sqlite", pipelines=[str(path)]))
    made = conversion.finish(conversion.convert(rules))
    assert conversion.tally["filled"] == 0
    assert any("ReplaceStringTransformation" in why for why in conversion.tally["converted"])
    assert made == by_pysigma(rules, Converter("sqlite", pipelines=[str(path)]))[0]


def test_the_command_line_gives_what_pysigma_gives(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    given = mixed(100)
    values = "".join(f"{indicator.value}\n" for indicator in given)
    (tmp_path / "feed.txt").write_text(values)
    for target, format in [("splunk", "default"), ("splunk", "savedsearches"), ("lucene", "kibana_ndjson")]:
        command = ["convert", "feed.txt", "-t", target, "-f", format, "--now", NOW, "--no-guard"]
        process = good(socdef(*command, "--verify", home=sigma_home, cwd=tmp_path))
        assert b"  through pySigma: " in process.stderr
        assert b" with pySigma, 0 differences" in process.stderr
        rules = compile(given, now=NOW, guard=False)
        from socdef_sigma.convert import render

        plain, _ = by_pysigma(rules, Converter(target, format=format, own_rules=True))
        assert process.stdout == render(plain)


def test_rules_in_a_file_are_filled_as_sigma_convert_converts_them(
    tmp_path: Path, sigma_home: dict[str, str]
) -> None:
    """A saved answer of the endpoint; one with a rule of another hand; and one that only PyYAML reads."""
    rules = compile(mixed(40), now=NOW, guard=False)
    foreign = (
        "---\ntitle: Foreign\nstatus: test\nlogsource: {category: proxy}\n"
        "detection: {selection: {c-uri: 1, x|re: 'a.b'}, condition: selection}\n"
    )
    odd = "---\ntitle: Odd\nlogsource: {category: proxy}\ndetection: {selection: {c-uri: 0x1F, b: 1.5}, condition: selection}\n"
    for more in ("", foreign, odd):
        (tmp_path / "rules.yml").write_text(rules.yaml() + more)
        for target in ("splunk", "lucene"):
            command = ["convert", "-t", target, "-p", "socdef", "rules.yml"]
            process = good(socdef(*command, home=sigma_home, cwd=tmp_path))
            plain = good(run([SIGMA, *command], sigma_home, cwd=tmp_path))
            assert process.stdout == plain.stdout
            assert b" from a skeleton; " in process.stderr
            assert b"fewer than eight alike" in process.stderr


def test_rules_of_several_files_and_one_that_is_none(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    """The rule that pySigma does not read is named with its file, and costs the others nothing."""
    folder = tmp_path / "rules"
    folder.mkdir()
    made = [compile(mixed(count), now=NOW, guard=False) for count in (20, 21)]
    for name, rules in zip("ab", made, strict=True):
        (folder / f"{name}.yml").write_text(rules.yaml())
    command = ["convert", "-t", "splunk", "-p", "socdef"]
    # `sigma convert` takes the files of a folder in the order of the file system.
    plain = good(run([SIGMA, *command, "rules/a.yml", "rules/b.yml"], sigma_home, cwd=tmp_path))
    command.append("rules")
    (folder / "c.yml").write_text(
        "title: None\nid: no-id\nlogsource: {category: dns}\ndetection: {condition: a, a: {b: c}}\n"
    )
    process = good(socdef(*command, home=sigma_home, cwd=tmp_path))
    assert process.stdout == plain.stdout
    assert b" from a skeleton; " in process.stderr
    assert b"rules/c.yml" in process.stderr
    strict = socdef(*command, "--strict", home=sigma_home, cwd=tmp_path)
    assert (strict.returncode, strict.stdout) == (1, plain.stdout)
    failing = socdef(*command, "--fail-unsupported", home=sigma_home, cwd=tmp_path)
    assert (failing.returncode, failing.stdout) == (1, b"")
    assert b"rules/c.yml" in failing.stderr
