"""The endpoint and what asks it, as a user runs them: `serve`, `ingest`, `keys` and `fetch`, each a process of its own."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml

from _harness import REPO
from _harness.command import SIGMA, SOCDEF, failed, good, run, socdef
from _harness.endpoint import Endpoint, Store, serving

pytestmark = pytest.mark.pysigma_1_only

SAMPLE = REPO / "examples" / "sample-feed.json"
ASKED = "type=ipv4&confidence=high"


@pytest.fixture(scope="module")
def store(sigma_home: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The sample feed."""
    home = {name: value for name, value in sigma_home.items() if not name.startswith("SOCDEF_")}
    store = Store(tmp_path_factory.mktemp("store"), home)
    filled = store.ingest(SAMPLE, "--strict")
    assert filled.stdout == b""
    assert b"sample-feed.json: 12 added, 0 changed, 0 unchanged, 0 removed\n" in filled.stderr
    return store


@pytest.fixture(scope="module")
def pro(store: Store) -> str:
    return store.key("pro", "--name", "Tests")


@pytest.fixture(scope="module")
def free(store: Store) -> str:
    return store.key("free")


@pytest.fixture(scope="module")
def endpoint(store: Store) -> Iterator[Endpoint]:
    with serving(store) as endpoint:
        yield endpoint


@pytest.fixture
def asking(store: Store, endpoint: Endpoint, pro: str) -> dict[str, str]:
    """An environment whose `socdef-sigma` asks the endpoint with a Pro key."""
    return {**store.home, "SOCDEF_BASE_URL": endpoint.url, "SOCDEF_API_KEY": pro}


def ids(rules: bytes) -> list[str]:
    return sorted(document["id"] for document in yaml.safe_load_all(rules) if document)


def test_the_documented_line(endpoint: Endpoint, pro: str, tmp_path: Path, store: Store) -> None:
    """The API's own example, with another address, and what its output is for: queries, with the rules untouched."""
    rules = tmp_path / "soc-defenders-rules.yml"
    if curl := shutil.which("curl"):
        line = f'curl -s -H "Authorization: Bearer {pro}" \\\n  "{endpoint.url}/api/v1/iocs/sigma?{ASKED}" \\\n  -o {rules.name}'
        subprocess.run(
            ["sh", "-c", line.replace("curl", curl, 1)],
            cwd=tmp_path,
            check=True,
            env={**store.home, "no_proxy": "127.0.0.1"},
        )
    else:
        rules.write_bytes(endpoint.get(f"/api/v1/iocs/sigma?{ASKED}", pro)[2])
    status, headers, body = endpoint.get(f"/api/v1/iocs/sigma?{ASKED}", pro)
    assert (status, headers["content-type"].split(";")[0]) == (200, "application/yaml")
    assert rules.read_bytes() == body
    (rule,) = yaml.safe_load_all(body)
    assert rule["detection"]["selection"] == {"DestinationIp": "203.0.113.42"}
    assert rule["level"] == "high"

    query = 'DestinationIp="203.0.113.42" | table SourceIp,DestinationIp,DestinationPort'
    plain = good(run([SIGMA, "convert", "-t", "splunk", "--without-pipeline", rules], store.home))
    assert query in plain.stdout.decode()
    piped = good(run([SIGMA, "convert", "-t", "splunk", "-p", "socdef", rules], store.home))
    assert f"EventID=3 {query}" in piped.stdout.decode()
    bare = run([SIGMA, "convert", "-t", "splunk", rules], store.home)
    assert bare.returncode != 0  # As the page on the endpoint says.
    assert rules.read_bytes() == body


@pytest.mark.pysigma_1_and_2
def test_every_rule_converts(endpoint: Endpoint, pro: str, tmp_path: Path, store: Store) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_bytes(endpoint.get("/api/v1/iocs/sigma", pro)[2])
    assert len(ids(rules.read_bytes())) == 12
    for pipeline in (["--without-pipeline"], ["-p", "socdef"]):
        queries = good(run([SIGMA, "convert", "-t", "splunk", *pipeline, rules], store.home)).stdout.decode()
        assert len(queries.strip().split("\n\n")) == 12


def test_fetched_rules_are_the_endpoints_bytes(
    endpoint: Endpoint, pro: str, asking: dict[str, str], tmp_path: Path
) -> None:
    whole = endpoint.get("/api/v1/iocs/sigma?limit=10000", pro)[2]
    fetched = good(socdef("fetch", "rules", home=asking))
    assert fetched.stdout == whole
    assert fetched.stderr.startswith(b"12 received in 1 request: 12 kept, 0 duplicate, 0 refused")
    good(socdef("fetch", "rules", "-q", "-o", tmp_path / "rules.yml", home=asking))
    assert (tmp_path / "rules.yml").read_bytes() == whole
    good(socdef("fetch", "rules", "-q", "-o", f"{tmp_path}/rules/", home=asking))
    assert ids(b"---\n".join(path.read_bytes() for path in (tmp_path / "rules").iterdir())) == ids(whole)
    some = good(socdef("fetch", "rules", "-q", "--type", "ipv4", "--confidence", "high", home=asking)).stdout
    assert some == endpoint.get(f"/api/v1/iocs/sigma?{ASKED}", pro)[2]
    local = good(run([SIGMA, "convert", "-t", "splunk", "-p", "socdef", "-"], {**asking}, stdin=whole))
    assert b"EventID=3" in local.stdout


def test_compiled_here_the_rules_have_the_same_ids(
    endpoint: Endpoint, free: str, pro: str, asking: dict[str, str]
) -> None:
    whole = endpoint.get("/api/v1/iocs/sigma?limit=10000", pro)[2]
    for key in (pro, free):
        compiled = good(socdef("fetch", "iocs", home={**asking, "SOCDEF_API_KEY": key}))
        assert ids(compiled.stdout) == ids(whole)
    assert ids(good(socdef("fetch", "rules", "--recompile", "-q", home=asking)).stdout) == ids(whole)
    every = ["--recompile", "-q", "--logsource", "all"]
    assert set(ids(good(socdef("fetch", "rules", *every, home=asking)).stdout)) > set(ids(whole))
    assert ids(good(socdef("fetch", "iocs", "-q", "--logsource", "primary", home=asking)).stdout) == ids(
        whole
    )


@pytest.mark.parametrize(
    ("options", "number"),
    [
        (["--type", "domain"], 2),
        (["--confidence", "high"], 6),
        (["--industry", "energy"], 1),
        (["--type", "ipv6", "--confidence", "high"], 0),
        (["--limit", "3"], 3),
        (["--since", "2026-05-17"], 12),
        (["--since", "9999-01-01"], 0),
    ],
)
@pytest.mark.parametrize("what", ["rules", "iocs"])
def test_filters(what: str, options: list[str], number: int, asking: dict[str, str]) -> None:
    fetched = good(socdef("fetch", what, "-q", *options, home=asking))
    assert len(ids(fetched.stdout)) == number


def test_a_report(asking: dict[str, str], tmp_path: Path) -> None:
    account = tmp_path / "report.json"
    good(socdef("fetch", "rules", "-q", "-o", tmp_path / "rules.yml", "--report", account, home=asking))
    assert json.loads(account.read_text())["kept"] == 12
    good(socdef("fetch", "iocs", "-q", "-o", tmp_path / "rules.yml", "--report", account, home=asking))
    report = json.loads(account.read_text())
    assert (report["counts"]["read"], report["fetched"]["received"]) == (12, 12)
    refused = socdef("fetch", "rules", "--report", "-", home=asking)
    assert "name a file" in failed(refused, 2, "bad_usage")


def test_keys_and_plans(endpoint: Endpoint, free: str, asking: dict[str, str]) -> None:
    def fetch(what: str, key: str | None, *options: str) -> subprocess.CompletedProcess[bytes]:
        home = {name: value for name, value in asking.items() if name != "SOCDEF_API_KEY"}
        return socdef("fetch", what, *options, home=home if key is None else {**home, "SOCDEF_API_KEY": key})

    assert "pro" in failed(fetch("rules", free), 3, "plan_required")
    good(fetch("iocs", free))
    for what in ("rules", "iocs"):
        assert "SOCDEF_API_KEY" in failed(fetch(what, None), 3, "bad_key")
        failed(fetch(what, "sk_live_" + "0" * 60), 3, "bad_key")
        failed(fetch(what, "nonsense\n"), 3, "bad_key")
    assert endpoint.get("/api/v1/iocs")[0] == 401
    assert endpoint.get(f"/api/v1/iocs?api_key={free}")[0] == 400


@pytest.mark.skipif(os.name != "posix", reason="files have no mode")
def test_a_key_in_a_file(pro: str, asking: dict[str, str], tmp_path: Path) -> None:
    home = {**asking, "SOCDEF_API_KEY": "sk_live_" + "0" * 60}
    file = tmp_path / "key"
    file.write_text(f"{pro}\n")
    file.chmod(0o600)
    good(socdef("fetch", "rules", "--api-key-file", file, home=home))
    file.chmod(0o640)
    refused = socdef("fetch", "rules", "--api-key-file", file, home=home)
    assert "chmod 600" in failed(refused, 3, "bad_key")
    failed(socdef("fetch", "rules", "--api-key-file", tmp_path / "none", home=home), 3, "bad_key")
    failed(socdef("fetch", "rules", "--api-key", pro, home=home), 2, "bad_usage")


def test_keys_are_listed_and_revoked(store: Store, endpoint: Endpoint, asking: dict[str, str]) -> None:
    secret = store.key("pro", "--name", "To be\x1brevoked", "--expires", "2099-12-31")
    end = datetime.now(timezone.utc) + timedelta(seconds=1)
    expired = store.key("pro", "--expires", end.isoformat())
    over = socdef(
        "keys", "create", "--db", store.db, "--plan", "pro", "--expires", "2020-01-01", home=store.home
    )
    failed(over, 2, "bad_usage")
    listed = good(socdef("keys", "list", "--db", store.db, home=store.home)).stdout.decode()
    (line,) = (line for line in listed.splitlines() if "revoked" in line)
    number, plan = line.split()[:2]
    assert (plan, "until 2099-12-31" in line, "\x1b" in line) == ("pro", True, False)
    assert secret.startswith(f"sk_live_local{number}")
    assert not any(secret in listed for secret in store.secrets)

    time.sleep(max(0.0, (end - datetime.now(timezone.utc)).total_seconds()) + 0.1)
    said = failed(socdef("fetch", "rules", home={**asking, "SOCDEF_API_KEY": expired}), 3, "bad_key")
    assert "expired" in said
    good(socdef("fetch", "rules", home={**asking, "SOCDEF_API_KEY": secret}))
    good(socdef("keys", "revoke", "--db", store.db, number, home=store.home))
    failed(socdef("fetch", "rules", home={**asking, "SOCDEF_API_KEY": secret}), 3, "bad_key")
    listed = good(socdef("keys", "list", "--db", store.db, home=store.home)).stdout.decode()
    assert re.search(rf"^{number}  pro +revoked", listed, re.MULTILINE)
    failed(socdef("keys", "revoke", "--db", store.db, "0" * 12, home=store.home), 2, "bad_usage")
    for plan in ("No plan", "team"):
        refused = socdef("keys", "create", "--db", store.db, "--plan", plan, home=store.home)
        assert "the plans are free, pro" in failed(refused, 2, "bad_usage")


def test_a_key_is_revoked_by_its_name(sigma_home: dict[str, str], tmp_path: Path) -> None:
    store = Store(tmp_path, sigma_home)
    store.key("pro", "--name", "laptop")
    store.key("free", "--name", "desk")
    store.key("free", "--name", "desk")

    def revoke(which: str) -> subprocess.CompletedProcess[bytes]:
        return socdef("keys", "revoke", "--db", store.db, which, home=store.home)

    good(revoke("laptop"))
    listed = good(socdef("keys", "list", "--db", store.db, home=store.home)).stdout.decode().splitlines()
    assert ["revoked" in line for line in listed] == ["laptop" in line for line in listed]
    several = failed(revoke("desk"), 2, "bad_usage")
    numbers = [line.split()[0] for line in listed if "desk" in line]
    assert all(number in several for number in numbers)
    good(revoke(numbers[0]))
    good(revoke("desk"))
    failed(revoke("nobody"), 2, "bad_usage")


def test_a_server_that_is_not_there(store: Store, pro: str, tmp_path: Path) -> None:
    other = Store(tmp_path, store.home)  # One store has one server.
    other.feed("192.0.2.1\n")
    with serving(other) as endpoint:
        url = endpoint.url
    home = {**store.home, "SOCDEF_BASE_URL": url, "SOCDEF_API_KEY": pro}
    output = tmp_path / "rules.yml"
    output.write_text("as it was")
    for what in ("rules", "iocs"):
        failed(socdef("fetch", what, "-o", output, "--max-wait", "0", home=home), 4, "network")
    assert output.read_text() == "as it was"
    failed(socdef("fetch", "rules", home={**home, "SOCDEF_BASE_URL": "http://192.0.2.1"}), 2, "bad_usage")


def test_a_server_that_cannot_start(store: Store, endpoint: Endpoint, tmp_path: Path) -> None:
    def serve(*options: str | Path) -> subprocess.CompletedProcess[bytes]:
        return socdef("serve", "--db", store.db, *options, home=store.home)

    taken = endpoint.url.removeprefix("http://")
    assert taken in serve("--listen", taken).stderr.decode()
    assert serve("--listen", taken).returncode == 2
    assert "--insecure-http" in failed(serve("--listen", "0.0.0.0:0"), 2, "bad_usage")
    assert serve("--listen", "nonsense").returncode == 2
    assert "--insecure-http" in failed(
        serve("--listen", "127.0.0.1:0", "--metrics-bind", "0.0.0.0:0"), 2, "bad_usage"
    )
    assert "another server" in failed(serve("--listen", "127.0.0.1:0"), 2, "busy")
    assert serve("--tls-cert", tmp_path / "none.pem", "--tls-key", tmp_path / "none.pem").returncode == 2


def test_nobody_reads_on(asking: dict[str, str], store: Store) -> None:
    for arguments in (
        ["fetch", "rules", "-q"],
        ["fetch", "iocs", "-q"],
        ["keys", "list", "--db", str(store.db)],
    ):
        reader, writer = os.pipe()
        os.close(reader)
        try:
            done = subprocess.run(
                [SOCDEF, *arguments], stdout=writer, stderr=subprocess.PIPE, env=asking, check=False
            )
        finally:
            os.close(writer)
        assert (done.returncode, done.stderr) == (0, b""), arguments


def test_help_shows_the_group(sigma_home: Mapping[str, str]) -> None:
    shown = good(socdef("--help", home=sigma_home)).stdout.decode()
    for command in ("fetch", "sync", "serve", "ingest", "keys"):
        assert f"\n  {command} " in shown
        assert good(socdef(command, "--help", home=sigma_home)).stderr == b""


def test_no_file_and_no_log_has_a_key(
    store: Store, endpoint: Endpoint, pro: str, free: str, asking: dict[str, str], tmp_path: Path
) -> None:
    """Everything that the programs say, write and keep, with and without an error, with every key looked for in it."""
    said = []
    for key in (pro, free, pro[:-1] + ("0" if pro[-1] != "0" else "1")):
        home = {**asking, "SOCDEF_API_KEY": key}
        for what in ("rules", "iocs"):
            said.append(socdef("fetch", what, "--report", tmp_path / f"{what}.json", home=home))
        output: list[str | Path] = [
            "--state",
            tmp_path / "state",
            "-o",
            f"{tmp_path}/synced/",
            "--changes",
            tmp_path / "changes.json",
        ]
        said.append(socdef("sync", *output, home=home))
        endpoint.get(f"/api/v1/iocs?api_key={key}")
        endpoint.get(f"/{key}", key, **{"X-API-Key": key, "User-Agent": key})
    looked = 0
    for folder in (tmp_path, store.folder, Path(asking["HOME"])):
        for path in folder.rglob("*"):
            if path.is_file():
                looked += 1
                said.append(subprocess.CompletedProcess([str(path)], 0, path.read_bytes(), b""))
    assert looked > 15
    log = endpoint.log.read_bytes()
    assert b"req_" in log
    for key in store.secrets:
        secret = key.removeprefix("sk_live_local")[12:].encode()  # Behind the id, which may be seen.
        assert len(secret) == 48
        assert [one.args for one in said if secret in (one.stdout or b"") + (one.stderr or b"")] == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows writes no core files")
def test_a_command_with_a_key_writes_no_core(tmp_path: Path) -> None:
    """A crash must not leave the key in a file."""
    code = (
        "import resource, socdef_sigma.cli.client as client\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)\n"
        "client._no_core_dumps()\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout == "0\n"
