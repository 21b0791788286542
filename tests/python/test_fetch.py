"""The client: rules and indicators from a service on loopback, which is a few lines of this file."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from _harness.command import start
from socdef_sigma import AccessError, Client, FetchError, SocdefError, UsageError, compile

pytestmark = pytest.mark.pysigma_1_only

KEY = "sk_live_0123456789abcdefghij"
OTHER_KEY = "sk_live_zyxwvutsrqponmlkjihg"

Answer = tuple[int, dict[str, str], str]
Query = dict[str, str]


@contextmanager
def service(answer: Callable[[str, Query], Answer]) -> Iterator[tuple[str, list[tuple[str, Query, str]]]]:
    """A server that gives what `answer` makes of path and query; yields its address, and what it was asked with which key."""
    asked: list[tuple[str, Query, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            asked.append((parts.path, query, self.headers["Authorization"]))
            status, headers, body = answer(parts.path, query)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body.encode())), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def rule(number: int) -> str:
    return (
        f"title: SOC Defenders - Malicious IPv4 Indicator\nid: 00000000-0000-4000-8000-{number:012}\n"
        "logsource:\n  category: network_connection\n  product: windows\n"
        f"detection:\n  selection:\n    DestinationIp: '203.0.113.{number}'\n  condition: selection\nlevel: high\n"
    )


def yaml(body: str, **headers: str) -> Answer:
    return 200, {"Content-Type": "application/yaml", **headers}, body


def refusal(status: int, code: str) -> Answer:
    return status, {}, json.dumps({"error": {"code": code, "message": f"no: {KEY}", "request_id": "req_1"}})


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOCDEF_API_KEY", raising=False)
    monkeypatch.delenv("SOCDEF_BASE_URL", raising=False)


def test_rules_come_byte_for_byte(tmp_path: Path) -> None:
    body = "---\n".join([rule(1), "nonsense: 1\n", rule(2)])
    with service(lambda _path, _query: yaml(body)) as (url, asked):
        rules = Client(api_key=KEY, base_url=url).rules(
            type="ipv4", since="2026-05-17", confidence="high", industry="finance"
        )
    assert asked == [
        (
            "/api/v1/iocs/sigma",
            {
                "type": "ipv4",
                "since": "2026-05-17T00:00:00Z",
                "confidence": "high",
                "industry": "financial-services",
                "limit": "10000",
            },
            f"Bearer {KEY}",
        )
    ]
    assert list(rules) == [rule(1), rule(2)] == [rules[0], rules[-1]]
    assert rules.yaml() == rule(1) + "---\n" + rule(2)
    assert rules.ids == [f"00000000-0000-4000-8000-{number:012}" for number in (1, 2)]
    report = rules.report
    assert (report["received"], report["kept"], report["refused"]) == (3, 2, 1)
    assert report["refusals"][0]["number"] == 2
    rules.write(tmp_path / "rules.yml")
    assert (tmp_path / "rules.yml").read_text() == rules.yaml()
    rules.write(f"{tmp_path}/rules/")
    assert sorted(path.name for path in (tmp_path / "rules").iterdir()) == sorted(rules.filenames)
    assert (len(rules), repr(rules)) == (2, "<FetchedRules: 2>")
    with pytest.raises(IndexError):
        rules[2]


def test_indicators_are_compiled_here() -> None:
    def answer(path: str, query: Query) -> Answer:
        assert path == "/api/v1/iocs"
        offset = int(query.get("offset", 0))
        record = {
            "id": str(offset),
            "type": "domain",
            "value": f"evil{offset}.example.net",
            "confidence": "high",
        }
        following = f"/api/v1/iocs?offset={offset + 1}" if offset < 2 else None
        meta = {"total": 3, "generated_at": "2026-05-17T01:02:03Z", "source": "Feed"}
        body = {"meta": meta, "data": [record], "links": {"next": following}}
        return 200, {"Content-Type": "application/json"}, json.dumps(body)

    stages: list[tuple[str, int]] = []
    with service(answer) as (url, asked):
        found = Client(api_key=KEY, base_url=url).iocs(progress=lambda *stage: stages.append(stage))
    assert [indicator.value for indicator in found] == [f"evil{at}.example.net" for at in range(3)]
    assert (len(asked), found.report.counts["read"]) == (3, 3)
    assert found.fetched is not None
    assert (found.fetched["requests"], found.fetched["server_time"]) == (3, "2026-05-17T01:02:03Z")
    assert next(iter(found)).producers == ["Feed"]
    assert len(compile(found)) == 3


def test_the_key_comes_from_argument_file_or_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    file.write_text(f"{OTHER_KEY}\n")
    file.chmod(0o600)
    with service(lambda _path, _query: yaml(rule(1))) as (url, asked):
        with pytest.raises(AccessError) as missing:
            Client(base_url=url)
        monkeypatch.setenv("SOCDEF_API_KEY", KEY)
        monkeypatch.setenv("SOCDEF_BASE_URL", url)
        for client in (Client(), Client(api_key_file=file), Client(api_key=KEY, api_key_file=file)):
            assert client.base_url == url
            client.rules()
    assert [key for _, _, key in asked] == [f"Bearer {key}" for key in (KEY, OTHER_KEY, KEY)]
    assert (missing.value.code, missing.value.exit_status) == ("bad_key", 3)
    assert "SOCDEF_API_KEY" in missing.value.report()


@pytest.mark.skipif(os.name != "posix", reason="files have no mode")
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(KEY)
    file.chmod(0o644)
    with pytest.raises(AccessError) as refused:
        Client(api_key_file=file)
    assert "chmod 600" in refused.value.report()


def test_nothing_shows_the_key() -> None:
    secret = KEY.removeprefix("sk_live_")
    shown = []
    with service(lambda _path, _query: refusal(401, "invalid_api_key")) as (url, _):
        client = Client(api_key=KEY, base_url=url)
        with pytest.raises(SocdefError) as error:
            client.rules()
        shown += [repr(client), str(client), str(vars(error.value)), error.value.report()]
    for key in (f"{KEY}\nX: y", f"Bearer {KEY}", KEY + "\u00e9"):
        with pytest.raises(AccessError) as malformed:
            Client(api_key=key)
        shown += [str(vars(malformed.value)), malformed.value.report()]
    assert [text for text in shown if secret in text] == []


@pytest.mark.parametrize(
    ("answer", "kind", "code", "status"),
    [
        (refusal(400, "invalid_parameter"), UsageError, "bad_usage", 2),
        (refusal(401, "expired_api_key"), AccessError, "bad_key", 3),
        (refusal(403, "plan_required"), AccessError, "plan_required", 3),
        (refusal(404, "not_found"), FetchError, "server", 4),
        (refusal(503, "unavailable"), FetchError, "server", 4),
        (refusal(429, "rate_limit_exceeded"), FetchError, "rate_limited", 4),
        ((302, {"Location": "https://evil.example/"}, ""), FetchError, "bad_answer", 4),
        ((200, {"Content-Type": "text/html"}, "<html>"), FetchError, "bad_answer", 4),
        (yaml(rule(1), **{"Content-Length": "9999"}), FetchError, "network", 4),
        (yaml("# no rules\n", **{"X-Total-Count": "5"}), FetchError, "truncated", 4),
    ],
)
def test_what_goes_wrong_has_a_class(answer: Answer, kind: type[SocdefError], code: str, status: int) -> None:
    # A connection stays open until its server closes it, and this one does so at its end only.
    answer[1]["Connection"] = "close"
    with service(lambda _path, _query: answer) as (url, asked):
        with pytest.raises(kind) as error:
            Client(api_key=KEY, base_url=url, max_wait=0).rules()
        assert len(asked) == 1
    assert (error.value.code, error.value.exit_status) == (code, status)
    assert url in error.value.report() or code == "truncated"


def test_what_is_there_of_a_truncated_answer_can_be_had() -> None:
    with service(
        lambda _path, query: yaml("# none\n" if "offset" in query else rule(1), **{"X-Total-Count": "5"})
    ) as (
        url,
        _,
    ):
        rules = Client(api_key=KEY, base_url=url, allow_truncated=True).rules()
    assert len(rules) == 1
    assert rules.report["truncated"] == [{"filter": "", "received": 1, "total": 5}]


def test_arguments_that_make_no_sense() -> None:
    client = Client(api_key=KEY, base_url="http://127.0.0.1:9")
    for call in (
        lambda: Client(api_key=KEY, base_url="http://192.0.2.1"),
        lambda: Client(api_key=KEY, base_url="https://user:thing@socdefenders.ai"),
        lambda: Client(api_key=KEY, read_timeout=-1.0),
        lambda: Client(api_key=KEY, ca_file=__file__),
        lambda: client.rules(type="ip"),
        lambda: client.rules(industry="gaming"),
        lambda: client.iocs(since="yesterday"),
    ):
        with pytest.raises(UsageError) as error:
            call()
        assert "thing" not in error.value.report()
    with service(lambda _path, _query: yaml("# no rules\n")) as (url, asked):
        Client(api_key=KEY, base_url=url).rules(industry="gaming", industry_raw=True)
    assert asked[0][1]["industry"] == "gaming"


def test_an_exception_of_the_observer_ends_the_call() -> None:
    def observe(stage: str, _seconds: int) -> None:
        raise LookupError(stage)

    answer: Answer = (429, {"Retry-After": "100"}, "")
    with service(lambda _path, _query: answer) as (url, _), pytest.raises(LookupError, match="waiting"):
        Client(api_key=KEY, base_url=url).rules(progress=observe)


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_ctrl_c_ends_a_call_within_a_second() -> None:
    started = threading.Event()
    release = threading.Event()

    def silent(_path: str, _query: Query) -> Answer:
        started.set()
        release.wait(10)
        return yaml(rule(1))

    with service(silent) as (url, _):
        code = f"from socdef_sigma import Client; Client(api_key={KEY!r}, base_url={url!r}).rules()"
        with start([sys.executable, "-c", code], stderr=subprocess.PIPE) as process:
            assert started.wait(10)
            begin = time.monotonic()
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=10)
            took = time.monotonic() - begin
        release.set()
    assert b"KeyboardInterrupt" in errors
    assert took < 1


def test_without_an_address_it_says_which_server_it_asks() -> None:
    command = [sys.executable, "-m", "socdef_sigma", "fetch", "iocs", "--max-wait", "0"]

    def fetch(key: str, proxy: str) -> tuple[int, list[str]]:
        environment = {**os.environ, "SOCDEF_API_KEY": key, "HTTPS_PROXY": proxy, "ALL_PROXY": proxy}
        environment.pop("SOCDEF_BASE_URL", None)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stderr.splitlines()

    with socket.socket() as deaf:  # Nothing leaves this machine.
        deaf.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        status, lines = fetch(KEY, proxy)
        assert (status, lines[0].split(",")[0]) == (4, "asking https://socdefenders.ai"), lines
        assert lines[1].startswith("error[network]"), lines

        status, lines = fetch("sk_live_local" + "0" * 60, proxy)
        assert status == 3
        assert lines[0].startswith("error[bad_key]: a server of your own made this key"), lines


def test_a_name_without_an_address_is_a_matter_of_the_name() -> None:
    # No resolver is asked about a label of more than 63 bytes.
    client = Client(api_key=KEY, base_url=f"https://{'a' * 64}.example", max_wait=0)
    with pytest.raises(FetchError) as failed:
        client.iocs()
    report = failed.value.report()
    assert failed.value.code == "network"
    assert "check the name in `--base-url`" in report
    assert "--max-wait" not in report
