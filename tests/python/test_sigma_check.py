"""`sigma check` has no issue with what a feed may say, and has one with a spoilt rule."""

from pathlib import Path

import socdef_sigma
from _harness.check import sigma_check

NOW = "2026-05-17"

PRODUCERS = [
    "the feed",
    "(unknown) source",
    "ACME.",
    "http://acme.example/x",
    "a",
    "éclair labs",
    "日本",
    "-",
    "*",
    "a**b",
    "pentest team",
    "x" * 80,
    "none",
]
LINKS = [
    "https://a.example/x#top",
    "https://192.0.2.1/",
    "https://a.example/ü",
    "https://[2001:db8::1]/",
    "https://github.com/a/b/blob/main/x",
    "https://attack.mitre.org/techniques/T1071/",
]
ODD_VALUES = [
    ("url", "http://evil.example/?a**b"),
    ("url", "http://evil.example/?*"),
    ("url", "http://evil.example/?"),
    ("url", "http://evil.example/a lower case b"),
    ("url", "http://evil.example/ends in a full stop."),
    ("url", "http://evil.example/" + "a" * 500),
    ("email", "**x**@evil.example"),
    ("email", "12@evil.example"),
    ("domain", "printer.corp-lan"),
    ("md5", "1" * 32),
]


def test_sigma_check_has_no_issue_with_odd_producers_links_and_values(
    tmp_path: Path, sigma_home: dict[str, str]
) -> None:
    named = [
        socdef_sigma.Indicator(f"p{at}.example", producer=name, references=LINKS[: at % 7])
        for at, name in enumerate(PRODUCERS)
    ]
    odd = [socdef_sigma.Indicator(value, type=kind, confidence="high") for kind, value in ODD_VALUES]
    long = [
        socdef_sigma.Indicator(value, producer="x" * 80, tags=["exploit"])
        for value in ("1" * 64, "http://evil.example/cgi-bin/luci", "2001:db8:a:b:c:d:e::/112")
    ]
    rules = socdef_sigma.compile([*named, *odd, *long], now=NOW, logsources=["all"])
    assert len({rule.indicator.value for rule in rules}) == len(PRODUCERS) + len(ODD_VALUES) + len(long)
    for rule in rules:
        (tmp_path / rule.filename).write_text(rule.yaml(), encoding="utf-8")
    checked = sigma_check(tmp_path, sigma_home)
    assert [issue.line for issue in checked.issues] == []
    assert (checked.exit_code, checked.errors) == (0, 0), checked.output


def test_sigma_check_has_an_issue_with_a_spoilt_rule(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    """So that the test above can fail."""
    (rule,) = socdef_sigma.compile([socdef_sigma.Indicator("198.51.100.7")], now=NOW)
    spoilt = rule.yaml().replace("attack.command-and-control", "attack.command_and_control")
    assert spoilt != rule.yaml()
    (tmp_path / rule.filename).write_text(spoilt, encoding="utf-8")
    checked = sigma_check(tmp_path, sigma_home)
    assert checked.names == ["InvalidATTACKTagIssue"]
