"""Hostile servers against `fetch` and `sync`: what they may cost, where the key may go, what they may leave behind."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import json
import resource
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import checker
import yaml
from lab import SKIP, Lab, Row, judged

SECRET = "5f0c1d2e3b4a69788796a5b4c3d2e1f0aabbccdd"
KEY = f"sk_live_{SECRET}"
MEMORY = 400
# Seconds of the clock, which a busy machine may need, and CPU seconds, which it may not.
BOUND = 90
CPU = 40
MAX_BYTES = 16 * 2**20
COMMANDS = ("fetch iocs", "fetch rules", "sync")

RULE = """title: 'Example {i}'
id: 0ba7150e-05fb-5e59-98e0-{i:012}
status: experimental
logsource:
  category: dns_query
  product: windows
detection:
  selection:
    - QueryName: 'a{i}.example'
  condition: selection
level: high
"""


def page(records: list[object] | None = None, following: object = None, **meta: object) -> bytes:
    """A page of the list."""
    data = [{"type": "domain", "value": "good.example", "confidence": "high"}] if records is None else records
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    told: dict[str, object] = {"total": len(data), "limit": 10000, "offset": 0, "generated_at": now, "feed_version": "1.0", "source": "Example"} | meta
    return json.dumps({"meta": told, "data": data, "links": {"self": "/api/v1/iocs", "next": following}}).encode()


class Link:
    """One request of the client, and ways to answer it badly."""

    def __init__(self, connection: socket.socket, head: bytes, server: Server) -> None:
        self.connection, self.head, self.server = connection, head, server
        self.target = head.split(b" ")[1].decode("latin-1") if head.count(b" ") > 1 else "/"
        self.sigma = "sigma" in self.target

    def send(self, said: bytes | str) -> None:
        """Raw bytes."""
        self.connection.sendall(said.encode("latin-1") if isinstance(said, str) else said)

    def answer(self, body: bytes, status: str = "200 OK", **headers: str) -> None:
        """A whole answer."""
        kind = "application/yaml" if self.sigma else "application/json"
        lines = {"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"} | {name.replace("_", "-"): said for name, said in headers.items()}
        self.send(f"HTTP/1.1 {status}\r\n" + "".join(f"{name}: {said}\r\n" for name, said in lines.items()) + "\r\n")
        self.send(body)

    def good(self) -> bytes:
        """What an honest server says."""
        return RULE.format(i=1).encode() if self.sigma else page()

    def endless(self, piece: bytes, before: bytes = b"", encoding: str = "") -> None:
        """A chunked body that does not end."""
        said = f"Content-Encoding: {encoding}\r\n" if encoding else ""
        self.send(f"HTTP/1.1 200 OK\r\nContent-Type: {'application/yaml' if self.sigma else 'application/json'}\r\nTransfer-Encoding: chunked\r\n{said}\r\n")
        for part in itertools.chain([before] if before else [], itertools.repeat(piece)):
            self.send(f"{len(part):x}\r\n".encode() + part + b"\r\n")

    def reset(self) -> None:
        """Close with RST."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


Behaviour = Callable[[Link], None]


class Server(contextlib.AbstractContextManager["Server"]):
    """Accepts connections on loopback until the block ends; `heads` has what was asked."""

    def __init__(self, behaviour: Behaviour, context: ssl.SSLContext | None = None) -> None:
        self.behaviour, self.context = behaviour, context
        self.heads: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.open = True
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http{'s' if self.context else ''}://{'localhost' if self.context else '127.0.0.1'}:{self.port}"

    def accept(self) -> None:
        """A thread for each connection."""
        while self.open:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        """One request, one answer, closed."""
        with contextlib.suppress(OSError, ValueError), contextlib.closing(connection):
            connection.settimeout(BOUND + 5)
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            head = b""
            while b"\r\n\r\n" not in head:
                if not (piece := connection.recv(65536)):
                    return
                head += piece
            self.heads.append(head)
            self.behaviour(Link(connection, head, self))
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
                connection.settimeout(1)
                connection.recv(1)

    def __exit__(self, *_: object) -> None:
        self.open = False
        self.listener.close()


def bomb(body: bytes, megabytes: int) -> bytes:
    """A repeated text, compressed, in members of one MiB, that is so long when it is unpacked."""
    return gzip.compress(body * (2**20 // len(body)), 9, mtime=0) * megabytes


def behaviours(elsewhere: str) -> dict[str, Behaviour]:
    """Every way to answer badly. A new one is a line here."""
    small = b",".join(b'{"type":"domain","value":"a.example"}' for _ in range(500)) + b","
    many = b"".join(RULE.format(i=i).encode() + b"---\n" for i in range(50))
    opened = b'{"meta":{"generated_at":"2026-11-01T00:00:00Z","total":1},"data":['
    compressed = gzip.compress(opened + small * 400, mtime=0)

    def start(link: Link) -> bytes:
        return b"" if link.sigma else opened

    def bombed(link: Link) -> None:
        body = bomb(b"# comment\n" if link.sigma else b" ", 700)
        link.answer(body, Content_Encoding="gzip")

    def text_bomb(link: Link) -> None:
        link.answer(gzip.compress(b"title: '", mtime=0) + bomb(b"x" if link.sigma else b'{"type":"domain","value":"a.example"},', 300), Content_Encoding="gzip")

    def drip(link: Link) -> None:
        link.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(30):
            link.send("#" if link.sigma else " ")
            time.sleep(1)

    def early(link: Link) -> None:
        until = time.monotonic() + BOUND
        while time.monotonic() < until:
            link.send("HTTP/1.1 102 Processing\r\n\r\n")
            time.sleep(0.01)

    def header_for_ever(link: Link) -> None:
        link.send("HTTP/1.1 200 OK\r\n")
        while True:
            link.send("X-A: " + "a" * 4000 + "\r\n")

    def error(status: str, **headers: str) -> Behaviour:
        body = json.dumps({"error": {"code": f"bad {KEY}", "message": f"the key {KEY} of {SECRET}", "request_id": KEY, "details": {"key": KEY}}}).encode()
        return lambda link: link.answer(body, status, X_Request_Id=KEY, Set_Cookie=KEY, **headers)

    def to(where: str, status: str = "302 Found") -> Behaviour:
        return lambda link: link.answer(b"", status, Location=where.replace("{here}", link.server.url))

    def following(where: object) -> Behaviour:
        def answer(link: Link) -> None:
            said = where.replace("{here}", link.server.url) if isinstance(where, str) else where
            headers = {"Link": f'<{said}>; rel="next"', "X_Total_Count": "1000000"}
            link.answer(link.good() if link.sigma else page(following=said, total=10**6), **headers)

        return answer

    def body(said: bytes) -> Behaviour:
        return lambda link: link.answer(said)

    def cut(link: Link) -> None:
        link.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        link.send(link.good())
        link.reset()

    def chunk_cut(link: Link) -> None:
        good = link.good()
        link.send(f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{len(good):x}\r\n".encode() + good + b"\r\n5\r\nab")

    def tagged(link: Link) -> None:
        bad = [RULE.format(i=i) + f"x: {said}\n" for i, said in enumerate(("!!python/object/apply:os.system ['id']", "!!python/name:os.system", "!x y", "!<tag:a,b:c> d", "!!binary '='", "!!timestamp x", "&a [*a]", "!!set {a, b}", "{? [a] : b}"), 10)]
        link.answer("---\n".join([RULE.format(i=1), *bad, RULE.format(i=2)]).encode() if link.sigma else page([{"type": "domain", "value": "good.example", "tags": ["!!python/name:os.system"]}]))

    def laughs(link: Link) -> None:
        lines = "a: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(f"b{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12))
        link.answer((RULE.format(i=1) + lines).encode() if link.sigma else b'{"data":' + b"[" * 200_000)

    def huge_page(link: Link) -> None:
        link.answer((RULE.format(i=1) + "x: " + "a" * 30_000_000 + "\n").encode() if link.sigma else page([{"type": "domain", "value": f"a{i}.example"} for i in range(60_000)]))

    def doubled(link: Link) -> None:
        link.answer((RULE.format(i=1) + "---\n").encode() * 30_000 if link.sigma else page([{"type": "domain", "value": "a.example"}] * 30_000))

    return {
        "records without end": lambda link: link.endless(many if link.sigma else small, start(link)),
        "records without end, compressed": lambda link: link.endless(gzip.compress(many, mtime=0) if link.sigma else compressed, encoding="gzip"),
        "white space without end": lambda link: link.endless(b"\n" * 65536 if link.sigma else b" " * 65536, start(link)),
        "one text without end": lambda link: link.endless(b"x" * 65536, b"title: '" if link.sigma else b'{"meta":"'),
        "brackets without end": lambda link: link.endless(b"[" * 65536),
        "a bomb of white space": bombed,
        "a bomb of text": text_bomb,
        "a byte a second": drip,
        "102 for ever": early,
        "headers without end": header_for_ever,
        "10,000 headers": lambda link: link.answer(link.good(), **{f"X_{i}": "a" for i in range(10_000)}),
        "301 elsewhere": to(f"{elsewhere}/api", "301 Moved Permanently"),
        "302 elsewhere": to(f"{elsewhere}/api"),
        "307 elsewhere": to(f"{elsewhere}/api", "307 Temporary Redirect"),
        "308 elsewhere": to(f"{elsewhere}/api", "308 Permanent Redirect"),
        "302 without a scheme": to(elsewhere.removeprefix("http:") + "/api"),
        "302 with a user": to(elsewhere.replace("http://", "http://127.0.0.1@") + "/api"),
        "302 to itself": to("{here}/api/v1/iocs"),
        "302 to a file": to("file:///etc/passwd"),
        "next elsewhere": following(f"{elsewhere}/api/v1/iocs?offset=1"),
        "next without a scheme": following(elsewhere.removeprefix("http:") + "/x"),
        "next with a user": following("{here}@" + elsewhere.removeprefix("http://") + "/x"),
        "next with a backslash": following("/\\" + elsewhere.removeprefix("http://") + "/x"),
        "next is itself": following("/api/v1/iocs?offset=0"),
        "next is a number": following(17),
        "401 with the key": error("401 Unauthorized"),
        "403 with the key": error("403 Forbidden"),
        "400 with the key": error("400 Bad Request"),
        "500 with the key": error("500 Internal Server Error"),
        "the key as reason": lambda link: link.answer(b"{}", f"400 {KEY}"),
        "the key as address": to(f"http://{SECRET}.example/{KEY}"),
        "429, a year": error("429 Too Many Requests", Retry_After="31536000"),
        "429, a date": error("429 Too Many Requests", Retry_After="Fri, 31 Dec 2099 23:59:59 GMT"),
        "429, negative": error("429 Too Many Requests", Retry_After="-1", X_RateLimit_Reset="-99999999999999999999"),
        "503, zero": error("503 Service Unavailable", Retry_After="0"),
        "503, no number": error("503 Service Unavailable", Retry_After="soon"),
        "reset at once": Link.reset,
        "reset in the middle": cut,
        "a cut chunk": chunk_cut,
        "a chunk of 16 EiB": lambda link: link.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nab"),
        "a length of 16 EiB": lambda link: link.send("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nab"),
        "two lengths": lambda link: link.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc"),
        "no HTTP": lambda link: link.send(b"\x00\xff\x16\x03\x01SSH-2.0\r\n\r\n"),
        "status 999": lambda link: link.answer(b"x", "999 x"),
        "304 unasked": lambda link: link.answer(b"", "304 Not Modified"),
        "a page of HTML": body(b"<html>log in</html>"),
        "nothing": body(b""),
        "null": body(b"null"),
        "data is text": body(b'{"meta":{},"data":"x","links":{}}'),
        "records of wrong kinds": body(page([None, 1, "x", [], {"type": 5, "value": {}}, {"type": "domain", "value": "good.example", "tags": 7, "source": [], "confidence": {}}])),
        "wrong times": body(page(generated_at="yesterday", total=-1, limit=1e308, offset="x")),
        "UTF-16": body("{}".encode("utf-16")),
        "gzip that is none": lambda link: link.answer(b"plain", Content_Encoding="gzip"),
        "tags of YAML": tagged,
        "aliases that double": laughs,
        "a huge page": huge_page,
        "one record 30,000 times": doubled,
    }  # fmt: skip


def with_key(folder: Path, *outputs: bytes) -> str:
    """Where the key, or its secret half, stands."""
    for said in outputs:
        if SECRET.encode() in said:
            return "the key is in the output"
    for path in folder.rglob("*"):
        if path.is_file() and SECRET.encode() in path.read_bytes():
            return f"the key is in {path.name}"
    return ""


def unsafe(folder: Path) -> str:
    """What a safe loader cannot read of the rules that were written."""
    for path in folder.rglob("*.yml"):
        try:
            for rule in yaml.load_all(path.read_bytes(), Loader=checker.Loader):
                if rule is not None and not isinstance(rule, dict):
                    return f"a document that is a {type(rule).__name__}"
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            return f"rules that a safe loader refuses: {str(error).splitlines()[0][:100]}"
    return ""


def limited() -> None:
    """A child has so many CPU seconds."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))


def tried(lab: Lab, command: str, name: str, behaviour: Behaviour, elsewhere: Server, good: Path) -> tuple[list[str], float]:
    """Run one command against one behaviour: its faults and its peak memory."""
    # A state belongs to the path of its output.
    folder = lab.work / "place"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    asked = len(elsewhere.heads)
    with Server(behaviour) as server:
        args: list[str | Path] = [*command.split(), "--base-url", server.url, "--max-wait", "3"]
        if command == "sync":
            shutil.copytree(good, folder, dirs_exist_ok=True)
            args += ["--state", folder / "state", "-o", f"{folder}/rules/"]
        else:
            args += ["-o", folder / "rules.yml", "--report", folder / "report.json"]
        if name == "a byte a second":
            args += ["--timeout", "5"]
        # A list has a bound of its own, by what was asked for; a file of rules has this one only.
        if command == "fetch rules" and "without end" in name:
            args += ["--max-bytes", str(MAX_BYTES)]
        ran = lab.run(*args, env={"SOCDEF_API_KEY": KEY, "RUST_BACKTRACE": "1", "RUST_LOG": "trace"}, timeout=BOUND, before=limited)
        count = len(server.heads)
    faults = []
    if ran.cpu >= CPU - 1:
        faults.append(f"no end after {CPU} CPU seconds")
    elif crash := ran.crashed():
        faults.append(crash)
    elif ran.stopped:
        faults.append(f"no end after {BOUND} s")
    elif ran.status not in (0, 1, 3, 4):
        faults.append(f"status {ran.status}")
    if ran.memory > MEMORY:
        faults.append(f"{ran.memory:.0f} MiB")
    if count > 12_000:
        faults.append(f"{count} requests")
    for head in elsewhere.heads[asked:]:
        faults.append("another origin was asked" + (", with the key" if SECRET.encode() in head else ""))
    faults += filter(None, [with_key(folder, ran.out, ran.err.encode("utf-8", "replace")), unsafe(folder)])
    if seen := next((seen for line in ran.err.split("\n") if (seen := checker.invisible(line))), ""):
        faults.append(f"raw {seen} on the terminal")
    if command == "sync" and not any("good.example" in path.read_text(encoding="utf-8", errors="replace") for path in (folder / "rules").rglob("*.yml")):
        faults.append("the last good rule is gone")
    return [f"{name}, {command}: {fault}" for fault in faults], ran.memory


def certificates(folder: Path) -> dict[str, tuple[Path, Path]] | None:
    """An authority of our own with certificates for this machine, another name and the past, by `openssl`."""
    if shutil.which("openssl") is None:
        return None

    def openssl(*args: str) -> None:
        subprocess.run(["openssl", *args], cwd=folder, check=True, capture_output=True)

    made = {}
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=Attack", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
    for name, host, days in (("good", "localhost", "20"), ("other", "other.example", "20"), ("past", "localhost", "-1")):
        (folder / f"{name}.ext").write_text(f"subjectAltName=DNS:{host}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n", encoding="ascii")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={host}")
        # A negative number of days is refused by newer versions; two dates are refused by older ones.
        try:
            openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", days, "-extfile", f"{name}.ext", "-out", f"{name}.pem")
        except subprocess.CalledProcessError:
            openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-not_before", "20200101000000Z", "-not_after", "20200201000000Z", "-extfile", f"{name}.ext", "-out", f"{name}.pem")
        made[name] = (folder / f"{name}.pem", folder / f"{name}.key")
    return made


def tls(lab: Lab) -> Iterator[Row]:
    """The key goes over TLS to the holder of a good certificate only."""
    promise, test = "the key goes to its server only", "TLS with an authority of its own"
    folder = lab.folder("tls")
    try:
        made = certificates(folder)
    except (subprocess.CalledProcessError, OSError) as error:
        yield Row(promise, test, f"openssl: {error}", SKIP)
        return
    if made is None:
        yield Row(promise, test, "there is no openssl", SKIP)
        return
    faults = []
    cases = [("good", True, True), ("good", False, False), ("other", True, False), ("past", True, False)]
    for name, trusted, right in cases:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*made[name])
        with Server(lambda link: link.answer(link.good()), context) as server:
            authority: list[str | Path] = ["--ca-file", folder / "ca.pem"] if trusted else []
            ran = lab.run("fetch", "iocs", "--base-url", server.url, "--max-wait", "1", *authority, env={"SOCDEF_API_KEY": KEY}, timeout=BOUND)
            if (ran.status == 0) != right or (not right and server.heads):
                faults.append(f"certificate {name}, {'trusted' if trusted else 'unknown'}: status {ran.status}, {len(server.heads)} requests: {ran.err.strip()[:120]}")
    with Server(lambda link: link.answer(link.good())) as plain:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*made["good"])
        with Server(lambda link: link.answer(b"", "302 Found", Location=plain.url + "/api/v1/iocs"), context) as server:
            lab.run("fetch", "iocs", "--base-url", server.url, "--max-wait", "1", "--ca-file", folder / "ca.pem", env={"SOCDEF_API_KEY": KEY}, timeout=BOUND)
        if plain.heads:
            faults.append("a redirect from https to http was followed")
    yield judged(promise, test, f"{len(cases)} certificates, one way down to http", faults)


def addresses(lab: Lab, elsewhere: Server) -> Row:
    """Base URLs to which a key must not go in the clear."""
    bases = [
        *("http://192.0.2.1:9", "http://127.0.0.1.example", f"http://127.0.0.1@192.0.2.1:{elsewhere.port}", "http://[2001:db8::1]:9", "ftp://127.0.0.1", "file:///etc/passwd"),
        *("http://localhost.example:9", "//192.0.2.1", "http://192.0.2.1#@127.0.0.1/", "http://192.0.2.1\\@127.0.0.1/", "javascript:x", ""),
    ]
    faults = []
    for base in bases:
        ran = lab.run("fetch", "iocs", "--base-url", base, "--max-wait", "1", "--timeout", "5", env={"SOCDEF_API_KEY": KEY}, timeout=20)
        if ran.status == 0 or ran.crashed() or ran.stopped or ran.status == 4:
            faults.append(f"{base!r}: status {ran.status} {ran.err.strip()[:100]}")
        if SECRET in ran.err or SECRET.encode() in ran.out:
            faults.append(f"{base!r}: the key is in the output")
    return judged("the key goes to its server only", "base URLs without TLS to another machine", f"{len(bases)} refused before a connection", faults)


def attack(lab: Lab) -> Iterator[Row]:
    """Each behaviour against each command."""
    place, good = lab.work / "place", lab.work / "good"
    with Server(lambda link: link.answer(link.good())) as elsewhere:
        with Server(lambda link: link.answer(page())) as honest:
            first = lab.run("sync", "--base-url", honest.url, "--state", place / "state", "-o", f"{place}/rules/", env={"SOCDEF_API_KEY": KEY})
        if first.status:
            raise RuntimeError(f"a first sync failed: {first.err}")
        shutil.copytree(place, good)
        yield addresses(lab, elsewhere)
        yield from tls(lab)
        ways = behaviours(elsewhere.url)
        faults: list[str] = []
        peak, runs, left = 0.0, 0, []
        for name, behaviour in ways.items():
            if lab.left() < 0 or (lab.count is not None and runs >= lab.count):
                left.append(name)
                continue
            for command in COMMANDS:
                wrong, memory = tried(lab, command, name, behaviour, elsewhere, good)
                runs, peak = runs + 1, max(peak, memory)
                faults += wrong
                if wrong:
                    lab.say(f"  server: {wrong}")
        figure = f"{len(ways) - len(left)} behaviours × {len(COMMANDS)} commands, {runs} runs, at most {peak:.0f} MiB"
        if left:
            figure += f"; not run for time: {len(left)} ({', '.join(left[:5])} …)"
        yield judged("a bounded client; the key in no output", "hostile servers", figure, faults, "\n".join(faults))
