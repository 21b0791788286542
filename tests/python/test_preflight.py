"""`socdef-sigma preflight`, and what `convert` says of losses: by fields that are there, not by converting."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from _harness import REPO
from _harness.command import good, socdef
from socdef_sigma import _core, compile, read
from socdef_sigma.preflight import MAPPED, REFUSED, UNMAPPED, Check, check, sample_rules
from socdef_sigma.preflight.faults import all_faults, faults_of

TABLES = REPO / "python" / "sigma" / "pipelines" / "socdef" / "tables"
TEMPLATES = sorted(template.name for template in _core.templates())


def states(target: str, *pipelines: str) -> dict[str, Check]:
    return {one.template: one for one in check(sample_rules(), target, pipelines)}


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "feed.txt"
    path.write_text("198.51.100.7\nevil.example\nhttp://evil.example/a.php?id=1\nhttp://evil.example/b.php\n")
    return path


# --- The three states -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "missing"),
    [
        ("splunk", {"driver_load", "image_load", "pipe_created", "windows", "zeek"}),
        ("lucene", {"zeek"}),
        ("eql", {"zeek"}),
        ("esql", {"zeek"}),
        ("kusto", {"driver_load", "image_load", "m365", "pipe_created", "windows", "zeek"}),
        (
            "xdr",
            {
                "dns",
                "driver_load",
                "firewall",
                "image_load",
                "pipe_created",
                "process_creation",
                "proxy",
                "webserver",
                "windows",
                "zeek",
            },
        ),
    ],
)
def test_what_each_target_has_a_place_for(target: str, missing: set[str]) -> None:
    """All templates, but those whose log source the target has nothing for: these are refused with a reason."""
    found = states(target)
    assert sorted(found) == TEMPLATES
    refused = {name for name, one in found.items() if one.state == REFUSED}
    logsources = {template.name: template.logsource.split("/")[0] for template in _core.templates()}
    assert {logsources[name] for name in refused} == missing
    assert all(found[name].why and found[name].cure for name in refused)
    assert all(one.state == MAPPED for name, one in found.items() if name not in refused)
    if target == "xdr":
        assert found["url/proxy"].state == found["domain/proxy"].state == MAPPED


def test_ecs_lacks_one_field() -> None:
    assert [name for name, one in states("lucene").items() if one.state != MAPPED] == ["ja4/zeek_ssl"]


def test_ocsf_has_a_place_for_every_template_of_the_types_of_the_api() -> None:
    default = {"cve", "domain", "email", "ipv4", "ipv6", "md5", "sha1", "sha256", "url"}
    found = states("sqlite", "socdef_ocsf")
    assert {one.state for name, one in found.items() if name.split("/")[0] in default} == {MAPPED}
    assert {name for name, one in found.items() if one.state == REFUSED} == {
        "imphash/driver_load_windows",
        "imphash/image_load_windows",
        "imphash/process_creation_windows",
        "ja3/zeek_ssl",
        "ja3s/zeek_ssl",
        "ja4/zeek_ssl",
        "named_pipe/pipe_created_windows",
        "registry_key/registry_set_windows",
        "scheduled_task/windows_security",
        "service_name/windows_system",
    }


def test_converting_proves_nothing() -> None:
    """Lucene and ASIM take any name: these convert, and are losses."""
    lucene = states("lucene", "none")
    assert {one.state for one in lucene.values()} == {UNMAPPED}
    assert lucene["domain/dns"].why == "not mapped: `query` is not a known field of Elastic Common Schema"
    assert lucene["domain/dns"].cure == "`-p socdef_ecs` maps it"
    stock = states("lucene", "ecs_windows")
    assert stock["ipv4/network_connection_windows"].state == MAPPED
    assert stock["url/proxy"].why.startswith("not mapped: `c-uri`, `cs-host` are not known fields")
    kusto = states("kusto", "none")
    assert kusto["domain/dns"].why == "the query names no table"
    assert kusto["sha256/image_load_windows"].cure == "`-p socdef_xdr` maps it"
    assert kusto["ipv6/firewall"].state == REFUSED
    assert "never matches IPv6" in kusto["ipv6/firewall"].why


def test_a_field_of_another_table_is_no_field_of_this_one(tmp_path: Path) -> None:
    """`DnsQuery` is a column of ASIM, not of its network sessions; and a table that no schema has proves nothing."""
    for table, field, why in (
        (
            "_Im_NetworkSession",
            "DnsQuery",
            "not mapped: `DnsQuery` is not a known field of `_Im_NetworkSession`",
        ),
        ("imDns", "query", "not mapped: `query` is not a known field of `imDns`"),
        ("imDns", "DnsQuery", None),
        ("Made_Up_CL", "DnsQuery", "no schema is kept of the table `Made_Up_CL`"),
    ):
        pipeline = tmp_path / "own.yml"
        items = [
            {"id": "a", "type": "field_name_mapping", "mapping": {"query": field}},
            {"id": "b", "type": "set_state", "key": "query_table", "val": table},
        ]
        pipeline.write_text(json.dumps({"name": "own", "priority": 50, "transformations": items}))
        rules = compile(read(b"evil.example"), logsources=["dns"])
        (found,) = check(rules, "kusto", [str(pipeline)])
        assert (found.state, found.why) == ((MAPPED, "") if why is None else (UNMAPPED, why))


def test_a_target_without_a_schema_has_the_fields_of_the_taxonomy() -> None:
    assert {one.state for one in states("sqlite").values()} == {MAPPED}


# --- Faults -----------------------------------------------------------------------------------------------


def test_the_faults_are_those_of_the_backends() -> None:
    """Each that can be seen here is seen: the smallest value that shows it, in the backend's own output."""
    for target, fault, sign in (
        ("eql", "\\?", "\\?"),
        ("esql", "\\?", "\\?"),
        ("splunk_spl2", "[_%]", "\\_"),
    ):
        rules = compile(read(b"http://evil.example/a_b.php?x=1"), now="2026-05-17")
        assert sign in rules.convert(target, pipelines=["none"])[0]
        (found,) = check(rules, target, ["none"])
        assert fault in {one.values for one in found.faults if one.loses}
        assert found.lost == 1
    # Elastic's is mended by the pipeline, and not counted with it.
    (mended,) = check(compile(read(b"http://evil.example/a_b.php?x=1")), "eql", ["socdef_ecs"])
    assert (mended.lost, mended.faults) == (0, ())


def test_a_fault_hits_the_values_that_it_is_about() -> None:
    rules = compile(
        read(b"http://evil.example/a.php?x=1\nhttp://evil.example/a.php\nhttp://evil.example/b.php\n")
    )
    (found,) = check(rules, "eql", ["none"])
    assert (found.rules, found.lost) == (3, 3)  # Not mapped either.
    (found,) = check(rules, "splunk_spl2", ["none"])
    assert {fault.values for fault in found.faults} == set()


def test_targets_and_types_of_faults_are_known() -> None:
    from socdef_sigma.convert.backends import TARGETS

    for fault in all_faults():
        assert set(fault.targets) <= set(TARGETS)
        assert set(fault.types) <= set(_core.types())
        assert set(fault.templates) <= set(TEMPLATES)
        re.compile(fault.values)
        assert fault.upstream
    assert [fault.loses for fault in faults_of("loki", (), "url/proxy")] == [True]
    assert faults_of("loki", (), "domain/dns") == []


# --- The command ------------------------------------------------------------------------------------------


def test_text_json_and_markdown_say_the_same(feed: Path, tmp_path: Path) -> None:
    command = ("preflight", "-t", "splunk", "-t", "xdr")
    text = good(socdef(*command)).stdout.decode()
    assert "splunk socdef_splunk_cim: 37 of 53 templates mapped\n" in text
    assert "kusto socdef_xdr: " in text
    found: list[dict[str, Any]] = json.loads(good(socdef(*command, "--format", "json")).stdout)
    assert len(found) == 2 * len(TEMPLATES)
    for one in found:
        assert re.search(rf"^  {one['template']} +{one['state']}$", text, re.MULTILINE), one
    good(socdef(*command, "--format", "markdown", "-o", "page.md", cwd=tmp_path))
    page = (tmp_path / "page.md").read_text()
    signs = {"mapped": "yes", "refused": "no"}
    for template in TEMPLATES:
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{template}` |")]
        cells = [re.sub(r" <sup>.*", "", cell.strip()) for cell in row.split("|")[2:-1]]
        assert cells == [signs[one["state"]] for one in found if one["template"] == template]


def test_strict_is_about_the_feed_given(feed: Path) -> None:
    for more, status in (
        (("-t", "splunk"), 0),
        (("-t", "splunk", "-p", "socdef"), 1),  # `c-uri` is no field of Splunk's.
        (("-t", "splunk", "-p", "socdef_splunk_sysmon"), 1),
        (("-t", "splunk", "-p", "socdef_splunk_sysmon", "--type", "ipv4"), 0),
        (("-t", "elastic", "--logsource", "all"), 0),
        (("-t", "xdr", "--logsource", "all"), 1),
        (("-t", "eql", "-p", "none"), 1),
        (("-t", "sqlite"), 0),
    ):
        assert socdef("preflight", feed, *more).returncode == 0
        done = socdef("preflight", feed, *more, "--strict")
        assert done.returncode == status, done.stderr
    found = json.loads(
        good(socdef("preflight", feed, "-t", "splunk", "-p", "socdef", "--format", "json")).stdout
    )
    counts = {one["template"]: (one["rules"], one["lost"]) for one in found}
    assert counts == {
        "domain/dns_query_windows": (1, 0),
        "ipv4/network_connection_windows": (1, 0),
        "url/proxy": (2, 2),
    }
    plain = socdef("preflight", feed, "-t", "splunk", "-p", "socdef")
    assert b"2 of 4 rules find nothing" in plain.stderr


def test_a_pipeline_alone_is_for_the_targets_that_take_it() -> None:
    found = json.loads(good(socdef("preflight", "-p", "socdef_xdr", "--format", "json")).stdout)
    assert {one["target"] for one in found} == {"kusto"}
    for arguments, code in (
        (("-t", "nonsense"), b"unknown_target"),
        (("-t", "splunk", "-p", "socdef_xdr"), b"not_allowed"),
    ):
        done = socdef("preflight", *arguments)
        assert (done.returncode, done.stdout) == (2, b"")
        assert code in done.stderr


def test_templates_of_the_users_own(tmp_path: Path) -> None:
    good(
        socdef(
            "templates",
            "new",
            "acme",
            "--type",
            "ipv4",
            "--logsource",
            "product=acme",
            "-o",
            "acme.yml.j2",
            cwd=tmp_path,
        )
    )
    found = json.loads(
        good(
            socdef(
                "preflight", "-t", "splunk", "--templates", "acme.yml.j2", "--format", "json", cwd=tmp_path
            )
        ).stdout
    )
    own = next(one for one in found if one["template"] == "ipv4/acme")
    assert (own["state"], own["cure"]) == ("refused", "no pipeline of this package maps it")
    assert "has no log source `acme`" in own["why"]


# --- `convert` --------------------------------------------------------------------------------------------


def test_convert_says_a_line_for_each_loss(feed: Path, tmp_path: Path) -> None:
    done = good(
        socdef("convert", feed, "-t", "splunk", "-p", "socdef", "--report", "report.json", cwd=tmp_path)
    )
    lines = [line for line in done.stderr.decode().splitlines() if line.startswith("  loss ")]
    assert lines == [
        "  loss            2  url/proxy: not mapped: `c-uri`, `cs-host` are not known fields of Splunk Common Information "
        "Model or Splunk, raw Sysmon; `-p socdef_splunk_cim` maps it"
    ]
    (loss,) = json.loads((tmp_path / "report.json").read_text())["conversion"]["losses"]
    for more, status in (((), 1), (("-q",), 1), (("--type", "ipv4"), 0)):
        assert socdef("convert", feed, "-t", "splunk", "-p", "socdef", "--strict", *more).returncode == status
    assert (loss["template"], loss["rules"]) == ("url/proxy", 2)
    done = good(socdef("convert", feed, "-t", "xdr", "--logsource", "all"))
    lost = {
        line.split()[2].rstrip(":")
        for line in done.stderr.decode().splitlines()
        if line.startswith("  loss ")
    }
    assert lost == {
        "domain/dns",
        "domain/zeek_dns",
        "ipv4/firewall",
        "ipv4/proxy",
        "ipv4/webserver",
        "ipv4/zeek_conn",
        "url/zeek_http",
    }
    for clean in (("-t", "splunk"), ("-t", "sqlite"), ("-t", "elastic", "--logsource", "all")):
        assert b"loss" not in good(socdef("convert", feed, *clean)).stderr


def test_convert_names_the_fault(tmp_path: Path) -> None:
    (tmp_path / "feed.txt").write_text("http://evil.example/a.php?id=1\n")
    done = good(socdef("convert", "feed.txt", "-t", "esql", "-p", "none", cwd=tmp_path))
    assert b"of some, the query is invalid: a `?` in a value becomes `\\?`" in done.stderr


# --- The page ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "name", "command"),
    [
        ("preflight.md", "preflight", ("preflight", "--format", "markdown")),
        ("pipelines.md", "mapping", ("preflight", "--mapping")),
    ],
)
def test_the_pages_are_what_the_command_writes(page: str, name: str, command: tuple[str, ...]) -> None:
    """In both environments, whatever their versions."""
    made = good(socdef(*command)).stdout.decode()
    text = (REPO / "docs" / page).read_text(encoding="utf-8")
    assert text.split(f"<!-- {name} -->\n")[1].split(f"<!-- /{name} -->\n")[0] == made


@pytest.mark.parametrize("path", sorted(TABLES.glob("*.yml")), ids=lambda path: path.stem)
def test_the_mapping_shows_each_field_with_its_page(path: Path) -> None:
    """Each log source, field, column and page, as the file has them."""
    header, table = yaml.safe_load_all(path.read_text(encoding="utf-8"))
    data = header | table
    shown = good(socdef("preflight", "--mapping", "-p", data["name"])).stdout.decode()
    rows = [
        [cell.strip(" `") for cell in line.split(" | ")]
        for line in shown.splitlines()
        if line.startswith("| `")
    ]
    fields = 0
    for entry in data["log_sources"]:
        source = entry["log_source"]
        label = "/".join(source[part] for part in ("category", "product", "service") if part in source)
        mine = [row for row in rows if row[0].strip("| `") == label]
        if "refused" in entry:
            assert any(entry["refused"] in row[-1] for row in mine)
        for field in entry.get("fields", {}):
            assert any(row[2] == field and re.match(r"\d|calculated", row[4].strip(" |")) for row in mine), (
                label,
                field,
            )
            fields += 1
    assert fields > 6
    for page in data["pages"].values():
        assert f"<{page['url']}>, read {page['read']}: " in shown
    assert shown.count("**Not checked.**") == sum(not page["checked"] for page in data["pages"].values())


def test_only_pipelines_with_a_table_have_a_mapping() -> None:
    done = socdef("preflight", "--mapping", "-p", "sysmon")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"error[bad_usage]: the pipeline `sysmon` has no mapping table" in done.stderr
