"""An input that wants to be slow, what makes it at a size `n`, and what merges. The others: slow_texts.py, slow_structures.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

Make = Callable[[int], bytes]


@dataclass
class Slow:
    """An input: its name, the ending of its file, `n` and what makes it; `beside` is an option with a file for it."""

    name: str
    ending: str
    n: int
    make: Make
    args: tuple[str, ...] = ()
    command: str = "compile"
    beside: tuple[str, str, bytes] | None = None


def many(line: str, n: int) -> bytes:
    """`n` lines; `{i}` is the number of the line."""
    return "".join(line.replace("{i}", str(i)) + "\n" for i in range(n)).encode()


def repeated(text: str, before: str = "", after: str = "") -> Make:
    """A text so many times, in one line."""
    return lambda n: (before + text * n + after).encode()


def lines(line: str, before: str = "", after: str = "") -> Make:
    """A line so many times."""
    return lambda n: before.encode() + many(line, n) + after.encode()


def entry(name: str, one: Callable[[int], object]) -> Make:
    """One object of the list with so many members in a field."""
    return lambda n: json.dumps(
        {"type": "ipv4", "value": "198.51.100.7", name: [one(i) for i in range(n)]}
    ).encode()


def objects(one: Callable[[int], object]) -> Make:
    """So many objects, one a line."""
    return lambda n: b"".join(json.dumps(one(i)).encode() + b"\n" for i in range(n))


def stix(pattern: Callable[[int], str]) -> Make:
    """A bundle with one indicator."""
    return lambda n: json.dumps(
        {
            "type": "bundle",
            "id": "bundle--1",
            "objects": [
                {"type": "indicator", "id": "indicator--1", "pattern_type": "stix", "pattern": pattern(n)}
            ],
        }
    ).encode()


def related(n: int) -> bytes:
    """One indicator that is based on n observables."""
    seen: list[object] = [{"type": "indicator", "id": "indicator--1", "pattern_type": "yara", "pattern": "x"}]
    for i in range(n):
        seen.append({"type": "domain-name", "id": f"domain-name--{i}", "value": f"a{i}.example"})
        seen.append(
            {
                "type": "relationship",
                "id": f"relationship--{i}",
                "relationship_type": "based-on",
                "source_ref": "indicator--1",
                "target_ref": f"domain-name--{i}",
            }
        )
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": seen}).encode()


def crossed(n: int) -> bytes:
    """Indicators and identities that point at each other."""
    seen: list[object] = [{"type": "identity", "id": f"identity--{i}", "name": f"n{i}"} for i in range(n)]
    for i in range(n):
        seen.append(
            {
                "type": "indicator",
                "id": f"indicator--{i}",
                "created_by_ref": f"identity--{n - 1 - i}",
                "pattern_type": "stix",
                "pattern": f"[domain-name:value = 'a{i}.example']",
                "object_marking_refs": [f"marking-definition--{i}"],
            }
        )
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": seen}).encode()


def misp(n: int, tags: int = 0) -> bytes:
    """One event with n attributes, or with n tags."""
    attributes = [
        {"type": "domain", "category": "Network activity", "to_ids": True, "value": f"a{i}.example"}
        for i in range(1 if tags else n)
    ]
    return json.dumps(
        {
            "Event": {
                "info": "x",
                "Orgc": {"name": "x"},
                "Tag": [{"name": f"t{i}"} for i in range(tags)],
                "Attribute": attributes,
            }
        }
    ).encode()


def openioc(open_: str, item: str, close: str) -> Make:
    """A document of so many items or levels."""
    head = '<?xml version="1.0"?><ioc xmlns="http://schemas.mandiant.com/2010/ioc" id="x"><definition><Indicator operator="OR" id="g">'
    return lambda n: (
        head + open_ * n + item * (1 if open_ else n) + close * n + "</Indicator></definition></ioc>"
    ).encode()


ITEM = '<IndicatorItem id="i" condition="is"><Context document="x" search="Network/DNS" type="mir" /><Content type="string">evil.example</Content></IndicatorItem>'


def wide(n: int) -> bytes:
    """A table of n columns and of a few lines."""
    return (
        ",".join(f"c{i}" for i in range(n))
        + "\n"
        + (",".join("x" for _ in range(n)) + "\n") * 20
        + "evil.example"
        + "," * (n - 1)
        + "\n"
    ).encode()


def rule(body: Callable[[int], str]) -> Make:
    """A Sigma rule for `convert`."""
    head = "title: x\nid: 0ba7150e-05fb-5e59-98e0-8ee76f13030a\nstatus: test\nlogsource:\n  category: proxy\ndetection:\n  s:\n    a: b\n  condition: s\n"
    return lambda n: (head + body(n)).encode()


def page(before: str, text: str, after: str = "") -> Make:
    """A web page."""
    return repeated(text, "<!DOCTYPE html><html><body>" + before, after + "</body></html>")


MERGES = [
    Slow("spellings of one URL", "txt", 6000, lines("http://u{i}@evil.example/x#{i}")),
    Slow("fragments of one URL", "txt", 6000, lines("http://evil.example/x#{i}")),
    Slow("ports of one address", "txt", 12000, lines("198.51.100.7:{i}")),
    Slow(
        "one domain in many cases",
        "txt",
        12000,
        lambda n: "".join(
            "".join(c.upper() if i >> k & 1 else c for k, c in enumerate("abcdefghijklmnopq")) + ".example\n"
            for i in range(n)
        ).encode(),
    ),
    Slow(
        "sources of one address",
        "jsonl",
        5000,
        objects(
            lambda i: {
                "type": "ipv4",
                "value": "198.51.100.7",
                "source": {"article_title": f"t{i}", "article_url": f"https://a.example/{i}"},
            }
        ),
    ),
    Slow(
        "contexts of one address",
        "jsonl",
        8000,
        objects(lambda i: {"type": "ipv4", "value": "198.51.100.7", "context": f"context {i}"}),
    ),
    Slow(
        "tags of one address",
        "jsonl",
        8000,
        objects(lambda i: {"type": "ipv4", "value": "198.51.100.7", "tags": [f"tag{i}"]}),
    ),
    Slow(
        "techniques of one address",
        "jsonl",
        8000,
        objects(
            lambda i: {
                "type": "ipv4",
                "value": "198.51.100.7",
                "mitre_techniques": [f"T1{i % 1000:03}.{i:03}"],
            }
        ),
    ),
    Slow(
        "producers of one address",
        "jsonl",
        8000,
        objects(lambda i: {"type": "ipv4", "value": "198.51.100.7", "producers": [f"producer {i}"]}),
    ),
    Slow(
        "industries of one address",
        "jsonl",
        8000,
        objects(lambda i: {"type": "ipv4", "value": "198.51.100.7", "industries": [f"sector {i}"]}),
    ),
    Slow(
        "dates of one address",
        "jsonl",
        8000,
        objects(
            lambda i: {
                "type": "ipv4",
                "value": "198.51.100.7",
                "first_seen": f"20{i % 90 + 10}-01-01",
                "last_seen": f"20{i % 80 + 10}-02-01",
            }
        ),
    ),
    Slow("tags of one entry", "jsonl", 8000, entry("tags", lambda i: f"tag{i}")),
    Slow("techniques of one entry", "jsonl", 8000, entry("mitre_techniques", lambda i: f"T{1000 + i}")),
    Slow("references of one entry", "jsonl", 6000, entry("references", lambda i: f"https://a.example/{i}")),
    Slow("ports of one entry", "jsonl", 16000, entry("ports", lambda i: i)),
    Slow("industries of one entry", "jsonl", 10000, entry("industries", lambda i: f"sector {i}")),
    Slow("producers of one entry", "jsonl", 8000, entry("producers", lambda i: f"producer {i}")),
    Slow(
        "tags in one cell",
        "csv",
        10000,
        lambda n: (
            b"type,value,tags\nipv4,198.51.100.7," + ";".join(f"t{i}" for i in range(n)).encode() + b"\n"
        ),
    ),
    Slow(
        "sources of one domain in a table",
        "csv",
        8000,
        lines("domain,evil.example,article {i},feed {i}", "type,value,source_article,source_feed\n"),
    ),
    Slow("tags of one event", "json", 10000, lambda n: misp(1, n)),
]
