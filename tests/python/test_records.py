"""The account of records: what was read, what gave a value, and an input of which nothing was read.

A record without a value is named by `--report`, and is no finding. An input that has records of which none gives a value is one.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import socdef_sigma
from _harness.command import good, socdef

pytestmark = pytest.mark.pysigma_1_only

WORDS = "colour,size\nred,10\nblue,12\n"
"""A table in which nothing is an indicator."""

NOTHING = {
    "table.csv": WORDS,
    "words.txt": "some words here\nand more words there\n",
    "report.md": "# A report\n\nIt says nothing of use.\n\nAnd neither does this.\n",
    "rows.tsv": "name\tcolour\nfirst\tred\nsecond\tblue\n",
}

EMPTY = {
    "empty.txt": "",
    "blank.txt": "\n\n",
    "comments.txt": "# a comment\n# another one\n",
    "header.csv": "type,value\n",
}


def report(folder: Path, *arguments: str) -> dict[str, Any]:
    """The report of a run, whatever its status."""
    socdef("compile", "--quiet", "--report", "report.json", "-o", "rules.yml", *arguments, cwd=folder)
    document: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return document


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (NOTHING | EMPTY).items():
        (tmp_path / name).write_text(text)
    (tmp_path / "some.txt").write_text("evil.example\nsome words\n198.51.100.7\n")
    return tmp_path


@pytest.mark.parametrize("name", NOTHING)
def test_an_input_of_which_nothing_is_read_is_a_finding(folder: Path, name: str) -> None:
    process = socdef("compile", "--strict", name, cwd=folder)
    assert process.returncode == 1, process.stderr
    assert name.encode() in process.stderr
    # Without --strict as well: nothing came of an input that has something in it.
    process = socdef("compile", name, cwd=folder)
    assert process.returncode == 1
    assert name.encode() in process.stderr
    found = report(folder, name)
    assert [note["note"] for note in found["notes"]].count("nothing_read") == 1
    assert found["counts"]["kept"] == 0


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_input_is_no_finding(folder: Path, name: str) -> None:
    process = socdef("compile", "--strict", name, cwd=folder)
    assert process.returncode == 0, process.stderr
    found = report(folder, name)
    assert found["records"]["read"] == 0
    assert "nothing_read" not in [note["note"] for note in found["notes"]]


def test_standard_input_can_be_a_finding(folder: Path) -> None:
    process = socdef("compile", "--strict", "--input-format", "csv", "-", stdin=WORDS.encode(), cwd=folder)
    assert process.returncode == 1, process.stderr
    good(
        socdef(
            "compile", "--strict", "--input-format", "csv", "-", stdin=b"value\nevil.example\n", cwd=folder
        )
    )


def test_each_file_of_a_folder_is_an_input(tmp_path: Path) -> None:
    """One good file does not hide one of which nothing is read."""
    feeds = tmp_path / "feeds"
    feeds.mkdir()
    (feeds / "a.txt").write_text("evil.example\n")
    (feeds / "b.csv").write_text(WORDS)
    process = socdef("compile", "--strict", "feeds", cwd=tmp_path)
    assert process.returncode == 1, process.stderr
    assert b"b.csv" in process.stderr
    (note,) = [note for note in report(tmp_path, "feeds")["notes"] if note["note"] == "nothing_read"]
    assert note["file"].endswith("b.csv")


@pytest.mark.parametrize("command", ["compile", "summary", "navigator"])
def test_commands_agree_about_findings(folder: Path, command: str) -> None:
    assert socdef(command, "--strict", "table.csv", cwd=folder).returncode == 1
    assert socdef(command, "--strict", "header.csv", cwd=folder).returncode == 0


def test_records_are_counted_and_named(folder: Path) -> None:
    found = report(folder, "some.txt")
    records = found["records"]
    assert records == {"read": 3, "with_values": 2, "without_values": 1}
    (without,) = found["without_values"]
    assert without["text"] == "some words"
    assert (without["line"], Path(without["file"]).name) == (2, "some.txt")
    # By itself this is no finding.
    good(socdef("compile", "--strict", "some.txt", cwd=folder))


def test_the_summary_says_how_many_records_gave_nothing(folder: Path) -> None:
    said = good(socdef("compile", "some.txt", cwd=folder)).stderr.decode()
    assert re.search(r"\b1 of 3 records without a value", said), said
    (folder / "all.txt").write_text("evil.example\n")
    said = good(socdef("compile", "all.txt", cwd=folder)).stderr.decode()
    assert "without a value" not in said


def test_the_python_api_has_the_records(folder: Path) -> None:
    read = socdef_sigma.read(folder / "some.txt")
    assert [found.value for found in read] == ["evil.example", "198.51.100.7"]
    assert read.report.records == {"read": 3, "with_values": 2, "without_values": 1}
    assert socdef_sigma.compile(read).report.records == read.report.records
    nothing = socdef_sigma.read(folder / "table.csv").report
    assert nothing.note_counts.get("nothing_read") == 1
    assert nothing.records["with_values"] == 0 < nothing.records["without_values"]
    document = json.loads(nothing.json())
    assert document["records"] == dict(nothing.records)
    assert len(document["without_values"]) == nothing.records["without_values"]


def test_values_and_records_are_accounted_for(folder: Path) -> None:
    """The sums hold over everything together."""
    names = [name for name in (NOTHING | EMPTY) if name != "empty.txt"]
    report = socdef_sigma.compile(socdef_sigma.read([folder / name for name in [*names, "some.txt"]])).report
    counts, records = report.counts, report.records
    assert counts["read"] == counts["kept"] + counts["merged"] + counts["dropped"] + counts["refused"]
    assert records["read"] == records["with_values"] + records["without_values"]
    assert report.note_counts["nothing_read"] == len(NOTHING)


def test_the_summary_and_the_report_say_which_formats_were_read(folder: Path) -> None:
    process = good(socdef("compile", "some.txt", cwd=folder))
    assert process.stderr.decode().splitlines()[1] == "  format  txt"
    process = good(socdef("compile", "some.txt", "table.csv", "words.txt", cwd=folder))
    assert process.stderr.decode().splitlines()[1] == "  format  csv (1 input), txt (2 inputs)"
    assert report(folder, "some.txt", "table.csv", "words.txt")["formats"] == {"csv": 1, "txt": 2}
    assert report(folder, "--input-format", "text", "some.txt")["formats"] == {"text": 1}
    # What no merging needs is read once, and is counted the same.
    assert report(folder, "--no-merge", "some.txt", "table.csv")["formats"] == {"csv": 1, "txt": 1}
    assert socdef_sigma.read(folder / "some.txt").report.formats == {"txt": 1}
