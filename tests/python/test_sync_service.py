"""`sync` from a service that does as the test says: what is over, what did not come, what breaks off."""

import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from _harness.clock import shifted
from _harness.command import SOCDEF, environment
from _harness.syncing import Syncing
from _harness.upstream import Upstream, upstream

pytestmark = pytest.mark.pysigma_1_only

STAMP = "%Y-%m-%dT%H:%M:%SZ"


@pytest.fixture(scope="module")
def home(sigma_home: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in sigma_home.items() if not name.startswith("SOCDEF_")}


@pytest.fixture
def service() -> Iterator[Upstream]:
    with upstream() as service:
        # Listed for so long that no overlap brings them again.
        service.records = dict.fromkeys(("192.0.2.1", "192.0.2.2"), service.clock - timedelta(days=3))
        yield service


@pytest.fixture
def scripted(service: Upstream, home: dict[str, str], tmp_path: Path) -> Syncing:
    return Syncing(tmp_path / "sync", home, service.url, "sk_live_0123456789abcdefghij")


@pytest.fixture(scope="module")
def pass_days(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Upstream, Syncing, int], None]:
    """Let days go by, for the service and for us."""
    folder = tmp_path_factory.mktemp("clock")

    def go_by(service: Upstream, syncing: Syncing, days: int) -> None:
        service.clock += timedelta(days=days)
        syncing.ahead += timedelta(days=days)
        syncing.home |= shifted(folder, syncing.ahead)

    return go_by


def test_what_is_over(
    service: Upstream, scripted: Syncing, pass_days: Callable[[Upstream, Syncing, int], None]
) -> None:
    scripted.changes()
    pass_days(service, scripted, 29)
    service.add("192.0.2.3")
    assert scripted.changes() == {"added": ["192.0.2.3"]}
    pass_days(service, scripted, 2)
    assert scripted.changes("--ttl", "ipv4=never") == {}
    assert scripted.changes() == {"expired": ["192.0.2.1", "192.0.2.2"]}
    assert scripted.values() == ["192.0.2.3"]
    pass_days(service, scripted, 2)
    assert scripted.changes() == {}
    assert scripted.changes("--ttl", "ipv4=1", "--dry-run") == {"expired": ["192.0.2.3"]}
    # It is still listed: a complete list brings it back, and keeps it.
    assert scripted.changes("--full") == {"added": ["192.0.2.1", "192.0.2.2"]}
    assert scripted.changes("--ttl", "ipv4=1") == {}
    for ttl in ("ipv4=0", "ipv4", "ip=3", "ipv4=many"):
        refused = scripted.run("--ttl", ttl)
        assert (refused.returncode, b"error[bad_usage]" in refused.stderr) == (2, True)


def test_what_is_over_can_be_marked(
    service: Upstream, scripted: Syncing, pass_days: Callable[[Upstream, Syncing, int], None]
) -> None:
    scripted.changes("--expire", "mark")
    pass_days(service, scripted, 31)
    service.add("192.0.2.3")
    assert scripted.changes("--expire", "mark") == {
        "added": ["192.0.2.3"],
        "expired": ["192.0.2.1", "192.0.2.2"],
    }
    status = sorted(yaml.safe_load(text)["status"] for text in scripted.files().values())
    assert status == ["deprecated", "deprecated", "experimental"]
    times = scripted.times()
    assert scripted.changes("--expire", "mark") == {}
    assert scripted.times() == times
    assert scripted.changes("--expire", "mark", "--full") == {"updated": ["192.0.2.1", "192.0.2.2"]}


def test_since_goes_back_by_the_overlap(service: Upstream, scripted: Syncing) -> None:
    scripted.changes()
    assert "since" not in service.asked[-1]
    scripted.changes()
    assert service.asked[-1]["since"] == f"{service.clock - timedelta(hours=1):{STAMP}}"
    scripted.changes("--overlap", "1440")
    assert service.asked[-1]["since"] == f"{service.clock - timedelta(days=1):{STAMP}}"
    scripted.changes("--overlap", "9999999999999")
    assert "since" not in service.asked[-1]
    scripted.changes("--full")
    assert "since" not in service.asked[-1]


def test_what_did_not_come_is_asked_for_again(service: Upstream, scripted: Syncing) -> None:
    """And is not taken for retracted meanwhile."""
    scripted.arguments.append("--allow-truncated")
    service.counted = 1
    assert scripted.changes() == {"added": ["192.0.2.1", "192.0.2.2"]}
    service.counted = 0
    service.add("192.0.2.3")
    assert scripted.changes() == {"added": ["192.0.2.3"]}
    assert "since" not in service.asked[-1]

    service.counted = 1
    first = service.clock
    service.clock += timedelta(minutes=5)
    service.add("192.0.2.4")
    assert scripted.changes() == {"added": ["192.0.2.4"]}
    service.counted = 0
    del service.records["192.0.2.1"]
    assert scripted.changes() == {}
    assert service.asked[-1]["since"] == f"{first - timedelta(hours=1):{STAMP}}"
    service.counted = 1
    assert scripted.changes("--full") == {}
    service.counted = 0
    assert scripted.changes("--full") == {"removed": ["192.0.2.1"]}


def test_a_second_sync_at_once(service: Upstream, scripted: Syncing) -> None:
    service.gate.clear()
    command = [SOCDEF, *scripted.arguments, "--quiet"]
    with subprocess.Popen(command, env=environment(scripted.home), cwd=scripted.folder) as first:
        while not service.asked:
            time.sleep(0.02)
        second = scripted.run()
        service.gate.set()
        assert first.wait(30) == 0
    assert second.returncode == 2
    assert b"error[busy]: another sync has this state open\n" in second.stderr
    assert len(scripted.files()) == 2


def test_a_service_that_breaks_off(service: Upstream, scripted: Syncing) -> None:
    """What was there stays, and what came meanwhile comes with the next run."""
    scripted.changes()
    files, times = scripted.files(), scripted.times()
    first = service.clock
    service.clock += timedelta(minutes=4)
    service.add("192.0.2.3", "192.0.2.4", "192.0.2.5")
    service.page, service.broken = 2, 2
    for options in ([], ["--full"]):
        failed = scripted.run(*options)
        assert (failed.returncode, failed.stdout) == (4, b"")
        assert b"error[network]" in failed.stderr
        assert (scripted.files(), scripted.times()) == (files, times)
    service.clock += timedelta(minutes=4)
    service.broken = None
    assert scripted.changes() == {"added": ["192.0.2.3", "192.0.2.4", "192.0.2.5"]}
    asked = next(
        query for query in reversed(service.asked) if "offset" not in query or query["offset"] == "0"
    )
    assert asked["since"] == f"{first - timedelta(hours=1):{STAMP}}"
