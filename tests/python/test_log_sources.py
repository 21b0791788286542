"""`--logsource` in every command: files, summary, conversion, what is said and what is refused."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

import socdef_sigma
from _harness import DATA, REPO
from _harness.command import good, socdef
from socdef_sigma.cli import run_report
from socdef_sigma.convert import Converter
from socdef_sigma.pysigma import to_rule

FEED = """\
{"type": "ipv4", "value": "198.51.100.7"}
{"type": "ipv4", "value": "203.0.113.0/24"}
{"type": "ipv6", "value": "2001:db8::1"}
{"type": "domain", "value": "evil.example"}
{"type": "url", "value": "http://evil.example/cgi-bin/luci?x=1", "tags": ["exploit"]}
{"type": "url", "value": "http://evil.example/", "tags": ["exploit"]}
{"type": "sha256", "value": "68872cc22fbdf0c2f69c32ac878ba9a7b7cf61fe5dd0e3da200131b8b23438e7"}
{"type": "cve", "value": "CVE-2017-1188"}
{"type": "email", "value": "a@evil.example"}
"""
# Three addresses in 6 log sources, 5 of the domain, 3 and 2 of the URLs, 4 of the hash, 1 and 1.
RULES = 3 * 6 + 5 + 3 + 2 + 4 + 1 + 1


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "feed.json"
    path.write_text(FEED)
    return path


# --- Files ------------------------------------------------------------------------------------------------


def test_a_folder_gets_a_file_for_each_indicator_and_log_source(feed: Path, tmp_path: Path) -> None:
    good(socdef("compile", "--logsource", "all", feed, "-o", f"{tmp_path}/rules/"))
    files = sorted((tmp_path / "rules").iterdir())
    assert len(files) == RULES
    # By SigmaHQ's convention: the prefix of the log source, as its own list has it.
    patterns: dict[str, Any] = json.loads((DATA / "sigmahq_filename.json").read_text())["pattern"]
    parts = ("category", "product", "service")
    prefixes = {
        tuple(entry["logsource"][part] for part in parts): entry["prefix"] for entry in patterns.values()
    }
    for file in files:
        source = yaml.safe_load(file.read_text())["logsource"]
        key = tuple(source.get(part) for part in parts)
        product_only = (None, source.get("product"), None)
        assert file.name.startswith(prefixes.get(key) or prefixes[product_only]), file.name
    before = {file.name: file.stat().st_mtime_ns for file in files}
    good(socdef("compile", "--logsource", "all", feed, "-o", f"{tmp_path}/rules/"))
    assert {file.name: file.stat().st_mtime_ns for file in files} == before


def test_converting_makes_no_rule_that_compiling_does_not(feed: Path, tmp_path: Path) -> None:
    """A URL whose path any site may have matches every visit to one's own servers: it has no rule there."""
    compiled = good(socdef("compile", "--logsource", "all", feed, "--report", tmp_path / "compiled.json"))
    assert compiled.stdout.count(b"\ntitle: ") + 1 == RULES
    account = tmp_path / "converted.json"
    converted = good(
        socdef("convert", "-t", "sqlite", "--logsource", "webserver", feed, "--report", account)
    ).stdout.decode()
    assert "cgi-bin" in converted
    assert "cs-uri-stem='/'" not in converted
    good(socdef("convert", "-t", "sqlite", "--logsource", "all", feed, "--report", account))
    assert (
        json.loads(account.read_text())["rules"]
        == json.loads((tmp_path / "compiled.json").read_text())["rules"]
    )


# --- What is said -----------------------------------------------------------------------------------------


def test_the_summary_says_of_how_many_indicators_and_log_sources_the_rules_are(feed: Path) -> None:
    lines = good(socdef("compile", "--logsource", "all", feed)).stderr.decode().splitlines()
    assert lines[0] == "9 read: 9 kept, 0 merged, 0 dropped, 0 refused"
    assert lines[1] == "  format  socdef"
    assert lines[2].startswith("  note            1  too_generic: ")
    assert lines[3] == f"{RULES} rules: 9 indicators in 16 log sources"
    assert len(lines) == 4 + 26
    assert "          2  ipv4    firewall" in lines
    assert "          1  url     webserver" in lines
    one = good(socdef("compile", "--logsource", "firewall", feed)).stderr.decode().splitlines()
    assert one[0] == "9 read: 3 kept, 0 merged, 6 dropped, 0 refused"
    assert one[2].startswith("  dropped         6  no_log_source: ")
    assert one[3] == "3 rules"


@pytest.mark.parametrize(
    ("addresses", "logsource", "many"), [(100, "primary", None), (101, "primary", "101"), (17, "all", "102")]
)
def test_many_rules_of_one_type_are_for_lookups(
    addresses: int, logsource: str, many: str | None, tmp_path: Path
) -> None:
    values = [f"203.0.113.{number}" for number in range(1, addresses + 1)]
    (tmp_path / "feed.txt").write_text("\n".join([*values, "evil.example"]))
    process = good(socdef("compile", "--logsource", logsource, "feed.txt", cwd=tmp_path))
    last = process.stderr.decode().splitlines()[-1]
    assert last.startswith("  many rules: ") == (many is not None)
    if many is not None:
        assert last.startswith(f"  many rules: {many} of type ipv4; ")
        section = last.split('"')[1]
        assert f"\n## {section}\n" in (REPO / "README.md").read_text(encoding="utf-8")


def test_a_rule_that_its_template_lost_is_a_finding() -> None:
    report: Any = SimpleNamespace(counts={"refused": 0}, note_counts={"undated": 1})
    assert not run_report.found_something(report, [])
    report.note_counts = {"undated": 1, "rule_lost": 1}
    assert run_report.found_something(report, [])


def test_explain_shows_the_rules_and_what_has_none() -> None:
    shown = good(
        socdef("explain", "evil.example", "--logsource", "zeek", "--logsource", "dns")
    ).stdout.decode()
    assert "verdict    keep\n" in shown
    assert "templates  domain/dns, domain/dns_query_windows, domain/network_connection_windows" in shown
    assert shown.count("detection:") == 2
    none = good(socdef("explain", "evil.example", "--logsource", "firewall")).stdout.decode()
    assert "(no_log_source)" in none
    assert "detection:" not in none


def test_templates_list_has_all_of_the_table() -> None:
    lines = good(socdef("templates", "list")).stdout.decode().splitlines()[1:]
    rows = [line.split() for line in lines]
    assert len(rows) == 9 + 2 * 5 + 4 + 2 + 3 * 3 + 11 + 4 * 2
    assert [row[0] for row in rows if row[3] == "yes"] == [
        "cve/antivirus",
        "domain/dns_query_windows",
        "email/m365_exchange",
        "filename/process_creation_windows",
        "filepath/process_creation_windows",
        "imphash/process_creation_windows",
        "ipv4/network_connection_windows",
        "ipv6/network_connection_windows",
        "ja3/zeek_ssl",
        "ja3s/zeek_ssl",
        "ja4/zeek_ssl",
        "md5/process_creation_windows",
        "named_pipe/pipe_created_windows",
        "registry_key/registry_set_windows",
        "scheduled_task/windows_security",
        "service_name/windows_system",
        "sha1/process_creation_windows",
        "sha256/process_creation_windows",
        "url/proxy",
        "user_agent/proxy",
    ]
    assert ["sha1/create_stream_hash_windows", "sha1", "create_stream_hash/windows", "no", "built-in"] in rows
    assert {row[1] for row in rows if "file_event" in row[0]} == {"filename", "filepath"}


# --- Where it means nothing -------------------------------------------------------------------------------


def test_an_unknown_log_source_lists_those_that_there_are(feed: Path) -> None:
    process = socdef("compile", "--logsource", "fire", feed)
    assert process.returncode == 2
    told = process.stderr.decode()
    assert "error[bad_usage]: no template reads the log source `fire`" in told
    assert "all, primary" in told
    assert "zeek/http" in told


@pytest.mark.parametrize("command", [["ingest", "--db", "x.db"], ["serve", "--db", "x.db"]])
def test_the_store_has_no_log_sources(command: list[str], feed: Path) -> None:
    process = socdef(*command, "--logsource", "all", feed, cwd=feed.parent)
    assert process.returncode == 2
    assert b"no such option" in process.stderr
    assert not (feed.parent / "x.db").exists()
    assert b"--logsource" not in good(socdef(command[0], "--help")).stdout


def test_rules_of_the_server_cannot_be_for_other_log_sources() -> None:
    process = socdef(
        "fetch", "rules", "--logsource", "firewall", SOCDEF_API_KEY="sk_live_0123456789abcdefghij"
    )
    assert process.returncode == 2
    assert process.stdout == b""
    assert b"error[bad_usage]: the server makes its rules for the primary log source" in process.stderr
    assert b"--recompile" in process.stderr


# --- Conversion -------------------------------------------------------------------------------------------


# That their fields are mapped is another matter.
@pytest.mark.parametrize("target", ["splunk", "lucene", "esql", "eql", "sqlite", "kusto"])
def test_every_log_source_converts(target: str, feed: Path) -> None:
    indicators = socdef_sigma.read(feed)
    rules = socdef_sigma.compile(indicators, now="2026-05-17", logsources=["all"])
    assert len(rules) == RULES
    converter = Converter(target, pipelines=["socdef"])
    lost = []
    for rule in rules:
        made = [query for _, queries in converter.convert([to_rule(rule)]) for query in queries]
        if not made:
            lost.append(rule.template)
        else:
            assert "evil" in str(made) or rule.indicator.type not in ("domain", "email"), made
    assert lost == []


def test_convert_takes_every_log_source(feed: Path, tmp_path: Path) -> None:
    every = good(socdef("convert", "-t", "splunk", "-p", "socdef", "--logsource", "all", feed))
    assert f"{RULES} queries for splunk" in every.stderr.decode()
    queries = every.stdout.decode()
    for part in (
        'EventID=7 Hashes="*SHA256=',
        'EventID=6 Hashes="*SHA256=',
        'EventID=15 Hash="*SHA256=',
        'dst_ip="198.51.100.7" OR src_ip="198.51.100.7"',
        '"c-ip"="198.51.100.7"',
        'DestinationHostname IN ("evil.example", "*.evil.example")',
    ):
        assert part in queries, part
    good(
        socdef("convert", "-t", "splunk", "-p", "socdef", "--logsource", "all", feed, "-o", f"{tmp_path}/q/")
    )
    assert len(list((tmp_path / "q").iterdir())) == RULES
