"""`sync --from`: a feed on disk, every day, as a person does it."""

import gzip
import json
import os
import random
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import pytest

from _harness.clock import shifted
from _harness.command import SOCDEF, environment, good, run, socdef
from _harness.syncing import Syncing

pytestmark = pytest.mark.pysigma_1_only

KILLS = int(os.environ.get("SOCDEF_TEST_KILLS", "25"))
HEAD = "type,value,confidence\n"


def rows(*numbers: int) -> str:
    """A CSV of addresses."""
    return HEAD + "".join(f"ipv4,198.51.100.{number},medium\n" for number in numbers)


class Daily(Syncing):
    """A feed that comes as a file, and the rules of it."""

    def __init__(self, folder: Path, home: dict[str, str], output: str = "rules/", *feeds: str) -> None:
        super().__init__(folder, home, "", "", output)
        self.home = dict(home)
        self.feed = folder / "today.csv"
        self.arguments = [
            "sync",
            *(part for feed in feeds or ["today.csv"] for part in ("--from", feed)),
            "--state",
            "state",
            "-o",
            output,
            "--changes",
            "changes.json",
        ]

    def day(self, *numbers: int) -> dict[str, list[str]]:
        """Write the feed of a day, and run."""
        self.feed.write_text(rows(*numbers))
        return self.changes()

    def held(self, code: str, *options: str) -> list[str]:
        """Run, and be told that nothing was removed; the values that it is about."""
        done = self.run(*options)
        error = done.stderr.decode()
        assert (done.returncode, done.stdout) == (1, b""), error
        assert f"error[{code}]: " in error
        assert "hint: " in error
        assert "no rule was removed" in error
        changes = json.loads((self.folder / "changes.json").read_text())
        assert changes["removed"] == changes["expired"] == []
        return sorted(change["value"] for change in changes["held"])


def addresses(*numbers: int) -> list[str]:
    return sorted(f"198.51.100.{number}" for number in numbers)


@pytest.fixture(scope="module")
def home(sigma_home: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in sigma_home.items() if not name.startswith("SOCDEF_")}


@pytest.fixture
def daily(home: dict[str, str], tmp_path: Path) -> Daily:
    return Daily(tmp_path / "daily", home)


def test_a_week(daily: Daily, tmp_path: Path) -> None:
    """No key, no server, and a clock that goes on."""
    assert daily.day(*range(1, 11)) == {"added": addresses(*range(1, 11))}
    files, times = daily.files(), daily.times()
    mine = daily.output / "mine.yml"
    mine.write_text("title: mine\n")
    times = daily.times()
    for days in (1, 60):
        daily.home |= shifted(tmp_path, timedelta(days=days))
        assert daily.day(*range(1, 11)) == {}
    assert daily.times() == times
    assert daily.day(*range(3, 12)) == {"added": addresses(11), "removed": addresses(1, 2)}
    daily.feed.write_text(daily.feed.read_text().replace("100.5,medium", "100.5,high"))
    assert daily.changes() == {"updated": addresses(5)}
    kept = {name: text for name, text in daily.files().items() if name in files}
    assert sum(files[name] == text for name, text in kept.items()) == 7
    assert mine.read_text() == "title: mine\n"
    # One that comes back is the same rule, under the same name.
    daily.day(*range(1, 12))
    assert files.keys() <= daily.files().keys()


def test_what_the_feed_says_of_itself(daily: Daily) -> None:
    """Its dates are those of the rules, and what its producer calls over is removed, as from a server."""
    daily.feed.write_text(
        "type,value,first_seen,last_seen\n"
        + "".join(f"ipv4,198.51.100.{number},2026-05-0{number},2026-05-1{number}\n" for number in range(1, 8))
    )
    assert len(daily.changes()["added"]) == 7
    assert b"date: 2026-05-01\nmodified: 2026-05-11\n" in b"".join(daily.files().values())
    good(socdef("compile", "today.csv", "-o", "compiled/", home=daily.home, cwd=daily.folder))
    assert {path.name: path.read_bytes() for path in (daily.folder / "compiled").iterdir()} == daily.files()


def test_an_allow_list_and_types(daily: Daily) -> None:
    text = rows(*range(1, 11)) + "domain,evil.example,high\n" + f"ja3,{'a' * 32},high\n"
    daily.feed.write_text(text)
    assert len(daily.changes()["added"]) == 11
    (daily.folder / "own.txt").write_text("198.51.100.2\nevil.example\n")
    assert daily.changes("--allow", "own.txt") == {"removed": [*addresses(2), "evil.example"]}
    both = daily.changes("--type", "domain", "--type", "ipv4", "--type", "ja3")
    assert both == {"added": ["198.51.100.2", "a" * 32, "evil.example"]}
    high = daily.changes("--min-confidence", "high", "--allow-shrink", "--type", "all")
    assert high == {"removed": addresses(*range(1, 11))}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "empty_input"),
        (HEAD.encode(), "empty_input"),
        (b"<html><body><h1>503 Service Unavailable</h1></body></html>\n", "nothing_read"),
        (b"type,value\nipv4,999.1.1.1\nipv4,nothing\n", "all_refused"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "unknown_format"),
        (gzip.compress(rows(*range(1, 11)).encode())[:-20], "broken_input"),
        (b'[{"type": "ipv4", "value": "198.51.100.1"}, {"type": "ip', "broken_input"),
    ],
    ids=["empty", "header", "page", "refused", "image", "gzip", "json"],
)
def test_a_feed_that_is_empty_or_broken(daily: Daily, text: bytes, code: str) -> None:
    daily.day(*range(1, 11))
    files, times = daily.files(), daily.times()
    daily.feed.write_bytes(text)
    for options in ([], ["--quiet"]):
        if options:
            done = daily.run(*options)
            assert (done.returncode, f"error[{code}]: " in done.stderr.decode()) == (1, True)
        else:
            daily.held(code)
        if code == "broken_input":  # What stands before the break is read.
            assert daily.files().keys() == files.keys()
        else:
            assert (daily.files(), daily.times()) == (files, times)
    daily.day(*range(1, 11))
    assert daily.files() == files


def test_a_feed_that_is_missing(daily: Daily) -> None:
    missing = daily.run()
    assert (missing.returncode, b"error[unreadable_input]: " in missing.stderr) == (1, True)
    assert not daily.output.exists()
    daily.day(*range(1, 11))
    daily.feed.unlink()
    assert daily.held("unreadable_input") == addresses(*range(1, 11))
    assert len(daily.files()) == 10


def test_a_feed_that_shrinks(daily: Daily) -> None:
    daily.day(*range(1, 11))
    daily.feed.write_text(rows(*range(5, 12)))
    assert daily.held("shrunk_feed") == addresses(1, 2, 3, 4)
    assert len(daily.files()) == 11
    error = daily.run().stderr.decode()
    assert "error[shrunk_feed]: 4 of 11 rules would be removed, more than 30 %" in error
    assert "--allow-shrink" in error
    assert daily.held("shrunk_feed", "--dry-run") == addresses(1, 2, 3, 4)
    assert daily.changes("--allow-shrink") == {"removed": addresses(1, 2, 3, 4)}
    assert daily.values() == addresses(*range(5, 12))


def test_several_files_a_folder_and_standard_input(home: dict[str, str], tmp_path: Path) -> None:
    daily = Daily(tmp_path / "daily", home, "rules/", "today.csv", "more/", "-")
    (daily.folder / "more").mkdir()
    (daily.folder / "more" / "a.txt").write_text("evil.example\n")
    (daily.folder / "more" / "b.json").write_text('[{"type": "domain", "value": "bad.example"}]')
    daily.feed.write_text(rows(*range(1, 11)))

    def piped(text: bytes) -> subprocess.CompletedProcess[bytes]:
        return run([SOCDEF, *daily.arguments], daily.home, cwd=daily.folder, stdin=text)

    good(piped(b"http://evil.example/a\n"))
    assert len(daily.files()) == 13
    (daily.folder / "more" / "b.json").unlink()
    good(piped(b"http://evil.example/a\n"))
    assert "bad.example" not in daily.values()
    # One of them is broken: the others bring what is new, and nothing is removed.
    (daily.folder / "more" / "a.txt").write_text("other.example\n")
    done = piped(b"")
    assert (done.returncode, b"error[empty_input]: " in done.stderr) == (1, True)
    assert {"other.example", "evil.example", "http://evil.example/a"} < set(daily.values())
    good(run([SOCDEF, *daily.arguments, "--allow-empty"], daily.home, cwd=daily.folder, stdin=b""))
    assert daily.values() == [*addresses(*range(1, 11)), "other.example"]


def test_another_source_is_asked_for(daily: Daily) -> None:
    """Nothing is lost by a name that was mistyped, or by a server in place of a file."""
    daily.day(*range(1, 11))
    files = daily.files()
    (daily.folder / "other.csv").write_text(rows(*range(2, 12)))
    other = ["sync", "--from", "other.csv", *daily.arguments[3:]]
    server = ["sync", *daily.arguments[3:], "--base-url", "http://127.0.0.1:9", "--max-wait", "0"]
    home = {**daily.home, "SOCDEF_API_KEY": "sk_live_0123456789abcdefghij"}
    for arguments in (other, server):
        refused = run([SOCDEF, *arguments], home, cwd=daily.folder)
        assert refused.returncode == 2
        assert b"error[bad_usage]: this state follows the feed " in refused.stderr
        assert b"--full" in refused.stderr
    assert daily.files() == files
    daily.arguments = other
    changes = daily.changes("--full")
    # A rule may name the file that it is from.
    changes.pop("updated", None)
    assert changes == {"added": addresses(11), "removed": addresses(1)}
    assert daily.changes() == {}


def test_options_that_go_with_the_other_kind(daily: Daily) -> None:
    daily.feed.write_text(rows(1))
    for options in (["--base-url", "http://127.0.0.1:9"], ["--overlap", "3"], ["--allow-truncated"]):
        refused = daily.run(*options)
        assert (refused.returncode, b"error[bad_usage]: " in refused.stderr) == (2, True)
    for options in (["--allow-shrink"], ["--input-format", "csv"], ["--type", "ipv4", "--type", "url"]):
        refused = socdef("sync", "--state", "s", "-o", "r/", *options, home=daily.home, cwd=daily.folder)
        assert (refused.returncode, b"error[" in refused.stderr) == (2, True) or refused.returncode == 3
    # The variables of a server do not matter.
    daily.home |= {"SOCDEF_BASE_URL": "http://127.0.0.1:9", "SOCDEF_API_KEY": "x"}
    assert daily.changes() == {"added": addresses(1)}
    (rule,) = daily.output.iterdir()
    rules = socdef("sync", "--from", rule, "--state", "s", "-o", "r/", home=daily.home, cwd=daily.folder)
    assert (rules.returncode, b"holds Sigma rules" in rules.stderr) == (2, True)


def test_a_file_that_somebody_edited(daily: Daily) -> None:
    daily.day(*range(1, 11))
    edited = next(path for path in daily.output.iterdir() if "100_4" in path.name)
    edited.write_text("mine: true\n")
    daily.feed.write_text(rows(*(number for number in range(1, 11) if number != 4)))
    assert daily.changes()["conflicts"] == [str(edited)]
    assert edited.read_text() == "mine: true\n"


@pytest.mark.pysigma_1_and_2
def test_queries(home: dict[str, str], tmp_path: Path) -> None:
    daily = Daily(tmp_path / "daily", home, "queries.spl")
    daily.arguments += ["-t", "splunk"]
    daily.day(*range(1, 11))
    queries = daily.output.read_text()
    assert queries.count("198.51.100.") == 10
    daily.feed.write_text("")
    daily.held("empty_input")
    assert daily.output.read_text() == queries
    daily.day(*range(3, 11))
    assert daily.output.read_text().count("198.51.100.") == 8


@pytest.mark.parametrize("output", ["queries.txt", "queries/"])
def test_rules_of_which_none_converts(home: dict[str, str], tmp_path: Path, output: str) -> None:
    """A backend that refuses all of them does not cost the queries that are there."""
    daily = Daily(tmp_path / "daily", home, output)
    daily.arguments += ["-t", "kusto", "-p", "none"]
    daily.feed.write_text("192.0.2.1\n")
    daily.changes()

    def there() -> bytes:
        return b"".join(daily.files().values()) if output.endswith("/") else daily.output.read_bytes()

    queries = there()
    assert b"192.0.2.1" in queries
    # Its function for networks knows no IPv6.
    daily.feed.write_text("2001:db8::/32\n")
    for options in ([], ["--quiet"]):
        done = daily.run("--allow-shrink", *options)
        assert (done.returncode, b"error[no_queries]: " in done.stderr) == (1, True)
        assert there() == queries
    daily.feed.write_text("192.0.2.1\n192.0.2.2\n")
    daily.changes()
    assert b"192.0.2.2" in there()


def test_a_command_after_a_change(daily: Daily) -> None:
    daily.arguments += ["--on-change", "echo changed"]
    daily.feed.write_text(rows(*range(1, 11)))
    assert good(daily.run()).stdout == b"changed\n"
    daily.feed.write_text("")
    done = daily.run()
    assert (done.returncode, done.stdout) == (1, b"")
    # What is new came, and the exit status still says that something was held back.
    daily.feed.write_text(rows(11))
    done = daily.run()
    assert (done.returncode, done.stdout) == (1, b"changed\n")


def test_an_empty_folder_is_named(daily: Daily) -> None:
    daily.day(1, 2)
    (daily.folder / "feeds").mkdir()
    at = daily.arguments.index("today.csv")
    daily.arguments[at] = "feeds"
    done = daily.run("--full")
    assert done.returncode == 1
    assert b"error[empty_input]: " in done.stderr
    assert b"\n  --> feeds\n" in done.stderr
    assert daily.values() == addresses(1, 2)


def test_kills(daily: Daily) -> None:
    """Whenever a run dies, every file is whole, and the next run has the rules of the feed and no other."""
    chance = random.Random(7)
    took = 1.0
    for kill in range(KILLS):
        numbers = [number for number in range(1, 200) if (number * 7 + kill) % 5]
        daily.feed.write_text(rows(*numbers))
        began = time.monotonic()
        command = [SOCDEF, *daily.arguments, "--quiet", "--allow-shrink"]
        with subprocess.Popen(command, env=environment(daily.home), cwd=daily.folder) as process:
            try:
                process.wait(chance.uniform(0.3, 1.2) * took)
                took = time.monotonic() - began
            except subprocess.TimeoutExpired:
                process.kill()
        if daily.output.exists():
            for path in daily.output.glob("*.yml"):
                text = path.read_bytes()
                assert (text[:7], text[-1:]) == (b"title: ", b"\n"), path
        if kill % 5 == 4:
            good(daily.run("--allow-shrink"))
            assert daily.values() == addresses(*numbers)
