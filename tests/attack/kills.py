"""SIGKILL at random moments of `sync`, `ingest` and `compile -o`: nothing half-written, and the next run makes it whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

import checker
from clocks import LEAST, Feed, missing, sync
from lab import Lab, Row, get, judged, make_key, serving
from web import Server

PROMISE = "killed at any moment, nothing is half-written"


def broken(folder: Path) -> list[str]:
    """The rule files that are not whole. A rule ends with `socdef` or has at least its level."""
    bad = []
    for path in sorted(folder.rglob("*.yml")):
        if path.name.startswith("."):
            continue
        try:
            said = list(yaml.load_all(path.read_text(encoding="utf-8"), Loader=checker.Loader))
        except (yaml.YAMLError, UnicodeDecodeError):
            bad.append(path.name)
            continue
        if not said or not all(
            isinstance(rule, dict) and "detection" in rule and "level" in rule for rule in said
        ):
            bad.append(path.name)
    return bad


def names(lab: Lab, count: int) -> list[str]:
    """So many domains, of which most stay from feed to feed."""
    return [f"k{number}.example" for number in lab.rng.sample(range(count * 3 // 2), count)]


def killed_sync(lab: Lab, least: float) -> Row:
    """The feed changes between the runs."""
    place, feed = lab.folder("kills"), Feed()
    faults, kills = [], 0
    with Server(feed) as server:
        feed.names = names(lab, 300)
        whole = lab.run(
            "sync",
            "--base-url",
            server.url,
            "--state",
            place / "state",
            "-o",
            f"{place}/rules/",
            env={"SOCDEF_API_KEY": "sk_live_0"},
        ).seconds
        while kills < LEAST or (lab.left() > least and (lab.count is None or kills < lab.count)):
            feed.names = names(lab, 300)
            sync(
                lab,
                place,
                server.url,
                *lab.rng.choice(((), ("--full",))),
                kill_after=whole * lab.rng.uniform(0.1, 1.1),
            )
            kills += 1
            faults += [f"kill {kills}: {name} is not whole" for name in broken(place / "rules")]
            if kills % 5 == 0:
                sync(lab, place, server.url, "--full")
                if lost := missing(place, feed.names):
                    faults.append(f"after kill {kills}, the next whole run lacks {len(lost)} rules")
                if (more := len(list((place / "rules").glob("*.yml"))) - len(feed.names)) > 0:
                    faults.append(f"after kill {kills} and --full, {more} rules are too many")
        sync(lab, place, server.url, "--full")
        if lost := missing(place, feed.names):
            faults.append(f"at the end {len(lost)} rules are missing")
    left = [path.name for path in place.rglob("*.tmp")]
    if left:
        faults.append(f"{len(left)} temporary files are left after a whole run ({left[0]})")
    return judged(PROMISE, "kill -9 of sync", f"{kills} kills, 300 rules", faults)


def killed_ingest(lab: Lab, least: float) -> Row:
    """The store is sound after each, and whole after the last."""
    folder = lab.folder("kills")
    db, feed = folder / "iocs.db", folder / "feed.txt"
    feed.write_text("evil.example\n", encoding="ascii")
    lab.run("ingest", "--db", db, feed, "-q")
    feed.write_text("".join(f"k{number}.example\n" for number in range(4000)), encoding="ascii")
    whole = lab.run("ingest", "--db", folder / "other.db", feed, "-q").seconds
    faults, kills = [], 0
    while kills < LEAST or (lab.left() > least and (lab.count is None or kills < lab.count)):
        lab.run("ingest", "--db", db, feed, "-q", kill_after=whole * lab.rng.uniform(0.1, 1.0))
        kills += 1
        with sqlite3.connect(db) as link:
            said = link.execute("PRAGMA integrity_check").fetchone()[0]
        link.close()
        if said != "ok":
            faults.append(f"kill {kills}: {said}")
    last = lab.run("ingest", "--db", db, feed, "-q")
    key = make_key(lab, db)
    with serving(lab, db) as served:
        total = get(served.url + "/api/v1/iocs?limit=1", key).headers.get("x-total-count")
    if last.status or total != "4001":
        faults.append(f"the next ingest: status {last.status}, {total} of 4001 served")
    return judged(PROMISE, "kill -9 of ingest", f"{kills} kills, 4,000 indicators", faults)


def killed_compile(lab: Lab, least: float, into_folder: bool) -> Row:
    """A file is the old one or the new one; in a folder each file is whole."""
    folder = lab.folder("kills")
    feed, out = folder / "feed.txt", folder / ("rules" if into_folder else "rules.yml")
    target = f"{out}/" if into_folder else out
    feed.write_text("old.example\n", encoding="ascii")
    lab.run("compile", feed, "-q", "--now", "2026-01-01", "-o", target)
    feed.write_text(
        "".join(f"k{number}.example\n" for number in range(600 if into_folder else 6000)), encoding="ascii"
    )
    old = b"" if into_folder else out.read_bytes()
    ran = lab.run(
        "compile",
        feed,
        "-q",
        "--now",
        "2026-01-01",
        "-o",
        f"{folder}/new/" if into_folder else folder / "new.yml",
    )
    new = b"" if into_folder else (folder / "new.yml").read_bytes()
    faults, kills = [], 0
    while kills < LEAST or (lab.left() > least and (lab.count is None or kills < lab.count)):
        lab.run(
            "compile",
            feed,
            "-q",
            "--now",
            "2026-01-01",
            "-o",
            target,
            kill_after=ran.seconds * lab.rng.uniform(0.2, 1.0),
        )
        kills += 1
        if into_folder:
            faults += [f"kill {kills}: {name} is not whole" for name in broken(out)]
        elif (said := out.read_bytes()) not in (old, new):
            faults.append(f"kill {kills}: {len(said)} bytes, neither the old file nor the new one")
        elif said == new:
            out.write_bytes(old)
    return judged(
        PROMISE, f"kill -9 of compile -o {'a folder' if into_folder else 'a file'}", f"{kills} kills", faults
    )


def attack(lab: Lab) -> Iterator[Row]:
    """A quarter of the time each."""
    parts: Sequence[float] = (0.4, 0.5, 0.5, 1.0)
    yield killed_sync(lab, lab.share(parts[0]))
    yield killed_ingest(lab, lab.share(parts[1]))
    yield killed_compile(lab, lab.share(parts[2]), into_folder=False)
    yield killed_compile(lab, lab.share(parts[3]), into_folder=True)
