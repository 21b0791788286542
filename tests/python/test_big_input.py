"""Big input, in bounded memory, which is measured."""

import json
from pathlib import Path

import pytest

from _harness.measured import BOTH, BUNDLE, EVENT, MIB, PATTERN, around, entry, run

pytestmark = pytest.mark.pysigma_1_only


LIST = '{"data": [' + entry("evil.example")


@pytest.mark.parametrize(
    ("before", "times", "after", "options", "values", "refused"),
    [
        ("evil.example\n", 100, "\nbad.example\n", [], BOTH, [("line_too_long", "2")]),
        (
            "evil.example,1\n",
            100,
            "\nbad.example,2\n",
            ["--input-format", "csv"],
            BOTH,
            [("line_too_long", "2")],
        ),
        (
            "value,type\nevil.example,domain\n",
            100,
            ",domain\nbad.example,domain\n",
            [],
            BOTH,
            [("line_too_long", "3")],
        ),
        ("", 100, "", [], [], [("line_too_long", "1")]),
        (
            LIST + ', {"value": "',
            300,
            f'"}}, {entry("bad.example")}]}}',
            [],
            BOTH,
            [("line_too_long", "data[1]")],
        ),
        (LIST + ', {"value": "', 300, "", [], BOTH[:1], [("broken_entry", "data[1]")]),
        ('["evil.example", "', 300, '", "bad.example"]', [], BOTH, [("line_too_long", "[1]")]),
        (
            BUNDLE + PATTERN % 1,
            300,
            '"}, ' + PATTERN % 2 + "[domain-name:value = 'bad.example']\"}]}",
            [],
            BOTH[1:],
            [("broken_entry", "objects[0]")],
        ),
        (EVENT, 300, '"}]}}', [], [], [("broken_entry", "-")]),
        (EVENT, 300, "", [], [], [("broken_entry", "-")]),
    ],
)
def test_long_lines_and_strings(
    before: str,
    times: int,
    after: str,
    options: list[str],
    values: list[str],
    refused: list[tuple[str, str]],
    tmp_path: Path,
) -> None:
    """100 MiB on one line, and 300 MiB in one string, are not held in memory: an event of MISP is, up to its bound."""
    found = run(tmp_path, "-", *options, stdin=around(before, b"a" * MIB, times, after))
    assert (found.status, found.values, found.refused) == (0, values, refused)
    assert found.memory < (350 if before == EVENT else 150) * MIB


def test_a_key_of_300_mib(tmp_path: Path) -> None:
    found = run(tmp_path, "-", stdin=around('{"', b"a" * MIB, 300, '": 1}'))
    assert found.status == 2
    assert "error[unknown_format]" in found.errors
    assert found.memory < 150 * MIB


def test_a_list_on_one_line_is_read_whole(tmp_path: Path) -> None:
    """100 MiB on one line that are 400 values."""
    long = json.dumps({"type": "domain", "value": "%s", "description": "x" * 262_000})
    parts = (f"{',' if n else ''}{long % f'host-{n}.example'}".encode() for n in range(400))
    stdin = (part for some in ([b'{"data": ['], parts, [b"]}"]) for part in some)
    found = run(tmp_path, "-", stdin=stdin)
    assert (found.status, len(found.values), found.refused) == (0, 400, [])
    assert found.memory < 250 * MIB


DEEP = 20_000


@pytest.mark.parametrize(
    ("content", "status", "values", "refused"),
    [
        ("[" * DEEP + "]" * DEEP, 2, [], []),
        ("[" * DEEP, 2, [], []),
        ('{"a":' * DEEP + "1" + "}" * DEEP, 2, [], []),
        (
            f'{{"data": [{entry("evil.example")}, {"[" * DEEP}{"]" * DEEP}, {entry("bad.example")}]}}',
            0,
            BOTH,
            [("broken_entry", "data[1]")],
        ),
        (
            f'{{"data": [{entry("evil.example")}, {{"value": {"[" * DEEP}1{"]" * DEEP}}}]}}',
            0,
            BOTH[:1],
            [("broken_entry", "data[1]")],
        ),
        (
            BUNDLE
            + PATTERN % 1
            + f'", "x": {"[" * DEEP}{"]" * DEEP}}}, '
            + PATTERN % 2
            + "[domain-name:value = 'bad.example']\"}]}",
            0,
            BOTH[1:],
            None,
        ),
        (
            f'{{"Event": {{"info": {"[" * DEEP}{"]" * DEEP}, "Attribute": [{{"type": "domain", "to_ids": true, "value": "evil.example"}}]}}}}',
            0,
            None,
            None,
        ),
    ],
)
def test_json_nested_20000_deep(
    content: str, status: int, values: list[str] | None, refused: list[tuple[str, str]] | None, tmp_path: Path
) -> None:
    (tmp_path / "feed.json").write_text(content)
    found = run(tmp_path, "feed.json")
    assert found.status == status
    assert values is None or found.values == values
    assert refused is None or found.refused == refused
    assert status == 0 or "\n  --> feed.json\n" in found.errors


def test_csv_of_10000_columns(tmp_path: Path) -> None:
    """10,000 are read. A header of more makes no table: it is a record, and the lines below it are read as text."""
    for columns, without in [(10_000, False), (10_001, True)]:
        names = ["value", *(f"other {n}" for n in range(columns - 1))]
        rows = [",".join(["evil.example", *("x" for _ in names[1:])])] * 2
        (tmp_path / "feed.csv").write_text("\n".join([",".join(names), *rows]))
        found = run(tmp_path, "feed.csv", "--input-format", "csv")
        assert found.status == 0
        assert found.values == ["evil.example"]
        assert found.refused == []
        assert ("1 of 3 records without a value" in found.errors) == without
        assert found.memory < 150 * MIB
        assert run(tmp_path, "feed.csv").status == 0
    (tmp_path / "feed.csv").write_text(
        f"value,type\nevil.example,domain{',x' * 10_000}\nbad.example,domain\n"
    )
    found = run(tmp_path, "feed.csv")
    assert (found.values, found.refused) == (["bad.example"], [("line_too_long", "2")])
