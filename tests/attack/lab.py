"""What every part of the campaign needs: children that are measured, servers, rows of the table, smallest inputs."""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

PASS, FAIL, SKIP = "PASS", "FAIL", "SKIP"
# A child that takes more MiB is stopped, before the machine is in need.
MOST = 1500


@dataclass
class Row:
    """One line of the table "what was tried"."""

    promise: str
    test: str
    figure: str
    verdict: str
    smallest: str = ""


def judged(promise: str, test: str, figure: str, faults: Sequence[str], smallest: str = "") -> Row:
    """A row that fails where there are faults; the first of them stand in its figure."""
    if not faults:
        return Row(promise, test, figure, PASS)
    told = "; ".join(faults[:3]) + (f"; and {len(faults) - 3} more" if len(faults) > 3 else "")
    return Row(promise, test, f"{figure}. {told}", FAIL, smallest)


@dataclass
class Ran:
    """A child that ended: status (negative: a signal), output, CPU seconds, peak memory in MiB, seconds of the clock."""

    status: int
    out: bytes
    err: str
    cpu: float
    memory: float
    seconds: float
    stopped: bool

    def crashed(self) -> str:
        """What a user must never see: a panic, a traceback, a signal, an internal error."""
        if self.stopped:
            return ""
        for trace in ("panicked at", "Traceback (most recent call last)", "Segmentation fault"):
            if trace in self.err:
                return trace
        return f"signal {-self.status}" if self.status < 0 else ""


def peak(pid: int) -> float:
    """The peak memory of a living process in MiB, of its own image only; 0 where it is gone."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def end(child: subprocess.Popen[bytes]) -> None:
    """End a child that still runs, with its own children: the campaign itself was stopped."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


@dataclass
class Lab:
    """A part's bounds and its folder. `seconds` is the time it may take, `scale` multiplies fixed costs."""

    command: Path
    work: Path
    seconds: float
    seed: int
    count: int | None = None
    verbose: bool = False
    _began: float = field(default_factory=time.monotonic)
    _folders: int = 0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)

    def left(self) -> float:
        """The seconds that this part still has."""
        return self.seconds - (time.monotonic() - self._began)

    def share(self, part: float) -> float:
        """The `left()` at which a test ends that may take this part of what is left now."""
        left = self.left()
        return left - left * part

    def folder(self, name: str) -> Path:
        """A new empty folder."""
        self._folders += 1
        made = self.work / f"{self._folders:05}-{name}"
        made.mkdir(parents=True)
        return made

    def say(self, text: str) -> None:
        """Progress, on standard error, under `--verbose`."""
        if self.verbose:
            print(text, flush=True)

    def environment(self, extra: dict[str, str] | None = None) -> dict[str, str]:
        """A clean environment: nothing of the caller's settings, proxies or keys."""
        home = self.work / "home"
        home.mkdir(exist_ok=True)
        plain = {
            "PATH": f"{self.command.parent}:{os.environ.get('PATH', '/usr/bin:/bin')}",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
        return plain | (extra or {})

    def start(
        self,
        args: Sequence[str | Path],
        *,
        folder: Path,
        env: dict[str, str] | None = None,
        stdin: bytes = b"",
        before: Callable[[], None] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start the command; its output goes to the files `out` and `err` of the folder."""
        (folder / "in").write_bytes(stdin)
        with (
            (folder / "in").open("rb") as read,
            (folder / "out").open("wb") as out,
            (folder / "err").open("wb") as err,
        ):
            return subprocess.Popen(
                [str(self.command), *map(str, args)],
                stdin=read,
                stdout=out,
                stderr=err,
                cwd=folder,
                env=self.environment(env),
                preexec_fn=before,
                start_new_session=True,
            )

    def run(
        self,
        *args: str | Path,
        env: dict[str, str] | None = None,
        stdin: bytes = b"",
        timeout: float = 60,
        folder: Path | None = None,
        before: Callable[[], None] | None = None,
        kill_after: float | None = None,
    ) -> Ran:
        """Run the command to its end, or stop it after `timeout` seconds (`kill_after`: with SIGKILL, as meant)."""
        with contextlib.ExitStack() as stack:
            if folder is None:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=self.work)))
            logs = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=self.work)))
            began = time.monotonic()
            child = self.start(args, folder=logs, env=env, stdin=stdin, before=before)
            stack.callback(end, child)
            most, stopped = 0.0, False
            pause = 0.002
            while True:
                pid, state, usage = os.wait4(child.pid, os.WNOHANG)
                if pid:
                    break
                most = max(most, peak(child.pid))
                passed = time.monotonic() - began
                if passed > (timeout if kill_after is None else kill_after) or most > MOST:
                    stopped = True
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(child.pid, signal.SIGKILL)
                    _, state, usage = os.wait4(child.pid, 0)
                    break
                time.sleep(pause)
                pause = min(pause * 1.5, 0.03)
            child.returncode = os.waitstatus_to_exitcode(state)
            return Ran(
                child.returncode,
                (logs / "out").read_bytes(),
                (logs / "err").read_text(encoding="utf-8", errors="surrogateescape"),
                usage.ru_utime + usage.ru_stime,
                most,
                time.monotonic() - began,
                stopped,
            )


@dataclass
class Answer:
    """An answer over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


def get(
    url: str, key: str | None = None, headers: dict[str, str] | None = None, timeout: float = 30
) -> Answer:
    """One GET request with its whole answer; raises `OSError` or `http.client.HTTPException`."""
    parts = urlsplit(url)
    link = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    began = time.monotonic()
    try:
        sent = dict(headers or {})
        if key is not None:
            sent["Authorization"] = f"Bearer {key}"
        link.request("GET", parts.path + (f"?{parts.query}" if parts.query else ""), headers=sent)
        answer = link.getresponse()
        body = answer.read()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, names, body, time.monotonic() - began)
    finally:
        link.close()


@dataclass
class Served:
    """A running `serve`."""

    url: str
    child: subprocess.Popen[bytes]
    folder: Path

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 0

    def memory(self) -> float:
        """Its peak memory in MiB."""
        return peak(self.child.pid)

    def log(self) -> str:
        """What it wrote to standard error."""
        return (self.folder / "err").read_text(encoding="utf-8", errors="replace")


@contextlib.contextmanager
def serving(lab: Lab, db: Path, *extra: str | Path, env: dict[str, str] | None = None) -> Iterator[Served]:
    """`serve` on a free port of loopback, until the block ends."""
    folder = lab.folder("serve")
    args: list[str | Path] = ["serve", "--db", db, "--listen", "127.0.0.1:0", *extra]
    child = lab.start(args, folder=folder, env=env)
    try:
        until = time.monotonic() + 60
        while not (url := (folder / "out").read_text(encoding="utf-8").strip()):
            if child.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"serve did not start: {(folder / 'err').read_text(errors='replace')}")
            time.sleep(0.05)
        yield Served(url.splitlines()[0], child, folder)
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def make_key(lab: Lab, db: Path, plan: str = "pro", *extra: str | Path) -> str:
    """A new key of a store."""
    return lab.run("keys", "create", "--db", db, "--plan", plan, *extra).out.decode().strip()


def smallest(parts: Sequence[T], fails: Callable[[Sequence[T]], bool], seconds: float = 20) -> Sequence[T]:
    """The fewest parts that still fail, by leaving out halves, quarters and so on, within the time."""
    until = time.monotonic() + seconds
    step = max(len(parts) // 2, 1)
    while time.monotonic() < until:
        at, shrunk = 0, False
        while at < len(parts) and len(parts) > 1 and time.monotonic() < until:
            fewer = [*parts[:at], *parts[at + step :]]
            if fewer and fails(fewer):
                parts, shrunk = fewer, True
            else:
                at += step
        if step == 1 and not shrunk:
            break
        step = max(step // 2, 1)
    return parts


def smallest_text(text: str, fails: Callable[[str], bool], seconds: float = 20) -> str:
    """The fewest characters that still fail."""
    return "".join(smallest(list(text), lambda parts: fails("".join(parts)), seconds)) if text else text
