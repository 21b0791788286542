"""A real `socdef-sigma serve` on loopback: a store that is filled from feeds, its keys, and its log."""

import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from _harness.command import SOCDEF, environment, good, socdef

PATIENCE = 30
"""Seconds after which a server that does not start or stop is a failure."""


@dataclass
class Store:
    """A store in a folder, and what may read it."""

    folder: Path
    home: Mapping[str, str]
    secrets: list[str] = field(default_factory=list)

    @property
    def db(self) -> Path:
        """The database."""
        return self.folder / "iocs.db"

    def ingest(self, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
        """Fill it."""
        return good(socdef("ingest", "--db", self.db, *arguments, home=self.home))

    def feed(self, text: str, source: str = "feed") -> None:
        """Make it hold exactly these values, one a line."""
        path = self.folder / "feed.txt"
        path.write_text(text, encoding="utf-8")
        self.ingest(path, "--replace-source", source, "--allow-empty", "--quiet")

    def key(self, plan: str, *options: str) -> str:
        """Make a key."""
        made = good(socdef("keys", "create", "--db", self.db, "--plan", plan, *options, home=self.home))
        secret = made.stdout.decode().strip()
        assert secret.encode() not in made.stderr
        self.secrets.append(secret)
        return secret


@dataclass
class Endpoint:
    """A server that runs."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> None:
        """End it as a service manager does; it must end well."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE) == 0, self.log.read_text(encoding="utf-8")

    def get(self, path: str, key: str | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers with their names in lower case, and body of an answer."""
        request = urllib.request.Request(self.url + path, headers=headers)
        if key is not None:
            request.add_header("Authorization", f"Bearer {key}")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            answer = opener.open(request, timeout=PATIENCE)
        except urllib.error.HTTPError as refusal:
            answer = refusal
        with answer:
            return (
                answer.status,
                {name.lower(): value for name, value in answer.headers.items()},
                answer.read(),
            )


@contextmanager
def serving(store: Store, *options: str | Path) -> Iterator[Endpoint]:
    """Serve a store on a free port until the block ends."""
    log = store.folder / "serve.log"
    command = [SOCDEF, "serve", "--db", store.db, "--listen", "127.0.0.1:0", *options]
    with (
        log.open("ab") as errors,
        subprocess.Popen(
            [str(part) for part in command],
            env=environment(store.home),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            url = process.stdout.readline().decode().strip()
            assert url.startswith("http://127.0.0.1:"), log.read_text(encoding="utf-8")
            endpoint = Endpoint(url, process, log)
            yield endpoint
            if process.poll() is None:
                endpoint.stop()
            assert process.stdout.read() == b""  # The address, and nothing else.
        finally:
            process.kill()
