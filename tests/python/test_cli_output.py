"""Where results go, and what is said about them."""

import json
import os
import pty
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml

from _harness.command import SOCDEF, environment, good, socdef

pytestmark = pytest.mark.pysigma_1_only

VALUES = (
    "evil.example",
    "192.0.2.1",
    "192[.]0.2.1",
    "10.0.0.1",
    "192.0.2.256",
    "http://evil.example/a?b",
)
COMMANDS = [("compile",), ("convert", "-t", "sqlite", "-p", "none")]
ALL = [*COMMANDS, ("summary",), ("summary", "--json"), ("navigator",)]


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "feed.txt"
    path.write_text("\n".join(VALUES))
    return path


@pytest.mark.parametrize("command", ALL)
def test_a_file(command: tuple[str, ...], feed: Path, tmp_path: Path) -> None:
    data = good(socdef(*command, feed)).stdout
    assert data
    output = tmp_path / "output"
    for _ in range(2):
        process = good(socdef(*command, feed, "-o", output))
        assert process.stdout == b""
        assert output.read_bytes() == data
    assert good(socdef(*command, feed, "-o", "-", cwd=tmp_path)).stdout == data
    assert sorted(path.name for path in tmp_path.iterdir()) == ["feed.txt", "output"]


@pytest.mark.parametrize("command", ALL)
def test_a_link_a_device_and_a_fifo_are_written_to(
    command: tuple[str, ...], feed: Path, tmp_path: Path
) -> None:
    data = good(socdef(*command, feed)).stdout
    target, link, fifo = tmp_path / "target", tmp_path / "link", tmp_path / "fifo"
    target.write_bytes(b"something longer than any of the results" * 1000)
    link.symlink_to(target)
    good(socdef(*command, feed, "-o", link))
    assert link.is_symlink()
    assert target.read_bytes() == data
    os.mkfifo(fifo)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(fifo.read_bytes()))
    reader.start()
    good(socdef(*command, feed, "-o", fifo))
    reader.join()
    assert received == [data]
    assert fifo.is_fifo()
    good(socdef(*command, feed, "-o", "/dev/null"))
    assert Path("/dev/null").is_char_device()
    full = socdef(*command, feed, "-o", "/dev/full", "-q")
    assert full.returncode == 2
    assert b"error[unwritable_output]: cannot write the output\n  --> /dev/full\n" in full.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder(command: tuple[str, ...], feed: Path, tmp_path: Path) -> None:
    """One file a rule; a second run replaces its own, and leaves the others."""
    whole = good(socdef(*command, feed)).stdout.decode()
    folder = tmp_path / "new" / "folder"
    good(socdef(*command, feed, "-o", f"{folder}/"))
    files = {path.name: path.read_text() for path in folder.iterdir()}
    ending = "yml" if command == ("compile",) else "txt"
    assert len(files) == 3
    for name, text in files.items():
        assert re.fullmatch(rf"[a-z0-9_]{{10,90}}\.{ending}", name)
        assert text.strip() in whole
    (folder / "mine.txt").write_text("mine")
    feed.write_text("192.0.2.1\nother.example\n")
    good(socdef(*command, feed, "-o", folder))  # It exists, so no slash is needed.
    again = {path.name: path.read_text() for path in folder.iterdir()}
    assert len(again) == 5
    assert again.items() >= {**files, "mine.txt": "mine"}.items()


@pytest.mark.pysigma_1_and_2
def test_a_folder_of_rules_gives_a_folder_of_queries(feed: Path, tmp_path: Path) -> None:
    good(socdef("compile", feed, "-o", f"{tmp_path / 'rules'}/"))
    good(socdef("convert", "-t", "sqlite", tmp_path / "rules", "-o", f"{tmp_path / 'queries'}/"))
    good(socdef("convert", "-t", "sqlite", "-p", "none", feed, "-o", f"{tmp_path / 'direct'}/"))
    queries = {path.name: path.read_bytes() for path in (tmp_path / "queries").iterdir()}
    assert queries == {path.name: path.read_bytes() for path in (tmp_path / "direct").iterdir()}
    assert set(queries) == {f"{path.stem}.txt" for path in (tmp_path / "rules").iterdir()}


def test_several_rules_of_one_file_get_a_file_each(feed: Path, tmp_path: Path) -> None:
    good(socdef("compile", feed, "-o", tmp_path / "rules.yml"))
    good(socdef("convert", "-t", "sqlite", tmp_path / "rules.yml", "-o", f"{tmp_path / 'queries'}/"))
    assert sorted(path.name for path in (tmp_path / "queries").iterdir()) == [
        "rules-2.txt",
        "rules-3.txt",
        "rules.txt",
    ]


@pytest.mark.pysigma_1_and_2
@pytest.mark.parametrize("command", COMMANDS)
def test_the_summary(command: tuple[str, ...], feed: Path) -> None:
    process = good(socdef(*command, feed, cwd=feed.parent))
    lines = process.stderr.decode().splitlines()
    assert lines[:10] == [
        "6 read: 3 kept, 1 merged, 1 dropped, 1 refused",
        "  format  txt",
        "  merged          1  duplicate: another sighting of an indicator that was already read",
        "  dropped         1  private_address: a private address",
        "  refused         1  invalid_address: not a valid IP address or network",
        f"    {feed}:5: `192.0.2.256`: not a valid IP address or network",
        "3 rules",
        "          1  domain  dns_query/windows",
        "          1  ipv4    network_connection/windows",
        "          1  url     proxy",
    ]
    converted = [
        "3 queries for sqlite",
        "          3  through pySigma: fewer than eight alike",
    ]
    assert lines[10:] == ([] if command == ("compile",) else converted)


@pytest.mark.parametrize("command", ALL)
def test_quiet(command: tuple[str, ...], feed: Path) -> None:
    for flag in ("-q", "--quiet"):
        process = good(socdef(*command, feed, flag))
        assert process.stderr == b""
        assert process.stdout == good(socdef(*command, feed)).stdout


def test_only_the_first_refused_values_are_shown(tmp_path: Path) -> None:
    (tmp_path / "feed.txt").write_text("".join(f"192.0.2.{256 + number}\n" for number in range(30)))
    process = good(socdef("compile", "feed.txt", cwd=tmp_path))
    assert process.stderr.count(b"    feed.txt:") == 5
    assert b"    and 25 more; `--report FILE` lists them\n" in process.stderr


@pytest.mark.parametrize("command", ALL)
def test_the_report(command: tuple[str, ...], feed: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    good(socdef(*command, feed, "--report", path, "-o", tmp_path / "out"))
    report = json.loads(path.read_text())
    counts = report["counts"]
    assert counts == {"read": 6, "kept": 3, "merged": 1, "dropped": 1, "refused": 1, "rules": 3}
    entries = [
        (entry["outcome"], entry["reason"], entry["value"], entry["line"]) for entry in report["entries"]
    ]
    assert sorted(entries) == [
        ("dropped", "private_address", "10.0.0.1", 4),
        ("merged", "duplicate", "192.0.2.1", 3),
        ("refused", "invalid_address", "192.0.2.256", 5),
    ]
    assert {entry["file"] for entry in report["entries"]} == {str(feed)}
    assert all(entry["words"] for entry in report["entries"])
    if command[0] == "convert":
        assert report["conversion"] == {
            "target": "sqlite",
            "format": "default",
            "pipelines": [],
            "queries": 3,
            "filled": 0,
            "converted": {"fewer than eight alike": 3},
            "verified": 0,
            "differences": 0,
            "lost": [],
            "losses": [],
        }


def test_the_report_has_every_entry(tmp_path: Path) -> None:
    (tmp_path / "feed.txt").write_text("192.0.2.1\n" * 500 + "192.0.2.256\n" * 500)
    good(socdef("compile", "feed.txt", "--report", "report.json", cwd=tmp_path))
    report = json.loads((tmp_path / "report.json").read_text())
    counts = report["counts"]
    assert len(report["entries"]) == counts["read"] - counts["kept"] == 999


def test_the_same_input_gives_the_same_bytes(feed: Path) -> None:
    for command in ALL:
        assert good(socdef(*command, feed)).stdout == good(socdef(*command, feed)).stdout


def test_rules_are_documents_that_yaml_reads(feed: Path) -> None:
    data = good(socdef("compile", feed)).stdout
    assert [rule["socdef"]["value"] for rule in yaml.safe_load_all(data)] == [
        "evil.example",
        "192.0.2.1",
        "http://evil.example/a?b",
    ]


PROGRESS = """
import time
from socdef_sigma.cli.console import Progress
with Progress(quiet={quiet}, patience=0.0) as progress:
    for count in range(5):
        progress("reading", count * 1234)
        time.sleep(0.1)
"""


def on_a_terminal(command: list[str], **changes: str) -> str:
    """What a command prints to standard error where that is a terminal."""
    main, terminal = pty.openpty()
    with subprocess.Popen(
        command,
        stderr=terminal,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env=environment(os.environ, **changes),
    ) as process:
        os.close(terminal)
        chunks = []
        while True:
            try:
                chunk = os.read(main, 65536)
            except OSError:  # The terminal is closed.
                break
            if not chunk:
                break
            chunks.append(chunk)
        assert process.stdout is not None
        process.stdout.read()
    os.close(main)
    return b"".join(chunks).decode()


COLOUR = re.compile(r"\x1b\[[0-9;]*[1-9][0-9]*m")


def test_progress_on_a_terminal() -> None:
    script = [sys.executable, "-c", PROGRESS.format(quiet=False)]
    shown = on_a_terminal(script, TERM="xterm", NO_COLOR="")
    assert "reading" in shown
    assert "4,936" in shown
    assert "/s" in shown
    assert COLOUR.search(shown)
    plain = on_a_terminal(script, TERM="xterm", NO_COLOR="1")
    assert "4,936" in plain
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", plain)
    assert on_a_terminal([sys.executable, "-c", PROGRESS.format(quiet=True)], TERM="xterm") == ""
    piped = subprocess.run(script, capture_output=True, check=True, env=environment(os.environ))
    assert piped.stderr == b""


def test_no_progress_for_work_that_is_done_at_once(feed: Path) -> None:
    shown = on_a_terminal([SOCDEF, "compile", str(feed)], TERM="xterm")
    assert shown.startswith("6 read: ")
    assert "reading" not in shown


def test_colours_of_errors() -> None:
    coloured = on_a_terminal([SOCDEF, "frobnicate"], TERM="xterm", NO_COLOR="")
    assert COLOUR.search(coloured)
    plain = on_a_terminal([SOCDEF, "frobnicate"], TERM="xterm", NO_COLOR="1")
    assert "\x1b" not in plain
    assert "error[bad_usage]: no such command 'frobnicate'" in plain
    assert "\x1b" not in socdef("frobnicate", NO_COLOR="").stderr.decode()
