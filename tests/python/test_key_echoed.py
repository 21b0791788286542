"""A server that puts the key, or a part of it, into what it says: the client shows neither."""

from pathlib import Path

import pytest

from _harness.command import SOCDEF
from behaviours import behaviours
from lab import Lab
from web import KEY, SECRET, Server

pytestmark = pytest.mark.pysigma_1_only


@pytest.mark.parametrize(
    "name", ["401 with the key", "429, a date", "500 with the key", "the key as reason", "the key as address"]
)
def test_what_a_server_says_of_the_key_is_masked(name: str, tmp_path: Path) -> None:
    lab = Lab(Path(SOCDEF), tmp_path, 60, 1)
    with Server(lambda link: link.answer(link.good())) as elsewhere:
        behaviour = behaviours(elsewhere.url)[name]
        with Server(behaviour) as server:
            ran = lab.run(
                *("fetch", "iocs", "--base-url", server.url, "--max-wait", "1"), env={"SOCDEF_API_KEY": KEY}
            )
    assert ran.status != 0
    assert SECRET not in ran.err
    assert SECRET.encode() not in ran.out
    assert "****" in ran.err or name == "the key as reason"
