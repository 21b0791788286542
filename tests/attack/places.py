"""What stands where our files go, who may read them, and what others are told: FIFOs, links, temporary files, modes, the key."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from clocks import Feed, missing
from lab import SKIP, Lab, Ran, Row, get, judged, make_key, serving
from web import KEY, SECRET, Server

NAMES = ("a.example", "b.example", "c.example")


def synced(lab: Lab, place: Path, url: str, *extra: str | Path) -> Ran:
    """One run of `sync`, which must end."""
    args = ["sync", "--base-url", url, "--state", place / "state", "-o", f"{place}/rules/", *extra]
    return lab.run(*args, env={"SOCDEF_API_KEY": KEY}, timeout=60)


def to_self(path: Path) -> None:
    """A link to itself."""
    path.symlink_to(path)


def full(path: Path) -> None:
    """A folder with a file of somebody's."""
    path.mkdir()
    (path / "x").write_text("x", encoding="ascii")


def bound(path: Path) -> None:
    """A socket."""
    with socket.socket(socket.AF_UNIX) as link:
        # The path of a socket is short.
        here = Path.cwd()
        os.chdir(path.parent)
        try:
            link.bind(path.name)
        finally:
            os.chdir(here)


# What somebody else can put in the place of a file.
OBSTACLES: dict[str, Callable[[Path], object]] = {
    "a FIFO": os.mkfifo,
    "a dangling link": lambda path: path.symlink_to(path.with_name("nowhere")),
    "a link to itself": to_self,
    "a link to a file": lambda path: path.symlink_to(path.parent.parent / "victim"),
    "a link to /dev/zero": lambda path: path.symlink_to("/dev/zero"),
    "a folder": Path.mkdir,
    "a folder with a file": full,
    "a socket": bound,
}


def identity(path: Path) -> tuple[int, int, str]:
    """Which thing it is: a number is given again as soon as it is free, so the kind and the target belong to it."""
    found = path.lstat()
    return found.st_ino, stat.S_IFMT(found.st_mode), str(path.readlink()) if path.is_symlink() else ""


def obstacles(lab: Lab) -> Row:
    """In the place of a rule that is there, and of one that comes: the run ends, all other rules are up to date."""
    faults = []
    for name, put in OBSTACLES.items():
        for fresh in (False, True):
            place, feed = lab.folder("obstacle"), Feed()
            when = f"{name}, in the place of {'a new rule' if fresh else 'a rule'}"
            victim = place / "victim"
            victim.write_text("victim", encoding="ascii")
            with Server(feed) as server:
                feed.names = list(NAMES)
                synced(lab, place, server.url)
                path = next(path for path in (place / "rules").glob("*.yml") if "a_example" in path.name)
                if fresh:
                    feed.names = list(NAMES[1:])
                    synced(lab, place, server.url, "--full")
                path.unlink(missing_ok=True)
                put(path)
                before = identity(path)
                feed.names = [*NAMES, "d.example"]
                for _ in range(2):
                    ran = synced(lab, place, server.url, "--full")
                    if ran.stopped or ran.crashed():
                        faults.append(f"{when}: {ran.crashed() or 'no end after a minute'}")
                        break
                else:
                    rules = place / "rules"
                    text = "\n".join(
                        one.read_text(encoding="utf-8")
                        for one in rules.glob("*.yml")
                        if one.is_file() and not one.is_symlink()
                    )
                    faults += [
                        f"{when}: {one} has no rule"
                        for one in (*NAMES[1:], "d.example")
                        if f"value: '{one}'" not in text
                    ]
                    if not os.path.lexists(path) or identity(path) != before:
                        faults.append(f"{when}: it was removed or replaced")
                if victim.read_text(encoding="ascii") != "victim":
                    faults.append(f"{when}: the target of the link was changed")
                if os.path.lexists(path):
                    remove(path)
                ran = synced(lab, place, server.url, "--full")
                if lost := missing(place, feed.names):
                    faults.append(f"{when}: free again, {', '.join(lost)} has no rule (status {ran.status})")
    figure = f"{len(OBSTACLES)} kinds, in the place of an old rule and of a new one"
    return judged(
        "what is another's is not touched, and stops nobody",
        "sync around what stands in its way",
        figure,
        faults,
    )


def remove(path: Path) -> None:
    """Remove whatever it is."""
    if path.is_dir() and not path.is_symlink():
        for below in path.iterdir():
            below.unlink()
        path.rmdir()
    else:
        path.unlink()


def strangers(lab: Lab) -> Row:
    """Files of others in the folder, temporary ones too, stay through `sync`, `compile` and `ingest`."""
    place, feed = lab.folder("strangers"), Feed()
    (place / "rules").mkdir()
    files = [
        place / "rules" / name
        for name in (".socdef-x.tmp", ".socdef-0a1b2c3d.tmp", ".tmpAbCd", "own.yml", ".hidden", "x.tmp")
    ]
    faults = []

    def put() -> None:
        for path in files:
            path.write_text("a stranger's", encoding="ascii")

    def look(when: str) -> None:
        for path in files:
            if not path.exists() or path.read_text(encoding="ascii") != "a stranger's":
                faults.append(f"{when}: {path.name} is gone or changed")

    with Server(feed) as server:
        feed.names = list(NAMES)
        put()
        for extra in ((), ("--full",)):
            synced(lab, place, server.url, *extra)
            look(f"sync {' '.join(extra)}")
        feed.names = list(NAMES[:1])
        synced(lab, place, server.url, "--full")
        look("sync --full of fewer")
    (place / "feed.txt").write_text("e.example\n", encoding="ascii")
    lab.run("compile", place / "feed.txt", "-q", "-o", f"{place}/rules/")
    look("compile")
    return judged(
        "what is another's is not touched, and stops nobody",
        "files of others in the folder",
        f"{len(files)} files, 4 runs",
        faults,
    )


def told(lab: Lab) -> Row:
    """The command of `--on-change` does not have the key, and nobody else may read what we keep."""
    place, feed = lab.folder("told"), Feed()
    faults = []
    with Server(feed) as server:
        feed.names = list(NAMES)
        seen = place / "environment"
        old = os.umask(0o022)
        try:
            ran = synced(
                lab, place, server.url, "--changes", place / "changes.json", "--on-change", f"env > '{seen}'"
            )
            lab.run("ingest", "--db", place / "iocs.db", "-", "-q", stdin=b"a.example\n")
            key = make_key(lab, place / "iocs.db")
            with serving(lab, place / "iocs.db") as served:
                get(served.url + "/api/v1/iocs?limit=1", key)
        finally:
            os.umask(old)
    if not seen.exists():
        faults.append(f"--on-change did not run: status {ran.status}")
    elif SECRET in seen.read_text(encoding="utf-8", errors="replace"):
        faults.append("the key is in the environment of --on-change")
    private = [
        place / "changes.json",
        *place.glob("iocs.db*"),
        *(path for path in (place / "state").rglob("*") if path.is_file()),
    ]
    faults += [
        f"{path.name} has mode {stat.S_IMODE(path.stat().st_mode):o}"
        for path in private
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    if key.encode() in b"".join(path.read_bytes() for path in private):
        faults.append("the key is in a file")
    return judged(
        "the key goes to its server only",
        "--on-change, and the modes of what is kept",
        f"{len(private)} files 0600",
        faults,
    )


def metrics(lab: Lab) -> Row:
    """`/metrics` is on its own address only, whatever a proxy does to a request; a second server on the store is refused."""
    folder = lab.folder("metrics")
    db = folder / "iocs.db"
    lab.run("ingest", "--db", db, "-", "-q", stdin=b"a.example\n")
    key, faults, asked = make_key(lab, db), [], 0
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        own = f"127.0.0.1:{free.getsockname()[1]}"
    for extra in ((), ("--metrics-bind", own)):
        with serving(lab, db, *extra) as served:
            for path in (
                "/metrics",
                "//metrics",
                "/metrics/",
                "/%6detrics",
                "/api/../metrics",
                "/api/v1/../../metrics",
                "/metrics?x",
                "/METRICS",
            ):
                for headers in (
                    {},
                    {"Host": "localhost"},
                    {"X-Forwarded-For": "127.0.0.1"},
                    {"X-Original-URL": "/metrics"},
                ):
                    asked += 1
                    answer = get(served.url + path, key, headers)
                    if answer.status == 200 or b"# HELP" in answer.body or b"# TYPE" in answer.body:
                        faults.append(f"{path} is answered on the address of the API")
            if extra and b"# " not in get(f"http://{own}/metrics").body:
                faults.append("nothing on the address of --metrics-bind")
            if extra and get(f"http://{own}/api/v1/iocs", key).status == 200:
                faults.append("the API on the address of --metrics-bind")
            second = lab.run("serve", "--db", db, "--listen", "127.0.0.1:0", timeout=20)
            if second.status in (0, None) or second.stopped or "busy" not in second.err:
                faults.append(
                    f"a second server on the store: status {second.status}, stopped {second.stopped}"
                )
    return judged(
        "no request bends the server",
        "/metrics through the API, a second server",
        f"{asked} requests",
        faults,
    )


def licences(lab: Lab) -> Row:
    """The installed package has the licence texts of what is linked into it."""
    promise, test = "the licence texts go with the binary", "the installed package"
    texts = [
        path
        for path in lab.command.parent.parent.rglob("LICENSES-THIRD-PARTY.txt")
        if "socdef" in path.as_posix().rpartition("site-packages")[2]
    ]
    if not texts:
        return Row(promise, test, f"no such file beside {lab.command.name}: not a wheel", SKIP)
    said = texts[0].read_text(encoding="utf-8").lower()
    named = ("mit license", "unicode", "isc", "permission is hereby granted", "apache license")
    lacks = [f"no text of {name}" for name in named if name not in said]
    return judged(promise, test, f"{len(said) // 1024} KiB of texts", lacks)


def attack(lab: Lab) -> Iterator[Row]:
    """Each once: none of them is by chance."""
    for part in (obstacles, strangers, told, metrics, licences):
        yield part(lab)
