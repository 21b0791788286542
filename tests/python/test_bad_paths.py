"""Paths that cannot be read, and outputs that cannot be written."""

import os
import resource
import signal
import socket
import subprocess
from pathlib import Path

import pytest
import yaml

from _harness.command import SOCDEF, environment, socdef, start, until_it_waits
from _harness.measured import run

pytestmark = pytest.mark.pysigma_1_only


# --- Paths ---------------------------------------------------------------------------------------------------


def test_a_folder_with_what_is_no_file(tmp_path: Path) -> None:
    """A loop of links, a link out of it, a socket, a FIFO and hidden files: said, and nothing is opened."""
    folder = tmp_path / "feeds"
    (folder / "below").mkdir(parents=True)
    (folder / "below" / "a.txt").write_text("evil.example\n")
    (folder / "below" / "loop").symlink_to(folder, target_is_directory=True)
    (tmp_path / "secret.txt").write_text("bad.example\n")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "self").symlink_to("self")
    os.mkfifo(folder / "fifo")
    (folder / ".git").mkdir()
    (folder / ".git" / "b.txt").write_text("bad.example\n")
    (folder / ".hidden").write_text("bad.example\n")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "socket"))
        found = run(tmp_path, "feeds")
    assert (found.status, found.values) == (0, ["evil.example"])
    left_out = {
        "feeds/.git": "a hidden folder",
        "feeds/.hidden": "a hidden file",
        "feeds/below/loop": "a symbolic link",
        "feeds/fifo": "a socket, a FIFO or a device",
        "feeds/link.txt": "a symbolic link",
        "feeds/self": "a symbolic link",
        "feeds/socket": "a socket, a FIFO or a device",
    }
    assert {note["file"]: note["about"] for note in found.report["notes"]} == left_out
    assert {note["note"] for note in found.report["notes"]} == {"not_read"}
    assert "note            7  not_read: " in found.errors
    assert ", first in feeds/.git\n" in found.errors


def test_each_file_is_read_once(tmp_path: Path) -> None:
    """Under another spelling, in a folder that was given too, by a link, and by a hard link."""
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / "a.txt").write_text("evil.example\n192.0.2.256\n")
    (tmp_path / "link.txt").symlink_to(folder / "a.txt")
    (tmp_path / "hard.txt").hardlink_to(folder / "a.txt")
    (tmp_path / "copy.txt").write_text("evil.example\n")
    again: list[str | Path] = [
        "feeds/a.txt",
        "./feeds/../feeds/a.txt",
        folder / "a.txt",
        "link.txt",
        "hard.txt",
        "feeds",
    ]
    found = run(tmp_path, "feeds/a.txt", *again, "copy.txt")
    assert (found.status, found.values) == (0, ["evil.example"])
    assert found.errors.startswith("3 read: 1 kept, 1 merged, 0 dropped, 1 refused\n")
    names = [str(name) for name in again[:-1]] + ["feeds/a.txt"]
    assert found.notes == [("same_file", name) for name in names]
    assert {note["about"] for note in found.report["notes"]} == {"it was given before as feeds/a.txt"}
    assert "note            6  same_file: " in found.errors


def test_what_cannot_be_read_ends_the_run(tmp_path: Path) -> None:
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / "a.txt").write_text("evil.example\n")
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "rules.yml").write_text("old")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "socket"))
    names = ["missing", "missing/feed.txt", "feeds/a.txt/b", "self", "socket", "/proc/self/mem"]
    if os.geteuid() != 0:  # Nothing is closed to root.
        (tmp_path / "closed.txt").write_text("evil.example\n")
        (tmp_path / "closed.txt").chmod(0)
        names.append("closed.txt")
    with server:
        for name in names:
            process = socdef("compile", folder, name, "-o", "rules.yml", cwd=tmp_path)
            assert process.returncode == 2, name
            text = process.stderr.decode()
            assert text.startswith(
                f"error[unreadable_input]: cannot read the input\n  --> {name}\n  caused by: "
            )
            assert (tmp_path / "rules.yml").read_text() == "old"


def test_a_file_in_a_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """As another user, where this one may do anything."""
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / "a.txt").write_text("evil.example\n")
    (folder / "b.txt").write_text("bad.example\n")
    (folder / "b.txt").chmod(0)
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    found = run(tmp_path, "feeds")
    assert found.status == 2
    assert "\n  --> feeds/b.txt\n" in found.errors


# --- Outputs -------------------------------------------------------------------------------------------------


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A feed whose rules are half a megabyte."""
    path = tmp_path / "feed.txt"
    path.write_text("".join(f"host-{number}.example\n" for number in range(600)))
    return path


@pytest.mark.parametrize("command", [("compile",), ("convert", "-t", "sqlite", "-p", "none")])
def test_a_disk_that_fills_up(command: tuple[str, ...], large: Path) -> None:
    """What was there stays, and nothing else is left."""
    output = large.parent / "output"
    output.write_text("old")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    process = subprocess.run(
        [SOCDEF, *command, "feed.txt", "-o", "output"],
        capture_output=True,
        env=environment(os.environ),
        cwd=large.parent,
        preexec_fn=limit,
        check=False,
    )
    assert process.returncode == 2
    assert process.stderr.startswith(
        b"error[unwritable_output]: cannot write the output\n  --> output\n  caused by: "
    )
    assert output.read_text() == "old"
    assert sorted(path.name for path in large.parent.iterdir()) == ["feed.txt", "output"]


def test_no_room_for_standard_input(tmp_path: Path) -> None:
    """It is kept in a temporary file, of which nothing is left."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    rows = (f"host-{number}.example\n".encode() for number in range(100_000))
    found = run(tmp_path, "-", "-o", "rules.yml", stdin=rows, RLIMIT_FSIZE=50_000)
    assert (found.status, found.values) == (2, [])
    assert found.errors == (
        "error[unreadable_input]: cannot read the input\n  --> -\n  caused by: File too large\n"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tmp"]


@pytest.mark.parametrize("output", ["/proc/rules.yml", "/proc/rules/", "/dev/full"])
def test_an_output_that_cannot_be_written(output: str, large: Path) -> None:
    """Even root may not write there."""
    for command in (("compile",), ("convert", "-t", "sqlite", "-p", "none")):
        process = socdef(*command, "feed.txt", "-o", output, cwd=large.parent)
        assert process.returncode == 2
        assert process.stderr.startswith(b"error[unwritable_output]: ")
        assert output.rstrip("/").encode() in process.stderr
        assert [path.name for path in large.parent.iterdir()] == ["feed.txt"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only(large: Path) -> None:
    folder = large.parent / "rules"
    folder.mkdir(mode=0o500)
    for output in ("rules/rules.yml", "rules/"):
        process = socdef("compile", "feed.txt", "-o", output, cwd=large.parent)
        assert process.returncode == 2
        assert process.stderr.startswith(b"error[unwritable_output]: ")


def test_standard_input_that_ends_in_the_middle(tmp_path: Path) -> None:
    """Whoever writes it is killed: what came is compiled, as with a file that is cut."""
    script = f"(printf '[\"evil.example\", \"bad.exam'; kill -9 $BASHPID) | '{SOCDEF}' compile - --strict"
    process = subprocess.run(
        ["bash", "-c", script], capture_output=True, env=environment(os.environ), check=False
    )
    assert process.returncode == 1
    assert [rule["socdef"]["value"] for rule in yaml.safe_load_all(process.stdout)] == ["evil.example"]
    assert (
        b"-: [1]: ``: the entry does not have the form that its format asks for: the document ends in"
        in process.stderr
    )


def test_a_reader_that_stops_early(large: Path) -> None:
    """Of a pipe and of a FIFO: nothing is wrong with that."""
    script = f"set -o pipefail; '{SOCDEF}' compile -q feed.txt | head -n 1"
    process = subprocess.run(["bash", "-c", script], capture_output=True, cwd=large.parent, check=False)
    assert (process.returncode, process.stderr, process.stdout.count(b"\n")) == (0, b"", 1)
    os.mkfifo(large.parent / "fifo")
    script = f"head -n 1 fifo & '{SOCDEF}' compile -q feed.txt -o fifo"
    process = subprocess.run(["bash", "-c", script], capture_output=True, cwd=large.parent, check=False)
    assert (process.returncode, process.stderr) == (0, b"")


@pytest.mark.parametrize(
    "command", [("compile",), ("convert", "-t", "sqlite", "-p", "none"), ("compile", "--report", "fifo")]
)
def test_ctrl_c_while_nobody_reads_the_fifo(command: tuple[str, ...], large: Path) -> None:
    os.mkfifo(large.parent / "fifo")
    large.write_text("evil.example\n")
    output = [] if "--report" in command else ["-o", "fifo"]
    process = start(
        [SOCDEF, *command, "-q", "feed.txt", *output],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment(os.environ),
        cwd=large.parent,
    )
    # For a reader.
    until_it_waits(process)
    process.send_signal(signal.SIGINT)
    try:
        _, errors = process.communicate(timeout=10)
    finally:
        process.kill()
    assert (process.returncode, errors) == (130, b"")
    assert sorted(path.name for path in large.parent.iterdir()) == ["feed.txt", "fifo"]


def test_ctrl_c_while_standard_input_comes(tmp_path: Path) -> None:
    """The temporary file that keeps it is gone."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    (tmp_path / "rules.yml").write_text("old")
    process = start(
        [SOCDEF, "compile", "-", "-o", "rules.yml"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(os.environ, TMPDIR=str(folder)),
        cwd=tmp_path,
    )
    assert process.stdin
    process.stdin.write(b"evil.example\n" * 100_000)
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (130, b"stopped: rules.yml is as it was\n")
    assert (tmp_path / "rules.yml").read_text() == "old"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        ("compile", ""),
        ("compile", "feed.txt", "-o", ""),
        ("compile", "feed.txt", "--report", ""),
        ("compile", "feed.txt", "--allow", ""),
        ("compile", "feed.txt", "--templates", ""),
        ("convert", "feed.txt", "-t", "splunk", "-o", ""),
        ("convert", "feed.txt", "-t", "splunk", "-od", ""),
        ("summary", "feed.txt", "--html", ""),
        ("templates", "check", ""),
        ("sync", "--state", "", "-o", "rules/"),
        ("ingest", "--db", "", "feed.txt"),
    ],
    ids=" ".join,
)
def test_an_empty_path_is_bad_usage(command: tuple[str, ...], tmp_path: Path) -> None:
    """As an unset variable of a script gives it: `-o "$OUT"`. It is neither this folder nor standard output."""
    (tmp_path / "feed.txt").write_text("evil.example\n")
    process = socdef(*command, cwd=tmp_path)
    assert process.returncode == 2
    assert process.stdout == b""
    assert process.stderr.startswith(b"error[bad_usage]: invalid value for ")
    assert b": the path is empty\n" in process.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["feed.txt"]
