"""What is read, and which of it is taken: every input option, on `compile` and on `convert`."""

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml

from _harness import REPO
from _harness.command import good, socdef

pytestmark = pytest.mark.pysigma_1_only

SAMPLE = REPO / "examples" / "sample-feed.json"


def entry(type: str, value: str, **more: Any) -> dict[str, Any]:
    return {"type": type, "value": value, **more}


ENTRIES = [
    entry("ipv4", "192.0.2.1", confidence="high", last_seen="2026-05-10T12:00:00Z", industries=["energy"]),
    entry("domain", "a.example", confidence="medium", first_seen="2026-05-12T12:00:00Z"),
    entry("domain", "b.example", confidence="low", last_seen="2026-05-14T00:00:00Z", tags=["tlp:red"]),
    entry("url", "http://c.example/x", tags=["tlp:green"]),
    entry("ipv4", "10.0.0.1", confidence="high"),
]
ALL = ["192.0.2.1", "a.example", "b.example", "http://c.example/x"]


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "feed.json"
    path.write_text(json.dumps({"meta": {"source": "Example Feed"}, "data": ENTRIES}))
    return path


def compiled(*arguments: str | Path, **more: Any) -> list[dict[str, Any]]:
    """The rules that a command line gives; and `convert` must take the same ones."""
    rules = list(yaml.safe_load_all(good(socdef("compile", "--quiet", *arguments, **more)).stdout))
    rules = [rule for rule in rules if rule is not None]
    converted = good(socdef("convert", "--quiet", "-t", "sqlite", *arguments, **more)).stdout
    assert len([query for query in converted.split(b"\n\n") if query.strip()]) == len(rules)
    return rules


def values(*arguments: str | Path, **more: Any) -> list[str]:
    return [rule["socdef"]["value"] for rule in compiled(*arguments, **more)]


@pytest.mark.pysigma_1_and_2
@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ([], ALL),
        (["--type", "ipv4"], ["192.0.2.1"]),
        (["--type", "domain", "--type", "url"], ["a.example", "b.example", "http://c.example/x"]),
        # Those without dates pass.
        (["--since", "2026-05-12"], ["a.example", "b.example", "http://c.example/x"]),
        (["--since", "2026-05-12T12:00:01Z"], ["b.example", "http://c.example/x"]),
        (["--until", "2026-05-12"], ["192.0.2.1", "a.example", "http://c.example/x"]),
        (["--until", "2026-05-12T11:59:59Z"], ["192.0.2.1", "http://c.example/x"]),
        (["--confidence", "medium"], ["a.example", "http://c.example/x"]),
        (["--min-confidence", "medium"], ["192.0.2.1", "a.example", "http://c.example/x"]),
        (["--min-confidence", "medium", "--default-confidence", "low"], ["192.0.2.1", "a.example"]),
        (["--industry", "energy"], ["192.0.2.1"]),
        (["--limit", "2"], ["192.0.2.1", "a.example"]),
        (["--limit", "0"], []),
        (["--max-tlp", "amber+strict"], ["192.0.2.1", "a.example", "http://c.example/x"]),
        (["--max-tlp", "clear"], ["192.0.2.1", "a.example"]),
        (["--no-guard"], [*ALL, "10.0.0.1"]),
    ],
)
def test_selection(options: list[str], wanted: list[str], feed: Path) -> None:
    assert values(feed, *options) == wanted


def test_default_confidence_gives_the_level(feed: Path) -> None:
    for confidence in ("low", "medium", "high"):
        levels = [rule["level"] for rule in compiled(feed, "--default-confidence", confidence)]
        assert levels == ["high", "medium", "low", confidence]


def test_producer(feed: Path) -> None:
    assert {rule["author"] for rule in compiled(feed)} == {"Example Feed"}
    assert {rule["author"] for rule in compiled(feed, "--producer", "Someone Else")} == {"Someone Else"}


def test_now(tmp_path: Path) -> None:
    (tmp_path / "feed.txt").write_text("192.0.2.1\n")
    for options, changes, wanted in [
        ((), {}, "2026-05-17"),
        ((), {"SOURCE_DATE_EPOCH": "0"}, "1970-01-01"),
        (("--now", "2026-01-02"), {"SOURCE_DATE_EPOCH": "0"}, "2026-01-02"),
        (("--now", "2026-01-02T23:00:00-05:00"), {}, "2026-01-03"),
    ]:
        (rule,) = compiled(tmp_path / "feed.txt", *options, **changes)
        assert str(rule["date"]) == wanted
    bad = socdef("compile", tmp_path / "feed.txt", SOURCE_DATE_EPOCH="soon")
    assert bad.returncode == 2
    assert b"`SOURCE_DATE_EPOCH=soon` is not a number of seconds" in bad.stderr


def test_keep_expired(tmp_path: Path) -> None:
    bundle = {
        "type": "bundle",
        "id": "bundle--1",
        "objects": [
            {
                "type": "indicator",
                "id": "indicator--1",
                "pattern_type": "stix",
                "pattern": "[ipv4-addr:value = '192.0.2.1']",
                "valid_from": "2026-01-01T00:00:00Z",
                "valid_until": "2026-05-01T00:00:00Z",
            }
        ],
    }
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(bundle))
    assert values(path) == []
    assert values(path, "--keep-expired") == values(path, "--no-guard") == ["192.0.2.1"]
    assert values(path, "--now", "2026-04-30") == ["192.0.2.1"]


def test_all_attributes(tmp_path: Path) -> None:
    attributes = [
        {"type": "domain", "value": "a.example", "to_ids": True},
        {"type": "domain", "value": "b.example", "to_ids": False},
    ]
    path = tmp_path / "event.json"
    path.write_text(json.dumps({"Event": {"info": "Sample", "Attribute": attributes}}))
    assert values(path) == ["a.example"]
    assert values(path, "--all-attributes") == ["a.example", "b.example"]


def test_input_format(tmp_path: Path) -> None:
    """What looks like one format is read as another when that is asked for."""
    path = tmp_path / "feed.csv"
    path.write_text("indicator,comment\n192.0.2.1,seen with a.example\n")
    as_csv = values(path, "--input-format", "csv")
    as_text = socdef("compile", "--input-format", "txt", path)
    assert "192.0.2.1" in as_csv
    assert good(as_text).stdout != good(socdef("compile", path)).stdout
    rule = tmp_path / "rule.txt"
    rule.write_text("title: A\nlogsource: {category: dns}\ndetection: {a: {field: b}, condition: a}\n")
    command = ("convert", "-q", "-t", "sqlite", "--input-format")
    assert good(socdef(*command, "sigma", rule)).stdout == b"SELECT * FROM logs WHERE field='b'\n"
    nothing = socdef(*command, "txt", rule)
    assert (nothing.returncode, nothing.stdout) == (1, b"\n")


def test_standard_input(feed: Path) -> None:
    for source in ("-", "/dev/stdin"):
        assert values(source, stdin=feed.read_bytes()) == ALL
    process = socdef("compile", "-", stdin=b"192.0.2.256\n")
    assert b"    -:1: `192.0.2.256`: " in good(process).stderr


def test_a_fifo(feed: Path, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for command in (("compile",), ("convert", "-t", "sqlite", "-p", "none")):
        writer = threading.Thread(target=fifo.write_bytes, args=(feed.read_bytes(),))
        writer.start()
        process = good(socdef(*command, fifo))
        writer.join()
        assert process.stderr.startswith(b"5 read: 4 kept, 0 merged, 1 dropped, 0 refused\n")


def test_several_inputs_are_merged(feed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "below").mkdir(parents=True)
    (folder / "one.txt").write_text("A[.]EXAMPLE\nd.example\n")
    (folder / "below" / "two.txt").write_text("e.example\n")
    assert values(feed, folder, "-", stdin=b"hxxp://c[.]example/x\nf.example\n") == [
        *ALL,
        "e.example",
        "d.example",
        "f.example",
    ]
    process = good(socdef("compile", feed, folder))
    assert b"8 read: 6 kept, 1 merged, 1 dropped, 0 refused" in process.stderr


def test_the_sample_feed() -> None:
    rules = compiled(SAMPLE)
    types = {rule["socdef"]["type"] for rule in rules}
    assert types == {"ipv4", "ipv6", "domain", "url", "md5", "sha1", "sha256", "cve", "email"}
    process = good(socdef("compile", SAMPLE))
    assert process.stderr.startswith(b"15 read: 12 kept, 1 merged, 2 dropped, 0 refused\n")
    for reason in (b"duplicate", b"technique", b"private_address"):
        assert reason in process.stderr
