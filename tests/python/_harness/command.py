"""Run `socdef-sigma`, `sigma` and others as real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

SOCDEF = str(Path(sys.executable).with_name("socdef-sigma"))
"""The command under test, as installed beside this Python."""

SIGMA = str(Path(sys.executable).with_name("sigma"))
"""sigma-cli's command."""

NOW = "2026-05-17T12:00:00Z"
"""The time at which tests happen."""


def environment(home: Mapping[str, str], **changes: str) -> dict[str, str]:
    """An environment for a process: that of `sigma_home`, at the time of the tests."""
    now = {"SOURCE_DATE_EPOCH": "1779019200"}  # NOW
    return {**home, **now, "COLUMNS": "100", **changes}


def run(
    command: Sequence[str | Path],
    home: Mapping[str, str] | None = None,
    *,
    stdin: bytes | None = None,
    cwd: Path | None = None,
    **changes: str,
) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end."""
    return subprocess.run(
        [str(part) for part in command],
        env=environment(os.environ if home is None else home, **changes),
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        check=False,
        cwd=cwd,
        timeout=300,
    )


def socdef(
    *arguments: str | Path,
    stdin: bytes | None = None,
    home: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    **changes: str,
) -> subprocess.CompletedProcess[bytes]:
    """Run `socdef-sigma`."""
    return run([SOCDEF, *arguments], home, stdin=stdin, cwd=cwd, **changes)


def start(command: Sequence[str | Path], **options: Any) -> subprocess.Popen[bytes]:
    """Start a command that Ctrl-C ends. A job in the background ignores it, and so would its children."""
    return subprocess.Popen(
        [str(part) for part in command],
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        **options,
    )


def until(
    condition: Callable[[], bool], process: subprocess.Popen[bytes] | None = None, *, patience: float = 60
) -> None:
    """Wait until something holds, while a process runs."""
    end = time.monotonic() + patience
    while not condition():
        assert process is None or process.poll() is None, "the process ended"
        assert time.monotonic() < end, "it does not come about"
        time.sleep(0.02)


def until_it_waits(process: subprocess.Popen[bytes]) -> None:
    """Wait until a process has nothing to do: half a second asleep, without any work."""
    still: list[float] = []
    seen = [-1]

    def is_still() -> bool:
        # proc(5): behind the name stands the state, and later the ticks in user and in kernel mode.
        fields = Path("/proc", str(process.pid), "stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        if fields[0] != "S" or ticks != seen[0]:
            still.clear()
        seen[0] = ticks
        still.append(time.monotonic())
        return still[-1] - still[0] > 0.5

    until(is_still, process)


def until_it_reads(process: subprocess.Popen[bytes], path: Path) -> None:
    """Wait until a process has a file open."""
    folder = Path("/proc", str(process.pid), "fd")
    wanted = str(path.resolve())

    def has_it_open() -> bool:
        found = []
        for entry in folder.iterdir():
            try:
                found.append(str(entry.readlink()))
            except FileNotFoundError:
                continue
        return wanted in found

    until(has_it_open, process)


def good(process: subprocess.CompletedProcess[bytes]) -> subprocess.CompletedProcess[bytes]:
    """The same process, after a look that it ended well; else its messages are the failure."""
    assert process.returncode == 0, process.stderr.decode()
    return process


def failed(process: subprocess.CompletedProcess[bytes], status: int, code: str) -> str:
    """What a process said that failed with this status and this code of an error, and wrote nothing."""
    text = process.stderr.decode()
    assert (process.returncode, process.stdout) == (status, b""), text
    assert f"error[{code}]: " in text, text
    return text
