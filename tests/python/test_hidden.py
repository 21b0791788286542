"""Characters that nobody can see stand in no query and no title, and escaped in rules."""

import json
import unicodedata
from typing import Any

import pytest
import yaml

import socdef_sigma
from socdef_sigma.convert import LostRule, convert
from socdef_sigma.convert.backends import find, listing

HIDDEN = [*range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0x85, 0xAD, 0xFEFF, 0xE0041]
PIPELINES = {"lucene": "socdef_ecs", "elastalert": "socdef_ecs", "eql": "socdef_ecs", "esql": "socdef_ecs"}


def is_hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cf", "Zl", "Zp", "Cc") and character not in "\n"


def feed() -> Any:
    """URLs, e-mail addresses and addresses whose texts are full of them."""
    records = []
    for code in HIDDEN:
        character = chr(code)
        encoded = "".join(f"%{byte:02X}" for byte in character.encode())
        text = f"a{character}b"
        source = {"feed_name": text, "article_title": text, "article_url": f"https://a.example/{text}"}
        for kind, value in (
            ("url", f"http://evil.example/{encoded}xe{code}.txt?q={encoded}"),
            ("ipv4", f"198.51.100.{code % 256}"),
            ("email", f"a{code}@evil.example"),
        ):
            records.append({"type": kind, "value": value, "source": source, "tags": [text], "context": text})
    return socdef_sigma.read("\n".join(map(json.dumps, records)).encode(), producer="Fe\u202eed \u200bX")


def test_rules_show_them_or_have_them_not() -> None:
    for rule in socdef_sigma.compile(feed(), logsources=["all"], now="2026-05-17"):
        text = rule.yaml()
        assert not any(map(is_hidden, text)), text
        read = yaml.safe_load(text)
        assert not any(map(is_hidden, read["title"] + json.dumps(read["detection"], ensure_ascii=False)))
        assert read["author"] == "Feed X"


@pytest.mark.parametrize("target", sorted(listing().classes))
def test_queries_have_them_not(target: str) -> None:
    lost: list[LostRule] = []
    rules = list(socdef_sigma.compile(feed(), logsources=["all"], now="2026-05-17"))
    queries = list(convert(rules, target, pipelines=[PIPELINES.get(target, "socdef")], on_lost=lost.append))
    assert queries
    for query in map(str, queries):
        assert not any(map(is_hidden, query)), query
    assert [rule for rule in lost if "nobody can see" in rule.reason] == []
    # The percent-encoded spelling is looked for.
    assert any("%E2%80%AE" in str(query) or "%e2%80%ae" in str(query) for query in queries)


def rule(value: str, title: str = "T") -> str:
    return yaml.safe_dump(
        {
            "title": title,
            "logsource": {"category": "proxy"},
            "detection": {"s": {"f": value}, "condition": "s"},
        },
        allow_unicode=False,
    )


def test_a_rule_of_others_that_brings_the_end_of_a_line_is_refused_by_name() -> None:
    from sigma.collection import SigmaCollection

    for value in ("a\u2028b", "a\u2029b", "a\x85b"):
        rules = SigmaCollection.from_yaml("---\n".join([rule("a"), rule(value, "Bad"), rule("b")])).rules
        lost: list[LostRule] = []
        queries = list(convert(rules, "sqlite", on_lost=lost.append))
        assert len(queries) == 2
        assert [(one.title, one.reason) for one in lost] == [
            ("Bad", f"the query would hold U+{ord(next(filter(is_hidden, value))):04X}, which nobody can see")
        ]


def test_a_rule_of_others_may_look_for_one() -> None:
    """As SigmaHQ's rule on the right-to-left override does: the query is pySigma's."""
    from sigma.collection import SigmaCollection

    backend = find("sqlite")[1]
    for value in ("/\u202exe.txt", "a\u200bb", "a\ufeffb"):
        text = rule(value)
        theirs = backend().convert(SigmaCollection.from_yaml(text))
        assert list(convert(SigmaCollection.from_yaml(text).rules, "sqlite")) == theirs


def test_a_title_is_no_reason_to_lose_a_detection() -> None:
    from sigma.collection import SigmaCollection

    rules = SigmaCollection.from_yaml(rule("a", "T\u200bitle")).rules
    assert 'f="a"' in convert(rules, "splunk", pipelines=["none"], format="savedsearches")
