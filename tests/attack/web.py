"""A server of our own on loopback, over HTTP or TLS, that answers with whatever bytes its behaviour sends."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable

SECRET = "5f0c1d2e3b4a69788796a5b4c3d2e1f0aabbccdd"
KEY = f"sk_live_{SECRET}"
# The longest time for one answer, in seconds of the clock.
BOUND = 90

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
    told: dict[str, object] = {
        "total": len(data),
        "limit": 10000,
        "offset": 0,
        "generated_at": now,
        "feed_version": "1.0",
        "source": "Example",
    } | meta
    return json.dumps(
        {"meta": told, "data": data, "links": {"self": "/api/v1/iocs", "next": following}}
    ).encode()


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
        lines = {"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"} | {
            name.replace("_", "-"): said for name, said in headers.items()
        }
        self.send(
            f"HTTP/1.1 {status}\r\n" + "".join(f"{name}: {said}\r\n" for name, said in lines.items()) + "\r\n"
        )
        self.send(body)

    def good(self) -> bytes:
        """What an honest server says."""
        return RULE.format(i=1).encode() if self.sigma else page()

    def endless(self, piece: bytes, before: bytes = b"", encoding: str = "") -> None:
        """A chunked body that does not end."""
        said = f"Content-Encoding: {encoding}\r\n" if encoding else ""
        self.send(
            f"HTTP/1.1 200 OK\r\nContent-Type: {'application/yaml' if self.sigma else 'application/json'}\r\nTransfer-Encoding: chunked\r\n{said}\r\n"
        )
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
        return (
            f"http{'s' if self.context else ''}://{'localhost' if self.context else '127.0.0.1'}:{self.port}"
        )

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
