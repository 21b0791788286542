"""Texts, prose and pages that want to be slow, each with its `n`. A new one is a line in one of these lists."""

from __future__ import annotations

import gzip

from slow_inputs import Slow, lines, page, repeated

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
