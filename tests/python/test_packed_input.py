"""gzip and zstd, good, cut off, and bombs."""

import gzip
import io
import json
import struct
from pathlib import Path
from typing import Any

import pytest

from _harness.command import good, socdef
from _harness.measured import BOTH, BUNDLE, EVENT, MIB, PACKED, PATTERN, entry, run

pytestmark = pytest.mark.pysigma_1_only


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
        named = ("compile", "--producer", "A")  # Otherwise the name of the file is the producer's.
        plain = good(socdef(*named, name, cwd=tmp_path)).stdout
        assert good(socdef(*named, tmp_path / "download")).stdout == plain
        assert good(socdef(*named, "-", stdin=packed)).stdout == plain
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
    bomb = gzip.compress(b"<?xml version='1.0'?><ioc>") + gzip.compress(b"<a></a>" * 2 * MIB, 9) * 14
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
