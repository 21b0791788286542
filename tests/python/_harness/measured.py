"""A run of the command with what it took: status, values, report and memory."""

import contextlib
import json
import os
import re
import resource
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from . import REPO
from .command import SOCDEF, environment

MIB = 1 << 20
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # The same in C, for thousands of rules.
PACKED = REPO / "tests" / "data" / "packed"


BOTH = ["evil.example", "bad.example"]
BUNDLE = '{"type": "bundle", "id": "bundle--1", "objects": ['
PATTERN = '{"type": "indicator", "id": "indicator--%d", "pattern_type": "stix", "pattern": "'
EVENT = '{"Event": {"info": "Sample", "Attribute": [{"type": "domain", "value": "'


@dataclass
class Run:
    """How a run ended."""

    status: int
    values: list[str]
    errors: str
    report: dict[str, Any]
    memory: int
    """The most that was resident at once, in bytes."""

    @property
    def refused(self) -> list[tuple[str, str]]:
        """What was refused: reason and place."""
        return [
            (entry["reason"], str(entry.get("line", entry.get("path", entry["file"]))))
            for entry in self.report["entries"]
            if entry["outcome"] == "refused"
        ]

    @property
    def notes(self) -> list[tuple[str, str]]:
        """What was noted: code and file."""
        return [(note["note"], note["file"]) for note in self.report["notes"]]


def run(folder: Path, *arguments: str | Path, stdin: Iterable[bytes] = (), **limits: int) -> Run:
    """Compile, with standard input made on the way, and look at the memory that it took."""
    report = folder / "the-report.json"

    def limit() -> None:
        for name, value in limits.items():
            resource.setrlimit(getattr(resource, name), (value, value))

    process = subprocess.Popen(
        [SOCDEF, "compile", "--report", str(report), *[str(argument) for argument in arguments]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(os.environ),
        cwd=folder,
        preexec_fn=limit if limits else None,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    into, out, err = process.stdin, process.stdout, process.stderr

    def feed() -> None:
        try:
            with into:
                for chunk in stdin:
                    into.write(chunk)
        except BrokenPipeError:
            pass

    peak = [0]

    def watch() -> None:
        # `wait4` counts the memory of this process too, which is shared until the command starts.
        status = Path("/proc", str(process.pid), "status")
        with contextlib.suppress(OSError):
            while high := re.search(r"VmHWM:\s+(\d+) kB", status.read_text()):
                peak[0] = int(high[1])
                time.sleep(0.005)

    errors: list[bytes] = []
    work = (feed, lambda: errors.append(err.read()), watch)
    threads = [threading.Thread(target=target) for target in work]
    for thread in threads:
        thread.start()
    output = out.read()
    for thread in threads:
        thread.join()
    process.wait()
    out.close()
    err.close()
    account = json.loads(report.read_text()) if report.exists() else {"entries": [], "notes": []}
    report.unlink(missing_ok=True)
    rules = [rule for rule in yaml.load_all(output, LOADER) if rule is not None]
    return Run(
        process.returncode,
        [rule["socdef"]["value"] for rule in rules],
        errors[0].decode(),
        account,
        peak[0] * 1024,
    )


def entry(value: str) -> str:
    return json.dumps({"type": "domain", "value": value})


def around(before: str, block: bytes, times: int, after: str) -> Iterator[bytes]:
    yield before.encode()
    for _ in range(times):
        yield block
    yield after.encode()
