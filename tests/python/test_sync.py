"""`sync` as a timer runs it: again and again, killed, refused, cut off, and never anything half done."""

import contextlib
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from _harness.command import SIGMA, SOCDEF, environment, good, run, socdef
from _harness.endpoint import Endpoint, Store, serving
from _harness.syncing import Syncing

pytestmark = pytest.mark.pysigma_1_only

VALUES = ("192.0.2.1", "evil.example", "http://evil.example/a")
KILLS = int(os.environ.get("SOCDEF_TEST_KILLS", "25"))


@pytest.fixture(scope="module")
def home(sigma_home: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in sigma_home.items() if not name.startswith("SOCDEF_")}


@pytest.fixture
def store(home: dict[str, str], tmp_path: Path) -> Store:
    (tmp_path / "store").mkdir()
    store = Store(tmp_path / "store", home)
    store.feed("\n".join(VALUES))
    return store


@pytest.fixture
def endpoint(store: Store) -> Iterator[Endpoint]:
    with serving(store) as endpoint:
        yield endpoint


@pytest.fixture
def syncing(store: Store, endpoint: Endpoint, tmp_path: Path) -> Syncing:
    return Syncing(tmp_path / "sync", store.home, endpoint.url, store.key("pro"))


def test_one_run_after_another(store: Store, syncing: Syncing) -> None:
    assert syncing.changes() == {"added": sorted(VALUES)}
    files, times = syncing.files(), syncing.times()
    assert syncing.values() == sorted(VALUES)

    assert syncing.changes() == {}
    assert (syncing.files(), syncing.times()) == (files, times)

    store.feed("\n".join([*VALUES, "other.example"]))
    assert syncing.changes() == {"added": ["other.example"]}
    assert {name: text for name, text in syncing.files().items() if name in files} == files
    assert {name: at for name, at in syncing.times().items() if name in files} == {
        name: at for name, at in times.items() if name in files
    }

    # What the feed takes back is no news since the last run: our server says so, and then everything is fetched.
    store.feed("\n".join(VALUES[1:]))
    for options in ([], ["--full"]):
        assert syncing.changes("--dry-run", *options) == {"removed": sorted(["other.example", VALUES[0]])}
    assert len(syncing.files()) == 4
    done = good(syncing.run())
    assert b"0 added, 0 updated, 0 expired, 2 removed, 2 unchanged\n" in done.stderr
    assert b"everything was fetched" in done.stderr
    assert syncing.values() == sorted(VALUES[1:])
    assert b"everything was fetched" not in good(syncing.run()).stderr


def test_what_changed_is_updated(store: Store, syncing: Syncing) -> None:
    syncing.changes()
    feed = store.folder / "more.csv"
    feed.write_text("type,value,confidence\nipv4,192.0.2.1,high\n")
    store.ingest(feed)
    assert syncing.changes() == {"updated": ["192.0.2.1"]}
    assert any(b"level: high" in text for text in syncing.files().values())


def test_a_dry_run_changes_nothing(syncing: Syncing) -> None:
    assert syncing.changes("--dry-run") == {"added": sorted(VALUES)}
    assert not syncing.output.exists()
    assert b"dry run: 3 added" in syncing.run("--dry-run").stderr
    assert syncing.changes() == {"added": sorted(VALUES)}


def test_a_file_that_somebody_edited_is_left(store: Store, syncing: Syncing) -> None:
    syncing.changes()
    (edited,) = (path for path in syncing.output.iterdir() if "192_0_2_1" in path.name)
    edited.write_text(edited.read_text().replace("status: experimental", "status: stable"))
    mine = syncing.output / "mine.yml"
    mine.write_text("mine: true\n")
    text = edited.read_bytes()
    store.feed("\n".join([*VALUES, "other.example"]))
    for options in ([], ["--full"]):
        assert syncing.changes(*options)["conflicts"] == [str(edited)]
    assert syncing.run("--strict").returncode == 1
    store.feed("other.example")
    removed = syncing.changes("--full")
    assert (removed["removed"], removed["conflicts"]) == (sorted(VALUES), [str(edited)])
    assert (edited.read_bytes(), mine.read_text()) == (text, "mine: true\n")
    assert len(syncing.files()) == 3


def test_other_filters_fetch_everything_again(syncing: Syncing) -> None:
    assert syncing.changes("--type", "ipv4") == {"added": ["192.0.2.1"]}
    assert syncing.changes("--type", "domain") == {"added": ["evil.example"], "removed": ["192.0.2.1"]}
    assert syncing.changes() == {"added": ["192.0.2.1", "http://evil.example/a"]}
    assert syncing.changes("--min-confidence", "high") == {"removed": sorted(VALUES)}


def test_a_log_source_comes_and_goes(store: Store, syncing: Syncing) -> None:
    """Each rule of an indicator is one of its own, and all of them go with the indicator."""
    every = ("--logsource", "all")
    primary = syncing.changes()
    assert primary == {"added": sorted(VALUES)}
    before = syncing.files()
    # 6 log sources of the address, 5 of the domain, 2 of the URL: 10 more rules, and the three are left alone.
    added = syncing.changes(*every)
    assert {kind: len(values) for kind, values in added.items()} == {"added": 10}
    assert len(syncing.files()) == 13
    assert before.items() <= syncing.files().items()
    times = syncing.times()
    assert syncing.changes(*every) == {}
    assert syncing.times() == times
    removed = syncing.changes("--logsource", "primary", "--logsource", "firewall")
    assert {kind: len(values) for kind, values in removed.items()} == {"removed": 9}
    assert len(syncing.files()) == 4
    store.feed("\n".join(VALUES[1:]))
    gone = syncing.changes("--logsource", "primary", "--logsource", "firewall", "--full")
    assert gone == {"removed": ["192.0.2.1", "192.0.2.1"]}
    assert syncing.values() == ["evil.example", "http://evil.example/a"]


@pytest.mark.pysigma_1_and_2
def test_queries_in_a_file_and_in_a_folder(
    store: Store, endpoint: Endpoint, syncing: Syncing, tmp_path: Path
) -> None:
    key = store.secrets[0]
    rules = endpoint.get("/api/v1/iocs/sigma?limit=10000", key)[2]
    wanted = good(
        run([SIGMA, "convert", "-t", "splunk", "-p", "socdef", "-"], store.home, stdin=rules)
    ).stdout
    queries = sorted(query.strip() for query in wanted.decode().split("\n\n"))
    splunk = ("-t", "splunk", "-p", "socdef")
    file = Syncing(tmp_path / "file", store.home, endpoint.url, key, "queries.spl")
    assert file.changes(*splunk) == {"added": sorted(VALUES)}
    assert sorted(query.strip() for query in file.output.read_text().split("\n\n")) == queries
    at = file.output.stat().st_mtime_ns
    assert file.changes(*splunk) == {}
    assert file.output.stat().st_mtime_ns == at

    folder = Syncing(tmp_path / "folder", store.home, endpoint.url, key, "queries/")
    folder.changes(*splunk)
    assert sorted(text.decode().strip() for text in folder.files().values()) == queries
    store.feed("\n".join(VALUES[1:]))
    folder.changes(*splunk, "--full")
    file.changes(*splunk, "--full")
    assert len(folder.files()) == 2
    assert "192.0.2.1" not in file.output.read_text()
    # Rules instead of queries: everything anew.
    folder.changes()
    assert all(name.endswith(".yml") for name in folder.files())


def test_one_file_of_rules(store: Store, endpoint: Endpoint, syncing: Syncing, tmp_path: Path) -> None:
    file = Syncing(tmp_path / "file", store.home, endpoint.url, store.secrets[0], "rules.yml")
    file.changes()
    assert sorted(rule["socdef"]["value"] for rule in yaml.safe_load_all(file.output.read_text())) == sorted(
        VALUES
    )
    store.feed("")
    file.changes("--full")
    assert (
        good(run([SIGMA, "convert", "-t", "splunk", "-p", "socdef", file.output], store.home)).stdout.strip()
        == b""
    )


def test_a_command_after_a_change(syncing: Syncing) -> None:
    command = f"'{sys.executable}' -c 'import json, os; print(len(json.load(open(os.environ[\"SOCDEF_CHANGES\"]))[\"added\"]))'"
    assert syncing.run("--dry-run", "--on-change", command).stdout == b""
    syncing.arguments.remove("--changes")
    syncing.arguments.remove("changes.json")
    done = good(syncing.run("--on-change", command))
    assert done.stdout == b"3\n"
    assert good(syncing.run("--on-change", command)).stdout == b""  # Nothing changed.


def test_a_command_that_fails(store: Store, syncing: Syncing) -> None:
    failed = syncing.run("--on-change", "exit 7")
    assert failed.returncode == 1
    assert b"error[on_change_failed]" in failed.stderr
    assert syncing.values() == sorted(VALUES)
    assert syncing.changes("--on-change", "exit 7") == {}


def test_a_service_that_is_gone_and_a_key_that_is_wrong(store: Store, syncing: Syncing) -> None:
    syncing.changes()
    times = syncing.times()
    free = {**syncing.home, "SOCDEF_API_KEY": "sk_live_" + "0" * 60}
    for home, status in ((free, 3), ({**syncing.home, "SOCDEF_BASE_URL": "http://127.0.0.1:9"}, 4)):
        failed = socdef(*syncing.arguments, home=home, cwd=syncing.folder)
        assert failed.returncode == status
    assert syncing.times() == times


def test_an_output_that_cannot_be_written(store: Store, syncing: Syncing) -> None:
    """The run that finds it fails; the first that can finishes it."""
    syncing.changes()
    store.feed("\n".join([*VALUES[1:], "other.example"]))
    aside = syncing.output.rename(syncing.folder / "aside")
    syncing.output.write_text("in the way")
    failed = syncing.run("--full")
    assert (failed.returncode, syncing.output.read_text()) == (2, "in the way")
    syncing.output.unlink()
    aside.rename(syncing.output)
    syncing.changes("--full")
    assert syncing.values() == sorted([*VALUES[1:], "other.example"])


@pytest.mark.parametrize("output", ["-", "/dev/null", "/dev/full", "fifo"])
def test_what_is_no_file_cannot_be_kept_up_to_date(output: str, syncing: Syncing) -> None:
    os.mkfifo(syncing.folder / "fifo")
    refused = socdef("sync", "--state", "state", "-o", output, home=syncing.home, cwd=syncing.folder)
    assert refused.returncode == 2
    assert b"error[bad_usage]" in refused.stderr
    assert sorted(path.name for path in syncing.folder.iterdir()) == ["fifo"]


def test_another_output_needs_another_state(syncing: Syncing) -> None:
    syncing.changes()
    refused = socdef("sync", "--state", "state", "-o", "others/", home=syncing.home, cwd=syncing.folder)
    assert (refused.returncode, b"error[bad_usage]" in refused.stderr) == (2, True)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the limit ends the process")
def test_no_room_for_the_state(store: Store, syncing: Syncing) -> None:
    """Files may not grow beyond a limit, which is what a full disk looks like to a program."""
    syncing.changes()
    store.feed("\n".join(f"198.51.100.{number}" for number in range(1, 101)))
    statuses = []
    before = syncing.files()
    for limit in (1 << 12, 1 << 14, 1 << 15, 1 << 16, 1 << 17, 1 << 18):
        done = subprocess.run(
            [SOCDEF, *syncing.arguments, "--full"],
            env=environment(syncing.home),
            cwd=syncing.folder,
            preexec_fn=lambda limit=limit: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),  # type: ignore[misc]
            capture_output=True,
            check=False,
        )
        statuses.append(done.returncode)
        if done.returncode:
            assert b"error[" in done.stderr
            assert syncing.files() == before
    assert statuses[0] == 2
    assert set(statuses) <= {0, 2}
    syncing.changes("--full")
    assert len(syncing.values()) == 100


def test_killed_at_any_moment(store: Store, endpoint: Endpoint, syncing: Syncing, tmp_path: Path) -> None:
    """Killed again and again while the feed changes; then one run gives what a first run gives."""
    chance = random.Random(4)
    universe = [f"198.51.100.{number + 1}" for number in range(120)]
    store.feed("\n".join(universe))
    every = Syncing(tmp_path / "every", store.home, endpoint.url, store.secrets[0])
    every.changes()
    whole = every.files()
    assert len(whole) == 120
    store.feed("\n".join(universe[:70]))
    began = time.monotonic()
    syncing.changes()
    length = time.monotonic() - began

    killed = ended = inside = temporary = 0
    # The moments are chosen by the clock, and by what is seen in the folder: on a busy machine the one misses the files.
    while killed < KILLS or (inside == 0 and killed < 5 * KILLS):
        at_first_file = killed % 2 == 1
        store.feed("\n".join(chance.sample(universe, 70)))
        with subprocess.Popen(
            [SOCDEF, *syncing.arguments, "--full", "--quiet"],
            env=environment(syncing.home),
            cwd=syncing.folder,
        ) as process:
            began = time.monotonic()
            if at_first_file:
                until_a_file_changes(process, syncing.output)
            else:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(length * (0.2 + 0.75 * chance.random()))
                    length = time.monotonic() - began
            process.send_signal(signal.SIGKILL)
        if process.returncode == 0:
            ended += 1
        else:
            assert process.returncode == -signal.SIGKILL
            killed += 1
        # Nothing is half there: what is no temporary file is a whole rule.
        files = syncing.files()
        rules = {name: text for name, text in files.items() if name in whole}
        assert {name: text for name, text in rules.items() if text != whole[name]} == {}
        rest = [name for name in files if name not in whole]
        assert all(name.startswith(".") for name in rest), rest
        temporary += bool(rest)
        inside += pending(syncing.folder / "state", tmp_path / "copy") > 0

    print(
        f"{killed} killed, {ended} ended before, {inside} killed while writing, {temporary} left a temporary file"
    )
    syncing.changes("--full")
    fresh = Syncing(tmp_path / "fresh", store.home, endpoint.url, store.secrets[0])
    fresh.changes()
    assert syncing.files() == fresh.files()
    assert len(fresh.files()) == 70
    assert inside > 0
    assert syncing.changes() == {}


def until_a_file_changes(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until a process has changed the first name in a folder, or has ended."""
    before = folder.stat().st_mtime_ns
    while process.poll() is None and folder.stat().st_mtime_ns == before:
        pass


def pending(state: Path, copy: Path) -> int:
    """How many files a killed run had still to write or remove. Read in a copy, since reading repairs."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(state, copy)
    connection = sqlite3.connect(copy / "state.db")
    try:
        return int(connection.execute("SELECT count(*) FROM pending").fetchone()[0])
    finally:
        connection.close()
