"""Values in the form that each backend gets right; what the queries find is in `detect/`."""

import importlib
import importlib.util
import re
import warnings
from fnmatch import fnmatchcase
from typing import Any

import pytest
import yaml
from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaTransformationError

from _harness import REPO
from _harness.queries import query
from sigma.pipelines.socdef import pipelines, socdef_ocsf
from socdef_sigma.convert import Converter
from socdef_sigma.convert.backends import find, listing
from socdef_sigma.errors import ConversionError
from socdef_sigma.preflight.faults import all_faults

FORMS = REPO / "python" / "sigma" / "pipelines" / "socdef" / "values.yml"
URL = "http://evil.example/a_b%20c?x='1\""


def converted(target: str, detection: dict[str, Any], pipelines: tuple[str, ...] = ("socdef_values",)) -> str:
    """The query of a rule with one selection, skipped by name where the backend is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Backends warn of their own code when they are imported.
            find(target)
    except ConversionError as error:
        if error.code != "backend_not_installed":
            raise
        pytest.skip(error.message)
    rule = {
        "title": "T",
        "logsource": {"category": "proxy"},
        "detection": {"s": detection, "condition": "s"},
    }
    converter = Converter(target, pipelines=pipelines)
    made = [
        query
        for _, queries in converter.convert(SigmaCollection.from_yaml(yaml.safe_dump(rule)).rules)
        for query in queries
    ]
    assert converter.lost == []
    return "\n".join(made)


@pytest.mark.parametrize(
    ("target", "detection", "wanted"),
    [
        ("sqlite", {"f": ["aB", "c'd"]}, "f COLLATE NOCASE IN ('aB', 'c''d')"),
        ("sqlite", {"f|endswith": "a_b"}, r"f LIKE '%a\_b' ESCAPE '\'"),
        ("sqlite", {"f": ["192.0.2.1", 3]}, "f='192.0.2.1' OR f=3"),
        ("sqlite", {"f|cidr": "2001:db8::/32"}, "(f LIKE '2001:db8:%')"),
        ("sqlite", {"f|cidr": "192.0.2.0/24"}, "f LIKE '192.0.2.%' ESCAPE '\\'"),
        ("clickhouse", {"f": ["a_B", "É'"]}, r"lower(f) IN ('a_b', lower('É\''))"),
        (
            "clickhouse",
            {"f-g|cidr": ["192.0.2.0/24", "2001:db8::/32"]},
            "(isIPv4String(`f-g`) AND isIPAddressInRange(`f-g`, '192.0.2.0/24')) OR "
            "(isIPv6String(`f-g`) AND isIPAddressInRange(`f-g`, '2001:db8::/32'))",
        ),
        ("databricks", {"f-g|cidr": "192.0.2.0/24"}, "try_ip_as_binary(`f-g`)"),
        ("esql", {"f": [r'a\?B"', "c"]}, r'to_lower(f) in ("a?b\"", "c")'),
        ("esql", {"f|contains": r"A\*b\?c"}, r'to_lower(f) like "*a\\*b\\?c*"'),
        ("esql", {"f": "2001:db8::1"}, 'f=="2001:db8::1"'),
        ("eql", {"f": r"a\?b\*c"}, 'f:"a?b?c"'),
        ("panther", {"f|contains": r"a\?b"}, 'if "a?b" in event'),
        ("loki", {"f": r"a.b\?c"}, r"f=~`(?i)^a\.b\?c$`"),
        ("loki", {"f": "a.b"}, r"f=~`(?i)^a\.b$`"),
        ("victoria_logs", {"f|endswith": ".b"}, r'f:~"(?i)^.*\\.b$"'),
        ("secops", {"f": [r"a\?b", "c/d"]}, '(f = "a?b" nocase OR f = "c/d" nocase)'),
        ("secops", {"f|endswith": "./a"}, r"f = /^.*\.\/a$/ nocase"),
        ("splunk_spl2", {"f": ["a_b", r"c%\\d"]}, r'f="a_b" OR f="c%\\d"'),
        ("open_search_ppl", {"f": ["a_b", r"c%\\d"]}, r'f="a_b" OR f="c%\\d"'),
        ("quickwit", {"f": 'a"b'}, r'f:"a\"b"'),
        ("kusto", {"f|cidr": "2001:db8::/32"}, 'ipv6_is_in_range(f, "2001:db8::/32")'),
        ("kusto", {"f|cidr": "192.0.2.0/24"}, 'ipv4_is_in_range(f, "192.0.2.0/24")'),
    ],
)
def test_a_value_that_the_backend_gets_wrong(target: str, detection: dict[str, Any], wanted: str) -> None:
    made = converted(target, detection)
    assert wanted in made
    assert converted(target, detection, ("socdef_values", "socdef_values")) == made, "twice is once"


@pytest.mark.parametrize("target", ["sqlite", "clickhouse", "esql"])
def test_what_is_not_ours_is_left_alone(target: str) -> None:
    cased: list[dict[str, Any]] = [] if target == "esql" else [{"f|cased": "aB"}]  # It has no such thing.
    for detection in (*cased, {"f|re": "a.B"}, {"f": None}, {"f": True}, {"f|exists": True}):
        assert converted(target, detection) == converted(target, detection, ("none",))


def test_all_of_several_values_are_never_one_of_them() -> None:
    made = converted("sqlite", {"f|all": ["a", "b"]})
    assert made.endswith("WHERE f COLLATE NOCASE IN ('a') AND f COLLATE NOCASE IN ('b')")


def test_a_value_is_no_form() -> None:
    """Braces are pySigma's own marks in a form."""
    assert "IN ('{field}{id}{values}')" in converted("sqlite", {"f": "{field}{id}{values}"})


def test_the_code_for_panther_matches_a_url() -> None:
    """The backend writes Python, so it is run."""
    code = converted("panther", {"c-uri": URL.replace("?", r"\?")})

    class Event:
        def __init__(self, uri: str) -> None:
            self.uri = uri

        def deep_get(self, field: str, default: str) -> str:
            return self.uri if field == "c-uri" else default

    space: dict[str, Any] = {}
    exec(code, space)
    assert space["rule"](Event(URL)) is True
    assert space["rule"](Event(URL.replace("?", "!"))) is False


@pytest.mark.parametrize("target", ["loki", "victoria_logs"])
def test_the_expression_of_a_url_matches_it_and_no_other(target: str) -> None:
    made = converted(target, {"f": URL.replace("?", r"\?")})
    found = re.search(r"~`(.*)`" if target == "loki" else r'~"(.*)"', made)
    assert found
    pattern = found[1] if target == "loki" else re.sub(r"\\(.)", r"\1", found[1])
    assert re.search(pattern, URL.upper())
    for other in (URL.replace("?", "!"), URL.replace(".", "x"), f"x{URL}", f"{URL}x"):
        assert not re.search(pattern, other)


def test_each_form_is_of_a_backend_that_there_is() -> None:
    """A name that is written wrong would do nothing, in silence."""
    named = {entry["backend"] for entry in yaml.safe_load(FORMS.read_text(encoding="utf-8"))}
    installed = {backend.name for backend in listing().classes.values()}
    assert named & installed
    if "DuckDB backend for local validation" in named:
        duckdb = importlib.util.find_spec("sigma_backend_duckdb")
        installed |= {importlib.import_module("sigma_backend_duckdb").DuckDBBackend.name} if duckdb else set()
    if named - installed:
        pytest.skip(f"no backend for {', '.join(sorted(named - installed))}")


def test_what_is_said_to_be_cured_is_cured_by_every_pipeline() -> None:
    """Each of them writes values, so a list that forgets one warns of what is not so."""
    cured = {fault.cured_by for fault in all_faults() if fault.cured_by}
    assert cured
    for patterns in cured:
        assert [name for name in pipelines if any(fnmatchcase(name, one) for one in patterns)] == [*pipelines]


def test_rules_of_templates_get_them_behind_every_pipeline() -> None:
    assert "to_lower(url.query)" in query(URL, "proxy", "esql", "socdef_ecs")
    assert "COLLATE NOCASE" in query(URL, "proxy", "sqlite", "socdef_ocsf")
    assert "COLLATE NOCASE" in query(URL, "proxy", "sqlite", "socdef")
    assert "COLLATE" not in query(URL, "proxy", "sqlite", "none")


def test_no_function_keeps_the_target_from_its_index_where_the_schema_has_lower_case() -> None:
    made = query("0" * 31 + "a", "process_creation/windows", "esql", "socdef_ecs")
    assert made.endswith(f'where process.hash.md5=="{"0" * 31}a"')


def test_an_element_of_a_list_is_compared_in_lower_case() -> None:
    duckdb = pytest.importorskip("sigma_backend_duckdb")
    rule: dict[str, Any] = {
        "title": "T",
        "logsource": {"product": "m365", "service": "exchange"},
        "detection": {"s": {"RecipientAddress": "O'Neill@evil.example"}, "condition": "s"},
    }
    (made,) = duckdb.DuckDBBackend(socdef_ocsf()).convert(SigmaCollection.from_dicts([rule]))
    assert "lower(text)), 'o''neill@evil.example')" in made
    rule["detection"]["s"] = {"RecipientAddress|endswith": "@evil.example"}
    with pytest.raises(SigmaTransformationError, match="only be compared with whole texts"):
        duckdb.DuckDBBackend(socdef_ocsf()).convert(SigmaCollection.from_dicts([rule]))
