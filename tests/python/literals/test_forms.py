"""Whatever stands in a feed, the literals of its rules are the documented forms of its indicators, escaped once.

The YAML goes through PyYAML (both its loaders) and through the pySigma of the environment. The forms are worked out here from
the canonical value, as the heads of `src/types/*.rs` describe them; `tests/it/properties/` does the same in Rust.
"""

import urllib.parse

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import socdef_sigma
from _harness.hostile import HOSTILE
from literals.forms import CONDITIONS, FORMS, detection_of
from literals.incoming import URL, VALUES, VISIBLE_ASCII, without_placeholder
from literals.reading import compile_one, pysigma_rule, read_one, selections_of


def test_the_fast_loader_of_pyyaml_is_tested_too() -> None:
    """PyYAML's wheels have it; without it half of the tests here would be none."""
    assert hasattr(yaml, "CSafeLoader")


# --- Values -----------------------------------------------------------------------------------------------


def check_forms(kind: str, value: str) -> None:
    indicator = socdef_sigma.Indicator(value, type=kind)
    canonical = indicator.value
    rule = compile_one(indicator)
    text = rule.yaml()

    document = read_one(text)
    assert document["detection"] == detection_of(kind, canonical)
    assert list(document["detection"]) == list(detection_of(kind, canonical))
    assert document["title"] == rule.title
    assert document["socdef"]["value"] == canonical
    assert document["socdef"]["type"] == kind
    assert {**document, "date": str(document["date"])} == rule.dict()

    parsed = pysigma_rule(text)
    assert selections_of(parsed) == FORMS[kind](canonical)
    assert parsed.detection.condition == [CONDITIONS.get(kind, "selection")]
    assert parsed.title == rule.title
    assert parsed.custom_attributes == {"socdef": document["socdef"]}


@pytest.mark.parametrize("kind", [kind for kind in VALUES if kind != "url"])
@given(data=st.data())
@settings(max_examples=25)
def test_a_rule_looks_for_the_documented_forms_and_nothing_else(kind: str, data: st.DataObject) -> None:
    check_forms(kind, data.draw(VALUES[kind]))


@given(URL)
@settings(max_examples=150)
def test_a_rule_for_a_url_looks_for_its_documented_forms(value: str) -> None:
    check_forms("url", value)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_paths_and_queries(hostile: str) -> None:
    for target in (f"/{hostile}", f"/a?b={hostile}&c={hostile}"):
        check_forms("url", f"http://evil.example{without_placeholder(target.replace('#', '').strip())}")


@pytest.mark.parametrize("path", ["a/*", "*.php", "a…b", "<id>/a", "a/{id}", "a/[a-z]b", "%E2%80%A6"])
def test_a_path_that_stands_for_others_is_refused(path: str) -> None:
    with pytest.raises(socdef_sigma.Refused, match="a pattern, not a literal value"):
        socdef_sigma.Indicator(f"http://evil.example/{path}", type="url")


def test_all_paths_of_a_host_are_the_host() -> None:
    indicator = socdef_sigma.Indicator("http://evil.example/*", type="url")
    assert (indicator.type, indicator.value) == ("domain", "evil.example")


def test_every_printable_character_in_one_url() -> None:
    characters = "".join(chr(code) for code in range(33, 127) if chr(code) != "#")
    for text in (characters, characters[::-1], "".join(c * 2 for c in characters)):
        # A star in a path stands for any text.
        for target in (text.replace("*", ""), f"?{text}"):
            check_forms("url", f"http://evil.example/{target}")
            assert (
                socdef_sigma.parse(f"http://evil.example/{target}").value == f"http://evil.example/{target}"
            )


@given(URL)
@settings(max_examples=100)
def test_path_and_query_of_a_url_stay_as_they_are(value: str) -> None:
    """So that the forms above, which start from the canonical value, start from what the feed says.

    What is not ASCII, and a space, are as a request has them (RFC 3987, section 3.1).
    """
    scheme, _, rest = value.partition("://")
    # Brackets may be those of a defanged URL.
    assume(not set(rest) & set("({") and not set(rest.partition("/")[2]) & set("[]"))
    canonical = socdef_sigma.Indicator(value, type="url").value
    assert canonical.partition("://")[0] == scheme
    wire = urllib.parse.quote(rest.partition("/")[2], safe=VISIBLE_ASCII)
    assert canonical.partition("://")[2].partition("/")[2] == wire


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("md5", "12345678901234567890123456789012"),
        ("md5", "0" * 32),
        ("md5", "1" + "e" + "3" * 30),
        ("domain", "1e3.example"),
        ("domain", "no.example"),
        ("domain", "123.456.example"),
        ("email", "no@null.example"),
        ("email", "!!x@evil.example"),
        ("email", "{{7*7}}@evil.example"),
        ("email", "*?*@evil.example"),
        ("ipv4", "1.1.1.1"),
        ("ipv6", "2001:db8::"),
        ("cve", "CVE-2017-0144"),
    ],
)
def test_values_that_yaml_would_rather_read_as_something_else(kind: str, value: str) -> None:
    check_forms(kind, value)


# --- Proof that all this can fail -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("replace", "replacement"),
    [
        (r"\?", "?"),
        (r"\*", "*"),
        (r"\\", r"\\\\"),
        (r"\?", r"\\?"),
        ("'/a", "'/b"),
        ("c-uri: '", "c-uri|contains: '"),
        ("      - 'https://", "      - 'http://"),
        ("selection_split", "selection_other"),
    ],
)
def test_a_spoilt_rule_is_found(replace: str, replacement: str) -> None:
    value = r"http://evil.example/a.php?id=1*x\y"
    text = compile_one(socdef_sigma.Indicator(value)).yaml()
    assert selections_of(pysigma_rule(text)) == FORMS["url"](value)
    spoilt = text.replace(replace, replacement)
    assert spoilt != text
    try:
        selections = selections_of(pysigma_rule(spoilt))
    except (AssertionError, ValueError):
        return  # a wildcard among the parts
    assert selections != FORMS["url"](value)
