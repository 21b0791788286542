"""Inputs that want to be slow, each with its `n`. A new one is a line in one of these lists."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass

Make = Callable[[int], bytes]


@dataclass
class Slow:
    """An input: its name, the ending of its file, `n` and what makes it."""

    name: str
    ending: str
    n: int
    make: Make
    args: tuple[str, ...] = ()
    command: str = "compile"


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
TEXTS = [
    Slow("open brackets", "txt", 100_000, repeated("[")),
    Slow("open round brackets in a line", "txt", 100_000, repeated("(", "http://evil.example/")),
    Slow("refang brackets", "txt", 30_000, repeated("[.]", "evil")),
    Slow(
        "nested refang brackets",
        "txt",
        900,
        lambda n: ("http://evil.example/a" + "[" * n + "." + "]" * n + "b\n").encode(),
    ),
    Slow(
        "lines of nested refang brackets",
        "txt",
        10,
        lines("http://evil.example/a" + "[" * 2000 + "." + "]" * 2000 + "{i}"),
    ),
    Slow("hxxp in a line", "txt", 30_000, repeated("hxxp://")),
    Slow("one label after another", "txt", 60_000, repeated("a.")),
    Slow("dots", "txt", 150_000, repeated(".")),
    Slow("dashes", "txt", 150_000, repeated("-")),
    Slow("slashes", "txt", 150_000, repeated("/", "http://evil.example")),
    Slow("percent signs", "txt", 100_000, repeated("%", "http://evil.example/")),
    Slow("number signs", "txt", 150_000, repeated("#")),
    Slow("e-mail signs", "txt", 100_000, repeated("a@")),
    Slow("colons of an address", "txt", 100_000, repeated(":1")),
    Slow("ranges of addresses", "txt", 10_000, lines("198.51.100.1-198.51.100.254")),
    Slow(
        "ranges that become many networks",
        "txt",
        800,
        lines("2001:db8::1 - 2001:db8:ffff:ffff:ffff:ffff:ffff:fffe"),
    ),
    Slow("ranges in one line", "txt", 10_000, repeated("198.51.100.1-198.51.100.9 ")),
    Slow("masks", "txt", 10_000, lines("198.51.100.0 255.255.255.0")),
    Slow("punycode", "txt", 15_000, lines("xn--{i}a-0ga.example")),
    Slow("one long punycode label", "txt", 60_000, repeated("a", "xn--", "-9.example")),
    Slow("byte order marks", "txt", 60_000, repeated("\ufeff")),
    Slow("empty lines", "txt", 250_000, repeated("\n")),
    Slow("carriage returns", "txt", 250_000, repeated("\r")),
    Slow("spaces", "txt", 250_000, repeated(" ", "evil.example", "x")),
    Slow("commas", "txt", 100_000, repeated(",")),
    Slow("hexadecimal digits", "txt", 200_000, repeated("a1")),
    Slow("CVE ids in a line", "txt", 15_000, repeated("CVE-2024-1234 ")),
    Slow("members of gzip", "txt.gz", 2000, lambda n: gzip.compress(b"a.example\n", 1, mtime=0) * n),
    Slow("entities of hosts", "txt", 20_000, lines("0.0.0.0 a{i}.example")),
    Slow("Adblock options", "txt", 20_000, repeated(",third-party", "||evil.example^$")),
]
PROSE = [
    Slow("backticks", "md", 100_000, repeated("`")),
    Slow("backticks of growing length", "md", 300, lambda n: " ".join("`" * i for i in range(n)).encode()),
    Slow("open links", "md", 60_000, repeated("[a](")),
    Slow("nested links", "md", 60_000, repeated("![[")),
    Slow("emphasis", "md", 60_000, repeated("*a _b ")),
    Slow("tables", "md", 8000, lines("| a{i}.example | b | c |", "| x | y | z |\n|---|---|---|\n")),
    Slow(
        "a table of many columns",
        "md",
        6000,
        lambda n: ("|" + "a|" * n + "\n|" + "-|" * n + "\n" + ("|" + "x|" * n + "\n") * 5).encode(),
    ),
    Slow("nested lists", "md", 400, lambda n: "".join("  " * i + "- a\n" for i in range(n)).encode()),
    Slow("nested quotes", "md", 60_000, repeated("> ")),
    Slow("headings", "md", 30_000, lines("# a{i}")),
    Slow("open fences", "md", 30_000, lines("```")),
    Slow("link definitions", "md", 10_000, lines("[a{i}]: https://a.example/{i}")),
    Slow("prose with addresses", "md", 8000, repeated("It asks 198.51.100.7 and evil[.]example. ")),
]
PAGES = [
    Slow("open tags", "html", 30_000, page("", "<div>")),
    Slow("open inline tags", "html", 8000, page("", "<b><i><a>x")),
    Slow("entities", "html", 60_000, page("", "&amp;&#x41;&notit;")),
    Slow("comments", "html", 40_000, page("", "<!-- - -->")),
    Slow("an open comment", "html", 100_000, page("<!--", "-- ")),
    Slow("attributes of a tag", "html", 20_000, page("<p ", 'a="b" ', ">")),
    Slow("tables in tables", "html", 5000, page("", "<table><tr><td>")),
    Slow("cells", "html", 30_000, page("<table><tr>", "<td>a.example", "</table>")),
    Slow("open scripts", "html", 30_000, page("", "<script>x</scrip")),
    Slow(
        "a column that spans",
        "html",
        2000,
        page("<table>", '<tr><td colspan="1000" rowspan="1000">x</td></tr>', "</table>"),
    ),
]
STRUCTURES = [
    Slow(
        "OR of STIX",
        "json",
        8000,
        stix(lambda n: "[" + " OR ".join(f"domain-name:value = 'a{i}.example'" for i in range(n)) + "]"),
    ),
    Slow(
        "observations of STIX",
        "json",
        8000,
        stix(lambda n: " OR ".join(f"[domain-name:value = 'a{i}.example']" for i in range(n))),
    ),
    Slow(
        "parentheses of STIX",
        "json",
        60_000,
        stix(lambda n: "[" + "(" * n + "domain-name:value = 'a.example'" + ")" * n + "]"),
    ),
    Slow(
        "AND of STIX",
        "json",
        8000,
        stix(lambda n: "[" + " AND ".join("domain-name:value = 'a.example'" for _ in range(n)) + "]"),
    ),
    Slow(
        "sets of STIX",
        "json",
        10_000,
        stix(lambda n: "[domain-name:value IN (" + ", ".join(f"'a{i}.example'" for i in range(n)) + ")]"),
    ),
    Slow("quotes of STIX", "json", 60_000, stix(lambda n: "[url:value = '" + "\\'" * n + "']")),
    Slow("relationships of STIX", "json", 2000, related),
    Slow("identities of STIX", "json", 2500, crossed),
    Slow("deep JSON", "json", 60_000, lambda n: b'{"data": ' + b"[" * n + b"]" * n + b"}"),
    Slow("deep objects", "json", 30_000, lambda n: b'{"a":' * n + b"1" + b"}" * n),
    Slow(
        "keys of one object",
        "jsonl",
        15_000,
        lambda n: json.dumps(
            {"type": "ipv4", "value": "198.51.100.7"} | {f"k{i}": i for i in range(n)}
        ).encode(),
    ),
    Slow(
        "one key many times",
        "jsonl",
        15_000,
        lambda n: b'{"type":"ipv4",' + b'"value":"198.51.100.7",' * n + b'"x":1}',
    ),
    Slow(
        "escapes of JSON",
        "jsonl",
        30_000,
        lambda n: b'{"type":"ipv4","value":"198.51.100.7","context":"' + b"\\u0041\\n" * n + b'"}',
    ),
    Slow("broken objects", "jsonl", 20_000, lines('{"type":"ipv4","value":')),
    Slow(
        "digits of a number",
        "jsonl",
        200_000,
        lambda n: b'{"type":"ipv4","value":"198.51.100.7","x":' + b"9" * n + b"}",
    ),
    Slow("attributes of MISP", "json", 3000, misp),
    Slow("columns", "csv", 2400, wide),
    Slow("quotes of CSV", "csv", 100_000, repeated('"', "type,value\nipv4,")),
    Slow("an open quote of CSV", "csv", 20_000, lines("a{i}.example", 'type,value\ndomain,"')),
    Slow(
        "values in one cell",
        "csv",
        8000,
        lambda n: b"name,value\nx," + " ".join(f"a{i}.example" for i in range(n)).encode() + b"\n",
    ),
    Slow("comments of CSV", "csv", 40_000, lines("# a{i}", "", "type,value\nipv4,198.51.100.7\n")),
    Slow(
        "levels of OpenIOC", "ioc", 4000, openioc('<Indicator operator="AND" id="x">', ITEM, "</Indicator>")
    ),
    Slow("items of OpenIOC", "ioc", 2000, openioc("", ITEM, "")),
    Slow(
        "attributes of XML",
        "ioc",
        10_000,
        lambda n: (
            '<ioc xmlns="http://schemas.mandiant.com/2010/ioc" '
            + " ".join(f'a{i}="b"' for i in range(n))
            + "></ioc>"
        ).encode(),
    ),
    Slow(
        "namespaces of XML",
        "ioc",
        6000,
        lambda n: (
            '<ioc xmlns="http://schemas.mandiant.com/2010/ioc" '
            + " ".join(f'xmlns:a{i}="b{i}"' for i in range(n))
            + "></ioc>"
        ).encode(),
    ),
]
RULES = [
    Slow(
        "merge keys",
        "yml",
        8000,
        rule(lambda n: "x:\n  - &a {b: c}\n" + "".join("  - {<<: *a, d: e}\n" for _ in range(n))),
        ("-t", "splunk", "--without-pipeline"),
        "convert",
    ),
    Slow(
        "merge keys of a list",
        "yml",
        5000,
        rule(lambda n: "x:\n  - &a {b: c}\n  - {<<: [" + ", ".join("*a" for _ in range(n)) + "]}\n"),
        ("-t", "splunk", "--without-pipeline"),
        "convert",
    ),
    Slow(
        "anchors",
        "yml",
        10_000,
        rule(lambda n: "x:\n" + "".join(f"  - &a{i} b\n" for i in range(n))),
        ("-t", "splunk", "--without-pipeline"),
        "convert",
    ),
    Slow(
        "keys of a rule",
        "yml",
        10_000,
        rule(lambda n: "x:\n" + "".join(f"  k{i}: v\n" for i in range(n))),
        ("-t", "splunk", "--without-pipeline"),
        "convert",
    ),
    Slow(
        "flow brackets",
        "yml",
        6000,
        rule(lambda n: "x: " + "[" * n + "\n"),
        ("-t", "splunk", "--without-pipeline"),
        "convert",
    ),
]
TABLE = MERGES + TEXTS + PROSE + PAGES + STRUCTURES + RULES
