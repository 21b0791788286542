"""Structures, rules and lists of one's own that want to be slow, each with its `n`. A new one is a line in one of these lists."""

from __future__ import annotations

import json

from slow_inputs import ITEM, Slow, crossed, lines, many, misp, openioc, related, repeated, rule, stix, wide

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
PLAIN = ("-t", "splunk", "--without-pipeline")


def selections(n: int) -> bytes:
    """A rule of n selections."""
    body = "".join(f"  s{i}:\n    a: b{i}\n" for i in range(n))
    return rule(lambda _: "")(n).replace(
        b"  s:\n    a: b\n  condition: s\n", f"{body}  condition: 1 of s*\n".encode()
    )


def values(n: int) -> bytes:
    """A rule of n values."""
    return rule(lambda _: "")(n).replace(b"a: b\n", b"a:\n" + many("      - v{i}", n))


RULES = [
    Slow(
        "merge keys",
        "yml",
        8000,
        rule(lambda n: "x:\n  - &a {b: c}\n" + "".join("  - {<<: *a, d: e}\n" for _ in range(n))),
        PLAIN,
        "convert",
    ),
    Slow(
        "merge keys of a list",
        "yml",
        5000,
        rule(lambda n: "x:\n  - &a {b: c}\n  - {<<: [" + ", ".join("*a" for _ in range(n)) + "]}\n"),
        PLAIN,
        "convert",
    ),
    Slow(
        "anchors",
        "yml",
        10_000,
        rule(lambda n: "x:\n" + "".join(f"  - &a{i} b\n" for i in range(n))),
        PLAIN,
        "convert",
    ),
    Slow(
        "keys of a rule",
        "yml",
        10_000,
        rule(lambda n: "x:\n" + "".join(f"  k{i}: v\n" for i in range(n))),
        PLAIN,
        "convert",
    ),
    Slow(
        "flow brackets",
        "yml",
        6000,
        rule(lambda n: "x: " + "[" * n + "\n"),
        PLAIN,
        "convert",
    ),
]
RULES += [
    Slow("values of a rule", "yml", 5000, values, PLAIN, "convert"),
    Slow("selections of a rule", "yml", 2000, selections, PLAIN, "convert"),
    Slow(
        "tags of a rule",
        "yml",
        10_000,
        rule(lambda n: "tags:\n" + "".join(f"  - a.b{i}\n" for i in range(n))),
        PLAIN,
        "convert",
    ),
    Slow(
        "documents of rules",
        "yml",
        500,
        lambda n: b"---\n".join([rule(lambda _: "")(1)] * n),
        PLAIN,
        "convert",
    ),
]
# The list is the user's own, and the values are not: 40 expressions that backtrack, or grow.
EXPRESSIONS = json.dumps(
    {
        "name": "x",
        "type": "regex",
        "matching_attributes": ["url", "domain"],
        "list": [rf"/[\p{{L}}\p{{N}}]{{{20 + i}}}z/i" for i in range(40)] + [r"/(a+)+$/", r"/(x|x)*y/"],
    }
).encode()
LISTS = [
    Slow(
        "regular expressions of a list",
        "txt",
        500,
        lines("http://a{i}.example/" + "a1" * 40),
        beside=("--warninglist", "list.json", EXPRESSIONS),
    ),
    Slow(
        "one long value and regular expressions of a list",
        "txt",
        1000,
        repeated("a", "http://evil.example/"),
        beside=("--warninglist", "list.json", EXPRESSIONS),
    ),
]
