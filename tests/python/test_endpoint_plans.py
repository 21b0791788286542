"""A store and a server of their own, for each test: what a source takes back, a plan, the counters."""

import json
import os
import re
import time
from pathlib import Path

import pytest

from _harness.command import failed, good, socdef
from _harness.endpoint import Endpoint, Store, serving

pytestmark = pytest.mark.pysigma_1_only


def test_what_a_source_no_longer_lists_goes(sigma_home: dict[str, str], tmp_path: Path) -> None:
    """But only what it said itself: another source's word stands."""
    store = Store(tmp_path, sigma_home)
    feed, other = tmp_path / "a.txt", tmp_path / "b.txt"
    feed.write_text("192.0.2.1\n192.0.2.2\n")
    other.write_text("192.0.2.2\n192.0.2.3\n")
    store.ingest(feed, "--replace-source", "A")
    store.ingest(other)
    key = store.key("pro")
    with serving(store) as endpoint:

        def values() -> list[str]:
            status, _, body = endpoint.get("/api/v1/iocs?format=txt", key)
            assert status == 200
            return sorted(body.decode().split())

        assert values() == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
        feed.write_text("192.0.2.4\n")
        done = store.ingest(feed, "--replace-source", "A")
        assert b"1 added, 0 changed, 0 unchanged, 2 removed" in done.stderr or b"1 removed" in done.stderr
        assert values() == ["192.0.2.2", "192.0.2.3", "192.0.2.4"]
        feed.write_text("# none\n")
        kept = socdef("ingest", "--db", store.db, feed, "--replace-source", "A", home=sigma_home)
        assert kept.returncode == 2
        assert b"--allow-empty" in kept.stderr
        store.ingest(feed, "--replace-source", "A", "--allow-empty")
        assert values() == ["192.0.2.2", "192.0.2.3"]


PLANS = """
plans:
  small:
    requests_per_day: 1
  short:
    requests_per_minute: 1
"""


def test_a_plan_of_ones_own(sigma_home: dict[str, str], tmp_path: Path) -> None:
    store = Store(tmp_path, sigma_home)
    store.feed("192.0.2.1\n")
    config = tmp_path / "serve.yml"
    config.write_text(PLANS)
    home = {**sigma_home, "SOCDEF_API_KEY": store.key("small", "--config", str(config))}
    for start in range(2):  # A server that starts again has not forgotten.
        with serving(store, "--config", config) as endpoint:
            home["SOCDEF_BASE_URL"] = endpoint.url
            if start == 0:
                good(socdef("fetch", "rules", home=home))
            status, headers, body = endpoint.get("/api/v1/iocs", home["SOCDEF_API_KEY"])
            assert (status, json.loads(body)["error"]["code"]) == (429, "rate_limit_exceeded")
            assert (headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]) == ("1", "0")
            for wait in ("0", "5"):  # Until midnight is more than either.
                failed(socdef("fetch", "rules", "--max-wait", wait, home=home), 4, "rate_limited")
    wrong = socdef("serve", "--db", store.db, "--config", "/dev/null/x", home=sigma_home)
    failed(wrong, 2, "unreadable_input")
    config.write_text("plans: {small: {requests_per_hour: 1}}")
    failed(socdef("serve", "--db", store.db, "--config", config, home=sigma_home), 2, "bad_usage")


@pytest.mark.skipif("SOCDEF_TEST_SLOW" not in os.environ, reason="waits for a minute; SOCDEF_TEST_SLOW=1")
def test_fetch_waits_for_the_next_minute(sigma_home: dict[str, str], tmp_path: Path) -> None:
    store = Store(tmp_path, sigma_home)
    store.feed("192.0.2.1\n")
    config = tmp_path / "serve.yml"
    config.write_text(PLANS)
    home = {**sigma_home, "SOCDEF_API_KEY": store.key("short", "--config", str(config))}
    with serving(store, "--config", config) as endpoint:
        home["SOCDEF_BASE_URL"] = endpoint.url
        time.sleep(max(0.0, time.time() % 60 - 55))
        began = time.time()
        good(socdef("fetch", "rules", home=home))
        failed(socdef("fetch", "rules", "--max-wait", "0", home=home), 4, "rate_limited")
        good(socdef("fetch", "rules", "--max-wait", "90", home=home))
        assert int(time.time() // 60) > int(began // 60)


def test_the_counters_have_an_address_of_their_own(sigma_home: dict[str, str], tmp_path: Path) -> None:
    store = Store(
        tmp_path, {name: value for name, value in sigma_home.items() if not name.startswith("SOCDEF_")}
    )
    store.feed("192.0.2.1\n")
    with serving(store, "--metrics-bind", "127.0.0.1:0") as endpoint:
        assert endpoint.get("/metrics")[0] == 404
        found = re.search(
            r"metrics=\"?(http://127\.0\.0\.1:\d+)/metrics", endpoint.log.read_text(encoding="utf-8")
        )
        assert found is not None, endpoint.log.read_text(encoding="utf-8")
        counters = Endpoint(found[1], endpoint.process, endpoint.log)
        status, _, text = counters.get("/metrics")
        assert status == 200
        assert b"socdef_iocs 1\n" in text
        assert counters.get("/api/v1/iocs", store.key("pro"))[0] == 404
