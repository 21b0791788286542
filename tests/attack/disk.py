"""The disk is full during `sync` and `ingest`: what was there stays, and with room again the next run makes it whole.

A small file system in memory where root allows mounting one; elsewhere a bound on the size of a file (RLIMIT_FSIZE), and the
row says which.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from clocks import Feed, missing
from kills import broken
from lab import Lab, Ran, Row, get, judged, make_key, serving
from web import KEY, Server

PROMISE = "a full disk takes nothing away"
SIZES = (64, 128, 256, 512)


class Small:
    """A place that gets full: `bound` makes it so, `free` gives it room."""

    def __init__(self, place: Path, kib: int) -> None:
        self.place, self.kib = place, kib
        place.mkdir(exist_ok=True)
        self.mounted = os.geteuid() == 0 and self.mount(f"size={kib}k")

    def mount(self, options: str) -> bool:
        """Mount or mount again."""
        if shutil.which("mount") is None:
            return False
        return (
            subprocess.run(
                ["mount", "-t", "tmpfs", "-o", options, "attack", str(self.place)],
                capture_output=True,
                check=False,
            ).returncode
            == 0
        )

    @property
    def name(self) -> str:
        """Which kind it is."""
        return (
            f"tmpfs of {self.kib} KiB"
            if self.mounted
            else f"RLIMIT_FSIZE of {self.kib} KiB, for no file system can be mounted here"
        )

    def before(self) -> Callable[[], None] | None:
        """What a child does first."""
        if self.mounted:
            return None
        kib = self.kib

        def bound() -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (kib * 1024, kib * 1024))

        return bound

    def free(self) -> None:
        """Room for everything."""
        if self.mounted:
            subprocess.run(
                ["mount", "-o", "remount,size=64m", str(self.place)], capture_output=True, check=True
            )

    def close(self) -> None:
        """Unmount."""
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.place)], capture_output=True, check=False)


@contextlib.contextmanager
def small(lab: Lab, kib: int) -> Iterator[Small]:
    """A small place until the block ends."""
    made = Small(lab.folder("disk") / "place", kib)
    try:
        yield made
    finally:
        made.close()


def ended(ran: Ran) -> list[str]:
    """What is wrong with the end of a run."""
    if ran.stopped:
        return ["no end after a minute"]
    return [ran.crashed()] if ran.crashed() else []


def full_sync(lab: Lab) -> Row:
    """A few rules fit, hundreds do not."""
    test, few = "sync", [f"d{i}.example" for i in range(3)]
    for kib in SIZES:
        with small(lab, kib) as disk, Server(feed := Feed()) as server:
            feed.names = few

            def run(*extra: str, bound: bool = True, disk: Small = disk, server: Server = server) -> Ran:
                args = [
                    "sync",
                    "--base-url",
                    server.url,
                    "--state",
                    str(disk.place / "state"),
                    "-o",
                    f"{disk.place}/rules/",
                    *extra,
                ]
                return lab.run(*args, env={"SOCDEF_API_KEY": KEY}, before=disk.before() if bound else None)

            first = run()
            if first.status:
                continue
            feed.names = [*few, *(f"e{i}.example" for i in range(1200))]
            full = run()
            faults = ended(full)
            if full.status == 0:
                faults.append("status 0: nothing was full, so nothing was tried")
            faults += [f"{name} is gone" for name in missing(disk.place, few)]
            faults += [f"{name} is not whole" for name in broken(disk.place / "rules")]
            disk.free()
            again = run(bound=False)
            if again.status or missing(disk.place, feed.names):
                faults.append(
                    f"with room again: status {again.status}, {len(missing(disk.place, feed.names))} rules missing: {again.err.strip()[:150]}"
                )
            faults += [f"{path.name} is left" for path in disk.place.rglob("*.tmp")]
            return judged(
                PROMISE, test, f"{disk.name}: status {full.status}, then {len(feed.names)} rules", faults
            )
    return judged(PROMISE, test, "", [f"a first run of three rules does not fit into {SIZES[-1]} KiB"])


def full_ingest(lab: Lab) -> Row:
    """A small store fits, a large one does not."""
    test = "ingest"
    work = lab.folder("disk-feeds")
    (work / "few.txt").write_text("a.example\nb.example\n", encoding="ascii")
    (work / "many.txt").write_text("".join(f"e{i}.example\n" for i in range(20_000)), encoding="ascii")
    for kib in SIZES:
        with small(lab, kib) as disk:
            db = disk.place / "iocs.db"
            if lab.run("ingest", "--db", db, work / "few.txt", "-q", before=disk.before()).status:
                continue
            full = lab.run("ingest", "--db", db, work / "many.txt", "-q", before=disk.before())
            faults = ended(full)
            if full.status == 0:
                faults.append("status 0: nothing was full, so nothing was tried")
            disk.free()
            with contextlib.closing(sqlite3.connect(db)) as link:
                said = link.execute("PRAGMA integrity_check").fetchone()[0]
            if said != "ok":
                faults.append(f"the store: {said}")
            key = make_key(lab, db)
            with serving(lab, db) as served:
                total = get(served.url + "/api/v1/iocs?limit=1", key).headers.get("x-total-count")
            if total != "2":
                faults.append(f"{total} of the 2 indicators that were stored are served")
            again = lab.run("ingest", "--db", db, work / "many.txt", "-q")
            if again.status:
                faults.append(f"with room again: status {again.status}: {again.err.strip()[:150]}")
            return judged(
                PROMISE, test, f"{disk.name}: status {full.status}, store sound, then whole", faults
            )
    return judged(PROMISE, test, "", [f"a first store does not fit into {SIZES[-1]} KiB"])


def attack(lab: Lab) -> Iterator[Row]:
    """Both, once: the moment of a full disk is always the same."""
    yield full_sync(lab)
    yield full_ingest(lab)
