"""Whatever stands in a feed, the literals of its rules are the documented forms of its indicators, escaped once.

The YAML goes through PyYAML (both its loaders) and through the pySigma of the lane. The forms are worked out here from
the canonical value, as the heads of `src/types/*.rs` describe them; `tests/it/properties/` does the same in Rust.
"""

import ipaddress
import json
import re
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sigma.collection import SigmaCollection
from sigma.modifiers import SigmaContainsModifier, SigmaEndswithModifier
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule
from sigma.types import SigmaCIDRExpression, SigmaString, SpecialChars

import socdef_sigma

NOW = "2026-05-17"

# --- What may come in -------------------------------------------------------------------------------------

HOSTILE = [
    "'",
    '"',
    "''",
    'it\'s "both"',
    "\\",
    "\\\\*\\?",
    "*",
    "?",
    "%",
    "%value%",
    "{{ 7*7 }}",
    "{% raw %}",
    "{# gone #}",
    "a: b",
    "a #b",
    "- a",
    "? a",
    "&anchor",
    "*alias",
    "!!python/object/apply:os.system ['x']",
    "!tag",
    "<<",
    "---",
    "...",
    "%YAML 1.1",
    "no",
    "null",
    "~",
    "1e3",
    "0x10",
    "1:30",
    "2026-05-17",
    "[a, b]",
    "{a: b}",
    "|",
    ">",
    "condition: not selection",
    "|contains",
    "-",
    "n/a",
]
BREAKING = [
    "x\ncondition: not selection",
    "'\n  condition: not selection\n#",
    '"\nlevel: critical\n#',
    "]}, condition: not selection, x: [{",
    "\r\n---\r\ntitle: another\r\n",
    "a\tb",
    "\x1c",
    "\x1fa\x1f",
    "\x00\x7f\x85\x93\u2028\u2029\ufeff\ufffe\U0001f980",
    "",
    " ",
]

# Characters for which no value is refused: no control, no invisible one.
VISIBLE = st.characters(
    exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"],
    exclude_characters="\ufffe\uffff\u180e" + "".join(map(chr, range(0xE0000, 0xE0080))),
)
TEXT = st.one_of(st.sampled_from(HOSTILE + BREAKING), st.text(max_size=40))

LABEL = st.one_of(
    st.from_regex(r"[a-z0-9_]([a-z0-9_-]{0,8}[a-z0-9_])?", fullmatch=True),
    st.sampled_from(["no", "yes", "null", "1e3", "0x1f", "123", "on", "_", "y"]),
).filter(lambda label: "--" not in label)
DOMAIN = st.builds(
    lambda labels, suffix: ".".join([*labels, suffix]),
    st.lists(LABEL, min_size=1, max_size=3),
    st.sampled_from(["example", "com", "co.uk"]),
)
VISIBLE_ASCII = "".join(map(chr, range(33, 127)))
ADDRESS = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).filter(lambda address: getattr(address, "ipv4_mapped", None) is None).map(str),
)
HOST = st.one_of(DOMAIN, ADDRESS.map(lambda address: f"[{address}]" if ":" in address else address))
# What stands for other text in a path: a value with it is refused. In a query, each of them is a letter.
PLACEHOLDER = re.compile(r"\*|…|<[A-Za-z][^>]*>|\{[A-Za-z][^}]*\}|\[[^\]]*\w-\w|^/\$[A-Z_]+$")


def without_placeholder(target: str) -> str:
    """The path and query, all of it in the query where the path would stand for others."""
    return f"/?{target[1:]}" if PLACEHOLDER.search(target.partition("?")[0]) else target


TARGET = st.one_of(
    st.text(VISIBLE, max_size=30),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30),
    st.lists(st.sampled_from(HOSTILE), max_size=3).map("".join),
).map(lambda text: without_placeholder("/" + text.replace("#", "").strip()))
URL = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https", "ftp"]),
    HOST,
    st.sampled_from(["", ":80", ":443", ":21", ":8080"]),
    TARGET,
)
ATOM = st.from_regex(
    r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,10}(\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,10}){0,2}", fullmatch=True
)


# Zeros are many, so that there are gaps in all places; what maps an IPv4 address is one.
V6 = (
    st.lists(st.sampled_from([0, 0, 1, 0xFFFF]) | st.integers(0, 0xFFFF), min_size=8, max_size=8)
    .map(lambda groups: ipaddress.IPv6Address(b"".join(group.to_bytes(2, "big") for group in groups)))
    .filter(lambda address: int(address) >> 48 != 0)
    .map(str)
)


def _networks(addresses: st.SearchStrategy[str], bits: int) -> st.SearchStrategy[str]:
    return addresses | st.builds("{}/{}".format, addresses, st.integers(0, bits))


def _hexadecimal(digits: int) -> st.SearchStrategy[str]:
    return st.one_of(
        st.text("0123456789abcdefABCDEF", min_size=digits, max_size=digits),
        st.text("0123456789", min_size=digits, max_size=digits),
    )


VALUES: dict[str, st.SearchStrategy[str]] = {
    "ipv4": _networks(st.ip_addresses(v=4).map(str), 32),
    "ipv6": _networks(V6, 128),
    "domain": DOMAIN,
    "url": URL,
    "md5": _hexadecimal(32),
    "sha1": _hexadecimal(40),
    "sha256": _hexadecimal(64),
    "cve": st.builds("CVE-{}-{:04}".format, st.integers(1999, 2099), st.integers(0, 10**9)),
    "email": st.builds("{}@{}".format, ATOM, DOMAIN),
}

# --- The documented forms ---------------------------------------------------------------------------------

# A selection is a list of alternatives, an alternative a list of fields with their literals.
Fields = list[tuple[str, list[str]]]
Selections = dict[str, list[Fields]]


def _full(address: str) -> str:
    """An IPv6 address as Sysmon writes it: no group left out, no zero filled in."""
    head, _, tail = address.partition("::")
    groups = [[group for group in part.split(":") if group] for part in (head, tail)]
    gap = ["0"] * (8 - len(groups[0]) - len(groups[1]))
    return ":".join(groups[0] + gap + groups[1])


def _url(value: str) -> Selections:
    scheme, _, rest = value.partition("://")
    at = min(rest.index(mark) for mark in "/\\" if mark in rest)
    authority, path = rest[:at], rest[at:]
    host, colon, port = authority.rpartition(":")
    hosts = [authority, host] if colon and port.isdigit() else [authority]
    schemes = ["ftp://", ""] if scheme == "ftp" else ["http://", "https://", ""]
    paths = ["/", ""] if path == "/" else [path]
    uris = [scheme + authority + path for scheme in schemes for path in paths]
    return {
        "selection_uri": [[("c-uri", uris)]],
        "selection_split": [[("cs-host", hosts), ("c-uri", [path])]],
    }


def _cve(value: str) -> Selections:
    spellings = [value.replace("-", between) for between in ("-", "_", "")]
    longer = [f"{spelling}{digit}" for spelling in spellings for digit in range(10)]
    return {
        "selection": [[("Signature|contains", spellings)]],
        "filter_main_longer_id": [[("Signature|contains", longer)]],
    }


def _address(value: str) -> Selections:
    if "/" in value:
        return {"selection": [[("DestinationIp|cidr", [value])]]}
    spellings = [value]
    if ":" in value and _full(value) != value:
        spellings.append(_full(value))
    return {"selection": [[("DestinationIp", spellings)]]}


def _hash(algorithm: str) -> Callable[[str], Selections]:
    return lambda value: {"selection": [[("Hashes|contains", [f"{algorithm}={value.upper()}"])]]}


FORMS: dict[str, Callable[[str], Selections]] = {
    "ipv4": _address,
    "ipv6": _address,
    "domain": lambda value: {
        "selection": [[("QueryName", [value])], [("QueryName|endswith", [f".{value}"])]]
    },
    "url": _url,
    "md5": _hash("MD5"),
    "sha1": _hash("SHA1"),
    "sha256": _hash("SHA256"),
    "cve": _cve,
    "email": lambda value: {"selection": [[("SenderAddress", [value])]]},
}
CONDITIONS = {"url": "1 of selection_*", "cve": "selection and not 1 of filter_main_*"}


def escaped(literal: str) -> str:
    """Sigma specification 2.1.0, "Escape Character"."""
    return literal.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")


def detection_of(kind: str, value: str) -> dict[str, Any]:
    """The `detection` of a rule as YAML should give it."""

    def fields(alternative: Fields) -> dict[str, Any]:
        texts = {name: [escaped(literal) for literal in literals] for name, literals in alternative}
        return {name: all_of[0] if len(all_of) == 1 else all_of for name, all_of in texts.items()}

    detection: dict[str, Any] = {}
    for name, alternatives in FORMS[kind](value).items():
        maps = [fields(alternative) for alternative in alternatives]
        detection[name] = maps[0] if len(maps) == 1 else maps
    return {**detection, "condition": CONDITIONS.get(kind, "selection")}


# --- What pySigma reads -----------------------------------------------------------------------------------


STAR = SpecialChars.WILDCARD_MULTI


def plain(item: SigmaDetectionItem, value: object) -> str:
    """The literal of one value of a detection item; anything that is a wildcard of its own is an error."""
    if isinstance(value, SigmaCIDRExpression):
        return value.cidr
    assert isinstance(value, SigmaString)
    parts = list(value.s)
    if SigmaContainsModifier in item.modifiers or SigmaEndswithModifier in item.modifiers:
        assert parts.pop(0) == STAR
    if SigmaContainsModifier in item.modifiers:
        assert parts.pop() == STAR
    (text,) = parts
    assert isinstance(text, str)
    return text


def selections_of(rule: SigmaRule) -> Selections:
    """The selections as pySigma understands them."""

    def alternatives(detection: SigmaDetection) -> list[Fields]:
        nested = [item for item in detection.detection_items if isinstance(item, SigmaDetection)]
        if nested:
            assert len(nested) == len(detection.detection_items)
            return [fields for item in nested for fields in alternatives(item)]
        return [[field(item) for item in detection.detection_items if isinstance(item, SigmaDetectionItem)]]

    def field(item: SigmaDetectionItem) -> tuple[str, list[str]]:
        names = [
            modifier.__name__.removeprefix("Sigma").removesuffix("Modifier").lower()
            for modifier in item.modifiers
        ]
        assert item.field is not None
        return "|".join([item.field, *names]), [plain(item, value) for value in item.value]

    return {name: alternatives(detection) for name, detection in rule.detection.detections.items()}


def read_one(text: str) -> dict[str, Any]:
    """The one document of a YAML text, the same by both of PyYAML's loaders."""
    (document,) = yaml.safe_load_all(text)
    if hasattr(yaml, "CSafeLoader"):
        assert list(yaml.load_all(text, Loader=yaml.CSafeLoader)) == [document]
    assert isinstance(document, dict)
    return document


def test_the_fast_loader_of_pyyaml_is_tested_too() -> None:
    """PyYAML's wheels have it; without it half of the tests here would be none."""
    assert hasattr(yaml, "CSafeLoader")


def pysigma_rule(text: str) -> SigmaRule:
    (rule,) = SigmaCollection.from_yaml(text).rules
    assert isinstance(rule, SigmaRule)
    assert rule.errors == []
    return rule


def compile_one(indicator: socdef_sigma.Indicator) -> socdef_sigma.Rule:
    # Documentation ranges aside, random addresses are private at times.
    (rule,) = socdef_sigma.compile([indicator], now=NOW, guard=False)
    return rule


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


# --- Metadata ---------------------------------------------------------------------------------------------


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
