"""Engines as parameters: one that is not here skips with its name. And the page that a good run of all of them writes."""

import os
from pathlib import Path

import pytest

from detect import table
from detect.engines import LARGE, SMALL
from detect.engines.base import Engine
from detect.engines.rust import Evaluator
from detect.faults import PYSIGMA

WITH_LARGE = "SOCDEF_ENGINES"
"""Set by `make test-engines`: the large engines run too."""


def pytest_sessionfinish(exitstatus: int) -> None:
    """Write the page, where `make test-engines` wants it, after a run without a failure."""
    if table.WRITE in os.environ and exitstatus == 0:
        Path(os.environ[table.WRITE]).write_text(table.page([*SMALL, *LARGE]), encoding="utf-8")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test that takes an engine every one; the pySigma 2 environment those that pySigma converts for."""
    if "engine" in metafunc.fixturenames:
        engines = [
            engine for engine in (*SMALL, *LARGE) if PYSIGMA == "1" or not isinstance(engine, Evaluator)
        ]
        metafunc.parametrize("engine", engines, ids=lambda engine: engine.name, indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Engine:
    """An engine that is here."""
    wanted: Engine = request.param
    if wanted in LARGE and WITH_LARGE not in os.environ:
        pytest.skip(f"{wanted.name}: `make test-engines` runs it")
    missing = wanted.missing()
    if missing is not None:
        pytest.skip(f"{wanted.name}: {missing} is not installed")
    return wanted
