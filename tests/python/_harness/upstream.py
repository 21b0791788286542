"""A service that does what a real one does seldom: its clock is set by hand, and it breaks on command."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Upstream:
    """What it lists, and how it behaves."""

    records: dict[str, datetime] = field(default_factory=dict)
    """IPv4 addresses, with the time at which each was added."""
    clock: datetime = field(default_factory=lambda: datetime.now(timezone.utc).replace(microsecond=0))
    """It stands still, unless somebody sets it."""
    page: int = 10_000
    """How many records it gives at most in one answer."""
    counted: int = 0
    """How many records it counts and does not give."""
    broken: int | None = None
    """From which offset on its answers stop in the middle."""
    asked: list[dict[str, str]] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    """Answers wait until this is set."""
    url: str = ""

    def add(self, *values: str) -> None:
        """List these too, from now on."""
        self.records.update(dict.fromkeys(values, self.clock))

    def answer(self, query: dict[str, str]) -> dict[str, Any]:
        """One page of the list."""
        since = datetime.fromisoformat(query.get("since", "1970-01-01T00:00:00Z").replace("Z", "+00:00"))
        found = [value for value, added in self.records.items() if added > since]
        offset, limit = int(query.get("offset", 0)), min(int(query["limit"]), self.page)
        end = offset + limit
        rest = "".join(f"&{name}={query[name]}" for name in ("since",) if name in query)
        return {
            "meta": {
                "total": len(found) + self.counted,
                "limit": limit,
                "offset": offset,
                "generated_at": f"{self.clock:%Y-%m-%dT%H:%M:%SZ}",
                "source": "Upstream",
            },
            "data": [
                {"id": value, "type": "ipv4", "value": value, "confidence": "high"}
                for value in found[offset:end]
            ],
            "links": {"next": f"/api/v1/iocs?limit={limit}&offset={end}{rest}" if end < len(found) else None},
        }


@contextmanager
def upstream() -> Iterator[Upstream]:
    """Such a service on a free port of this machine until the block ends."""
    service = Upstream()
    service.gate.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            service.asked.append(query)
            service.gate.wait(30)
            body = json.dumps(service.answer(query)).encode()
            cut = service.broken is not None and int(query.get("offset", 0)) >= service.broken
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if cut else body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        service.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()
