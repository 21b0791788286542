"""Input that was made to break us: it ends with status 2 and its place, or the readable part is compiled and the rest
refused by its place; in bounded memory, which is measured."""

import contextlib
import gzip
import io
import json
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from sigma.collection import SigmaCollection
from sigma.types import SigmaString, SpecialChars

from _harness import REPO
from _harness.command import SOCDEF, environment, good, socdef, start, until_it_waits
from socdef_sigma import compile, read
from socdef_sigma.errors import InputError

pytestmark = pytest.mark.one_lane

MIB = 1 << 20
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # The same in C, for thousands of rules.
PACKED = REPO / "tests" / "data" / "packed"


@dataclass
class Run:
    """How a run ended."""

    status: int
    values: list[str]
    errors: str
    report: dict[str, Any]
    memory: int
    """The most that was resident at once, in bytes."""

    @property
    def refused(self) -> list[tuple[str, str]]:
        """What was refused: reason and place."""
        return [
            (entry["reason"], str(entry.get("line", entry.get("path", entry["file"]))))
            for entry in self.report["entries"]
            if entry["outcome"] == "refused"
        ]

    @property
    def notes(self) -> list[tuple[str, str]]:
        """What was noted: code and file."""
        return [(note["note"], note["file"]) for note in self.report["notes"]]


def run(folder: Path, *arguments: str | Path, stdin: Iterable[bytes] = (), **limits: int) -> Run:
    """Compile, with standard input made on the way, and look at the memory that it took."""
    report = folder / "the-report.json"

    def limit() -> None:
        for name, value in limits.items():
            resource.setrlimit(getattr(resource, name), (value, value))

    process = subprocess.Popen(
        [SOCDEF, "compile", "--report", str(report), *[str(argument) for argument in arguments]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(os.environ),
        cwd=folder,
        preexec_fn=limit if limits else None,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    into, out, err = process.stdin, process.stdout, process.stderr

    def feed() -> None:
        try:
            with into:
                for chunk in stdin:
                    into.write(chunk)
        except BrokenPipeError:
            pass

    peak = [0]

    def watch() -> None:
        # What `wait4` says is at least what this process here has: the memory is shared until the command starts.
        status = Path("/proc", str(process.pid), "status")
        with contextlib.suppress(OSError):
            while high := re.search(r"VmHWM:\s+(\d+) kB", status.read_text()):
                peak[0] = int(high[1])
                time.sleep(0.005)

    errors: list[bytes] = []
    work = (feed, lambda: errors.append(err.read()), watch)
    threads = [threading.Thread(target=target) for target in work]
    for thread in threads:
        thread.start()
    output = out.read()
    for thread in threads:
        thread.join()
    process.wait()
    out.close()
    err.close()
    account = json.loads(report.read_text()) if report.exists() else {"entries": [], "notes": []}
    report.unlink(missing_ok=True)
    rules = [rule for rule in yaml.load_all(output, LOADER) if rule is not None]
    return Run(
        process.returncode,
        [rule["socdef"]["value"] for rule in rules],
        errors[0].decode(),
        account,
        peak[0] * 1024,
    )


def entry(value: str) -> str:
    return json.dumps({"type": "domain", "value": value})


def around(before: str, block: bytes, times: int, after: str) -> Iterator[bytes]:
    yield before.encode()
    for _ in range(times):
        yield block
    yield after.encode()


# --- What is no feed --------------------------------------------------------------------------------------

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


# --- What is cut off --------------------------------------------------------------------------------------


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


# --- What is big ------------------------------------------------------------------------------------------

LIST = '{"data": [' + entry("evil.example")
BUNDLE = '{"type": "bundle", "id": "bundle--1", "objects": ['
PATTERN = '{"type": "indicator", "id": "indicator--%d", "pattern_type": "stix", "pattern": "'
EVENT = '{"Event": {"info": "Sample", "Attribute": [{"type": "domain", "value": "'
BOTH = ["evil.example", "bad.example"]


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


# --- gzip and zstd ----------------------------------------------------------------------------------------


def raw_zstd(content: bytes) -> bytes:
    """A zstd frame that compresses nothing (RFC 8878, section 3.1.1): one segment, raw blocks."""
    size = 4 << 10
    blocks = [content[at : at + size] for at in range(0, len(content), size)] or [b""]
    frame = struct.pack("<IBQ", 0xFD2FB528, 0b1110_0000, len(content))
    for number, block in enumerate(blocks):
        last = number == len(blocks) - 1
        frame += struct.pack("<I", last | len(block) << 3)[:3] + block
    return frame


def zstd_bomb(blocks: int, byte: bytes) -> bytes:
    """Four bytes for each 128 KiB: blocks that repeat one byte, under a window of 8 MiB."""
    block = struct.pack("<I", 1 << 1 | (128 << 10) << 3)[:3] + byte
    return struct.pack("<IBB", 0xFD2FB528, 0, 13 << 3) + block * blocks


FORMATS = {
    "feed.json": f'{{"meta": {{"source": "Example"}}, "data": [{entry("evil.example")}, {entry("bad.example")}]}}',
    "feed.csv": "Malicious name\nevil.example\nbad.example\n",
    "feed.txt": "evil[.]example\nbad.example\n",
    "bundle.json": BUNDLE
    + ", ".join(PATTERN % n + f"[domain-name:value = '{value}']\"}}" for n, value in enumerate(BOTH))
    + "]}",
    "event.json": json.dumps(
        {"Event": {"info": "S", "Attribute": [{"type": "domain", "to_ids": True, "value": v} for v in BOTH]}}
    ),
}


@pytest.mark.parametrize("pack", [gzip.compress, raw_zstd])
@pytest.mark.parametrize("name", FORMATS)
def test_packed_is_as_good_as_plain(name: str, pack: Any, tmp_path: Path) -> None:
    """As a file under its name with an ending or any other name, in a folder, and from standard input."""
    content = FORMATS[name].encode()
    (tmp_path / name).write_bytes(content)
    plain = good(socdef("compile", name, cwd=tmp_path)).stdout
    assert plain.count(b"\ndetection:") == 2
    packed = pack(content)
    folder = tmp_path / "folder"
    folder.mkdir()
    ending = "gz" if pack is gzip.compress else "zst"
    (folder / f"{name}.{ending}").write_bytes(packed)
    assert good(socdef("compile", folder)).stdout == plain
    assert good(socdef("compile", folder / f"{name}.{ending}")).stdout == plain
    if name != "feed.csv":  # One column is known to be one by the ending of the name only.
        (tmp_path / "download").write_bytes(packed)
        assert good(socdef("compile", tmp_path / "download")).stdout == plain
        assert good(socdef("compile", "-", stdin=packed)).stdout == plain
    queries = good(socdef("convert", "-q", "-t", "sqlite", folder)).stdout
    assert queries == good(socdef("convert", "-q", "-t", "sqlite", tmp_path / name)).stdout


def test_the_inner_ending_counts(tmp_path: Path) -> None:
    """A column of names with a heading is a table because the file is called so; else the heading is a record."""
    content = b"These are bad\nevil.example\n"
    for name, without in [("feed.txt.gz", 1), ("feed.csv.gz", 0), ("feed.CSV.GZ", 0), ("feed.csv", 0)]:
        (tmp_path / name).write_bytes(gzip.compress(content, mtime=0))
        found = run(tmp_path, name)
        assert (found.values, found.refused) == (["evil.example"], []), name
        assert ("1 of 2 records without a value" in found.errors) == bool(without), name


def test_several_members(tmp_path: Path) -> None:
    for pack in (gzip.compress, raw_zstd):
        (tmp_path / "feed").write_bytes(pack(b"evil.exam") + pack(b"") + pack(b"ple\nbad.example\n"))
        assert run(tmp_path, "feed").values == BOTH


def test_what_the_zstd_tool_made(tmp_path: Path) -> None:
    """Compressed, with a checksum, which a changed byte breaks."""
    packed = (PACKED / "feed.json.zst").read_bytes()
    found = run(tmp_path, PACKED / "feed.json.zst")
    assert (found.status, len(found.values), found.refused) == (0, 500, [])
    assert found.values[:2] == ["host-00000000.example", "host-9e3779b1.example"]
    (tmp_path / "feed.zst").write_bytes(packed[:-1] + bytes([packed[-1] ^ 1]))
    found = run(tmp_path, "feed.zst")
    assert (found.status, found.values) == (2, [])
    assert "error[broken_input]: the zstd data is damaged" in found.errors
    assert "\n  --> feed.zst\n" in found.errors


def test_damaged_gzip(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(b"evil.example\n"))
    packed[-8] ^= 1
    (tmp_path / "feed.gz").write_bytes(packed)
    for options in ([], ["--input-format", "txt"], ["--input-format", "csv"]):
        found = run(tmp_path, "feed.gz", *options)
        assert (found.status, found.values) == (2, [])
        assert "error[broken_input]: the gzip data is damaged" in found.errors
        assert "\n  --> feed.gz\n" in found.errors


@pytest.mark.parametrize("pack", [gzip.compress, raw_zstd])
def test_cut_off_gzip(pack: Any, tmp_path: Path) -> None:
    """As with plain text, what is there is compiled; and half a line, which may be another value, is not."""
    hosts = [f"host-{n * 2654435761 % 2**32}.example" for n in range(900)]
    for name, content in [
        ("feed.txt", "\n".join(hosts)),
        ("feed.csv", "\n".join(["value,type", *(f"{host},domain" for host in hosts)])),
        ("feed.json", f'{{"data": [{", ".join(map(entry, hosts))}]}}'),
    ]:
        packed = pack(content.encode())
        (tmp_path / name).write_bytes(packed[: len(packed) * 2 // 3])
        found = run(tmp_path, name)
        assert found.status == 0
        assert len(found.values) > 300
        assert found.values == hosts[: len(found.values)]
        assert ("broken_entry", name) in found.refused
        assert "data ends too early; only the first " in found.errors
        assert socdef("compile", "--strict", tmp_path / name).returncode == 1


def test_packed_twice(tmp_path: Path) -> None:
    (tmp_path / "feed.txt.gz.gz").write_bytes(gzip.compress(gzip.compress(b"evil.example\n")))
    for options in ([], ["--input-format", "txt"]):
        found = run(tmp_path, "feed.txt.gz.gz", *options)
        assert (found.status, found.values) == (2, [])
        assert (
            "error[unknown_format]: the content is packed twice, gzip inside gzip\n  --> feed.txt.gz.gz\nhint: "
            in found.errors
        )


def gzip_bomb(before: bytes) -> bytes:
    """A gibibyte in a mebibyte: members that are all the same."""
    return gzip.compress(before) + gzip.compress(b"a" * 16 * MIB, 9) * 64


@pytest.mark.parametrize("before", ["", "evil.example\n", "value,type\n", '["', BUNDLE + PATTERN % 1, EVENT])
def test_a_gzip_bomb(before: str, tmp_path: Path) -> None:
    """A gibibyte out of a megabyte: stopped after some of it, whichever reader it was made for."""
    bomb = gzip_bomb(before.encode())
    (tmp_path / "rules.yml").write_text("old")
    found = run(tmp_path, "-", "-o", "rules.yml", stdin=[bomb])
    assert (found.status, found.values) == (2, [])
    assert (
        "error[broken_input]: the gzip data unpacks to more than 250 times its size\n  --> -\nhint: "
        in found.errors
    )
    assert found.memory < (400 if before == EVENT else 150) * MIB
    assert (tmp_path / "rules.yml").read_text() == "old"


def test_a_gzip_bomb_of_tags(tmp_path: Path) -> None:
    """What the parser of XML says about its input is what the input said."""
    bomb = gzip.compress(b"<?xml version='1.0'?><ioc>") + gzip.compress(b"<a></a>" * 2 * MIB, 9) * 64
    found = run(tmp_path, "-", stdin=[bomb])
    assert (found.status, found.values) == (2, [])
    assert "error[broken_input]: the gzip data unpacks to more than 250 times its size" in found.errors
    assert found.memory < 150 * MIB


def test_a_zstd_bomb(tmp_path: Path) -> None:
    """A tebibyte out of 32 MiB."""
    (tmp_path / "feed.zst").write_bytes(zstd_bomb(8 * MIB, b"a"))
    found = run(tmp_path, "feed.zst")
    assert (found.status, found.values) == (2, [])
    assert "times its size\n  --> feed.zst\n" in found.errors
    assert found.memory < 200 * MIB


def test_a_window_of_gibibytes(tmp_path: Path) -> None:
    """The header asks for the memory before anything comes."""
    (tmp_path / "feed.zst").write_bytes(struct.pack("<IBB", 0xFD2FB528, 0, 31 << 3) + b"\x01\0\0")
    found = run(tmp_path, "feed.zst")
    assert found.status == 2
    assert found.memory < 150 * MIB


def test_what_shrinks_well_is_no_bomb(tmp_path: Path) -> None:
    """A feed of short lines that differ little, far above the floor under which nothing is a bomb."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as file:
        file.write(b"evil.example\n")
        for number in range(70):
            file.write(b"".join(b"# %09d is nothing\n" % (number * 50_000 + n) for n in range(50_000)))
    assert len(packed.getvalue()) * 4 < 64 * MIB
    assert run(tmp_path, "-", stdin=[packed.getvalue()]).values == ["evil.example"]


# --- Values -----------------------------------------------------------------------------------------------

BASE = "http://evil.example/a"

HOSTILE = {
    "quotes": "'\"''\"\"",
    "template": "{{ 7*7 }}",
    "statement": "{% for x in range(9) %}x{% endfor %}",
    "colon": "?a: b",
    "anchor": "?&anchor",
    "alias": "?*alias",
    "tag": "?!!python/object:os.system",
    "flow": "]}, condition: not selection, x: [{",
    "backslash": "\\\\*\\?\\",
    "percent": "%00%0a%22",
    "comment": "? #b",
    "nul": "\0b",
    "rtl": "\u202egpj.exe",
    "isolate": "\u2066b\u2069",
    "zero width": "\u200bb",
    "joiner": "\u200db",
    "byte order mark": "b\ufeffb",
    "newline": "\n  condition: not selection",
    "carriage return": "\rb",
    "next line": "\u0085b",
    "line separator": "\u2028b",
    "escape": "\x1b[2Jb",
    "delete": "\x7fb",
    "a mebibyte": "b" * MIB,
    "almost 8 KiB": "b" * 8000,
}


def literals(rule: Any) -> Iterator[str]:
    """What the values of a pySigma rule match, letter by letter; nothing may stand for more."""
    for detection in rule.detection.detections.values():
        stack = list(detection.detection_items)
        while stack:
            item = stack.pop()
            if hasattr(item, "detection_items"):
                stack.extend(item.detection_items)
                continue
            for value in item.value:
                assert isinstance(value, SigmaString)
                assert not any(isinstance(part, SpecialChars) for part in value.s)
                yield "".join(str(part) for part in value.s)


@pytest.mark.both_lanes
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("format", ["json", "strings", "csv", "txt", "misp", "stix"])
def test_hostile_values(name: str, format: str, tmp_path: Path) -> None:
    """Refused or dropped with a reason, or one rule with exactly that literal, to PyYAML and to pySigma."""
    value = BASE + HOSTILE[name]
    quoted = value.replace('"', '""')
    pattern = value.replace("\\", "\\\\").replace("'", "\\'")
    content = {
        "json": json.dumps({"data": [{"type": "url", "value": value}]}),
        "strings": json.dumps([value]),
        "csv": f'value,type\n"{quoted}",url\n',
        "txt": f"{value}\n",
        "misp": json.dumps(
            {"Event": {"info": "S", "Attribute": [{"type": "url", "to_ids": True, "value": value}]}}
        ),
        "stix": json.dumps(
            {
                "type": "bundle",
                "id": "bundle--1",
                "objects": [
                    {
                        "type": "indicator",
                        "id": "indicator--1",
                        "pattern_type": "stix",
                        "pattern": f"[url:value = '{pattern}']",
                    }
                ],
            }
        ),
    }[format]
    path = tmp_path / f"feed.{'csv' if format == 'csv' else 'txt' if format == 'txt' else 'json'}"
    path.write_bytes(content.encode())
    if name == "nul" and format in ("txt", "csv"):
        # Text has no NUL; in JSON it can be written as an escape.
        with pytest.raises(InputError, match="the content is binary"):
            read(path)
        return
    made = compile(read(path), now="2026-05-17")
    rules = made.yaml()
    lost = [entry for entry in made.report.entries if entry["outcome"] in ("refused", "dropped")]
    documents = [rule for rule in yaml.safe_load_all(rules) if rule is not None]
    # A fragment is sent to no server, and a space is sent as `%20`. In a list or a cell several values may stand, each
    # of which ends where the next one, a note or a mark that no address ends with begins.
    wanted = {value, value.split("#")[0].rstrip(), value.replace(" ", "%20")}
    if format in ("txt", "csv"):
        first = value.split()[0]
        wanted |= {value.splitlines()[0], first.rstrip(","), first.rstrip("?:{")}
    for rule in documents:
        assert rule["socdef"]["value"] in wanted
        assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in rule["socdef"]["value"])
        assert rule["detection"]["condition"] == "1 of selection_*" or rule["detection"][
            "condition"
        ].startswith("selection")
    for rule in SigmaCollection.from_yaml(rules).rules if documents else []:
        assert documents[0]["socdef"]["value"] in set(literals(rule))
    if format in ("txt", "csv"):
        assert documents or lost
    else:
        assert len(documents) + len(lost) == 1


# --- Paths ------------------------------------------------------------------------------------------------


def test_a_folder_with_what_is_no_file(tmp_path: Path) -> None:
    """A loop of links, a link out of it, a socket, a FIFO and hidden files: said, and nothing is opened."""
    folder = tmp_path / "feeds"
    (folder / "below").mkdir(parents=True)
    (folder / "below" / "a.txt").write_text("evil.example\n")
    (folder / "below" / "loop").symlink_to(folder, target_is_directory=True)
    (tmp_path / "secret.txt").write_text("bad.example\n")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "self").symlink_to("self")
    os.mkfifo(folder / "fifo")
    (folder / ".git").mkdir()
    (folder / ".git" / "b.txt").write_text("bad.example\n")
    (folder / ".hidden").write_text("bad.example\n")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "socket"))
        found = run(tmp_path, "feeds")
    assert (found.status, found.values) == (0, ["evil.example"])
    left_out = {
        "feeds/.git": "a hidden folder",
        "feeds/.hidden": "a hidden file",
        "feeds/below/loop": "a symbolic link",
        "feeds/fifo": "a socket, a FIFO or a device",
        "feeds/link.txt": "a symbolic link",
        "feeds/self": "a symbolic link",
        "feeds/socket": "a socket, a FIFO or a device",
    }
    assert {note["file"]: note["about"] for note in found.report["notes"]} == left_out
    assert {note["note"] for note in found.report["notes"]} == {"not_read"}
    assert "note            7  not_read: " in found.errors
    assert ", first in feeds/.git\n" in found.errors


def test_each_file_is_read_once(tmp_path: Path) -> None:
    """Under another spelling, in a folder that was given too, by a link, and by a hard link."""
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / "a.txt").write_text("evil.example\n192.0.2.256\n")
    (tmp_path / "link.txt").symlink_to(folder / "a.txt")
    (tmp_path / "hard.txt").hardlink_to(folder / "a.txt")
    (tmp_path / "copy.txt").write_text("evil.example\n")
    again: list[str | Path] = [
        "feeds/a.txt",
        "./feeds/../feeds/a.txt",
        folder / "a.txt",
        "link.txt",
        "hard.txt",
        "feeds",
    ]
    found = run(tmp_path, "feeds/a.txt", *again, "copy.txt")
    assert (found.status, found.values) == (0, ["evil.example"])
    assert found.errors.startswith("3 read: 1 kept, 1 merged, 0 dropped, 1 refused\n")
    names = [str(name) for name in again[:-1]] + ["feeds/a.txt"]
    assert found.notes == [("same_file", name) for name in names]
    assert {note["about"] for note in found.report["notes"]} == {"it was given before as feeds/a.txt"}
    assert "note            6  same_file: " in found.errors


def test_what_cannot_be_read_ends_the_run(tmp_path: Path) -> None:
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / "a.txt").write_text("evil.example\n")
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "rules.yml").write_text("old")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "socket"))
    names = ["missing", "missing/feed.txt", "feeds/a.txt/b", "self", "socket", "/proc/self/mem"]
    if os.geteuid() != 0:  # Nothing is closed to root.
        (tmp_path / "closed.txt").write_text("evil.example\n")
        (tmp_path / "closed.txt").chmod(0)
        names.append("closed.txt")
    with server:
        for name in names:
            process = socdef("compile", folder, name, "-o", "rules.yml", cwd=tmp_path)
            assert process.returncode == 2, name
            text = process.stderr.decode()
            assert text.startswith(
                f"error[unreadable_input]: cannot read the input\n  --> {name}\n  caused by: "
            )
            assert (tmp_path / "rules.yml").read_text() == "old"


def test_a_file_in_a_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """As another user, where this one may do anything."""
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / "a.txt").write_text("evil.example\n")
    (folder / "b.txt").write_text("bad.example\n")
    (folder / "b.txt").chmod(0)
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    found = run(tmp_path, "feeds")
    assert found.status == 2
    assert "\n  --> feeds/b.txt\n" in found.errors


# --- Outputs ----------------------------------------------------------------------------------------------


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A feed whose rules are half a megabyte."""
    path = tmp_path / "feed.txt"
    path.write_text("".join(f"host-{number}.example\n" for number in range(600)))
    return path


@pytest.mark.parametrize("command", [("compile",), ("convert", "-t", "sqlite", "-p", "none")])
def test_a_disk_that_fills_up(command: tuple[str, ...], large: Path) -> None:
    """What was there stays, and nothing else is left."""
    output = large.parent / "output"
    output.write_text("old")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    process = subprocess.run(
        [SOCDEF, *command, "feed.txt", "-o", "output"],
        capture_output=True,
        env=environment(os.environ),
        cwd=large.parent,
        preexec_fn=limit,
        check=False,
    )
    assert process.returncode == 2
    assert process.stderr.startswith(
        b"error[unwritable_output]: cannot write the output\n  --> output\n  caused by: "
    )
    assert output.read_text() == "old"
    assert sorted(path.name for path in large.parent.iterdir()) == ["feed.txt", "output"]


def test_no_room_for_standard_input(tmp_path: Path) -> None:
    """It is kept in a temporary file, of which nothing is left."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    rows = (f"host-{number}.example\n".encode() for number in range(100_000))
    found = run(tmp_path, "-", "-o", "rules.yml", stdin=rows, RLIMIT_FSIZE=50_000)
    assert (found.status, found.values) == (2, [])
    assert found.errors == (
        "error[unreadable_input]: cannot read the input\n  --> -\n  caused by: File too large\n"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tmp"]


@pytest.mark.parametrize("output", ["/proc/rules.yml", "/proc/rules/", "/dev/full"])
def test_an_output_that_cannot_be_written(output: str, large: Path) -> None:
    """Even root may not write there."""
    for command in (("compile",), ("convert", "-t", "sqlite", "-p", "none")):
        process = socdef(*command, "feed.txt", "-o", output, cwd=large.parent)
        assert process.returncode == 2
        assert process.stderr.startswith(b"error[unwritable_output]: ")
        assert output.rstrip("/").encode() in process.stderr
        assert [path.name for path in large.parent.iterdir()] == ["feed.txt"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only(large: Path) -> None:
    folder = large.parent / "rules"
    folder.mkdir(mode=0o500)
    for output in ("rules/rules.yml", "rules/"):
        process = socdef("compile", "feed.txt", "-o", output, cwd=large.parent)
        assert process.returncode == 2
        assert process.stderr.startswith(b"error[unwritable_output]: ")


def test_standard_input_that_ends_in_the_middle(tmp_path: Path) -> None:
    """Whoever writes it is killed: what came is compiled, as with a file that is cut."""
    script = f"(printf '[\"evil.example\", \"bad.exam'; kill -9 $BASHPID) | '{SOCDEF}' compile - --strict"
    process = subprocess.run(
        ["bash", "-c", script], capture_output=True, env=environment(os.environ), check=False
    )
    assert process.returncode == 1
    assert [rule["socdef"]["value"] for rule in yaml.safe_load_all(process.stdout)] == ["evil.example"]
    assert (
        b"-: [1]: ``: the entry does not have the form that its format asks for: the document ends in"
        in process.stderr
    )


def test_a_reader_that_stops_early(large: Path) -> None:
    """Of a pipe and of a FIFO: nothing is wrong with that."""
    script = f"set -o pipefail; '{SOCDEF}' compile -q feed.txt | head -n 1"
    process = subprocess.run(["bash", "-c", script], capture_output=True, cwd=large.parent, check=False)
    assert (process.returncode, process.stderr, process.stdout.count(b"\n")) == (0, b"", 1)
    os.mkfifo(large.parent / "fifo")
    script = f"head -n 1 fifo & '{SOCDEF}' compile -q feed.txt -o fifo"
    process = subprocess.run(["bash", "-c", script], capture_output=True, cwd=large.parent, check=False)
    assert (process.returncode, process.stderr) == (0, b"")


@pytest.mark.parametrize(
    "command", [("compile",), ("convert", "-t", "sqlite", "-p", "none"), ("compile", "--report", "fifo")]
)
def test_ctrl_c_while_nobody_reads_the_fifo(command: tuple[str, ...], large: Path) -> None:
    os.mkfifo(large.parent / "fifo")
    large.write_text("evil.example\n")
    output = [] if "--report" in command else ["-o", "fifo"]
    process = start(
        [SOCDEF, *command, "-q", "feed.txt", *output],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment(os.environ),
        cwd=large.parent,
    )
    # For a reader.
    until_it_waits(process)
    process.send_signal(signal.SIGINT)
    try:
        _, errors = process.communicate(timeout=10)
    finally:
        process.kill()
    assert (process.returncode, errors) == (130, b"")
    assert sorted(path.name for path in large.parent.iterdir()) == ["feed.txt", "fifo"]


def test_ctrl_c_while_standard_input_comes(tmp_path: Path) -> None:
    """The temporary file that keeps it is gone."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    (tmp_path / "rules.yml").write_text("old")
    process = start(
        [SOCDEF, "compile", "-", "-o", "rules.yml"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(os.environ, TMPDIR=str(folder)),
        cwd=tmp_path,
    )
    assert process.stdin
    process.stdin.write(b"evil.example\n" * 100_000)
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (130, b"")
    assert (tmp_path / "rules.yml").read_text() == "old"
    assert list(folder.iterdir()) == []
