"""Backends that break what conversion relies on: the queries stay those that the backend gives alone."""

import hashlib
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sigma.conversion.base import Backend

from _harness.command import NOW
from query_shapes.made import KINDS, by_pysigma, mixed, word
from socdef_sigma import Indicator, compile
from socdef_sigma.convert import BatchConversion, Converter, backends, convert

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
