"""Why is it so: `explain` with feeds, on the command line and in Python."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import socdef_sigma
from _harness.command import NOW, good, socdef

pytestmark = pytest.mark.pysigma_1_only

FEED = """ip,provider,confidence,tlp,first_seen
198.51.100.7,ESET,high,green,2026-01-02
10.0.0.1,ESET,high,green,
198.51.100[.]7,Other,,red,
192.0.2.9,Other,banana,,
"""


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "feed.csv"
    path.write_text(FEED)
    return path


def _explained(*args: str | Path) -> str:
    return good(socdef("explain", *args)).stdout.decode()


def test_each_record_and_what_becomes_of_it(feed: Path) -> None:
    text = _explained("198.51.100.7", "--in", feed)
    head = text.partition("\n\n")[0].splitlines()
    assert head[:7] == [
        "198.51.100.7",
        "  type       ipv4",
        "  canonical  198.51.100.7",
        "  verdict    keep",
        "  confidence high: as ESET states it",
        "  tlp        red: the strictest of 2 records that state one",
        "  level      high: from the confidence",
    ]
    assert head[7:10] == [
        "  records    2 of 4 values that were read",
        f"    {feed}:2 ESET: confidence high, TLP green, first seen 2026-01-02",
        f"    {feed}:4 Other: states no confidence, TLP red",
    ]
    assert "would have been" not in text
    rule = yaml.safe_load(text.partition("\n\n")[2])
    assert [source["producer"] for source in rule["socdef"]["sources"]] == ["ESET", "Other"]


def test_a_filter_says_which_record_it_leaves_out(feed: Path) -> None:
    text = _explained("198.51.100.7", "--in", feed, "--max-tlp", "amber")
    assert "TLP red; not taken: its TLP is stricter than the limit (tlp_too_strict)" in text
    assert "  tlp        green: as ESET states it" in text
    none = _explained("198.51.100.7", "--in", feed, "--max-tlp", "clear")
    assert "  verdict    drop: its TLP is stricter than the limit (tlp_too_strict)" in none
    assert "\n  would have been:\n\n  title: " in none


def test_what_is_not_stated_and_what_cannot_be_read(feed: Path) -> None:
    text = _explained("192.0.2.9", "--in", feed)
    assert "  confidence medium: the feed states none" in text
    assert "confidence: banana (unreadable_confidence)" in text
    low = _explained("192.0.2.9", "--in", feed, "--default-confidence", "low")
    assert "  confidence low: the feed states none" in low
    dropped = _explained("10.0.0.1", "--in", feed)
    assert "  verdict    drop: a private address: 10.0.0.0/8 (private_address)" in dropped
    assert "would have been:" in dropped


def test_a_value_that_the_feed_does_not_have(feed: Path) -> None:
    text = _explained("203.0.113.5", "--in", feed)
    assert f"  verdict    absent: not in {feed} (4 values were read)" in text
    assert "detection" not in text
    assert socdef("explain", "203.0.113.5", "--in", feed, "--strict").returncode == 1
    assert socdef("explain", "198.51.100.7", "--in", feed, "--strict").returncode == 0
    missing = socdef("explain", "203.0.113.5", "--in", feed.with_name("none.csv"))
    assert missing.returncode == 2
    assert b"error[unreadable_input]" in missing.stderr


def test_feeds_are_given_as_a_shell_gives_them(feed: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("198.51.100.7\n")
    for args in (
        ("198.51.100.7", "--in", feed, other),
        ("--in", feed, other, "198.51.100.7"),
        ("198.51.100.7", "--in", feed, "--in", other),
        ("--in", feed, "--in", other, "--", "198.51.100.7"),
        ("198.51.100.7", f"--in={feed}", other),
        ("198.51.100.7", "--in", tmp_path),
    ):
        text = _explained(*args)
        assert "  records    3 of 5 values" in text, args
        assert f"    {other}:1: states no confidence" in text, args
    done = good(socdef("explain", "198.51.100.7", "--in", "-", stdin=FEED.encode()))
    assert "    -:2 ESET: confidence high" in done.stdout.decode()


def test_it_is_so_in_a_run(feed: Path, tmp_path: Path) -> None:
    """The same rules that `compile` makes with the same options."""
    for options in (
        (),
        ("--max-tlp", "amber"),
        ("--min-confidence", "high"),
        ("--limit", "1"),
        ("--producer", "Me"),
    ):
        out = tmp_path / "rules.yml"
        good(socdef("compile", feed, *options, "-q", "-o", out, "--report", tmp_path / "report.json"))
        made = {rule["socdef"]["value"]: rule for rule in yaml.safe_load_all(out.read_text()) if rule}
        report = json.loads((tmp_path / "report.json").read_text())
        for value in ("198.51.100.7", "10.0.0.1", "192.0.2.9"):
            (one,) = socdef_sigma.explain_all([value], feed, **_keywords(options), now=NOW)
            if one.verdict == "keep":
                assert yaml.safe_load(one.rules[0]) == made[value], (options, value)
            else:
                assert value not in made
                reasons = {entry["reason"] for entry in report["entries"] if value in entry["value"]}
                assert one.reason in reasons, (options, value)


def _keywords(options: tuple[str, ...]) -> dict[str, Any]:
    names = [name.removeprefix("--").replace("-", "_") for name in options[::2]]
    values = [int(value) if value.isdigit() else value for value in options[1::2]]
    return dict(zip(names, values, strict=True))


def test_in_python(feed: Path) -> None:
    one = socdef_sigma.explain("198.51.100.7", feed, max_tlp="amber")
    assert (one.verdict, one.confidence, one.confidence_stated, one.tlp, one.level) == (
        "keep",
        "high",
        True,
        "green",
        "high",
    )
    assert one.records is not None
    first, second = one.records
    assert (first.file, first.line, first.producers, first.reason) == (str(feed), 2, ["ESET"], None)
    assert (second.tlp, second.reason, second.words) == (
        "red",
        "tlp_too_strict",
        "its TLP is stricter than the limit",
    )
    assert socdef_sigma.explain("198.51.100.7").records is None
    assert socdef_sigma.explain("192.0.2.9", feed).notes[0]["note"] == "unreadable_confidence"
