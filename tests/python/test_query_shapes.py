"""Queries filled by shapes are pySigma's, whatever the backend: or they are not filled."""

import hashlib
import ipaddress
import json
import os
import random
import re
import string
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sigma.conversion.base import Backend

from _harness import FULL, REPO
from _harness.command import NOW, SIGMA, good, run, socdef
from socdef_sigma import Indicator, RuleSet, compile
from socdef_sigma.convert import BatchConversion, Converter, LostRule, backends, convert
from socdef_sigma.pysigma import to_rule

GOLDEN = REPO / "tests" / "golden" / "queries" / f"lane-{os.environ.get('SOCDEF_TEST_LANE', '1')}.json"

HOSTILE = [
    "'", '"', "\\", "*", "?", "%", "_", "`", "$(x)", "{0}", "{{x}}", "|", "&&", "||", " OR ", "../", "\\\\",
    "%2a", "#", "^", "~", "<x>", "=", ":", ";", "!", "-", "--", "/*", "*/",
]  # fmt: skip


def word(rng: random.Random, letters: str = string.ascii_lowercase + string.digits) -> str:
    return "".join(rng.choices(letters, k=rng.randint(3, 14)))


def domain(rng: random.Random) -> str:
    return ".".join(f"{word(rng)}x" for _ in range(rng.randint(1, 3))) + ".example"


def url(rng: random.Random) -> str:
    path = "/".join(word(rng, string.ascii_letters + string.digits) for _ in range(rng.randint(0, 4)))
    query = "&".join(f"{word(rng)}={word(rng)}" for _ in range(rng.choice([0, 0, 1, 2])))
    return f"http{rng.choice(['', 's'])}://{domain(rng)}/{path}{'?' if query else ''}{query}"


def hexadecimal(digits: int) -> Callable[[random.Random], str]:
    return lambda rng: f"{rng.getrandbits(4 * digits):0{digits}x}"


KINDS: dict[str, Callable[[random.Random], str]] = {
    "ipv4": lambda rng: (
        f"{rng.randint(11, 99)}.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}"
    ),
    "ipv6": lambda rng: str(
        ipaddress.IPv6Address(0x2A00 << 112 | rng.getrandbits(rng.choice([20, 60, 100])))
    ),
    "domain": domain,
    "url": url,
    "email": lambda rng: f"{word(rng)}@{domain(rng)}",
    "md5": hexadecimal(32),
    "sha1": hexadecimal(40),
    "sha256": hexadecimal(64),
    "cve": lambda rng: f"CVE-{rng.randint(1999, 2026)}-{rng.randint(1000, 99999)}",
}


def indicators(kind: str, count: int = 50, hostile: int = 20) -> list[Indicator]:
    rng = random.Random(kind)
    values = [KINDS[kind](rng) for _ in range(count)]
    for _ in range(hostile):
        piece = rng.choice(HOSTILE)
        values.append(
            {
                "url": f"http://{domain(rng)}/{piece}{word(rng)}?{word(rng)}={piece}{piece}",
                "email": f"{word(rng)}{rng.choice(list('+-_.='))}{word(rng)}@{domain(rng)}",
                "domain": f"xn--{word(rng)}.{rng.choice(['_x', '0', 'a-b'])}.{domain(rng)}",
                "ipv4": f"{rng.randint(11, 99)}.0.0.0/{rng.randint(12, 32)}",
                "ipv6": f"2a00:{rng.randint(1, 9)}::/{rng.randint(32, 128)}",
            }.get(kind)
            or KINDS[kind](rng).upper()
        )
    made = []
    for value in values:
        try:
            made.append(Indicator(value))
        except ValueError:  # Not even an indicator.
            continue
    return made


def ruleset(kind: str) -> RuleSet:
    return compile(indicators(kind), now=NOW, guard=False)


def by_pysigma(rules: Any, converter: Converter) -> tuple[Any, list[LostRule]]:
    """What the backend gives alone."""
    queries = [query for _, made in converter.convert([to_rule(rule) for rule in rules]) for query in made]
    return converter.finish(queries), converter.lost


def outcome(make: Callable[[], Any]) -> Any:
    try:
        return make()
    except Exception as error:  # Whatever it is, it must be the same both ways.
        return f"{type(error).__name__}: {error}"


FORMATS = [
    (name, format)
    for name, backend in sorted(backends.listing().classes.items())
    for format in backend.formats
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


# Backends that break what conversion relies on: given the backend, a rule and its queries, what the queries are.
Change = Callable[[Any, Any, list[Any]], list[Any]]


def value(rule: Any) -> str:
    (detection, *_) = rule.detection.detections.values()
    item = detection.detection_items[0]
    item = getattr(item, "detection_items", [item])[0]
    return str(item.value[0])


def counter(backend: Any, rule: Any, queries: list[Any]) -> list[Any]:
    backend.counter = getattr(backend, "counter", 0) + 1
    return [f"{query} #{backend.counter}" for query in queries]


def neighbour(backend: Any, rule: Any, queries: list[Any]) -> list[Any]:
    before, backend.before = getattr(backend, "before", None), rule.title
    return [f"{query} after {before}" for query in queries]


BROKEN: dict[str, Change] = {
    "counter": counter,
    "neighbour": neighbour,
    "length": lambda backend, rule, queries: [f"{query} {len(value(rule))}" for query in queries],
    "long": lambda backend, rule, queries: [query + " long" * (len(value(rule)) > 50) for query in queries],
    "parity": lambda backend, rule, queries: [query + " odd" * (len(value(rule)) % 2) for query in queries],
    "hash": lambda backend, rule, queries: [
        f"{query} {hashlib.md5(value(rule).encode()).hexdigest()}" for query in queries
    ],
    "cut": lambda backend, rule, queries: [query[:60] for query in queries],
    "first": lambda backend, rule, queries: [query.replace(".", "\\.", 1) for query in queries],
    "word": lambda backend, rule, queries: [re.sub("evil", "good", query) for query in queries],
    "neighbouring characters": lambda backend, rule, queries: [
        query.replace("-.", "--").replace(".1", "·1") for query in queries
    ],
    "first digit": lambda backend, rule, queries: [
        query + " digit" * value(rule)[0].isdigit() for query in queries
    ],
    "none": lambda backend, rule, queries: queries if len(value(rule)) % 3 else [],
    "two": lambda backend, rule, queries: queries * (1 + len(value(rule)) % 2),
    "object": lambda backend, rule, queries: [{"query": query, 1: {2}} for query in queries],
    "JSON": lambda backend, rule, queries: [{"query": query, "title": rule.title} for query in queries],
    "sorted": lambda backend, rule, queries: [" ".join(sorted(query.split('"'))) for query in queries],
    "encoded": lambda backend, rule, queries: [query.upper().encode().hex() for query in queries],
    "upper": lambda backend, rule, queries: [query.upper() for query in queries],
}


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Change], None]:
    """Changes the queries of a backend."""

    def change(target: str, to: Change) -> None:
        cls: type[Backend] = backends.find(target)[1]
        inner = cls.convert_rule

        def convert_rule(self: Any, rule: Any, *arguments: Any) -> list[Any]:
            return to(self, rule, inner(self, rule, *arguments))

        monkeypatch.setattr(cls, "convert_rule", convert_rule)

    return change


def mixed(count: int) -> list[Indicator]:
    rng = random.Random(count)
    made = [KINDS[kind](rng) for kind in ("ipv4", "domain", "url", "sha256") for _ in range(count)]
    made += [f"{word(rng)}-evil-{word(rng)}.example" for _ in range(count)]
    made += [f"a-{word(rng)}-b.{rng.randint(1, 9)}.example" for _ in range(count)]
    rng.shuffle(made)
    return [Indicator(text) for text in made]


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("batch", [64, 8192])
def test_a_backend_that_breaks_the_assumption_stays_right(
    name: str, batch: int, changed: Callable[[str, Change], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BatchConversion, "BATCH", batch)
    changed("sqlite", BROKEN[name])
    rules = compile(mixed(60), now=NOW, guard=False)
    conversion = BatchConversion(Converter("sqlite"))
    made = conversion.convert(rules)
    plain, _ = by_pysigma(rules, Converter("sqlite"))
    assert [query for queries in made for query in queries or []] == plain
    if name in ("counter", "neighbour", "hash"):
        assert conversion.tally["filled"] == 0
    if name == "length":
        # Hashes are all of one length.
        assert conversion.tally["filled"] <= 60
    if name in ("JSON", "upper"):
        assert conversion.tally["filled"] > 200


LONG = [
    f"{letter}1-longer-than-any-that-stood-before-it-in-the-list{letter}x.example" for letter in "bcdfghjk"
]
NEAR = [f"{letter}{letter}-{letter}.1{letter}x.example" for letter in "bcdfghjk"]


@pytest.mark.parametrize(("name", "late"), [("long", LONG), ("neighbouring characters", NEAR)])
def test_what_none_before_had_is_proved_before_it_is_filled(
    name: str, late: list[str], changed: Callable[[str, Change], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a sample at the end, and long after the class was derived."""
    monkeypatch.setattr(BatchConversion, "BATCH", 64)
    changed("sqlite", BROKEN[name])
    rng = random.Random(8)
    early = [f"a{number}-{word(rng, 'bcdfgh')[:5]}x.example" for number in range(200)]
    rules = compile([Indicator(text) for text in [*early, *late, *late]], now=NOW)
    conversion = BatchConversion(Converter("sqlite"), sample=0)
    made = conversion.convert(rules)
    plain, _ = by_pysigma(rules, Converter("sqlite"))
    assert [query for queries in made for query in queries or []] == plain
    assert len({query.endswith(" long") or "--" in query or "·1" in query for query in plain}) == 2
    assert conversion.tally["differences"] > 0


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("counter", "the backend does not give the same query twice"),
        ("hash", "the query depends on more than the characters of the value"),
    ],
)
def test_why_nothing_is_filled(name: str, why: str, changed: Callable[[str, Change], None]) -> None:
    changed("sqlite", BROKEN[name])
    rules = compile([Indicator(KINDS["md5"](random.Random(n))) for n in range(40)], now=NOW)
    conversion = BatchConversion(Converter("sqlite"))
    conversion.convert(rules)
    assert conversion.tally["converted"] == {why: 40}
    assert conversion.tally["verified"] == 0


def test_a_difference_that_only_the_sample_shows_begins_anew(
    changed: Callable[[str, Change], None],
) -> None:
    """One value of many is treated otherwise: nothing but comparing it shows that."""
    changed("sqlite", BROKEN["word"])
    rng = random.Random(5)
    texts = [f"{word(rng)}x.example" for _ in range(200)]
    texts[150] = "devilx.example"
    rules = compile([Indicator(text) for text in texts], now=NOW)
    conversion = BatchConversion(Converter("sqlite"), verify=True)
    made = conversion.convert(rules)
    plain, _ = by_pysigma(rules, Converter("sqlite"))
    assert [query for queries in made for query in queries or []] == plain
    assert conversion.tally["differences"] == 1
    assert list(conversion.tally["converted"]) == ["the filled query differed from pySigma's"]


def test_an_output_that_depends_on_what_the_backend_saw(monkeypatch: pytest.MonkeyPatch) -> None:
    cls: Any = backends.find("sqlite")[1]
    inner = cls.convert_rule

    def convert_rule(self: Any, rule: Any, *arguments: Any) -> list[Any]:
        self.seen = getattr(self, "seen", 0) + 1
        queries: list[Any] = inner(self, rule, *arguments)
        return queries

    monkeypatch.setattr(cls, "convert_rule", convert_rule)
    monkeypatch.setattr(
        cls,
        "finalize_output_default",
        lambda self, queries: [*queries, f"-- {getattr(self, 'seen', 0)}"],
    )
    rules = compile(mixed(20), now=NOW, guard=False)
    assert convert(rules, "sqlite", pipelines=["none"]) == by_pysigma(rules, Converter("sqlite"))[0]


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


@pytest.mark.parametrize("options", [["--verify"], ["--verify-sample", "100000"]])
def test_verify_finds_a_difference(
    options: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changed: Callable[[str, Change], None],
) -> None:
    """Only --verify makes it a failure: the output is right in any case."""
    from click.testing import CliRunner

    from socdef_sigma.cli.convert import command

    changed("sqlite", BROKEN["word"])
    rng = random.Random(5)
    texts = [f"{word(rng)}x.example" for _ in range(200)]
    texts[150] = "devilx.example"
    (tmp_path / "feed.txt").write_text("\n".join(texts))
    output = tmp_path / "queries.txt"
    arguments = [str(tmp_path / "feed.txt"), "-t", "sqlite", "--now", NOW, "-o", str(output), *options]
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert result.exception is None, result.output
    assert result.return_value == (1 if options == ["--verify"] else 0)
    assert "dgoodx.example" in output.read_text()
    assert "devilx" not in output.read_text()
