"""The bridge: the rules as pySigma objects are those that pySigma reads from our YAML."""

import contextlib
import gc
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sigma.collection import SigmaCollection
from sigma.rule import SigmaRule

import socdef_sigma
from _harness.command import NOW
from socdef_sigma import Indicator, Refused, RuleSet, compile
from socdef_sigma.pysigma import batches, collector_paused, to_collection

VALUES = [
    "203.0.113.42",
    "198.51.100.0/24",
    "2001:db8::1",
    "2001:db8:5::/48",
    "evil.example",
    "http://evil.example/a.php?id=1*x",
    "http://evil.example/%5C..%5C'\"#:{}[],&!|>%@`",
    "https://evil.example/\\\\x\\y?a\\*z\\?",
    "https://evil.example/yes:no#null",
    "12345678901234567890123456789012",
    "3395856ce81f2b7382dee72602f798b642f14140",
    "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f",
    "CVE-2017-1188",
    "a'b@evil.example",
]
# Text as a feed may have it: what YAML gives a meaning to, what ends a scalar, and any other character.
HOSTILE = st.text(
    alphabet=st.one_of(
        st.sampled_from("'\"\\*?:#{}[]%&!|>@`-\n\t ~"), st.characters(exclude_categories=["Cs"])
    ),
    max_size=60,
)


def assert_same(rules: RuleSet) -> None:
    ours, read = to_collection(rules), SigmaCollection.from_yaml(rules.yaml())
    assert len(ours.rules) == len(read.rules) == len(rules)
    for mine, theirs in zip(ours.rules, read.rules, strict=True):
        assert mine == theirs
        assert mine.to_dict() == theirs.to_dict()
        # `==` leaves these out.
        assert mine.custom_attributes == theirs.custom_attributes
        assert isinstance(mine, SigmaRule)


@pytest.mark.parametrize("value", VALUES)
def test_each_type(value: str) -> None:
    assert_same(compile([Indicator(value)], now=NOW))


@given(st.data())
def test_hostile_metadata(data: st.DataObject) -> None:
    text, texts = HOSTILE, st.lists(HOSTILE, max_size=3)
    try:
        indicator = Indicator(
            data.draw(st.sampled_from(VALUES)),
            confidence=data.draw(st.sampled_from([None, "low", "medium", "high"])),
            first_seen=data.draw(st.sampled_from([None, "2026-05-17", "2026-05-17T23:59:59Z"])),
            last_seen=data.draw(st.sampled_from([None, "2026-05-19"])),
            context=data.draw(text),
            tags=data.draw(texts),
            mitre_techniques=data.draw(st.sampled_from([[], ["T1071.001"], ["T9999", "T1566"]])),
            ports=data.draw(st.lists(st.integers(1, 65535), max_size=2)),
            tlp=data.draw(st.sampled_from([None, "amber+strict"])),
            producer=data.draw(st.one_of(st.none(), text)),
            references=data.draw(texts),
            feed_name=data.draw(st.one_of(st.none(), text)),
        )
    except (Refused, socdef_sigma.UsageError):
        return  # Some text is none that an indicator can have, and that is said.
    assert_same(compile([indicator], now=NOW, guard=False))


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"]), max_size=40))
def test_hostile_paths(path: str) -> None:
    try:
        indicator = Indicator(f"http://evil.example/{path}", type="url")
    except Refused:
        return
    assert_same(compile([indicator], now=NOW))


def test_from_any_rules_and_from_none() -> None:
    rules = compile([Indicator(value) for value in VALUES], now=NOW)
    assert [rule.title for rule in to_collection([rules[3], rules[0]])] == [rules[3].title, rules[0].title]
    assert len(to_collection([])) == 0
    assert [rule.title for rule in rules.to_pysigma()] == [rule.title for rule in rules]


def test_the_collector_is_as_it_was() -> None:
    assert gc.isenabled()
    to_collection(compile([Indicator("192.0.2.1")]))
    assert gc.isenabled()
    with contextlib.suppress(ZeroDivisionError), collector_paused():
        assert not gc.isenabled()
        raise ZeroDivisionError
    assert gc.isenabled()
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled(), "who turned it off wants it off"
    finally:
        gc.enable()


def test_batches_hold_everything_in_order() -> None:
    assert list(batches(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert [len(batch) for batch in batches(range(2001))] == [1000, 1000, 1]


def test_without_pysigma_it_says_what_to_install() -> None:
    script = (
        "import sys; sys.modules['sigma'] = sys.modules['sigma.collection'] = None\n"
        "import socdef_sigma\n"
        "rules = socdef_sigma.compile(socdef_sigma.read(b'192.0.2.1'))\n"
        "assert rules.yaml()\n"
        "for call in (rules.to_pysigma, lambda: rules.convert('splunk')):\n"
        "    try: call()\n"
        "    except socdef_sigma.ConversionError as error: print(error.code, error.hint)\n"
    )
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    hint = "pip install 'socdef-sigma[splunk]' (or elastic, kusto, sqlite, all)"
    assert process.stdout == f"pysigma_not_installed {hint}\n" * 2
