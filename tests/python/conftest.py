"""Fixtures for every test. A test run never downloads anything and never touches the user's own caches."""

from pathlib import Path

import pytest

from _harness import caches


@pytest.fixture(scope="session", autouse=True)
def sigma_home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment for a `sigma` or `socdef-sigma` process: a home whose pySigma caches are filled.

    This process uses the same caches, so that conversions in the tests themselves work offline too.
    """
    home: Path = tmp_path_factory.mktemp("home")
    caches.prime(home)
    return caches.environment(home)
