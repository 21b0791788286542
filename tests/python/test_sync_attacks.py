"""`sync` among wrong clocks, odd files and secrets: nothing is lost, nothing waits, nothing gets out."""

import json
import os
import shlex
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from _harness.clock import shifted
from _harness.command import good, socdef
from _harness.syncing import Syncing
from _harness.upstream import Upstream, upstream

pytestmark = pytest.mark.pysigma_1_only

VALUES = [f"192.0.2.{number}" for number in range(1, 6)]
KEY = "sk_live_0123456789abcdefghij"

PAIR = (
    "http://e.example/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa/00810428",
    "http://e.example/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa/0174dba7",
)
"""Two URLs whose rules' ids share their first 48 bits."""


@pytest.fixture(scope="module")
def home(sigma_home: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in sigma_home.items() if not name.startswith("SOCDEF_")}


@pytest.fixture
def service() -> Iterator[Upstream]:
    with upstream() as service:
        service.records = dict.fromkeys(VALUES, service.clock - timedelta(days=3))
        yield service


@pytest.fixture
def syncing(service: Upstream, home: dict[str, str], tmp_path: Path) -> Syncing:
    return Syncing(tmp_path / "sync", home, service.url, KEY)


def ago(**how: int) -> datetime:
    """A moment before now, or after it."""
    return datetime.now(timezone.utc).replace(microsecond=0) - timedelta(**how)


@pytest.mark.parametrize(
    "ahead",
    [
        timedelta(days=31),
        timedelta(days=91),
        timedelta(days=27_000),
        timedelta(days=-1),
        timedelta(days=-20_000),
        timedelta(minutes=11),
    ],
    ids=str,
)
def test_one_answer_with_a_wrong_clock(ahead: timedelta, service: Upstream, syncing: Syncing) -> None:
    wrong = ago() + ahead
    right = service.clock
    assert syncing.changes() == {"added": VALUES}
    service.clock = wrong
    service.records["192.0.2.9"] = right
    odd = syncing.run("--strict")
    assert (odd.returncode, len(syncing.files())) == (1, 6)
    changes = json.loads((syncing.folder / "changes.json").read_text())
    assert [one["value"] for one in changes["added"]] == ["192.0.2.9"]
    message = odd.stderr.decode()
    assert (
        f"  warning: the server's clock says {wrong:%Y-%m-%dT%H:%M:%SZ}, and ours {right:%Y-%m-%d}" in message
    )
    assert changes["clock_warning"] in message
    assert syncing.changes("--full") == {}
    service.clock = right
    # A rule with the date of a clock that was behind gets the right one.
    assert syncing.changes() in ({}, {"updated": ["192.0.2.9"]})
    assert "since" not in service.asked[-1]
    assert syncing.changes() == {}
    assert service.asked[-1]["since"] == f"{right - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    assert good(syncing.run("--strict")).stderr.count(b"warning") == 0
    assert syncing.values() == [*VALUES, "192.0.2.9"]


@pytest.mark.parametrize("days", [31, 27_000, -40, -15_000])
def test_our_own_clock_was_wrong(days: int, service: Upstream, syncing: Syncing, tmp_path: Path) -> None:
    syncing.changes()
    home = syncing.home
    syncing.home = {**home, **shifted(tmp_path, timedelta(days=days))}
    odd = syncing.run("--strict")
    assert (odd.returncode, syncing.values()) == (1, VALUES)
    for asked in service.asked:
        assert asked.get("since", "0") <= f"{service.clock:%Y-%m-%dT%H:%M:%SZ}"
    syncing.home = home
    assert syncing.changes() == {}
    assert good(syncing.run("--strict")).stderr.count(b"warning") == 0


@pytest.mark.parametrize("days", [31, 27_000])
def test_both_clocks_were_wrong(days: int, service: Upstream, syncing: Syncing, tmp_path: Path) -> None:
    """Server and client on one machine: nobody can know. When the clock is right again, all is there again."""
    syncing.changes()
    home, right = syncing.home, service.clock
    syncing.home = {**home, **shifted(tmp_path, timedelta(days=days))}
    service.clock += timedelta(days=days)
    assert syncing.changes() == {"expired": VALUES}
    syncing.home, service.clock = home, right
    back = syncing.run("--strict")
    assert back.returncode == 1
    assert b", but the last run was at " in back.stderr
    assert "since" not in service.asked[-1]
    assert syncing.values() == VALUES
    assert syncing.changes() == {}
    assert syncing.values() == VALUES


def in_the_way(path: Path, what: str) -> None:
    """Put something that is not a file in the place of one."""
    path.unlink()
    if what == "fifo":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    elif what == "device":
        path.symlink_to("/dev/zero")
    else:
        path.symlink_to(path.parent.parent / "nowhere")


@pytest.mark.parametrize("what", ["fifo", "folder", "device", "link"])
def test_what_is_not_a_file_in_the_place_of_a_rule(what: str, service: Upstream, syncing: Syncing) -> None:
    syncing.changes()
    path = next(path for path in syncing.output.iterdir() if "192_0_2_3" in path.name)
    in_the_way(path, what)
    service.add("192.0.2.9")
    for _ in range(2):
        done = good(syncing.run())
        assert f"conflict  {path}: a ".encode() in done.stderr
        assert b" is in the place of this file, so it was not updated" in done.stderr
    assert syncing.run("--strict").returncode == 1
    assert not (syncing.folder / "nowhere").exists()
    (path.rmdir if what == "folder" else path.unlink)()
    good(syncing.run())
    assert syncing.values() == [*VALUES, "192.0.2.9"]


@pytest.mark.parametrize("what", ["fifo", "folder", "link"])
@pytest.mark.parametrize("command", [["compile"], ["convert", "-t", "splunk", "-p", "socdef"]])
def test_what_is_not_a_file_in_another_folder(
    what: str, command: list[str], home: Mapping[str, str], tmp_path: Path
) -> None:
    feed = tmp_path / "feed.txt"
    feed.write_text("\n".join(VALUES))
    folder = tmp_path / "out"
    run: list[str | Path] = [*command, feed, "-o", f"{folder}/", "-q"]
    good(socdef(*run, home=home))
    path = next(path for path in folder.iterdir() if "192_0_2_3" in path.name)
    in_the_way(path, what)
    done = socdef(*run, home=home)
    assert not (tmp_path / "nowhere").exists()
    if what == "link":  # It points to nothing, and is replaced.
        assert (done.returncode, path.is_symlink(), path.is_file()) == (0, False, True)
    else:
        assert done.returncode == 2
        assert b"error[unwritable_output]: " in done.stderr
        assert f"--> {path}\n".encode() in done.stderr


def test_two_rules_never_share_a_file(home: Mapping[str, str], tmp_path: Path) -> None:
    feed = tmp_path / "feed.txt"
    feed.write_text("\n".join(PAIR))
    splunk = ("-t", "splunk", "-p", "socdef")
    # With a filter, rules go through pySigma one by one.
    condition = tmp_path / "filter.yml"
    condition.write_text(
        "title: none\nid: 9c1b1f0e-6a1d-4a35-9d0c-0d3f3f1a2b4c\nlogsource:\n  category: proxy\nfilter:\n  rules: any\n"
        "  selection:\n    cs-host: ok.example\n  condition: not selection\n"
    )
    commands: list[list[str | Path]] = [
        ["compile"],
        ["compile", "--no-merge"],
        ["convert", *splunk],
        ["convert", *splunk, "--filter", condition],
    ]
    for number, command in enumerate(commands):
        folder = tmp_path / str(number)
        for _ in range(2):
            good(socdef(*command, feed, "-o", f"{folder}/", home=home))
            found = {path.name: path.read_text() for path in folder.iterdir()}
            assert len(found) == 2
            assert [sum(url.rsplit("/", 1)[1] in text for text in found.values()) for url in PAIR] == [1, 1]
            assert len({len(name) for name in found}) == 2


def test_rules_of_files_with_like_names(home: Mapping[str, str], tmp_path: Path) -> None:
    """The second rule of `a.yml` has the name of the first of `a-2.yml`."""
    feed = tmp_path / "feed.txt"
    feed.write_text("192.0.2.1\n192.0.2.2\n")
    rules = tmp_path / "rules"
    rules.mkdir()
    good(socdef("compile", feed, "-o", rules / "a.yml", home=home))
    feed.write_text("192.0.2.3\n")
    good(socdef("compile", feed, "-o", rules / "a-2.yml", home=home))
    good(socdef("convert", "-t", "splunk", "-p", "socdef", rules, "-o", f"{tmp_path}/out/", home=home))
    texts = [path.read_text() for path in (tmp_path / "out").iterdir()]
    assert sorted(text.split('"')[1] for text in texts) == VALUES[:3]


def test_the_key_is_not_in_the_environment_of_the_command(syncing: Syncing) -> None:
    code = "import os; print(*(name for name, value in os.environ.items() if 'sk_live' in value), 'end')"
    command = f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}"
    assert good(syncing.run("--on-change", command)).stdout == b"end\n"


def test_what_is_private(syncing: Syncing) -> None:
    """The state and the changes; rules are not."""
    report = syncing.folder / "changes.json"
    report.write_text("of an earlier version")
    report.chmod(0o644)
    command = 'stat -c %a "$SOCDEF_CHANGES"'
    assert good(syncing.run("--on-change", command)).stdout == b"600\n"
    state = syncing.folder / "state"
    for path in [report, *state.iterdir()]:
        assert path.stat().st_mode & 0o777 == 0o600, path
    usual = syncing.folder / "usual"
    usual.touch()
    for path in syncing.output.iterdir():
        assert path.stat().st_mode == usual.stat().st_mode
    assert sqlite3.connect(state / "state.db").execute("PRAGMA user_version").fetchone() == (2,)
