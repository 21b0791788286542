"""Texts that want to be something else: syntax of every language that an indicator passes through, and what cannot be seen."""

from __future__ import annotations

import random
from collections.abc import Callable

Texts = Callable[[random.Random], str]

# Each is meant for one reader: YAML, Sigma, shell, HTML, SQL, SPL, Lucene, KQL, templates, paths, formulas.
SYNTAX = [
    *("\n---\n", "\n...\n", "---", "- ", ": ", " #", "&a ", "*a", "!!python/object/apply:os.system ['id']", "%YAML 1.1", "? ", "|", ">"),
    *("'", '"', "''", '\\"', "\\", "\\\\", "]", "[", "{", "}", "]}", "~", "null", "yes", "1e3", "0x1f", "<<: *a", "@", "`", "\t- x: y"),
    *("'\n  condition: not selection\n  x: '", "\nlevel: critical\n", "\r\ntitle: x\r\n", "condition: 1 of them"),
    *("*", "?", "\\*", "\\?", "\\\\*", "%", "%25", "%2a", "%3f", "%27", "%22", "%0a", "%0d%0a", "%00", "%5c", "%7c", "%E2%80%AE", "%E2%80%8B", "%E2%80%A8"),
    *("%C2%85", "%EF%BB%BF", "%u0027", "%%", "%zz", "|re", "|endswith", "|contains|all", "1 of selection*", "%placeholder%"),
    *("$(touch x)", "`touch x`", ";touch x;", "&& touch x", "| tee x", "> x", "${IFS}", "\x1b[31m", "\x1b]0;x\x07"),
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;", "&#x27;", "-->", "<!--", "]]>", "</td></tr>", "javascript:alert(1)"),
    *("' OR '1'='1", "'; DROP TABLE logs; --", "/*", "*/", "--", "' UNION SELECT 1,2--", "%' ESCAPE 'x", "_", "\\_", "char(0)"),
    *('" OR 1=1', '") | delete', "| outputlookup x", "[search index=*]", "NOT", "OR", "AND", "IN", "TO", "WHERE", "eval(x)", "`macro`", "$token$"),
    *("+", "-", "!", "^2", "~1", "/.*/", "[* TO *]", "&&", "||", "_exists_:x", "a:b", "(", ")", "has_any", '" or "a"=="a', '@"', "//", "| take 1"),
    *("{{ 7*7 }}", "{% raw %}", "{% endfor %}", "{#", "#}", "{{ config }}", "${7*7}", "<%= 7 %>"),
    *("../../etc/passwd", "..\\..\\x", "C:\\Windows\\", "CON", "\x00", "=cmd|'/C calc'!A0", "+1+1", "@SUM(1)", "-2+3"),
]  # fmt: skip

# Bidirectional, zero-width, line ends, controls, tags, joiners, the widest and the strangest.
INVISIBLE = [
    *("\u202e", "\u202d", "\u2066", "\u2069", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2028", "\u2029", "\u0085", "\ufeff"),
    *("\u2060", "\u2061", "\u2064", "\u061c", "\u00ad", "\u180e", "\ufff9", "\U000e0041", "\x01", "\x08", "\x0b", "\x0c", "\x1f", "\x7f", "\x9b"),
]  # fmt: skip
ODD = [
    "\u0130",
    "\u00df",
    "\ufb01",
    "\uff07",
    "\uff02",
    "\u2019",
    "\u02bc",
    "e\u0301\u0301\u0301",
    "\U0001f480",
    "\u4f8b",
    "\ufffd",
    "\uffff",
    "\u3002",
]
WORDS = ["loader", "gate", "panel", "update", "invoice", "stage", "beacon", "report"]


def text(rng: random.Random) -> str:
    """A hostile text, mostly short."""
    parts = []
    for _ in range(rng.choice((1, 1, 2, 2, 3, 5))):
        pool = rng.choices((SYNTAX, INVISIBLE, ODD, WORDS), (10, 3, 2, 3))[0]
        parts.append(rng.choice(pool))
    joined = rng.choice(("", "", " ")).join(parts)
    if rng.random() < 0.01:
        joined = joined * rng.choice((50, 500, 2000))
    return joined


def line(rng: random.Random) -> str:
    """A hostile text without line ends, tabs or NUL: what may stand in a line of a list."""
    return "".join(" " if character in "\n\r\t\0" else character for character in text(rng))


def bare(rng: random.Random) -> str:
    """A hostile text without white space or anything that a URL cannot have: it gets as far as it can."""
    return "".join(
        c for c in text(rng) if c > " " and c not in "\x7f\x9b\u0085\u2028\u2029" and c not in INVISIBLE
    )[:200]


def word(rng: random.Random) -> str:
    """A text that nobody can object to."""
    return rng.choice(WORDS)
