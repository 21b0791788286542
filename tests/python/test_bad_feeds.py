"""Input that is not a feed, or only a part of one."""

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from _harness.command import socdef
from _harness.measured import entry, run

pytestmark = pytest.mark.pysigma_1_only


# --- What is no feed -----------------------------------------------------------------------------------------


XXE = '<!DOCTYPE ioc [<!ENTITY x SYSTEM "file:///etc/hostname">]><ioc>&x;</ioc>'


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("feed.bin", bytes(range(256)) * 9, "the content is binary"),
        ("feed.json", b'{"menu": ["soup"]}', "no known feed format"),
        ("feed.txt", "evil.example\n".encode("utf-16"), "the text is UTF-16"),
        ("feed.csv", b"\xfe\xff" + "a,b\n".encode("utf-16-be"), "the text is UTF-16"),
        ("feed.txt", "evil.example\n".encode("utf-16-le"), "the content is binary"),
        ("feed.xml", f'<?xml version="1.0"?>{XXE}'.encode(), ""),
        ("feed.ioc", f"\ufeff\n{XXE}".encode(), ""),
        ("feed.pdf", b"%PDF-1.7\nevil.example\n", "the content is a PDF document"),
        ("feed.bz2", b"BZh91AY&SY" + b"evil.example", "the content is packed with bzip2"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_no_feed(name: str, content: bytes, words: str, packed: bool, tmp_path: Path) -> None:
    """Packed or not, it is refused whole, with its name and what to do."""
    (tmp_path / name).write_bytes(gzip.compress(content) if packed else content)
    (tmp_path / "rules.yml").write_text("old")
    process = socdef("compile", name, "-o", "rules.yml", cwd=tmp_path)
    assert process.returncode == 2
    text = process.stderr.decode()
    assert text.startswith("error[")
    assert words in text
    assert f"\n  --> {name}" in text
    assert "\nhint: " in text
    assert (tmp_path / "rules.yml").read_text() == "old"


def test_an_archive_is_no_feed(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "feed.zip", "w") as archive:
        archive.writestr("feed.txt", "evil.example\n")
    process = socdef("compile", "feed.zip", cwd=tmp_path)
    assert process.returncode == 2
    assert process.stderr.startswith(
        b"error[unknown_format]: the content is a ZIP archive\n  --> feed.zip\nhint: unpack it first"
    )


def test_nothing_is_said_to_be_nothing(tmp_path: Path) -> None:
    for name, content in [
        ("a.txt", b""),
        ("b.json", b"[]"),
        ("c.csv", b"# nothing today\n"),
        ("d.gz", gzip.compress(b"")),
    ]:
        (tmp_path / name).write_bytes(content)
        found = run(tmp_path, name)
        assert (found.status, found.values, found.notes) == (0, [], [("nothing_found", name)])
        assert f"note            1  nothing_found: an input has no records, first in {name}" in found.errors
    assert run(tmp_path, "-").notes == [("nothing_found", "-")]


def test_latin_1_costs_its_lines(tmp_path: Path) -> None:
    lines = ["evil.example", "b\xfccher.example", "bad.example"]
    (tmp_path / "a.txt").write_bytes("\n".join(lines).encode("latin-1"))
    found = run(tmp_path, "a.txt")
    assert (found.status, found.values, found.refused) == (0, [lines[0], lines[2]], [("not_utf8", "2")])
    (tmp_path / "a.csv").write_bytes(
        "\n".join(f"{line},domain" for line in ["value,type", *lines]).encode("latin-1")
    )
    found = run(tmp_path, "a.csv")
    assert (found.status, found.values, found.refused) == (0, [lines[0], lines[2]], [("not_utf8", "3")])
    (tmp_path / "a.json").write_bytes(
        f"[{','.join(map(entry, lines))}]".encode().replace(b"\\u00fc", b"\xfc")
    )
    found = run(tmp_path, "a.json")
    assert (found.status, found.values, found.refused) == (0, [lines[0], lines[2]], [("not_utf8", "[1]")])


# --- What is cut off -----------------------------------------------------------------------------------------


def test_truncated_json(tmp_path: Path) -> None:
    """Lists are read as far as they go; an event is one thing, and half of it is none."""
    whole = f'{{"data": [{", ".join(entry(f"host-{n}.example") for n in range(9))}]}}'
    (tmp_path / "list.json").write_text(whole[: whole.index("host-7") + 3])
    found = run(tmp_path, "list.json")
    assert found.status == 0
    assert found.values == [f"host-{n}.example" for n in range(7)]
    assert found.refused == [("broken_entry", "data[7]")]
    attributes = [{"type": "domain", "to_ids": True, "value": f"host-{n}.example"} for n in range(9)]
    event = json.dumps({"Event": {"info": "Sample", "Attribute": attributes}}, indent=1)
    (tmp_path / "event.json").write_text(event[: len(event) // 2])
    found = run(tmp_path, "event.json")
    assert (found.status, found.values) == (0, [])
    assert [reason for reason, _ in found.refused] == ["broken_entry"]
    lines = event[: len(event) // 2].count("\n") + 1
    assert (
        f"event.json: ``: the entry does not have the form that its format asks for: the document ends in the middle of an element, line {lines}"
        in found.errors
    )
    assert socdef("compile", "--strict", tmp_path / "event.json").returncode == 1
    indicators = [
        {
            "type": "indicator",
            "id": f"indicator--{n}",
            "pattern_type": "stix",
            "pattern": f"[domain-name:value = 'host-{n}.example']",
        }
        for n in range(9)
    ]
    bundle = json.dumps({"type": "bundle", "id": "bundle--1", "objects": indicators})
    (tmp_path / "bundle.json").write_text(bundle[: bundle.index("host-5")])
    found = run(tmp_path, "bundle.json")
    assert (found.status, found.values) == (0, [f"host-{n}.example" for n in range(5)])
    assert found.refused == [("broken_entry", "objects[5]")]
