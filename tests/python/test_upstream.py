"""docs/upstream.md: each rule gives the query, and each program does what the page says, in this environment.

A test that fails here is mostly good news: upstream has mended something, and the page is out of date.
"""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
import yaml

from _harness import REPO

PAGE = REPO / "docs" / "upstream.md"
PYSIGMA = importlib.metadata.version("pysigma").split(".")[0]
# With every backend installed nothing may be skipped.
ALL = "SOCDEF_ALL_BACKENDS" in os.environ
# Its backend declares a newer Python than it needs: `make test-engines` has it.
ELSEWHERE = {"clickhouse"}
FAULTS = REPO / "python" / "socdef_sigma" / "preflight" / "faults.yml"


@dataclass
class Query:
    """A rule, and the query that the page shows."""

    title: str
    rule: str
    target: str
    pipeline: str | None
    text: str


@dataclass
class Program:
    """A program that ends well while the fault is there."""

    title: str
    code: str


def page() -> tuple[list[Query], list[Program], list[str]]:
    """What the page holds, with the titles of its entries."""
    made: list[Query] = []
    programs: list[Program] = []
    titles = []
    for section in re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        titles.append(title)
        rule = ""
        for kind, text in re.findall(r"^```(\w+)\n(.*?)^```$", body, re.MULTILINE | re.DOTALL):
            if kind == "yaml":
                rule = text
            elif kind == "python":
                programs.append(Program(title, text))
        for target, pipeline, text in re.findall(
            r"^`(\S+)(?: -p (\S+))?` gives\n\n```text\n(.*?)^```$", body, re.MULTILINE | re.DOTALL
        ):
            made.append(Query(title, rule, target, pipeline or None, text))
    return made, programs, titles


QUERIES, PROGRAMS, TITLES = page()

# A process of its own: some backends warn when they are imported, and Panther's breaks where pipelines come first.
CONVERT = """
import json, sys
from sigma.collection import SigmaCollection
from socdef_sigma.convert.backends import find, listing
from socdef_sigma.errors import ConversionError
from socdef_sigma.convert.pipelines import resolve

listing()
found = []
for target, pipeline, rule in json.load(sys.stdin):
    try:
        backend = find(target)[1](resolve([pipeline] if pipeline else [], None))
        made = backend.convert(SigmaCollection.from_yaml(rule))
        parts = [made] if isinstance(made, str) else made
        found.append("\\n".join(str(one).rstrip("\\n") for one in parts))
    except ConversionError as error:
        if error.code != "backend_not_installed":
            raise
        found.append(None)
json.dump(found, sys.stdout)
"""


def convert(queries: list[Query], environment: Mapping[str, str]) -> list[str | None]:
    """The queries of each rule, by pySigma alone; None where the backend is not installed."""
    asked = json.dumps([(query.target, query.pipeline, query.rule) for query in queries])
    done = subprocess.run(
        [sys.executable, "-c", CONVERT],
        env=environment,
        input=asked,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[str | None] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def converted(sigma_home: dict[str, str]) -> dict[str, str | None]:
    made = convert(QUERIES, sigma_home)
    return {query.title: text for query, text in zip(QUERIES, made, strict=True)}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.title)
def test_the_rule_still_gives_the_query(query: Query, converted: dict[str, str | None]) -> None:
    made = converted[query.title]
    if made is None:
        assert not ALL or query.target in ELSEWHERE, query.target
        pytest.skip(f"no backend for {query.target}")
    assert made == query.text.rstrip("\n"), "upstream has changed: look at the entry in docs/upstream.md"


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.title)
def test_the_program_still_shows_the_fault(program: Program, sigma_home: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program.code], env=sigma_home, capture_output=True, text=True, check=False
    )
    missing = re.search(r"^ModuleNotFoundError: (.*)$", done.stderr, re.MULTILINE)
    if missing and not ALL:
        pytest.skip(missing[1])
    if program.code.startswith("# pySigma 1 only\n") and PYSIGMA != "1":
        assert "AssertionError" in done.stderr
        return
    assert done.returncode == 0, f"upstream has changed: look at docs/upstream.md\n{done.stderr}"


def test_every_entry_can_fail() -> None:
    """Each has a rule with its query, or a program; and says what is done about it."""
    shown = {query.title for query in QUERIES} | {program.title for program in PROGRAMS}
    assert set(TITLES) == shown
    assert len(TITLES) == len(set(TITLES)) > 20
    text = PAGE.read_text(encoding="utf-8")
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        assert "What we do: " in section, section.partition("\n")[0]
    blocks = re.findall(r"^```(?:text|python)$", text, re.MULTILINE)
    assert len(blocks) == len(QUERIES) + len(PROGRAMS)


def test_what_preflight_counts_as_lost_is_on_the_page() -> None:
    faults = yaml.safe_load(FAULTS.read_text(encoding="utf-8"))
    targets = {target for fault in faults if fault["loses"] for target in fault["targets"]}
    assert targets <= {query.target for query in QUERIES}
