"""Rules of others are read and converted in linear time: the rows of `make attack` that were quadratic once, and their kind."""

from pathlib import Path

import pytest

import slow
from _harness import FULL
from _harness.command import SOCDEF
from lab import Lab
from slow_inputs import Slow
from slow_structures import RULES

pytestmark = [
    pytest.mark.pysigma_1_only,
    pytest.mark.skipif(not FULL, reason="it compares times; SOCDEF_FULL, at night"),
]


@pytest.mark.parametrize("row", RULES, ids=lambda row: row.name)
def test_a_large_rule_takes_linear_time(row: Slow, tmp_path: Path) -> None:
    lab = Lab(Path(SOCDEF), tmp_path, 60, 1)
    start = min(slow.spent(lab, row, 1)[0] for _ in range(3))
    figure, fault = slow.judge(lab, row, start)
    assert not fault, figure
