"""The page with the numbers."""

import os

import pytest

from _harness import REPO
from detect import table
from detect.engines.base import Engine
from detect.faults import LANE

PAGE = REPO / "docs" / "engines.md"


def test_the_page_says_what_the_engine_does(engine: Engine) -> None:
    if table.WRITE in os.environ:
        pytest.skip("it is written in this run")
    if LANE != "1":
        pytest.skip("the page is of pySigma 1")
    committed = PAGE.read_text(encoding="utf-8")
    for name, lines in table.rows(engine).items():
        if name != "mistakes":
            assert [line for line in lines if line not in committed] == [], "`make test-engines` writes it"
