"""Words of query languages as values: in no query is one an operator, or its rule is refused by name."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import socdef_sigma
from _harness import REPO
from socdef_sigma.convert import LostRule, convert
from socdef_sigma.convert.backends import listing

OPERATORS = ("AND", "OR", "NOT", "TO")
WORDS = (
    *OPERATORS,
    "IN",
    "IS",
    "BY",
    "AS",
    "XOR",
    "LIKE",
    "NULL",
    "NEAR",
    "BETWEEN",
    "or",
    "and",
    "not",
    "where",
)
PIPELINES = {"lucene": "socdef_ecs", "elastalert": "socdef_ecs", "eql": "socdef_ecs", "esql": "socdef_ecs"}
LUCENE = ("lucene", "opensearch_lucene")


def indicators(word: str) -> Any:
    """The word as each part of a value that may stand alone."""
    records = [
        {"type": "url", "value": f"http://e.example/a?{word}"},
        {"type": "url", "value": f"http://e.example/{word}?x"},
        *(
            {"type": kind, "value": word}
            for kind in ("service_name", "named_pipe", "scheduled_task", "user_agent", "filename")
        ),
    ]
    return socdef_sigma.read("\n".join(map(json.dumps, records)).encode())


def compiled(word: str) -> list[Any]:
    return list(socdef_sigma.compile(indicators(word), logsources=["all"], now="2026-05-17"))


def tokens(query: str) -> Iterator[str]:
    """The tokens of Lucene's query parser: `QueryParser.jj`, with one word for a text of any kind."""
    pattern = re.compile(r'\s+|"(?:\\.|[^"\\])*"|/(?:\\.|[^/\\])*/|[()]|(?:\\.|[^\s"()\\])+', re.DOTALL)
    at = 0
    while at < len(query):
        found = pattern.match(query, at)
        assert found, query[at:]
        at = found.end()
        text = found[0].strip()
        if not text:
            continue
        _, colon, rest = re.match(r"((?:\\.|[^:\\])*)(:?)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
        if text[0] not in '"/()' and colon:
            yield "field"
            text = rest
        if text in ("AND", "OR", "NOT", "(", ")"):
            yield text
        elif text:
            yield "text"


def is_lucene(query: str) -> bool:
    """Whether the parser takes it, as `Query`, `Clause` and `Term` of the grammar say."""
    left = list(tokens(query))[::-1]

    def group() -> bool:
        while True:
            if left and left[-1] == "NOT":
                left.pop()
            if left and left[-1] == "field":
                left.pop()
            if not left:
                return False
            token = left.pop()
            if token == "(":
                if not group() or not left or left.pop() != ")":
                    return False
            elif token != "text":
                return False
            if not left or left[-1] == ")":
                return True
            if left[-1] in ("AND", "OR"):
                left.pop()

    return group() and not left


def test_the_parser_of_this_file_knows_good_from_bad() -> None:
    for query in (
        "a:b",
        "a:b AND NOT c:(d OR \\OR)",
        'a:"OR" OR b:*x*',
        "_exists_:a AND (b:c OR d:/OR/)",
        r"a:b\ OR",
    ):
        assert is_lucene(query), query
    for query in ("a:OR", "a:b AND c:NOT", "a:(b OR OR)", "(a:b", "a:b AND", "a:b OR AND c:d", "NOT"):
        assert not is_lucene(query), query


def bare(query: str, word: str) -> bool:
    """Whether the word stands outside of quotes, behind what a value stands behind, in any language."""
    quoted = re.sub(r"\"(?:\\.|[^\"\\])*\"|'(?:''|\\.|[^'\\])*'|`[^`]*`|/\^?(?:\\.|[^/\\])*/i?", "§", query)
    return re.search(rf"[=:]\s*\(?{word}(?![\w\\*%.-])", quoted) is not None


@pytest.mark.parametrize("target", sorted(listing().classes))
def test_no_word_is_an_operator(target: str) -> None:
    pipeline = PIPELINES.get(target, "socdef")
    seen = 0
    for word in WORDS:
        lost: list[LostRule] = []
        queries = list(convert(compiled(word), target, pipelines=[pipeline], on_lost=lost.append))
        assert all(rule.reason and rule.title for rule in lost)
        for query in map(str, queries):
            seen += 1
            if target in LUCENE:
                assert is_lucene(query), query
            if word in OPERATORS or target not in (*LUCENE, "elastalert"):
                assert not bare(query, word), query
    assert seen > 0


@pytest.mark.parametrize("target", ["lucene"])
def test_a_word_among_many_values_is_not_filled_in(target: str) -> None:
    """The others are alike, and their queries are learned."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    texts = [a + b + c for a in letters[:8] for b in letters[:8] for c in ("", "Z", "Y")]
    lines = [f"http://e.example/a?{text}" for text in [*texts, *OPERATORS, *texts[:9]]]
    rules = list(socdef_sigma.compile(socdef_sigma.read("\n".join(lines).encode()), now="2026-05-17"))
    assert len(rules) > len(texts)
    queries = [str(query) for query in convert(rules, target, pipelines=["socdef_ecs"])]
    assert len(queries) == len(rules)
    assert [query for query in queries if not is_lucene(query)] == []
    for word in OPERATORS:
        assert sum(f'url.query:"{word}"' in query for query in queries) == 1


@pytest.mark.pysigma_1_only
@pytest.mark.parametrize("target", ["lucene", "eql"])
def test_all_ways_give_the_same_bytes(target: str, tmp_path: Path, sigma_home: dict[str, str]) -> None:
    feed, rules = tmp_path / "feed.txt", tmp_path / "rules.yml"
    feed.write_text("".join(f"http://e.example/a?{word}\nhttp://e.example/{word}\n" for word in WORDS))
    bin = Path(sys.executable).parent

    def run(*command: str) -> str:
        done = subprocess.run(
            [bin / command[0], *command[1:]], env=sigma_home, capture_output=True, text=True, cwd=REPO
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    whole = run("socdef-sigma", "convert", str(feed), "-t", target, "-p", "socdef_ecs", "-q")
    run("socdef-sigma", "compile", str(feed), "-o", str(rules), "-q")
    assert run("socdef-sigma", "convert", str(rules), "-t", target, "-p", "socdef_ecs", "-q") == whole
    assert run("sigma", "convert", "-t", target, "-p", "socdef_ecs", str(rules)).strip() == whole.strip()
