"""Whatever stands in a feed about an indicator, its rule keeps its structure, and the text arrives as it is."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sigma.collection import SigmaCollection

import socdef_sigma
from _harness.hostile import BREAKING, HOSTILE
from literals.forms import FORMS
from literals.incoming import TEXT
from literals.reading import NOW, pysigma_rule, read_one, selections_of


def shape(node: object) -> object:
    """What is left of a document when its texts are taken away."""
    if isinstance(node, dict):
        return [(key, shape(value)) for key, value in node.items()]
    if isinstance(node, list):
        return [shape(value) for value in node]
    return type(node).__name__ if isinstance(node, str) else node


def entry(kind: str, value: str, text: Callable[[int], str]) -> dict[str, Any]:
    """One object of the API in which every free text is one of `text`."""
    return {
        "type": kind,
        "value": value,
        "context": text(0),
        "tags": [text(1)],
        "mitre_techniques": ["T1071.001", text(2)],
        "industries": [text(3)],
        "confidence": "high",
        "first_seen": "2026-01-02",
        "source": {
            "article_title": text(4),
            "article_url": text(5),
            "feed_name": text(6),
            "category": text(7),
            "origin": text(8),
        },
    }


def read_entry(entry: dict[str, Any], producer: str) -> socdef_sigma.Rule:
    indicators = socdef_sigma.read(json.dumps(entry).encode(), format="socdef", producer=producer)
    assert indicators.report.counts["refused"] == 0
    (rule,) = socdef_sigma.compile(indicators, now=NOW)
    return rule


# White space as Unicode has it: `str.strip` takes four controls for some, too.
SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


def usual(text: str) -> str:
    """A harmless text, blank where the other is: readers leave out what is."""
    return "plain" if text.strip(SPACE) else ""


@given(
    st.sampled_from(
        [
            ("domain", "evil.example"),
            ("url", "http://evil.example/a?b=*"),
            ("cve", "CVE-2017-1188"),
            ("ipv6", "2001:db8::1"),
        ]
    ),
    st.lists(TEXT, min_size=10, max_size=10),
)
@settings(max_examples=100)
def test_no_metadata_changes_the_structure_of_a_rule(indicator: tuple[str, str], texts: list[str]) -> None:
    # A link is one in both, or in none.
    assume(not texts[5].startswith("http"))
    hostile = read_entry(entry(*indicator, lambda at: texts[at]), texts[9])
    plain = read_entry(entry(*indicator, lambda at: usual(texts[at])), usual(texts[9]))
    document, other = read_one(hostile.yaml()), read_one(plain.yaml())
    assert shape(document) == shape(other)
    for key in ("id", "detection", "logsource", "level", "fields", "falsepositives", "status", "tags"):
        assert document.get(key) == other.get(key)

    parsed = pysigma_rule(hostile.yaml())
    assert selections_of(parsed) == FORMS[indicator[0]](indicator[1])
    assert parsed.custom_attributes == {"socdef": document["socdef"]}
    assert document["title"] == hostile.title == parsed.title
    assert len(hostile.title) <= 110
    # All of it is there, but for white space around it.
    socdef = document["socdef"]
    assert socdef.get("context", "") == texts[0].strip(SPACE)
    for key, at in (
        ("article_title", 4),
        ("article_url", 5),
        ("feed_name", 6),
        ("category", 7),
        ("origin", 8),
    ):
        sources = socdef.get("sources", [{}])
        assert sources[0].get(key, "") == texts[at].strip(SPACE)


@pytest.mark.parametrize("text", HOSTILE + BREAKING)
def test_hostile_metadata(text: str) -> None:
    rule = read_entry(entry("domain", "evil.example", lambda _: text), text)
    plain = read_entry(entry("domain", "evil.example", lambda _: usual(text)), usual(text))
    assert shape(read_one(rule.yaml())) == shape(read_one(plain.yaml()))
    assert selections_of(pysigma_rule(rule.yaml())) == FORMS["domain"]("evil.example")


def test_many_rules_are_as_many_documents() -> None:
    """A text in one of them that looks like the mark between two is none."""

    def everywhere(text: str) -> Callable[[int], str]:
        return lambda _: text

    entries = [entry("domain", f"x{at}.example", everywhere(text)) for at, text in enumerate(BREAKING)]
    feed = "\n".join(map(json.dumps, entries))
    rules = socdef_sigma.compile(socdef_sigma.read(feed.encode(), format="socdef"), now=NOW)
    documents = list(yaml.safe_load_all(rules.yaml()))
    assert len(documents) == len(rules) == len(BREAKING)
    parsed = SigmaCollection.from_yaml(rules.yaml())
    assert [str(rule.id) for rule in parsed.rules] == [rule.id for rule in rules]
