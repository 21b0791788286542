"""Every rule on every engine, every mistake in one, and the page with the numbers."""

import os
from collections.abc import Sequence

import pytest

from _harness import REPO
from detect import compare, table
from detect.engines.base import Engine
from detect.faults import PYSIGMA, fault_of, faults_of
from detect.mutants import MUTANTS, Mutant

PAGE = REPO / "docs" / "engines.md"


def _some(wrong: Sequence[compare.Wrong]) -> str:
    return "\n".join([f"{len(wrong)} in all", *map(str, wrong[:20])])


def test_nothing_is_missed_and_nothing_is_extra(engine: Engine) -> None:
    outcome = compare.generated(engine)
    assert not outcome.wrong, _some(outcome.wrong)
    assert outcome.found > (1000 if compare.WITH_ALL else 300)


def test_every_known_fault_is_still_there(engine: Engine) -> None:
    if not compare.WITH_ALL:
        pytest.skip("every third indicator is tried, and all at night")
    outcome = compare.generated(engine)
    gone = [fault.reason for fault in faults_of(engine) if fault not in outcome.faults]
    assert gone == [], "upstream does it right now: take the fault out"


def test_real_events_of_one_table_are_found_as_the_scan_finds_them(engine: Engine) -> None:
    outcome = compare.real_events(engine)
    assert not outcome.wrong, _some(outcome.wrong)
    assert outcome.found > 50


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_an_engine_that_can_see_a_mistake_fails_on_it(engine: Engine, mutant: Mutant) -> None:
    changed = compare.changed_by(engine, mutant)
    if mutant.sees(engine):
        assert changed
    else:
        assert not changed, "it sees it after all"
    surprising = [
        wrong
        for wrong in changed
        if not wrong.why.startswith(mutant.breaks) and fault_of(engine, wrong) is None
    ]
    assert not surprising, _some(surprising)


def test_the_page_says_what_the_engine_does(engine: Engine) -> None:
    if table.WRITE in os.environ:
        pytest.skip("it is written in this run")
    if PYSIGMA != "1":
        pytest.skip("the page is of pySigma 1")
    committed = PAGE.read_text(encoding="utf-8")
    for name, lines in table.rows(engine).items():
        if name != "mistakes":
            assert [line for line in lines if line not in committed] == [], "`make test-engines` writes it"
