"""What the command does when its output, its input or its user stops it."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from _harness.command import SOCDEF, environment, start, until_it_reads, until_it_waits


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "feed.txt"
    path.write_text("evil.example\n192.0.2.1\n192[.]0.2.1\n10.0.0.1\n192.0.2.256\n2001:db8::/32\n")
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ["compile", "feed.txt"],
        ["convert", "feed.txt", "-t", "sqlite"],
        ["summary", "feed.txt"],
        ["summary", "--html", "-", "feed.txt"],
        ["navigator", "feed.txt"],
        ["explain", "192.0.2.1"],
        ["templates", "list"],
        ["templates", "show", "url/proxy"],
        ["completion", "bash"],
        ["convert", "-t", "list"],
    ],
)
def test_a_full_disk_and_a_closed_pipe(arguments: list[str], feed: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        process = _to(full.fileno(), arguments, feed.parent)
    assert process.returncode == 2
    assert b"error[unwritable_output]: cannot write the output\n" in process.stderr
    assert b"No space left on device" in process.stderr
    reader, writer = os.pipe()
    os.close(reader)
    try:
        process = _to(writer, arguments, feed.parent)
    finally:
        os.close(writer)
    assert (process.returncode, process.stderr) == (0, b"")


def _to(stdout: int, arguments: list[str], folder: Path) -> subprocess.CompletedProcess[bytes]:
    quiet = ["--quiet"] if arguments[0] in ("compile", "convert", "summary", "navigator") else []
    command = [SOCDEF, *arguments, *quiet]
    return subprocess.run(
        command, stdout=stdout, stderr=subprocess.PIPE, env=environment(os.environ), cwd=folder, check=False
    )


@pytest.mark.parametrize("arguments", ["convert -t sqlite -q feed.txt", "templates list", "compile -q - <&-"])
def test_closed_from_the_beginning(arguments: str, feed: Path) -> None:
    process = subprocess.run(
        ["bash", "-c", f"'{SOCDEF}' {arguments} >&-"], stderr=subprocess.PIPE, cwd=feed.parent, check=False
    )
    assert process.returncode == 2
    assert re.fullmatch(rb"error\[un\w+\]: standard (output|input) is closed\n(  --> -\n)?", process.stderr)


def test_a_reader_that_stops_early_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "feed.txt").write_text("".join(f"host-{number}.example\n" for number in range(2000)))
    for command in ("compile feed.txt", "convert -t sqlite feed.txt"):
        script = f"set -o pipefail; '{SOCDEF}' {command} --quiet | head -n 1"
        process = subprocess.run(["bash", "-c", script], capture_output=True, cwd=tmp_path, check=False)
        assert (process.returncode, process.stderr) == (0, b"")
        assert process.stdout.count(b"\n") == 1


def test_ctrl_c_while_waiting_for_input(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for arguments in (["compile", "-"], ["convert", "-t", "sqlite", "-"], ["compile", "fifo"]):
        process = _start(arguments, tmp_path)
        until_it_waits(process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out, err) == (130, b"", b"stopped: what was printed is not complete\n")


@pytest.mark.parametrize("command", ["compile", "summary", "navigator"])
def test_ctrl_c_while_working(command: str, tmp_path: Path) -> None:
    process = _busy(command, tmp_path)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, b"", b"stopped: rules.yml is as it was\n")
    # What was there is still there, and nothing else.
    assert (tmp_path / "rules.yml").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["feed.txt", "rules.yml"]


def _busy(command: str, folder: Path) -> subprocess.Popen[bytes]:
    """A process that has begun with a feed that takes it seconds."""
    (folder / "feed.txt").write_text("".join(f"host-{number}.example\n" for number in range(1_000_000)))
    (folder / "rules.yml").write_text("old")
    process = _start([command, "feed.txt", "-o", "rules.yml"], folder)
    until_it_reads(process, folder / "feed.txt")
    return process


def _start(arguments: list[str], folder: Path) -> subprocess.Popen[bytes]:
    return start(
        [SOCDEF, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(os.environ),
        cwd=folder,
    )
