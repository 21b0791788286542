"""`compile -o DIR/ --prune`: what earlier runs left goes, and nothing else."""

import os
from pathlib import Path

import pytest

from _harness.command import good, socdef

pytestmark = pytest.mark.pysigma_1_only

FEED = "198.51.100.7\n203.0.113.0/24\nevil.example\nhttp://evil.example/a?b='c'\n" + "a1" * 16 + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "feed.txt").write_text(FEED)
    good(compiled(tmp_path))
    assert len(names(tmp_path)) == 5
    return tmp_path


def compiled(folder: Path, *options: str):  # type: ignore[no-untyped-def]
    return socdef("compile", "feed.txt", "-o", "rules/", *options, cwd=folder)


def names(folder: Path) -> set[str]:
    return {path.name for path in (folder / "rules").iterdir()}


def test_rules_of_earlier_runs_are_named_and_removed(folder: Path) -> None:
    before = names(folder)
    (folder / "feed.txt").write_text("198.51.100.7\nother.example\n")
    said = good(compiled(folder)).stderr.decode()
    assert "note: 4 rules of earlier runs are in rules/" in said
    assert "--prune" in said
    assert before < names(folder)
    removed = good(compiled(folder, "--prune", "--report", "report.json"))
    assert b"4 rules of earlier runs removed from rules/" in removed.stderr
    assert '"found": 4' in (folder / "report.json").read_text()
    assert len(names(folder)) == 2
    again = good(compiled(folder, "--prune"))
    assert b"earlier run" not in again.stderr


@pytest.mark.parametrize(
    "options", [["--logsource", "all"], ["--min-confidence", "low"], ["--type", "domain"]]
)
def test_rules_of_other_settings_are_known(folder: Path, options: list[str]) -> None:
    """Those of another log source, confidence or type are rules of this program, too."""
    good(compiled(folder, *options))
    (folder / "feed.txt").write_text("other.example\n")
    good(compiled(folder, "--prune"))
    assert len(names(folder)) == 1


def test_rules_of_any_feed_are_known(folder: Path) -> None:
    """Whatever a feed says about an indicator: it is in the rule, and no edit."""
    (folder / "feed.csv").write_text(
        "type,value,confidence,first_seen,last_seen,tags,context,tlp\n"
        "ipv4,198.51.100.7,high,2026-01-01,2026-02-01,botnet;T1071.001,'a: #b',amber\n"
        "email,mallory@evil.example,low,,,phishing,,\n"
        "cve,CVE-2021-44228,high,2021-12-10,,,Log4Shell,\n"
    )
    good(socdef("compile", "feed.csv", "-o", "more/", "--logsource", "all", cwd=folder))
    there = len(list((folder / "more").iterdir()))
    good(socdef("compile", "feed.txt", "-o", "more/", "--prune", "-q", cwd=folder))
    assert there > 3
    assert len(list((folder / "more").iterdir())) == 5


def test_what_is_not_its_own_stays(folder: Path) -> None:
    rules = folder / "rules"
    by_value = {path.read_text().partition("value: ")[2].split("\n")[0]: path for path in rules.iterdir()}
    edited = next(path for value, path in by_value.items() if "198.51.100.7" in value)
    edited.write_text(edited.read_text().replace("status: experimental", "status: stable"))
    tuned = next(path for value, path in by_value.items() if value == "'evil.example'")
    tuned.write_text(tuned.read_text().replace("condition: ", "condition: not "))
    link = next(path for value, path in by_value.items() if "http" in value)
    (folder / "elsewhere.yml").write_bytes(link.read_bytes())
    link.unlink()
    link.symlink_to(folder / "elsewhere.yml")
    copy = rules / "copy.yml"
    copy.write_bytes((folder / "elsewhere.yml").read_bytes())
    (rules / "notes.txt").write_text("notes\n")
    (rules / "mine.yml").write_text("title: Mine\nid: 8f0e9a52-0c5e-5d5c-9d55-8b6a0a0f6c10\n")
    os.mkfifo(rules / "pipe.yml")
    (rules / "deep").mkdir()
    (folder / "feed.txt").write_text("other.example\n")
    good(compiled(folder, "--prune"))
    kept = {path.name for path in (edited, tuned, link, copy)} | {"notes.txt", "mine.yml", "pipe.yml", "deep"}
    assert kept < names(folder)
    assert len(names(folder)) == len(kept) + 1


@pytest.mark.parametrize("text", ["", "just some words in here\n", "999.1.1.1\n"])
def test_a_feed_that_gives_nothing_removes_nothing(folder: Path, text: str) -> None:
    before = names(folder)
    (folder / "feed.txt").write_text(text)
    done = compiled(folder, "--prune", "-q")
    assert (done.returncode, b"error[" in done.stderr) == (1, True)
    assert names(folder) == before


def test_an_empty_feed_may(folder: Path) -> None:
    (folder / "feed.txt").write_text("")
    good(compiled(folder, "--prune", "--allow-empty"))
    assert names(folder) == set()


def test_it_needs_a_folder(folder: Path) -> None:
    for options in ([], ["-o", "rules.yml"]):
        refused = socdef("compile", "feed.txt", "--prune", *options, cwd=folder)
        assert (refused.returncode, b"error[bad_usage]: " in refused.stderr) == (2, True)
