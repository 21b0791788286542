"""The campaign of `make attack` sees what it looks for: each judge refuses an input that was bent by hand."""

from __future__ import annotations

import random
from typing import Any

import pytest

import checker
import feeds
import hostile
import queries
from lab import smallest, smallest_text

pytestmark = pytest.mark.pysigma_1_only

RULE = """title: 'zq000001 - Malicious Domain'
id: 0ba7150e-05fb-5e59-98e0-8ee76f13030a
status: experimental
description: Detects it.
author: Example
date: 2026-05-01
tags:
  - attack.command-and-control
logsource:
  category: proxy
detection:
  selection:
    - c-uri: 'http://zq000001.example/a'
  condition: selection
level: high
socdef:
  value: 'http://zq000001.example/a'
"""
REPORT: dict[str, Any] = {
    "counts": {"read": 1, "kept": 1, "merged": 0, "dropped": 0, "refused": 0, "rules": 1},
    "records": {"read": 1, "with_values": 1, "without_values": 0},
}


def faults(text: str) -> list[str]:
    return [fault for fault, _ in checker.check(text, REPORT, lambda _: None)[0]]


def test_a_good_rule_has_no_fault() -> None:
    assert faults(RULE) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/a'", "/*'"),
        ("/a'", "/\\\\\\\\*'"),
        ("/a'", "/\u202ea'"),
        ("title: 'zq000001", "title: 'zq000002"),
        ("level: high", "level: critical"),
        ("level: high", "level: high\nlevel: high"),
        ("level: high", "level: high\nevil: x"),
        ("level: high", "level: !!python/name:os.system x"),
        ("  - attack.command-and-control", "  - yes"),
        ("date: 2026-05-01", "date: soon"),
        ("  condition: selection", "  condition: [selection]"),
        ("level: high", "level: high\n---\nx: y"),
    ],
)
def test_a_bent_rule_is_seen(old: str, new: str) -> None:
    assert RULE.count(old)
    assert faults(RULE.replace(old, new))


def test_counts_that_do_not_add_up_are_seen() -> None:
    report = REPORT | {"counts": REPORT["counts"] | {"read": 2}}
    assert checker.check(RULE, report, lambda _: None)[0]


def test_a_wildcard_is_one_only_unescaped() -> None:
    assert [checker.wildcard(said) for said in ("a*", "a\\*", "a\\\\*", "a\\\\\\*", "?", "\\?", "a\\b")] == [
        *(True, False, True, False),
        *(True, False, False),
    ]


@pytest.mark.parametrize(
    ("language", "good", "bad"),
    [
        ("sqlite", "x='a' OR y='b'", "x='a'' OR y='b'"),
        ("sqlite", "SELECT * FROM logs WHERE x='a'", "SELECT * FROM logs WHERE x='' OR 1=1 --'"),
        ("splunk", 'url="a"', 'url="" | delete'),
        ("splunk", 'url="a"', 'url="a*"'),
        ("splunk", 'url="a"', 'url="a\\"'),
        ("kusto", 'Url =~ "a"', 'Url =~ "a" or "a"=="a"'),
        ("lucene", "(url.path:a AND url.query:b)", "(url.path:a AND url.query:OR)"),
        ("lucene", "url.path:a\\ b", "url.path:a b"),
        ("lucene", "url.path:a", "url.path:a*"),
        ("lucene", "url.path:a", "url.path:a) OR (b"),
    ],
)
def test_a_bent_query_has_another_skeleton(language: str, good: str, bad: str) -> None:
    assert queries.skeleton(language, good) != queries.skeleton(language, bad)


def test_texts_do_not_change_a_skeleton() -> None:
    for language, form in (
        ("sqlite", "x='{}'"),
        ("splunk", 'x="{}"'),
        ("kusto", 'x =~ "{}"'),
        ("lucene", "x:{}"),
    ):
        assert (
            len({queries.skeleton(language, form.format(said)) for said in ("a", "b\\\\c", "ORB", "a1")}) == 1
        )


def test_sqlite_judges_a_second_statement_and_a_second_table() -> None:
    assert queries.tables("SELECT * FROM logs WHERE x='a'") == ""
    assert queries.tables("SELECT * FROM logs WHERE x='a'; DELETE FROM logs")
    assert queries.tables("SELECT * FROM logs WHERE x='a' UNION SELECT sql FROM sqlite_master")
    assert queries.tables("SELECT * FROM logs WHERE x='a")


@pytest.mark.parametrize("form", feeds.FORMATS)
def test_each_writer_writes_hostile_records(form: str) -> None:
    rows = feeds.records(random.Random(1), 0, 30, feeds.TYPES, hostile.text)
    assert len(feeds.FORMATS[form][1](rows)) > 500


def test_what_fails_is_made_small() -> None:
    assert list(smallest(range(1000), lambda some: 17 in some and 801 in some)) == [17, 801]
    assert smallest_text("abcXdefYghi", lambda text: "X" in text and "Y" in text) == "XY"
