"""Run `socdef-sigma`, `sigma` and others as real processes."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

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


def good(process: subprocess.CompletedProcess[bytes]) -> subprocess.CompletedProcess[bytes]:
    """The same process, after a look that it ended well; else its messages are the failure."""
    assert process.returncode == 0, process.stderr.decode()
    return process
