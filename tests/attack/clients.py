"""Hostile clients against `serve`: one key, or none, must not take the feed from the others."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ask import LARGE as LIST
from ask import SMALL
from lab import Lab, Row, Served, get, judged, make_key, serving

INDICATORS = 8000
SLOW, IDLE = 80, 1000
CONFIG = """plans:
  pro:
    requests_per_minute: 1000000
    requests_per_day: 100000000
limits:
  anonymous_requests_per_minute: 1000000
"""


def store(lab: Lab) -> Path:
    """A store with many indicators."""
    folder = lab.folder("store")
    (folder / "feed.jsonl").write_text(
        "".join(
            json.dumps(
                {
                    "type": "domain",
                    "value": f"a{i}.example",
                    "confidence": "high",
                    "context": "a context of some length " * 4,
                }
            )
            + "\n"
            for i in range(INDICATORS)
        ),
        encoding="utf-8",
    )
    (folder / "serve.yml").write_text(CONFIG, encoding="ascii")
    ran = lab.run("ingest", "--db", folder / "iocs.db", folder / "feed.jsonl", "-q", timeout=180)
    if ran.status:
        raise RuntimeError(f"ingest failed: {ran.err}")
    return folder / "iocs.db"


@dataclass
class Asked:
    """What another key got: times of small answers, large answers that were whole, faults."""

    times: list[float]
    whole: int
    faults: list[str]

    def p99(self) -> float:
        """The 99th of a hundred times."""
        return sorted(self.times)[int(len(self.times) * 0.99)] if self.times else float("inf")


def asked(served: Served, key: str, seconds: float) -> Asked:
    """Requests of another key for so long."""
    program = Path(__file__).with_name("ask.py")
    given = [sys.executable, str(program), served.url, key, str(seconds), str(INDICATORS)]
    told = json.loads(subprocess.run(given, check=True, capture_output=True, timeout=600).stdout)
    return Asked(told["times"], told["whole"], told["faults"])


@contextlib.contextmanager
def slow_readers(served: Served, key: str, count: int, rate: int) -> Iterator[None]:
    """So many connections that ask for everything, and read `rate` bytes a second (0: nothing); each comes back when it is cut."""
    going = threading.Event()

    def read(number: int) -> None:
        while not going.is_set():
            with contextlib.suppress(OSError), socket.socket() as link:
                link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                link.settimeout(5)
                link.connect(served.address)
                link.sendall(
                    f"GET {LIST}&offset={number % 7} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
                )
                while not going.is_set():
                    if rate and not link.recv(max(rate // 4, 1)):
                        break
                    if going.wait(0.25):
                        break
            going.wait(0.2)

    threads = [threading.Thread(target=read, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(2)
        yield
    finally:
        going.set()
        for thread in threads:
            thread.join(7)


@contextlib.contextmanager
def idle(served: Served, count: int, said: bytes = b"") -> Iterator[list[socket.socket]]:
    """So many connections that say nothing, or this much and no more."""
    links: list[socket.socket] = []
    try:
        for _ in range(count):
            try:
                link = socket.create_connection(served.address, timeout=2)
                if said:
                    link.sendall(said)
                links.append(link)
            except OSError:
                continue
        yield links
    finally:
        for link in links:
            link.close()


def kept_out(lab: Lab, served: Served, attacker: str, other: str) -> Iterator[Row]:
    """F4: the other key's requests beside slow readers, readers of nothing, idle connections and half requests."""
    promise = "one client does not keep others out"
    each = max(min(lab.left() / 6, 30), 8)
    before = asked(served, other, each)
    quiet = before.p99()
    if before.faults:
        yield judged(promise, "without an attack", f"{len(before.times)} requests", before.faults)
    attacks = [
        (f"{SLOW} slow readers of one key and {IDLE} idle connections", 700, b"", SLOW, IDLE),
        (f"{SLOW} readers of nothing", 0, b"", SLOW, 0),
        (f"{IDLE} half requests", 0, b"GET / HTTP/1.1\r\nHost: a\r\nX: ", 0, IDLE),
    ]
    for name, rate, said, slow, waiting in attacks:
        with idle(served, waiting, said) as links, slow_readers(served, attacker, slow, rate):
            during = asked(served, other, each)
        figure = f"{len(during.times)} small and {during.whole} large answers for another key, {len(links)} idle connections, p99 {during.p99() * 1000:.0f} ms beside {quiet * 1000:.0f} ms without: ratio {during.p99() / quiet:.1f}; server {served.memory():.0f} MiB"
        faults = [f"{during.faults.count(fault)} × {fault}" for fault in dict.fromkeys(during.faults)]
        if not during.times:
            faults.append("no small request was answered")
        yield judged(promise, name, figure, faults)
        time.sleep(1)


def raw(served: Served, said: bytes, timeout: float = 15) -> bytes:
    """What the server says to these bytes; empty where it closes."""
    with contextlib.suppress(OSError), socket.create_connection(served.address, timeout=timeout) as link:
        link.settimeout(timeout)
        with contextlib.suppress(OSError):
            link.sendall(said)
        got = b""
        with contextlib.suppress(OSError):
            while piece := link.recv(65536):
                got += piece
                if len(got) > 2**21:
                    break
        return got
    return b""


def protocol(lab: Lab, served: Served, key: str) -> Row:
    """Raw requests: one answer at most to one request, no 5xx, nothing of the inside."""
    head = f"Host: a\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n"
    get_ = f"GET {SMALL} HTTP/1.1\r\n"
    inner = "GET /healthz?smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
    cases = {
        "CL and TE": (f"POST {SMALL} HTTP/1.1\r\n{head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}", 1),
        "TE and CL, odd case": (f"POST {SMALL} HTTP/1.1\r\n{head}Transfer-Encoding: cHuNkEd\r\nContent-Length: {len(inner) + 5}\r\n\r\n0\r\n\r\n{inner}", 1),
        "two TE": (f"POST {SMALL} HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{inner}", 1),
        "TE with a space": (f"POST {SMALL} HTTP/1.1\r\n{head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{inner}", 1),
        "two lengths": (f"GET {SMALL} HTTP/1.1\r\n{head}Content-Length: 0\r\nContent-Length: {len(inner)}\r\n\r\n{inner}", 1),
        "negative length": (f"{get_}{head}Content-Length: -1\r\n\r\n", 1),
        "length with a sign": (f"{get_}{head}Content-Length: +5\r\n\r\nabcde", 1),
        "a chunk that overflows": (f"POST {SMALL} HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\na", 1),
        "two Host": (f"{get_}{head}Host: b\r\n\r\n", 1),
        "no Host": (f"{get_}Authorization: Bearer {key}\r\nConnection: close\r\n\r\n", 1),
        "Host with a path": (f"{get_}Host: a/../b\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n", 1),
        "a full address": (f"GET http://other.example{SMALL} HTTP/1.1\r\n{head}\r\n", 1),
        "200 headers": (get_ + head + "".join(f"X-{i}: a\r\n" for i in range(200)) + "\r\n", 1),
        "a header of 100 KB": (f"{get_}{head}X: {'a' * 100_000}\r\n\r\n", 1),
        "a target of 100 KB": (f"GET {SMALL}&x={'a' * 100_000} HTTP/1.1\r\n{head}\r\n", 1),
        "a body of 100 KB": (f"{get_}{head}Content-Length: 100000\r\n\r\n{'a' * 100_000}", 1),
        "%zz": (f"GET /api/v1/iocs?type=%zz HTTP/1.1\r\n{head}\r\n", 1),
        "% at the end": (f"GET /api/v1/iocs?type=% HTTP/1.1\r\n{head}\r\n", 1),
        "%00": (f"GET /api/v1/iocs?type=%00 HTTP/1.1\r\n{head}\r\n", 1),
        "%ff": (f"GET /api/v1/iocs?type=%ff%fe HTTP/1.1\r\n{head}\r\n", 1),
        "NUL in the target": (f"GET /api/v1/\0iocs HTTP/1.1\r\n{head}\r\n", 1),
        "NUL in a header": (f"{get_}{head}X: a\0b\r\n\r\n", 1),
        "obs-fold": (f"{get_}{head}X: a\r\n b: c\r\n\r\n", 1),
        "obs-fold of the key": (f"{get_}Host: a\r\nConnection: close\r\nAuthorization: Bearer\r\n {key}\r\n\r\n", 1),
        "bare LF": (f"GET {SMALL} HTTP/1.1\nHost: a\nAuthorization: Bearer {key}\nConnection: close\n\n", 1),
        "bare CR": (f"{get_}{head}X: a\rY: b\r\n\r\n", 1),
        "HTTP/2": ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 1),
        "HTTP/0.9": ("GET /\r\n\r\n", 1),
        "HTTP/9.9": (f"GET {SMALL} HTTP/9.9\r\n{head}\r\n", 1),
        "an upgrade": (f"{get_}{head}Connection: upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA\r\n\r\n", 1),
        "TRACE": (f"TRACE / HTTP/1.1\r\n{head}\r\n", 1),
        "CONNECT": (f"CONNECT other.example:443 HTTP/1.1\r\n{head}\r\n", 1),
        "TLS": ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "\0" * 100, 1),
        "dots": (f"GET /api/v1/../../../../etc/passwd HTTP/1.1\r\n{head}\r\n", 1),
        "encoded dots": (f"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n{head}\r\n", 1),
        "50 in a row": ((get_ + head.replace("Connection: close\r\n", "") + "\r\n") * 49 + get_ + head + "\r\n", 50),
        "Expect": (f"{get_}{head}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n", 2),
        "a method of 10 KB": (f"{'A' * 10_000} / HTTP/1.1\r\n{head}\r\n", 1),
    }  # fmt: skip
    faults = []
    for name, (said, most) in cases.items():
        got = raw(served, said.encode("latin-1"))
        answers = got.count(b"HTTP/1.1 ") + got.count(b"HTTP/1.0 ")
        if answers > most:
            faults.append(f"{name}: {answers} answers")
        if (
            got.startswith((b"HTTP/1.1 5", b"HTTP/1.0 5"))
            and b" 501 " not in got[:15]
            and b" 505 " not in got[:15]
        ):
            faults.append(f"{name}: {got.splitlines()[0].decode('latin-1')}")
        for inside in (b"root:x:", b".rs:", b"panicked", b"/src/", key.encode(), b".db"):
            if inside in got:
                faults.append(f"{name}: {inside.decode()} in the answer")
    if served.child.poll() is not None or get(served.url + "/healthz").status != 200:
        faults.append("the server is gone")
    return judged(
        "no request bends the server", "raw requests", f"{len(cases)} of them, 1 answer each at most", faults
    )


def keys(lab: Lab, served: Served, key: str) -> Row:
    """Forms of a key: the right one is taken in the two headers only."""
    half = key[len("sk_live_") :]
    wide = "".join(chr(ord(c) + 0xFEE0) for c in key).encode().decode("latin-1")
    bad = [
        "", " ", "Bearer", "Bearer ", "bearer", f"Basic {key}", f"Token {key}", key, f"Bearer {key.upper()}", f"Bearer {key}x", f"Bearer {key[:-1]}", f"Bearer {half}", f"Bearer sk_test_{half}",
        f"Bearer {key} {key}", f"Bearer {key},{key}", f"Bearer {key};", f'Bearer "{key}"', f"Bearer {key}\xa0", f"Bearer {wide}", f"Bearer {key[:20]} {key[20:]}", f"Bearer {key}%00", f"Bearer %73k_live_{half}",
        "Bearer ' OR '1'='1", "Bearer sk_live_", f"Bearer sk_live_{'0' * len(half)}", f"Bearer sk_live_{half[::-1]}", f"Bearer {'a' * 7000}", f"Bearer sk_live_{half[:12]}", f"Bearer={key}", f"Bearer:{key}", f"Bearer\x0b{key}", f"Bearer {key}\\n",
    ]  # fmt: skip
    good = [
        ("Authorization", f"Bearer {key}"),
        ("X-API-Key", key),
        ("authorization", f"Bearer {key}"),
        ("x-api-key", key),
    ]
    faults = []
    for name, said in good:
        got = raw(
            served,
            f"GET {SMALL} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{name}: {said}\r\n\r\n".encode(
                "latin-1"
            ),
        )
        if b" 200 " not in got[:14]:
            faults.append(f"{name}: refused")
    for said in bad:
        got = raw(
            served,
            f"GET {SMALL} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: {said}\r\n\r\n".encode(
                "latin-1"
            ),
        )
        if got[9:12] not in (b"401", b"400", b"431"):
            faults.append(f"{said[:50]!r}: {got[:30]!r}")
    extras = {
        "the key in the address": f"GET {SMALL}&api_key={key} HTTP/1.1\r\nHost: a\r\n",
        "a cookie": f"GET {SMALL} HTTP/1.1\r\nHost: a\r\nCookie: key={key}; Authorization=Bearer {key}\r\n",
        "two keys, one wrong": f"GET {SMALL} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer sk_live_{half[::-1]}\r\nX-API-Key: {key}\r\n",
        "two Authorization": f"GET {SMALL} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer sk_live_{half[::-1]}\r\nAuthorization: Bearer {key}\r\n",
    }
    for name, said in extras.items():
        got = raw(served, (said + "Connection: close\r\n\r\n").encode("latin-1"))
        if b" 200 " in got[:14] or key.encode() in got:
            faults.append(f"{name}: {got[:30]!r}")
    if key in served.log() or half in served.log():
        faults.append("the key is in the log")
    return judged("keys", "forms of a key", f"{len(good)} right, {len(bad) + len(extras)} wrong", faults)


def parameters(lab: Lab, served: Served, key: str) -> Row:
    """Parameters of every kind: 200 or 400 with a reason, never 5xx."""
    names = ("type", "since", "confidence", "industry", "limit", "offset", "format", "min_confidence", "x")
    said = (
        "",
        "0",
        "-1",
        "1e9",
        "99999999999999999999",
        "9223372036854775807",
        "nan",
        "' OR 1=1 --",
        "%27%3B%20DROP%20TABLE%20iocs%3B--",
        "%00",
        "%0d%0aX-Injected:%20a",
        "*",
        "2099-12-31",
        "0000-00-00",
        "9999-99-99",
        "2026-05-17T25:00:00Z",
        "../../x",
        "a" * 3000,
        "%F0%9F%92%80",
        "[]",
        "1&limit=2",
    )
    faults, count = [], 0
    for name in names:
        for value in said:
            count += 1
            got = raw(
                served,
                f"GET /api/v1/iocs?{name}={value.replace(' ', '%20')} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\r\n".encode(
                    "latin-1"
                ),
            )
            if got[9:12] not in (b"200", b"400", b"403", b"414") or b"\r\nx-injected" in got.lower():
                faults.append(f"{name}={value[:40]}: {got[:60]!r}")
            if got[9:12] == b"400" and b'"code"' not in got:
                faults.append(f"{name}={value[:40]}: no reason")
    return judged("plans, parameters", "hostile parameters", f"{count} requests, none 5xx", faults)


def attack(lab: Lab) -> Iterator[Row]:
    """A server with two keys, and whatever one of them and strangers do to the other."""
    db = store(lab)
    attacker, other = make_key(lab, db), make_key(lab, db)
    with serving(lab, db, "--config", db.parent / "serve.yml") as served:
        for part in (protocol, keys, parameters):
            yield part(lab, served, attacker)
        yield from kept_out(lab, served, attacker, other)
        faults = [
            line[:200]
            for line in served.log().splitlines()
            if "panicked" in line or (" ERROR " in line and " status=503 " not in line)
        ][:2]
        if served.child.poll() is not None:
            faults.append(f"it ended with {served.child.returncode}")
        yield judged(
            "no request bends the server",
            "the server after all of this",
            f"{served.memory():.0f} MiB at the most",
            faults,
        )
