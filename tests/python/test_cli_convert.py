"""`socdef-sigma convert` as a command: inputs of both kinds, pipelines, lost rules. The bytes are in `test_convert`."""

import json
from pathlib import Path

import pytest

from _harness.command import SIGMA, good, run, socdef

RULE = """\
title: A Rule of Others
id: 22222222-2222-4222-8222-222222222222
logsource: {category: network_connection, product: windows}
detection:
  selection: {DestinationIp: '203.0.113.9'}
  condition: selection
"""
NETWORK = RULE.replace("22222222-", "33333333-").replace(
    "DestinationIp: '203.0.113.9'", "DestinationIp|cidr: '2001:db8::/32'"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "feed.txt").write_text("192.0.2.1\n")
    (tmp_path / "rule.yml").write_text(RULE)
    return tmp_path


def convert(folder: Path, *arguments: str, stdin: bytes | None = None) -> tuple[str, str]:
    process = good(socdef("convert", *arguments, cwd=folder, stdin=stdin))
    return process.stdout.decode(), process.stderr.decode()


def test_a_fitting_pipeline_is_the_default_for_indicators_only(folder: Path) -> None:
    for target, pipeline, begin in (
        ("splunk", "socdef_splunk_cim", 'tag="network" tag="communicate" dest_ip="192.0.2.1"'),
        ("elastic", "socdef_ecs", "destination.ip:192.0.2.1"),
        ("esql", "socdef_ecs", "from * metadata _id, _index, _version | where destination.ip=="),
        ("sentinel", "socdef_asim", "_Im_NetworkSession\n"),
        ("xdr", "socdef_xdr", "DeviceNetworkEvents\n"),
    ):
        out, err = convert(folder, "-t", target, "feed.txt")
        assert out.startswith(begin)
        assert err.startswith(f"no -p given: using the pipeline `{pipeline}`\n")
        assert f", through {pipeline}\n" in err
        assert "  loss " not in err
    for chosen in (("-p", "none"), ("--without-pipeline",)):
        out, err = convert(folder, "-t", "splunk", *chosen, "feed.txt", "rule.yml")
        assert "EventID" not in out
        assert "no -p given" not in err
    out, err = convert(folder, "-t", "splunk", "--without-pipeline", "-p", "sysmon", "feed.txt")
    assert out.startswith("EventID=3 ")
    for inputs in (("rule.yml",), ("rule.yml", "feed.txt")):
        process = socdef("convert", "-t", "splunk", *inputs, cwd=folder)
        assert process.returncode == 2
        assert process.stdout == b""
        assert (
            b"error[pipeline_required]: Processing pipeline required by backend! Define a custom"
            in process.stderr
        )
    # One that has no schema of its own keeps the log source as it is.
    out, err = convert(folder, "-t", "sqlite", "feed.txt")
    assert "EventID" not in out
    assert err.startswith("no -p given: using the pipeline `socdef_values`\n")


def test_pipeline_check(folder: Path) -> None:
    refused = socdef("convert", "-t", "splunk", "-p", "ecs_windows", "feed.txt", cwd=folder)
    assert refused.returncode == 2
    assert b"--disable-pipeline-check" in refused.stderr
    out, _ = convert(folder, "-t", "splunk", "-p", "ecs_windows", "--disable-pipeline-check", "feed.txt")
    assert out.startswith('destination.ip="192.0.2.1"')


def test_sigma_rules_from_anywhere(folder: Path) -> None:
    """By content, not only by the name of the file."""
    query = "SELECT * FROM logs WHERE DestinationIp='203.0.113.9'\n"
    (folder / "rule.txt").write_text(RULE)
    (folder / "rule.json").write_text(
        json.dumps(
            {
                "title": "A",
                "logsource": {"category": "dns"},
                "detection": {"a": {"DestinationIp": "203.0.113.9"}, "condition": "a"},
            }
        )
    )
    for source in ("rule.yml", "rule.txt", "rule.json"):
        assert convert(folder, "-t", "sqlite", source)[0] == query
        assert convert(folder, "-t", "sqlite", "-", stdin=(folder / source).read_bytes())[0] == query
    crlf = RULE.replace("\n", "\r\n").encode()
    assert convert(folder, "-t", "sqlite", "-", stdin=b"\xef\xbb\xbf" + crlf)[0] == query


def test_folders_of_rules_and_folders_of_feeds(folder: Path) -> None:
    rules, feeds = folder / "rules", folder / "feeds"
    (rules / "below").mkdir(parents=True)
    feeds.mkdir()
    (rules / "below" / "b.yml").write_text(RULE)
    (rules / "a.yaml").write_text(RULE.replace("203.0.113.9", "203.0.113.10"))
    (rules / "README.md").write_text("192.0.2.77 is no rule\n")
    (feeds / "feed.txt").write_text("192.0.2.8\n")
    assert "203.0.113.9'" in convert(folder, "-t", "sqlite", "rules")[0]
    assert "192.0.2.77" not in convert(folder, "-t", "sqlite", "rules")[0]
    assert "203.0.113.10" in convert(folder, "-t", "sqlite", "-P", "*.yaml", "rules")[0]
    assert "192.0.2.8'" in convert(folder, "-t", "sqlite", "feeds")[0]
    out, err = convert(folder, "-t", "sqlite", "feeds", "rules")
    assert [part in out for part in ("203.0.113.9'", "192.0.2.8'")] == [True, True]
    assert err.endswith("2 queries for sqlite\n")


def test_a_pipe_into_sigma_convert(folder: Path, sigma_home: dict[str, str]) -> None:
    rules = good(socdef("compile", "feed.txt", cwd=folder)).stdout
    piped = good(run([SIGMA, "convert", "-t", "splunk", "-p", "socdef", "-"], sigma_home, stdin=rules))
    assert piped.stdout.decode() == convert(folder, "-t", "splunk", "-p", "socdef", "feed.txt")[0]
    assert piped.stdout.startswith(b'EventID=3 DestinationIp="192.0.2.1"')


def test_no_rules(folder: Path, sigma_home: dict[str, str]) -> None:
    (folder / "feed.txt").write_text("# nothing\n")
    rules = good(socdef("compile", "feed.txt", cwd=folder)).stdout
    theirs = good(
        run([SIGMA, "convert", "-t", "splunk", "-p", "socdef", "-"], sigma_home, stdin=rules)
    ).stdout
    out, err = convert(folder, "-t", "splunk", "-p", "socdef", "feed.txt")
    assert out.encode() == theirs
    assert err.endswith("0 queries for splunk, through socdef\n")


def test_rules_that_are_lost(folder: Path) -> None:
    """Refused by the backend or broken: named with the reason, in the report, and the others come out."""
    (folder / "network.yml").write_text(NETWORK)
    (folder / "broken.yml").write_text(RULE.replace("id: 22222222", "id: no-uuid-22222222"))
    (folder / "regex.yml").write_text(RULE.replace("DestinationIp:", "DestinationIp|fieldref:"))
    sources = ("network.yml", "broken.yml", "regex.yml", "rule.yml", "feed.txt")
    process = socdef("convert", "-t", "kusto", *sources, "--strict", "--report", "report.json", cwd=folder)
    assert process.returncode == 1
    assert process.stdout == b'DestinationIp =~ "203.0.113.9"\n\nDestinationIp =~ "192.0.2.1"\n'
    text = process.stderr.decode()
    assert "2 queries for kusto\n" in text
    lost = json.loads((folder / "report.json").read_text())["conversion"]["lost"]
    assert [Path(rule["file"]).name for rule in lost] == ["broken.yml", "network.yml", "regex.yml"]
    assert "UUID" in lost[0]["reason"]
    assert "never matches IPv6" in lost[1]["reason"]
    assert lost[1]["id"] == "33333333-2222-4222-8222-222222222222"
    assert "not supported by the backend" in lost[2]["reason"]
    assert "(while " not in text
    for rule in lost:
        assert f"{rule['file']}: A Rule of Others\n    {rule['reason']}\n" in text
    assert socdef("convert", "-t", "kusto", *sources, cwd=folder).returncode == 0


def test_fail_unsupported_writes_nothing(folder: Path) -> None:
    (folder / "feed.txt").write_text("192.0.2.1\n2001:db8::/32\n")
    for output in ((), ("-o", "queries.txt"), ("-o", "queries/")):
        command = ("convert", "-t", "kusto", "-p", "none", "--fail-unsupported", "feed.txt", *output)
        process = socdef(*command, cwd=folder)
        assert (process.returncode, process.stdout) == (1, b"")
        assert b"Malicious IPv6 Network 2001:DB8::/32" in process.stderr
    assert not list(folder.glob("queries*"))
    query = 'DestinationIp =~ "192.0.2.1"\n'
    assert convert(folder, "-t", "kusto", "-p", "none", "-s", "feed.txt")[0] == query


def test_the_output_folder_by_the_name_that_sigma_convert_has_for_it(folder: Path) -> None:
    for number, names in enumerate([("-o", "0/"), ("-od", "1"), ("--output-dir", "2"), ("--output-dir=3/",)]):
        convert(folder, "-t", "splunk", "feed.txt", *names)
        made = {path.name: path.read_bytes() for path in (folder / str(number)).iterdir()}
        assert made == {path.name: path.read_bytes() for path in (folder / "0").iterdir()}
        assert len(made) == 1


def test_a_report_on_rules_only(folder: Path) -> None:
    convert(folder, "-t", "sqlite", "rule.yml", "--report", "report.json")
    report = json.loads((folder / "report.json").read_text())
    assert set(report["counts"].values()) == {0}
    assert report["entries"] == []
    assert report["conversion"]["queries"] == 1


def test_backend_options_make_lists(folder: Path) -> None:
    """A key given twice is a list, as in `sigma convert`; a number is a number."""
    module = folder / "sigma" / "backends" / "echo"
    module.mkdir(parents=True)
    (module / "__init__.py").write_text(
        "import warnings; warnings.warn('of the plugin')\n"
        "from sigma.backends.sqlite import sqliteBackend\n"
        "class EchoBackend(sqliteBackend):\n"
        "    identifier = 'echo'\n"
        "    def __init__(self, processing_pipeline=None, collect_errors=False, **options):\n"
        "        super().__init__(processing_pipeline, collect_errors)\n"
        "        self.given = options\n"
        "    def finalize_output_default(self, queries): return repr(self.given)\n"
    )
    options = ("-O", "a=1", "-O", "b=x=y", "--backend-option", "c=1", "-O", "c=d")
    process = socdef("convert", "-t", "echo", *options, "feed.txt", cwd=folder, PYTHONPATH=str(folder))
    assert good(process).stdout == b"{'a': 1, 'b': 'x=y', 'c': [1, 'd']}\n"
    assert b"of the plugin" not in process.stderr


def test_the_list_of_targets(folder: Path) -> None:
    out, _ = convert(folder, "-t", "list")
    rows = {line.split()[0]: line for line in out.splitlines() if line}
    assert rows["splunk"].split()[-3:] == ["yes", "yes", "socdef_splunk_cim"]
    assert rows["sqlite"].split()[-3:] == ["yes", "no", "socdef_values"]
    assert "pip install 'pysigma-backend-loki'" in rows["loki"]
    others = " ".join(out.partition("Other names: ")[2].split())
    for name in ("elastic = lucene", "sentinel = kusto", "xdr = kusto", "kql = sentinel"):
        assert f"{name}," in others


def test_the_list_of_targets_without_pysigma(folder: Path) -> None:
    (folder / "sitecustomize.py").write_text("import sys; sys.modules['sigma.collection'] = None\n")
    process = socdef("convert", "-t", "list", cwd=folder, PYTHONPATH=str(folder))
    assert "pip install 'socdef-sigma[splunk]'" in good(process).stdout.decode()
    process = socdef("convert", "-t", "splunk", "feed.txt", cwd=folder, PYTHONPATH=str(folder))
    assert process.returncode == 2
    assert b"error[pysigma_not_installed]" in process.stderr
    assert b"hint: pip install 'socdef-sigma[splunk]' (or elastic, kusto, sqlite, all)\n" in process.stderr
