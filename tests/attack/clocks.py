"""Wrong clocks, of the server, of `sync` and of both: a rule is never lost for good, and a key is not shut for years.

The clock of a child is moved by a small library of C before it (`LD_PRELOAD`), which reads its seconds from a file that is
shared, so a running server's clock can jump too. It moves the clock of the day only, not the steady one.
"""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab import SKIP, Lab, Row, get, judged, make_key, serving
from web import KEY, Link, Server

DAY = 86_400
YEAR = 365 * DAY
# However little time there is: a table of nothing proves nothing.
LEAST = 3
WRONG = {
    "a day ahead": DAY,
    "31 days ahead": 31 * DAY,
    "31 days behind": -31 * DAY,
    "100 days ahead": 100 * DAY,
    "400 days behind": -400 * DAY,
    "2099": 73 * YEAR,
    "20 minutes ahead": 1200,
}

SHIM = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static volatile long long *moved;
__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("ATTACK_CLOCK");
    int file = path ? open(path, O_RDONLY) : -1;
    if (file >= 0) {
        void *at = mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
        if (at != MAP_FAILED) moved = at;
        close(file);
    }
}
int clock_gettime(clockid_t id, struct timespec *at) {
    int status = syscall(SYS_clock_gettime, id, at);
    if (!status && moved && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) at->tv_sec += *moved;
    return status;
}
int gettimeofday(struct timeval *at, void *zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    (void)zone;
    if (at) { at->tv_sec = now.tv_sec; at->tv_usec = now.tv_nsec / 1000; }
    return 0;
}
time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
"""


@dataclass
class Clock:
    """A clock that can be moved, as the environment of a child."""

    file: Path
    library: Path

    def move(self, seconds: int) -> Clock:
        """So many seconds ahead."""
        with self.file.open("r+b") as shared:
            shared.write(struct.pack("=q", seconds))
        return self

    def env(self) -> dict[str, str]:
        """What a child needs to have this clock."""
        return {"LD_PRELOAD": str(self.library), "ATTACK_CLOCK": str(self.file)}


def clock(lab: Lab) -> Clock | None:
    """A clock for children, or nothing where there is no C compiler or no preloading."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    folder = lab.folder("clock")
    (folder / "shim.c").write_text(SHIM, encoding="ascii")
    built = subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", "shim.so", "shim.c"],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    (folder / "moved").write_bytes(struct.pack("=q", 0))
    made = Clock(folder / "moved", folder / "shim.so")
    if built.returncode:
        return None
    made.move(YEAR)
    said = subprocess.run(
        ["date", "+%s"], env={"PATH": "/usr/bin:/bin"} | made.env(), capture_output=True, check=False
    ).stdout
    made.move(0)
    return made if said.strip().isdigit() and int(said) > time.time() + YEAR / 2 else None


NAMES = [f"a{i}.example" for i in range(4)] + ["198.51.100.7", "203.0.113.9"]


class Feed:
    """An upstream of our own whose clock can be wrong, in its answer and in its `Date`."""

    def __init__(self) -> None:
        self.names: Sequence[str] = NAMES
        self.moved = 0
        # The last sighting of each indicator: most feeds say the same about it in every answer.
        self.seen: int | None = int(time.time()) - 3600

    def __call__(self, link: Link) -> None:
        """Everything, whatever `since` says: it speaks of each indicator again."""
        now = time.gmtime(time.time() + self.moved)
        said = time.strftime("%Y-%m-%dT%H:%M:%SZ", now)
        seen = said if self.seen is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.seen))
        data = [
            {
                "type": "ipv4" if name[0].isdigit() else "domain",
                "value": name,
                "confidence": "high",
                "first_seen": "2026-01-01T00:00:00Z",
                "last_seen": seen,
            }
            for name in self.names
        ]
        meta = {
            "total": len(data),
            "limit": 10000,
            "offset": 0,
            "generated_at": said,
            "feed_version": "1.0",
            "source": "Example",
        }
        body = json.dumps({"meta": meta, "data": data, "links": {"next": None}}).encode()
        link.answer(body, Date=time.strftime("%a, %d %b %Y %H:%M:%S GMT", now))


def sync(
    lab: Lab,
    place: Path,
    url: str,
    *extra: str,
    env: dict[str, str] | None = None,
    kill_after: float | None = None,
) -> str:
    """One run; what it said."""
    ran = lab.run(
        "sync",
        "--base-url",
        url,
        "--state",
        place / "state",
        "-o",
        f"{place}/rules/",
        "--max-wait",
        "2",
        *extra,
        env={"SOCDEF_API_KEY": KEY} | (env or {}),
        kill_after=kill_after,
    )
    return ran.crashed() if kill_after is None else ""


def missing(place: Path, names: Sequence[str]) -> list[str]:
    """The indicators without a rule."""
    text = (
        "\n".join(path.read_text(encoding="utf-8") for path in (place / "rules").glob("*.yml"))
        if (place / "rules").is_dir()
        else ""
    )
    return [name for name in names if f"value: '{name}'" not in text]


def once_wrong(lab: Lab, moved: Clock | None) -> Iterator[Row]:
    """One run with a wrong clock between runs with right ones."""
    for whose in ("the server", "sync", "both"):
        if moved is None and whose != "the server":
            yield Row(
                "no clock takes a rule away",
                f"a wrong clock of {whose}",
                "no C compiler, or no preloading: the clock of a child cannot be moved",
                SKIP,
            )
            continue
        faults, count = [], 0
        for name, seconds in WRONG.items():
            place, feed = lab.folder("clocks"), Feed()
            with Server(feed) as server:
                said = [sync(lab, place, server.url)]
                if whose != "sync":
                    feed.moved = seconds
                env = None if moved is None or whose == "the server" else moved.move(seconds).env()
                said.append(sync(lab, place, server.url, env=env))
                during = missing(place, NAMES)
                feed.moved = 0
                said.append(sync(lab, place, server.url))
                after = missing(place, NAMES)
                said.append(sync(lab, place, server.url, "--full"))
                full = missing(place, NAMES)
            count += 4
            for when, lost in (
                ("in that run", during),
                ("with the right clock again", after),
                ("after --full", full),
            ):
                if lost:
                    faults.append(f"{whose}, {name}: {len(lost)} of {len(NAMES)} rules are missing {when}")
            faults += filter(None, said)
        yield judged(
            "no clock takes a rule away",
            f"a wrong clock of {whose} once",
            f"{len(WRONG)} clocks, {count} runs",
            faults,
            "\n".join(faults),
        )


def expiring(lab: Lab, moved: Clock) -> Row:
    """What nobody speaks of any more still goes, where all clocks agree: or the rest of this part would prove nothing."""
    place, feed = lab.folder("clocks"), Feed()
    with Server(feed) as server:
        sync(lab, place, server.url)
        feed.names = NAMES[:1]
        for day in (20, 40):
            feed.moved = day * DAY
            sync(lab, place, server.url, env=moved.move(day * DAY).env())
    left = missing(place, NAMES)
    faults = [f"{name} is still there" for name in ("198.51.100.7", "203.0.113.9") if name not in left]
    faults += [f"{name} went too early" for name in NAMES[:4] if name in left]
    return judged(
        "a rule goes when nobody speaks of it",
        "40 days by all clocks",
        "addresses gone, domains kept",
        faults,
    )


def histories(lab: Lab, moved: Clock | None, least: float) -> Row:
    """Random histories of clocks, answers and kills, then two honest runs: every rule of the feed is there."""
    faults: list[str] = []
    smallest, count, runs = "", 0, 0
    while count < LEAST or (lab.left() > least and (lab.count is None or count < lab.count)):
        count += 1
        place, feed, told = lab.folder("history"), Feed(), []
        with Server(feed) as server:
            for _ in range(lab.rng.randrange(2, 6)):
                feed.names = lab.rng.sample(NAMES, lab.rng.randrange(1, len(NAMES) + 1))
                feed.moved = lab.rng.choice((0, 0, *WRONG.values()))
                feed.seen = lab.rng.choice((feed.seen, feed.seen, None))
                own = lab.rng.choice((0, 0, *WRONG.values())) if moved else 0
                extra = lab.rng.choice(((), (), ("--full",)))
                kill = lab.rng.choice((None, None, 0.3 + lab.rng.random()))
                env = moved.move(own).env() if moved else None
                sync(lab, place, server.url, *extra, env=env, kill_after=kill)
                told.append(
                    {
                        "server": feed.moved,
                        "sync": own,
                        "names": list(feed.names),
                        "args": list(extra),
                        "kill": kill,
                    }
                )
                runs += 1
            feed.moved, feed.names = 0, NAMES
            wrong = [sync(lab, place, server.url), sync(lab, place, server.url)]
            runs += 2
        if lost := [*missing(place, NAMES), *filter(None, wrong)]:
            faults.append(f"history {count}: {', '.join(lost)} missing")
            if not smallest or len(json.dumps(told)) < len(smallest):
                smallest = json.dumps(told)
    return judged(
        "no clock takes a rule away",
        "random histories of clocks, answers and kills, then an honest run",
        f"{count} histories, {runs} runs",
        faults,
        smallest,
    )


def windows(lab: Lab, moved: Clock) -> Row:
    """The clock of `serve` jumps for one request: a key is not shut longer than its window."""
    faults = []
    jumps = {
        "a day ahead": DAY,
        "70 years ahead": 70 * YEAR,
        "an hour behind": -3600,
        "two minutes ahead": 120,
    }
    for name, seconds in jumps.items():
        folder = lab.folder("windows")
        (folder / "feed.txt").write_bytes(b"evil.example\n")
        (folder / "serve.yml").write_text("plans:\n  pro:\n    requests_per_minute: 5\n", encoding="ascii")
        db = folder / "iocs.db"
        lab.run("ingest", "--db", db, folder / "feed.txt", "-q")
        key = make_key(lab, db)
        with serving(lab, db, "--config", folder / "serve.yml", env=moved.move(0).env()) as served:
            url = served.url + "/api/v1/iocs?limit=1"
            moved.move(seconds)
            first = get(url, key).status
            moved.move(0)
            answers = [get(url, key) for _ in range(12)]
            taken = sum(answer.status == 200 for answer in answers)
            waits = [
                int(answer.headers.get("retry-after", "0")) for answer in answers if answer.status == 429
            ]
            # A jump of some minutes may hold for as long as it was; a window is a minute.
            if (
                first != 200
                or taken < 1
                or taken > 11
                or any(wait > 60 + min(abs(seconds), 600) for wait in waits)
            ):
                faults.append(
                    f"{name}: {first}, then {taken} of 12 answered, Retry-After {max(waits, default=0)}"
                )
    return judged(
        "limits under a wrong clock",
        "the clock of serve jumps for one request",
        f"{len(jumps)} jumps",
        faults,
    )


def attack(lab: Lab) -> Iterator[Row]:
    """Once wrong, then at random."""
    moved = clock(lab)
    yield from once_wrong(lab, moved)
    if moved is not None:
        yield expiring(lab, moved)
        yield windows(lab, moved)
    yield histories(lab, moved, 0)
