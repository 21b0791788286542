"""One indicator has one id, whatever way it came: however it is defanged, in each format, read again, and through a store."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

import checker
import feeds
import hostile
from lab import Lab, Row, get, judged, make_key, serving, smallest

PROMISE = "one indicator has one id, whatever way it came"
LEAST = 1
BATCH = 150
# id → type and canonical value.
Ids = dict[str, tuple[str, str]]

# Ways to write a mark so that nobody clicks on it. Half a bracket and a backslash are one in a host only: a path may have them.
DOTS = (
    *("[.]", "(.)", "{.}", "[dot]", "(dot)", "{dot}", "[DOT]", "[[.]]", "((.))", "[[[.]]]", "[(.)]", "([.])", "[{.}]"),
    "[[dot]]",
)  # fmt: skip
HOST_DOTS = ("\\.", "[.", ".]", *DOTS)
COLONS = ("[:]", "(:)", "[[:]]", "[:", "((:))", "{:}")
SCHEMES = ("hxxp", "hXXp", "h**p", "hxxxp", "HXXP", "fxp", "meow")
ATS = ("[@]", "(@)", "[at]", "(at)", "[[@]]", "[AT]")


def ids_of(text: str) -> Ids:
    """The indicator of each rule, by the id of the rule."""
    found: Ids = {}
    for rule in yaml.load_all(text, Loader=checker.Loader):
        if isinstance(rule, dict):
            about = rule["socdef"]
            found[str(rule["id"])] = (str(about["type"]), str(about["value"]))
    return found


def compiled(lab: Lab, name: str, content: bytes, *extra: str) -> Ids:
    """The indicators that a feed gives."""
    folder = lab.folder("ids")
    (folder / name).write_bytes(content)
    ran = lab.run("compile", folder / name, "-q", "-o", folder / "rules.yml", *extra, timeout=120)
    if ran.crashed() or ran.stopped:
        raise RuntimeError(f"compile of {name}: {ran.crashed() or 'no end'}")
    out = folder / "rules.yml"
    return ids_of(out.read_text(encoding="utf-8")) if out.exists() else {}


def typed(about: list[tuple[str, str]]) -> bytes:
    """Records of one type and value each."""
    return b"".join(json.dumps({"type": kind, "value": value}).encode() + b"\n" for kind, value in about)


def defanged(lab: Lab, row: feeds.Record) -> feeds.Record:
    """The value of a record with some of its marks in brackets, in its host or in all of it."""
    rng, value = lab.rng, row["value"]
    if row["type"] in ("md5", "sha1", "sha256", "cve"):
        return row
    scheme, separator, rest = value.partition("://")
    if separator and rng.random() < 0.7:
        value = rng.choice((*SCHEMES[:5], scheme)) + rng.choice(("://", "[://]", "[:]//", "://")) + rest
    host, slash, path = re.fullmatch(r"((?:[^/]*//)?[^/?#]*)(.?)(.*)", value, re.DOTALL).groups()  # type: ignore[union-attr]
    few = rng.choice(HOST_DOTS)
    host = re.sub(r"\.", lambda _: rng.choice((".", few, rng.choice(HOST_DOTS))), host)
    value = host + slash + re.sub(r"\.", lambda _: rng.choice((".", rng.choice(DOTS))), path)
    value = re.sub("@", lambda _: rng.choice(("@", rng.choice(ATS))), value)
    if rng.random() < 0.2:
        value = re.sub(r"(?<!/):(?!/)", lambda _: rng.choice((":", rng.choice(COLONS))), value)
    return row | {"value": value}


def differing(before: Ids, after: Ids, everything: bool) -> list[str]:
    """What is wrong where the canonical values of `before` were read again as `after`."""
    faults = [
        f"{about[1]!r} ({about[0]}) is another indicator, read again"
        for id_, about in after.items()
        if id_ not in before
    ]
    if everything:
        faults += [
            f"{before[id_][1]!r} ({before[id_][0]}) is not read again" for id_ in before if id_ not in after
        ]
    faults += [
        f"{before[id_][1]!r} and {about[1]!r} have one id"
        for id_, about in after.items()
        if before.get(id_, about) != about
    ]
    return faults


# What never ends a URL in a text (docs/limits.md): RFC 3986 has no others, and a quote ends one.
QUIET = re.compile(r"[\w.~:/?#@!$()*+,=%-]*")
# Before an e-mail address the marks of a list are the list's own.
PLAIN_MAIL = re.compile(r"[\w.+-]+@[\w.-]+")


def quiet(value: str) -> bool:
    """Whether nothing in a value ends it in a text: a bracket that closes more than the value opens does."""
    depth = 0
    for letter in value:
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            return False
    return QUIET.fullmatch(value) is not None


def alone(kind: str, value: str) -> bool:
    """Whether a line is the value and nothing else: punctuation behind it is the text's own (docs/limits.md)."""
    if kind == "email":
        return PLAIN_MAIL.fullmatch(value) is not None
    return value[-1:].isalnum() or value.endswith("/")


def of_marker(lines: list[str], fault: str) -> list[str]:
    """The lines that a fault is about."""
    marked = feeds.MARKER.search(fault)
    return [line for line in lines if marked and marked.group() in line]


def again(lab: Lab, least: float) -> Row:
    """A canonical value, read again with its type, alone in a line, in a table and in a text, is the same indicator."""
    faults: list[str] = []
    count, batches, first, shown = 0, 0, 0xA00000, ""
    every = ("--type", "all")
    while batches < LEAST or (lab.left() > least and (lab.count is None or count < lab.count)):
        batches += 1
        rows = [defanged(lab, row) for row in feeds.records(lab.rng, first, BATCH, feeds.TYPES + feeds.MORE)]
        first += BATCH
        before = compiled(lab, "feed.jsonl", feeds.as_lines(rows), *every)
        count += len(before)
        about = list(before.values())
        if wrong := differing(before, compiled(lab, "again.jsonl", typed(about), *every), True):
            faults += wrong
            if not shown:

                def fails(some: list[feeds.Record]) -> bool:
                    seen = compiled(lab, "feed.jsonl", feeds.as_lines(some), *every)
                    read = compiled(lab, "again.jsonl", typed(list(seen.values())), *every)
                    return bool(differing(seen, read, True))

                shown = json.dumps(
                    [row["value"] for row in smallest(rows, lambda some: fails(list(some)), 20)]
                )
        # Without a type a value may be refused, but it is never another one.
        lines = [value for kind, value in about if kind in feeds.TYPES and alone(kind, value)]
        wanted = {id_: said for id_, said in before.items() if said[0] in feeds.TYPES}
        prose = [line for line in lines if quiet(line)]
        for where, name, written, text in (
            ("alone in a line", "bare.txt", lines, "".join(f"{line}\n" for line in lines)),
            ("in a text", "bare.md", prose, "".join(f"It asks `{line}` now.\n\n" for line in prose)),
        ):
            if wrong := differing(wanted, compiled(lab, name, text.encode()), False):
                faults += [f"{where}: {fault}" for fault in wrong]
                shown += f"\n{where}: {of_marker(written, wrong[0])}"[: max(3000 - len(shown), 0)]
    return judged(PROMISE, "canonical values, read again", f"{count:,} of them", faults, shown)


def ways(lab: Lab, least: float) -> Row:
    """One value defanged in many ways and written in each format has one id wherever it is read."""
    faults: list[str] = []
    read, tried, first, batches = 0, 0, 0xB00000, 0
    shown = ""
    while batches < LEAST or (lab.left() > least and (lab.count is None or tried < lab.count)):
        batches += 1
        rows = feeds.records(lab.rng, first, 45, feeds.TYPES, hostile.word)
        # A mark in a path is undone as one in a host is.
        rows = [row | {"value": row["value"] + ".php" * (row["type"] == "url")} for row in rows]
        first += 45
        plain = {row["marker"]: row["value"] for row in rows}
        wanted = compiled(lab, "feed.jsonl", feeds.as_lines(rows))
        for form, (name, write) in feeds.FORMATS.items():
            other = [defanged(lab, row) for row in rows]
            tried += len(other)
            found = compiled(lab, name, write(other))
            read += len(found)
            for id_, (kind, value) in found.items():
                marked = feeds.MARKER.search(value)
                # What stands around it (a link, an e-mail address of a report) has no value of ours in it.
                if id_ in wanted or marked is None or value.startswith("https://reports.example"):
                    continue
                source = next((row["value"] for row in other if row["marker"] == marked.group()), "")
                # The host of a URL that is cut at a bracket which nobody writes is a partial value, said as such.
                faults.append(
                    f"{form}: {source!r} is {kind} {value!r}, and {plain.get(marked.group())!r} undefanged"
                )
                shown = shown or f"{form}: {source}"
    figure = f"{tried:,} values written in {len(feeds.FORMATS)} formats, {read:,} read"
    return judged(PROMISE, "defanged in many ways, in each format", figure, faults, shown)


def stored(lab: Lab) -> Row:
    """What a store serves, as rules and through `fetch`, is what `compile` makes of the same feed."""
    folder = lab.folder("stored")
    rows = [defanged(lab, row) for row in feeds.records(lab.rng, 0xC00000, 300, feeds.TYPES)]
    (folder / "feed.jsonl").write_bytes(feeds.as_lines(rows))
    wanted = compiled(lab, "feed.jsonl", feeds.as_lines(rows))
    db: Path = folder / "iocs.db"
    lab.run("ingest", "--db", db, folder / "feed.jsonl", "-q")
    key = make_key(lab, db)
    with serving(lab, db) as served:
        rules = ids_of(get(served.url + "/api/v1/iocs/sigma?limit=10000", key).body.decode("utf-8"))
        listed = json.loads(get(served.url + "/api/v1/iocs?limit=10000", key).body)["data"]
        out = folder / "fetched.yml"
        lab.run("fetch", "iocs", "--base-url", served.url, "-o", out, "-q", env={"SOCDEF_API_KEY": key})
        fetched = ids_of(out.read_text(encoding="utf-8"))
    faults = [f"rules of the endpoint: {fault}" for fault in differing(wanted, rules, True)]
    faults += [f"fetch: {fault}" for fault in differing(wanted, fetched, True)]
    known = set(wanted.values())
    faults += [f"the list: {row['value']!r}" for row in listed if (row["type"], row["value"]) not in known]
    return judged(PROMISE, "ingest, serve and fetch beside compile", f"{len(wanted)} indicators", faults)


def attack(lab: Lab) -> Iterator[Row]:
    """Read again, in each format, through a store."""
    yield stored(lab)
    yield ways(lab, lab.share(0.5))
    yield again(lab, 0)
