"""Fixtures for every test. A test run never downloads anything and never touches the user's own caches.

Where `CI` is set, a test that is left out for a reason that nobody has thought of fails the run.
"""

import os
from pathlib import Path

import pytest
from hypothesis import configuration, settings

from _harness import REPO, caches, skips

# Examples that failed are kept out of the source tree. A busy machine is slow at times, which is no failure,
# and CI must find the same in the same code.
configuration.set_hypothesis_home_dir(REPO / "target" / "hypothesis")
settings.register_profile("socdef", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("socdef")


@pytest.fixture(scope="session", autouse=True)
def sigma_home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment for a `sigma` or `socdef-sigma` process: a home whose pySigma caches are filled.

    This process uses the same caches, so that conversions in the tests themselves work offline too.
    """
    home: Path = tmp_path_factory.mktemp("home")
    caches.prime(home)
    return caches.environment(home)


SKIPPED: list[tuple[str, str]] = []
"""Tests that were left out, each with its reason."""


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note what is left out."""
    if report.skipped and isinstance(report.longrepr, tuple):
        SKIPPED.append((report.nodeid, report.longrepr[2].removeprefix("Skipped: ")))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail for what must not be left out."""
    unknown = [(test, reason) for test, reason in SKIPPED if not skips.is_allowed(reason)]
    if "CI" in os.environ and unknown:
        for test, reason in unknown:
            print(f"\nleft out: {test}: {reason}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
