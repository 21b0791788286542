"""The store changes under a running server: removed, made anew, moved, replaced. No answer is a mixture of two stores."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lab import Lab, Row, Served, get, judged, make_key, serving

PROMISE = "a store that was replaced is not served as a mixture"
COUNT = 3000
# So long after the new store is whole it must be served. Generous: the machine may be busy.
SOON = 60
CONFIG = """plans:
  pro:
    requests_per_minute: 1000000
    requests_per_day: 100000000
limits:
  anonymous_requests_per_minute: 1000000
"""
FILES = ("", "-wal", "-shm", "-usage")


def beside(db: Path, suffix: str) -> Path:
    """A file of the store."""
    return Path(f"{db}{suffix}")


def filled(lab: Lab, db: Path, name: str) -> str:
    """Put indicators of this name into a store; a new key of it."""
    feed = lab.folder("feed") / "feed.txt"
    feed.write_text("".join(f"{name}{i}.example\n" for i in range(COUNT)), encoding="ascii")
    ran = lab.run("ingest", "--db", db, feed, "-q", timeout=120)
    if ran.status:
        raise RuntimeError(f"ingest failed: {ran.err}")
    return make_key(lab, db)


def emptied(db: Path, *suffixes: str) -> None:
    """Remove files of a store."""
    for suffix in suffixes:
        beside(db, suffix).unlink(missing_ok=True)


@dataclass
class Seen:
    """What was answered to the key of the old store and to that of the new one, by the names in it."""

    faults: list[str] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    ended: bool = False

    def count(self, what: str) -> None:
        """One more of a kind."""
        self.answers[what] = self.answers.get(what, 0) + 1


def judge(seen: Seen, whose: str, status: int, body: bytes) -> bool:
    """One answer: a list has the indicators of the key's own store only. True where the list is whole."""
    seen.count(f"{whose} {status}")
    if status == 200:
        names = {
            row["value"].rstrip("0123456789.").partition(".")[0].rstrip("0123456789")
            for row in json.loads(body)["data"]
        }
        if names != {whose}:
            seen.faults.append(
                f"the key of {whose} was answered with {', '.join(sorted(names)) or 'nothing'}"
            )
        return names == {whose}
    if status not in (401, 503):
        seen.faults.append(f"{status} for the key of {whose}")
    if b".db" in body:
        seen.faults.append("the path of the store is in an answer")
    return False


def asking(served: Served, keys: dict[str, str], seen: Seen) -> threading.Thread:
    """Ask with each key that there is, without a pause, until `ended`."""

    def ask() -> None:
        while not seen.ended:
            for whose, key in list(keys.items()):
                with contextlib.suppress(OSError, http.client.HTTPException):
                    answer = get(served.url + f"/api/v1/iocs?limit={COUNT}", key, timeout=20)
                    judge(seen, whose, answer.status, answer.body)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    return thread


def anew(lab: Lab, db: Path, other: Path) -> str:
    """Remove the store, and make another in its place."""
    emptied(db, "")
    return filled(lab, db, "new")


def anew_whole(lab: Lab, db: Path, other: Path) -> str:
    """Remove all files of it first."""
    emptied(db, *FILES)
    return filled(lab, db, "new")


def moved_over(lab: Lab, db: Path, other: Path) -> str:
    """Move another store over it, with the files beside the old one removed first."""
    key = filled(lab, other, "new")
    emptied(db, "", "-wal", "-shm")
    other.rename(db)
    return key


def moved_away(lab: Lab, db: Path, other: Path) -> str:
    """Rename the store with all that is beside it, and make another."""
    for suffix in FILES:
        if beside(db, suffix).exists():
            beside(db, suffix).rename(f"{db}.away{suffix}")
    return filled(lab, db, "new")


def folder_changed(lab: Lab, db: Path, other: Path) -> str:
    """Rename the folder of the store, and make a new one with a new store."""
    db.parent.rename(f"{db.parent}-away")
    db.parent.mkdir()
    return filled(lab, db, "new")


def link_turned(lab: Lab, db: Path, other: Path) -> str:
    """The store is a link's target: the link is turned to another store."""
    key = filled(lab, other, "new")
    turned = db.with_name("turned")
    turned.symlink_to(other)
    turned.replace(db)
    return key


# A new way to change a store is a line here: its name, and what gives the new key.
WAYS: dict[str, Callable[[Lab, Path, Path], str]] = {
    "rm, ingest, keys create": anew,
    "rm of all its files, ingest, keys create": anew_whole,
    "another store moved over it": moved_over,
    "moved away, made anew": moved_away,
    "its folder renamed, made anew": folder_changed,
    "a link, turned to another store": link_turned,
}


def changed(lab: Lab, name: str) -> tuple[Seen, list[str]]:
    """One way, while both keys ask without a pause; then until the new store is served."""
    folder = lab.folder("stores")
    home = folder / "home"
    home.mkdir()
    db, other = home / "iocs.db", folder / "other.db"
    (folder / "serve.yml").write_text(CONFIG, encoding="ascii")
    if name.startswith("a link"):
        first = folder / "first.db"
        keys = {"old": filled(lab, first, "old")}
        db.symlink_to(first)
    else:
        keys = {"old": filled(lab, db, "old")}
    seen = Seen()
    with serving(lab, db, "--config", folder / "serve.yml") as served:
        if get(served.url + "/readyz").status != 200:
            seen.faults.append("not ready before anything was done")
        threads = [asking(served, keys, seen) for _ in range(3)]
        while not seen.answers.get("old 200"):
            time.sleep(0.05)
        try:
            keys["new"] = WAYS[name](lab, db, other)
            until = time.monotonic() + SOON
            while not seen.answers.get("new 200") and time.monotonic() < until:
                time.sleep(0.1)
            # A connection of the old store that is still in a pool would show now.
            time.sleep(1)
        finally:
            seen.ended = True
            for thread in threads:
                thread.join(25)
        if not seen.answers.get("new 200"):
            seen.faults.append(f"the new store is not served after {SOON} s")
        answer = get(served.url + "/api/v1/iocs?limit=1", keys["old"])
        if answer.status != 401:
            seen.faults.append(f"at the end {answer.status} for the key of the old store")
        if get(served.url + "/readyz").status != 200:
            seen.faults.append("not ready at the end")
        if served.child.poll() is not None or "panicked" in served.log():
            seen.faults.append("the server is gone, or panicked")
    return seen, [f"{name}: {fault}" for fault in dict.fromkeys(seen.faults)]


def removed(lab: Lab) -> Row:
    """A store that is gone, empty, cut, of nonsense, a folder, a FIFO: 503 with no path, and ready again when it is back."""
    folder = lab.folder("removed")
    db, away = folder / "iocs.db", folder / "away.db"
    key = filled(lab, db, "old")
    faults = []
    with serving(lab, db) as served:
        if get(served.url + "/api/v1/iocs?limit=1", key).status != 200:
            faults.append("not served before anything was done")
        whole = db.read_bytes()
        db.rename(away)
        bad: dict[str, Callable[[], object]] = {
            "nothing": lambda: None,
            "an empty file": lambda: db.write_bytes(b""),
            "nonsense": lambda: db.write_bytes(b"nonsense" * 4096),
            "the half of it": lambda: db.write_bytes(whole[: len(whole) // 2]),
            "a folder": db.mkdir,
            "a FIFO": lambda: os.mkfifo(db),
            "a link to itself": lambda: db.symlink_to(db),
        }
        for name, put in bad.items():
            put()
            for path in ("/api/v1/iocs?limit=1", "/readyz"):
                try:
                    answer = get(served.url + path, key, timeout=20)
                except (OSError, http.client.HTTPException) as error:
                    faults.append(f"{name}, {path}: {type(error).__name__}")
                    continue
                if answer.status != 503 or b".db" in answer.body:
                    faults.append(f"{name}, {path}: {answer.status} {answer.body[:60]!r}")
            if db.is_dir() and not db.is_symlink():
                shutil.rmtree(db)
            else:
                db.unlink(missing_ok=True)
        away.rename(db)
        until = time.monotonic() + SOON
        while (
            status := get(served.url + "/api/v1/iocs?limit=1", key).status
        ) != 200 and time.monotonic() < until:
            time.sleep(0.2)
        if status != 200:
            faults.append(f"back again: {status}")
    return judged(
        PROMISE, "what is no store, in its place", f"{len(bad)} kinds, 503 each, then served again", faults
    )


def attack(lab: Lab) -> Iterator[Row]:
    """Each way, at least once; then what is no store."""
    faults: list[str] = []
    answers: dict[str, int] = {}
    runs = 0
    while not runs or (lab.left() > 0 and (lab.count is None or runs < lab.count)):
        for name in WAYS:
            if runs >= len(WAYS) and lab.left() < 0:
                break
            seen, wrong = changed(lab, name)
            runs += 1
            faults += wrong
            for what, count in seen.answers.items():
                answers[what] = answers.get(what, 0) + count
    told = ", ".join(f"{count} × {what}" for what, count in sorted(answers.items()))
    yield judged(
        PROMISE, "the store changes while both keys ask", f"{len(WAYS)} ways, {runs} runs; {told}", faults
    )
    yield removed(lab)
