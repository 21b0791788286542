"""Fixtures for every test. A test run never downloads anything and never touches the user's own caches."""

import os
from pathlib import Path

import pytest
from hypothesis import configuration, settings

from _harness import REPO, caches

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
