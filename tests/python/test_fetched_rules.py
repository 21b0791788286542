"""What `fetch rules` keeps, every reader takes: PyYAML's safe loader, and pySigma."""

import random
import re
from collections.abc import Iterable

import pytest
import yaml
from sigma.rule import SigmaRule

from socdef_sigma import Client
from test_fetch import KEY, service
from test_fetch import yaml as answer

RULE = """title: T
id: 00000000-0000-4000-8000-{number:012}
status: test
description: A rule.
references:
  - https://evil.example/a
date: 2026-05-17
tags:
  - attack.t1071
logsource:
  category: proxy
detection:
  selection:
    {field}: {value}
  condition: selection
level: high
x: {more}
"""

VALUES = [
    "a", "'a'", '"a\\x41"', "1", "-1", "1.5", "0x1F", "0x_", "0b", "0b_", "08", "012", "1_000", "1e3", ".5", ".inf", "-.INF", ".nan",
    "1:30", "1:99", "yes", "no", "~", "null", "", "=", "<<", "2026-05-17", "2026-02-30", "0000-01-01", "2026-05-17T10:00:00Z",
    "2026-05-17 25:00:00", "2026-05-17 10:00:60", "2026-05-17 10:00:00 +99", "2026-1-1", "9" * 5000, "[a, b]", "[]", "{}", "{a: b}",
    "[{a: b}]", "[[a]]", "[a, 1, null, true]", "!!str 1", "!!int 1", "!!int x", "!!float x", "!!bool x", "!!null x", "!!binary aGk=",
    "!!binary x", "!!timestamp x", "!!set {a, b}", "!!omap [a: 1]", "!!omap x", "!!pairs [a: 1]", "!!seq x", "!!map x", "!x a", "! a",
    "!!python/name:os.system", "!!python/object/apply:os.system ['id']", "!!python/tuple [a]", "!<x> a", "&a b", "&a [*a]", "*a", "&b. c", "&é c",
    "@a", "`a", "%a", "| a", "|\n      a\n      b", ">-\n      a", "a: b", "a #b", "- a", "? a", "[a", "{a", "'a", '"a', '"\\q"', '"\\ud800"',
    "a\u0085b", "a\u2028b", "\ufeffa", "a\x7fb", "a\x1bb", "\U0001f600", "[? a]", "{? a}", "[a: b]", "{a, b}", "{1: a}", "{yes: a}",
    "{~: a}", "{[a]: b}", "{a: b, a: c}", "{<<: {a: b}}", "{2026-05-17: a}", "{'1': a}", "\ta", "a\t", "a\tb", "[a,\tb]", "{a:b}", "{a:}", "[:]",
    "[a b:c]", "http://a:80/b", "a:b:c", "-", "--", "?", ":", ":a", "?a", "-a", "#a", "&", "*", "!", "|-", ">+", "'it''s'", "''",
    "a\n      b", "a\n    b", "a\n  b", "[a\n    ]", "[a\n]", "x" * 2000 + ": y", "{'a':}",
    "{a:,b: c}", "{a:[b]}", "[a:,b]", "{a:{b: c}}", "[a:]", '{"a":1}', '{"a":[1]}', "[a:b:]", "{a :}", "{a : }", "{: a}", "[:a]", "[a:#b]",
]  # fmt: skip
FIELDS = [
    "f", "'f'", "f|contains", "f|startswith|all", "f|re", "f|re|i", "f|re|contains", "f|cidr", "f|base64", "f|base64offset|contains",
    "f|wide|base64offset|contains", "f|windash", "f|lt", "f|gte", "f|exists", "f|fieldref", "f|expand", "f|cased", "f|neq", "f|hour", "f|x",
    "f|", "|contains", "|re", "''", "1", "yes", "~", "f|contains|re", "f|cidr|contains", "f|i", "f|all|re", "f|utf16|contains", "<<", "=",
]  # fmt: skip
TEXTS = [
    "'10.0.0.0/8'", "'10.0.0.1/8'", "10.0.0.1", "2001:db8::/32", "'2001:db8::1/32'", "'a*b'", "'a\\*b'", "ü", "'%x%'", "''", "[a, ü]", "5", "true",
]  # fmt: skip
EXPRESSIONS = [
    "a", "", "(", ")", "(a|b)+?", "a**", "a{2}{3}", "a{,}", "{,}", "{}", "a{x}", "a{3,2}", "[a-z]", "[z-a]", "[]", "[]a]", "[^]a]", "[a-\\d]",
    "[\\d-a]", "[a-]", "\\", "\\d", "\\p{L}", "\\z", "\\Z", "\\1", "(a)\\1", "((a)\\1)", "((a)b)\\2", "(?P<n>a)(?P=n)", "(?P<n>a)(?P<n>b)",
    "(?P<n>(?P=n))", "(?P<1>a)", "(?i)a", "a(?i)b", "(?i:a)", "(?=a)", "(?<=a)b", "(?<=a*)b", "(?<n>a)", "(?>a)", "a++", "a*+", "^*", "$*",
    "\\b*", "\\x4", "\\x41", "\\u0041", "\\U00110000", "\\N{DOT}", "\\8", "\\0", "\\01", "[\\b]", "[\\B]", "[[:alpha:]]", "[a&&b]", "a|*", "|", "()*",
    "(?-i:a)", "(?-:a)", "(?i-:a)", "(?i-i:a)", "(?ii:a)", "(?ii)a", "(?i-s-m:a)", "(?<!a)b", "(?<=)a", "(?<=a|bc)d", "(?i)", "(?im)*", "(?)", "(?#x)", "(?", "(?:", "a?" * 20, "(" * 50 + ")" * 50, "\\<a", "x{99999999999}", "a{1001}", "(a{100}){99}", "((a{10}){10}){10}", "\\_", "\\é", "é+", "[é-ü]",
]  # fmt: skip


def documents() -> Iterable[str]:
    number = 0

    def one(field: str, value: str, more: str = "1") -> str:
        nonlocal number
        number += 1
        return RULE.format(number=number, field=field, value=value, more=more)

    for value in VALUES:
        yield one("f", value)
        yield one("f", "a", value)
    for field in FIELDS:
        for value in [*TEXTS, *VALUES[:9], "[a, b]", "[]"]:
            yield one(field, value)
    for expression in EXPRESSIONS:
        for modifiers in ("re", "re|i", "re|contains"):
            yield one(f"f|{modifiers}", "'" + expression.replace("'", "''") + "'")
    for key, values in {
        "name": ["a", "''", "1"], "taxonomy": ["a", "''", "[]"], "license": ["a", "1"], "scope": ["a", "[a]"], "related": ["a", "[a]",
        "[{id: x, type: similar}]", "[{id: 00000000-0000-4000-8000-000000000000, type: similar}]", "[{id: 1}]"], "author": ["a", "1", "[a]"],
        "modified": ["2026-05-18", "'0999-01-01'", "x", "2026-05-18 10:00:00"], "fields": ["[a]", "a"], "falsepositives": ["[a]", "a"],
        "title": ["again"], "tags": ["[a]"],
    }.items():  # fmt: skip
        for value in values:
            yield one("f", "a") + f"{key}: {value}\n"


def mutants(count: int) -> Iterable[str]:
    """Rules with some of their text replaced, doubled or gone."""
    chance = random.Random(16)
    pieces = [
        *"\"'[]{}:,#&*!|>%@`-? \n\t\\",
        "  ",
        ": ",
        "- ",
        "---",
        "!!",
        "<<: ",
        "\u0085",
        "\u2028",
        "\r",
        "é",
    ]
    seeds = [
        RULE.format(number=900_000, field="f", value="a", more=value)
        for value in ("[a, {b: c}]", "'a'", '"b"', "|\n  a\n  b")
    ]
    for number in range(count):
        text = list(chance.choice(seeds).replace("000000900000", f"{900_000 + number:012}"))
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(text))
            text[at : at + chance.choice((0, 1, 1, 3))] = chance.choice((chance.choice(pieces), ""))
        yield "".join(text)


def fetched(bodies: Iterable[str]) -> tuple[list[str], int]:
    """The documents that are kept of an answer with these, and how many were left out."""
    body = "---\n".join(text if text.endswith("\n") else f"{text}\n" for text in bodies)
    with service(lambda _path, _query: answer(body)) as (url, _asked):
        rules = Client(api_key=KEY, base_url=url).rules(limit=10_000)
    return list(rules), rules.report["refused"]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOCDEF_API_KEY", raising=False)
    monkeypatch.delenv("SOCDEF_BASE_URL", raising=False)


def refused_by_others(text: str) -> str | None:
    """Why PyYAML or pySigma refuses a document."""
    for read in (
        yaml.safe_load,
        SigmaRule.from_yaml,
        lambda text: yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)),
    ):
        try:
            read(text)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    return None


@pytest.mark.filterwarnings("ignore::FutureWarning")  # Python warns of sets that may change their meaning.
def test_what_is_kept_is_read_by_others() -> None:
    made = list(documents())
    kept, left_out = fetched(made)
    assert len(kept) + left_out >= len(made)
    wrong = {text: reason for text in kept if (reason := refused_by_others(text))}
    assert wrong == {}
    # What is kept is not little: most of what both read.
    good = sum(refused_by_others(text) is None for text in made)
    assert len(kept) > good * 0.7, (len(kept), good)


def test_what_is_kept_of_damaged_rules_is_read_by_others() -> None:
    kept, _ = fetched(mutants(3000))
    assert len(kept) > 300
    wrong = {text: reason for text in kept if (reason := refused_by_others(text))}
    assert wrong == {}


def test_nothing_with_a_foreign_tag_is_kept() -> None:
    kept, _ = fetched(documents())
    for text in kept:
        tags = re.findall(r"^x: (!\S*)", text, re.MULTILINE)
        assert set(tags) <= {"!!str", "!!int"}, text
