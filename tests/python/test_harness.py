"""The helpers themselves: each must accept what is right and be able to reject what is not."""

from pathlib import Path

import pytest
import yaml

from _harness import DATA, caches
from _harness.check import CONFIG, Checked, sigma_check
from _harness.schema import load_rules, schema_errors
from _harness.table import matching

pytestmark = pytest.mark.pysigma_1_only

SEED = (DATA / "seed.yml").read_text(encoding="utf-8")
"""The sample of the SOC Defenders page."""

CLEAN = (
    SEED.replace("Malicious IPv4 Indicator", "Malicious IPv4 Indicator 203.0.113.42")
    .replace("b5a6-7890", "b5a6-5890")
    .replace("  - attack.command-and-control\n", "  - attack.command-and-control\n  - attack.t1071.001\n")
    + "socdef:\n  type: ipv4\n  value: '203.0.113.42'\n  confidence: high\n"
)
"""The rule shape of the project, by hand."""


def edited(**changes: object) -> str:
    """`CLEAN` with keys replaced, or removed with None."""
    (rule,) = load_rules(CLEAN)
    rule.update(changes)
    return yaml.safe_dump({key: value for key, value in rule.items() if value is not None}, sort_keys=False)


def bare(**changes: object) -> str:
    """`edited`, without the two keys that only the shipped configuration allows."""
    return edited(fields=None, socdef=None, **changes)


def write_rules(folder: Path, rules: dict[str, str]) -> None:
    """One file a rule, each with its own id and title, so that only the fault under test is found."""
    for number, (name, text) in enumerate(rules.items()):
        text = text.replace("f1e2d3c4-", f"f1e2d3{number:02}-").replace("203.0.113.42", f"203.0.113.{number}")
        (folder / f"{name}.yml").write_text(text)


# --- sigma check ------------------------------------------------------------------------------------------


# Of rules whose fault is a message, all in one run: starting sigma-cli costs over a second.
DIRTY = {
    "net_connection_win_no_author": (edited(author=None), "SigmahqAuthorExistenceIssue"),
    "net_connection_win_title_case": (
        edited(title="SOC Defenders - some Indicator"),
        "SigmahqTitleCaseIssue",
    ),
    "net_connection_win_bad_technique": (edited(tags=["attack.t9999"]), "InvalidATTACKTagIssue"),
    "net_connection_win_no_tactic": (
        edited(tags=["attack.t1071.001"]),
        "SigmahqTagsTechniquesWithoutTacticsIssue",
    ),
    "net_connection_win_d3fend": (edited(tags=["d3fend.d3-zz"]), "InvalidD3FENDagIssue"),
    "proxy_wrong_prefix": (edited(), "SigmahqFilenamePrefixIssue"),
    "proxy_unknown_field": (
        edited(
            logsource={"category": "proxy"},
            detection={"selection": {"DestinationIp": "203.0.113.42"}, "condition": "selection"},
        ),
        "SigmahqInvalidFieldnameIssue",
    ),
    "net_connection_win_implied_event_id": (
        edited(detection={"selection": {"EventID": 3}, "condition": "selection"}),
        "SigmahqCategoryEventIdIssue",
    ),
    "net_connection_win_implied_provider": (
        edited(
            detection={"selection": {"Provider_Name": "Microsoft-Windows-Sysmon"}, "condition": "selection"}
        ),
        "SigmahqCategoryWindowsProviderNameIssue",
    ),
}


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory, sigma_home: dict[str, str]) -> Checked:
    folder = tmp_path_factory.mktemp("dirty")
    write_rules(folder, {name: text for name, (text, _) in DIRTY.items()})
    return sigma_check(folder, sigma_home)


@pytest.mark.parametrize("name", DIRTY)
def test_check_finds_the_fault(name: str, dirty: Checked) -> None:
    found = {issue.name for issue in dirty.issues if f"{name}.yml" in issue.line}
    assert DIRTY[name][1] in found


def test_check_with_issues_fails(dirty: Checked) -> None:
    assert dirty.exit_code == 1
    assert dirty.errors == 0


# What the configuration lets pass, each by a rule that needs it.
ALLOWED = {
    "net_connection_win_custom_key_and_fields": (
        CLEAN,
        ["SigmahqFieldsExistenceIssue", "SigmahqUnknownFieldIssue"],
    ),
    "net_connection_win_branch_link": (
        bare(references=["https://github.com/a/b/blob/main/x.md"]),
        ["SigmahqGithubLinkIssue"],
    ),
    "proc_creation_win_digits": (
        bare(
            logsource={"category": "process_creation", "product": "windows"},
            detection={"selection": {"md5": "12" * 16}, "condition": "selection"},
        ),
        ["NumberAsStringIssue"],
    ),
    "proxy_query_string": (
        bare(
            logsource={"category": "proxy"},
            detection={"selection": {"c-uri": "/a\\?b=1"}, "condition": "selection"},
        ),
        ["EscapedWildcardIssue"],
    ),
    "zeek_conn_unlisted": (
        bare(
            logsource={"product": "zeek", "service": "conn"},
            detection={"selection": {"id.resp_h": "203.0.113.42"}, "condition": "selection"},
        ),
        ["SigmahqLogsourceUnknownIssue"],
    ),
}


@pytest.fixture
def allowed(tmp_path: Path) -> Path:
    write_rules(tmp_path, {name: text for name, (text, _) in ALLOWED.items()})
    return tmp_path


def test_what_the_configuration_lets_pass(allowed: Path, sigma_home: dict[str, str]) -> None:
    checked = sigma_check(allowed, sigma_home)
    assert (checked.exit_code, checked.errors, checked.names) == (0, 0, [])


def test_each_exclusion_of_the_configuration_is_needed(allowed: Path, sigma_home: dict[str, str]) -> None:
    checked = sigma_check(allowed, sigma_home, config=None)
    assert checked.names == sorted(name for _, names in ALLOWED.values() for name in names)
    assert checked.exit_code == 1
    excluded = [name for name in yaml.safe_load(CONFIG.read_text())["validators"] if name.startswith("-")]
    assert len(excluded) == len(checked.names)


def test_a_rule_that_does_not_parse_is_an_error(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    (tmp_path / "net_connection_win_broken.yml").write_text(edited(level="extreme"))
    checked = sigma_check(tmp_path, sigma_home)
    assert (checked.exit_code, checked.errors) == (1, 1)


def test_a_check_of_nothing_is_refused(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no rule to check"):
        sigma_check(tmp_path, sigma_home)


def test_without_primed_caches_the_check_cannot_run(tmp_path: Path) -> None:
    """So the data comes from the primed caches, and nothing is downloaded behind our back."""
    (tmp_path / "net_connection_win_clean.yml").write_text(CLEAN)
    with pytest.raises(RuntimeError, match="did not finish"):
        sigma_check(tmp_path, caches.environment(tmp_path / "empty home"))


# --- schema -----------------------------------------------------------------------------------------------


def test_schema_accepts_the_clean_rule() -> None:
    (rule,) = load_rules(CLEAN)
    assert rule["date"] == "2026-05-17"
    assert schema_errors(rule) == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"id": "not-a-uuid"}, "$.id"),
        ({"date": "17 May 2026"}, "$.date"),
        ({"level": "extreme"}, "$.level"),
        ({"title": "x" * 257}, "$.title"),
        ({"tags": ["Attack.Foo"]}, "$.tags[0]"),
        ({"detection": None}, "$"),
    ],
)
def test_schema_rejects(change: dict[str, object], place: str) -> None:
    (rule,) = load_rules(edited(**change))
    assert [error.split(":")[0] for error in schema_errors(rule)] == [place]


# --- table ------------------------------------------------------------------------------------------------


def detecting(detection: dict[str, object]) -> str:
    return edited(detection={"condition": "selection", **detection})


def values(field: str, *texts: object) -> list[dict[str, object]]:
    return [{field: text} for text in texts]


@pytest.mark.parametrize(
    ("selection", "events", "expected"),
    [
        (
            {"QueryName": "evil.example"},
            values("QueryName", "evil.example", "EVIL.Example", "evilXexample"),
            [0, 1],
        ),
        (
            {"QueryName|endswith": ".evil.example"},
            values("QueryName", "a.EVIL.example", "notevil.example"),
            [0],
        ),
        ({"Hashes|contains": "MD5=AB"}, values("Hashes", "SHA1=0,MD5=AB,X=1", "IMPMD5=A"), [0]),
        (
            {"DestinationIp|cidr": "198.51.100.0/24"},
            values("DestinationIp", "198.51.100.9", "198.51.101.1"),
            [0],
        ),
        (
            {"DestinationIp|cidr": "198.51.100.0/30"},
            values("DestinationIp", "198.51.100.3", "198.51.100.30"),
            [0],
        ),
        (
            {"DestinationIp|cidr": "2001:db8::/32"},
            values("DestinationIp", "2001:db8:5::7", "2001:db80::1"),
            [0],
        ),
        # A literal `%` or `_` is no wildcard of LIKE, a `?` or `*` none of Sigma.
        (
            {"c-uri": r"/a\?b=1%_\*"},
            values("c-uri", "/a?b=1%_*", "/aXb=1%_*", "/a?b=1ZZZ*", "/a?b=1%_ZZ"),
            [0],
        ),
        ({"c-uri": "it's\\\\here"}, values("c-uri", "it's\\here", "its\\here"), [0]),
        ({"c-uri|re": "^/a.c$"}, values("c-uri", "/abc", "/ABC", "/abcd"), [0]),
        ({"process.parent": "x"}, [{"process": {"parent": "X"}}, {"process": "x"}], [0]),
        ({"EventID": 3}, values("EventID", 3, "3", 33), [0, 1]),
        ({"a": "1", "b": "2"}, [{"a": "1", "b": "2"}, {"a": "1"}, {"b": "2"}, {}], [0]),
    ],
)
def test_table_matches(
    selection: dict[str, object], events: list[dict[str, object]], expected: list[int]
) -> None:
    assert matching(detecting({"selection": selection}), events) == expected


def test_table_filters_and_alternatives() -> None:
    rule = detecting(
        {
            "selection_uri": {"c-uri": ["http://h/p", "h/p"]},
            "selection_split": {"cs-host": "h", "c-uri": "/p"},
            "filter_main_ok": {"cs-host|endswith": ".good"},
            "condition": "1 of selection_* and not 1 of filter_main_*",
        }
    )
    events = [
        {"c-uri": "http://h/p"},  # the filter's field is absent: not filtered
        {"c-uri": "/p", "cs-host": "H"},
        {"c-uri": "/p", "cs-host": "other"},
        {"c-uri": "h/p", "cs-host": "x.good"},
    ]
    assert matching(rule, events) == [0, 1]


def test_table_takes_several_rules() -> None:
    first = detecting({"selection": {"a": "1"}})
    second = detecting({"selection": {"a": "2"}})
    assert matching(f"{first}---\n{second}", values("a", "1", "2", "3")) == [0, 1]


def test_table_refuses_fields_that_differ_in_case_only() -> None:
    with pytest.raises(ValueError, match="differ in case only"):
        matching(detecting({"selection": {"QueryName": "x"}}), [{"queryname": "x"}])
