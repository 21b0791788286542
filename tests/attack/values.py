"""Hostile values and metadata in every format: a rule is a rule, and only what its own record says."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import checker
import feeds
import hostile
from lab import Lab, Row, judged, smallest, smallest_text

PROMISE = "no value or text bends a rule"
BATCH = 240


def compiled(
    lab: Lab, form: str, rows: list[feeds.Record], extra: list[str]
) -> tuple[list[tuple[str, str]], list[dict[str, Any]], dict[str, int]]:
    """Compile records in one format; the faults, the rules and the counts of the report."""
    name, write = feeds.FORMATS[form]
    folder = lab.folder(form)
    (folder / name).write_bytes(write(rows))
    given = ("compile", folder / name, "-o", folder / "rules.yml", "--report", folder / "report.json")
    ran = lab.run(*given, *extra, timeout=120)
    faults: list[tuple[str, str]] = []
    if crash := ran.crashed():
        faults.append((crash, ""))
    if ran.stopped:
        faults.append(("no end after 120 s", ""))
    for line in ran.err.split("\n"):
        if seen := checker.invisible(line):
            faults.append((f"an invisible character raw on the terminal: {seen}", ""))
            break
    if ran.status not in (0, 1, 2):
        faults.append((f"status {ran.status}", ""))
    report_file, rules_file = folder / "report.json", folder / "rules.yml"
    if not report_file.exists():
        return faults, [], {}
    report = json.loads(report_file.read_text(encoding="utf-8"))
    text = rules_file.read_text(encoding="utf-8") if rules_file.exists() else ""
    owners = {row["value"].lower(): row["marker"] for row in rows if not feeds.MARKER.search(row["value"])}
    wrong, rules = checker.check(text, report, lambda value: owners.get(value.lower()))
    return faults + wrong, rules, report["counts"]


def plain(fault: str) -> str:
    """A fault without what differs from record to record."""
    return re.sub(r"\d+|U\+\w+", "N", fault.split("(")[0].split(":")[0])


def shorter(row: feeds.Record, name: str, fails: Callable[[list[feeds.Record]], bool]) -> str:
    """The shortest text of one field that still fails."""
    return smallest_text(row[name], lambda text: fails([row | {name: text}]), 5)


def reduced(lab: Lab, form: str, rows: list[feeds.Record], extra: list[str], fault: str, marker: str) -> str:
    """The smallest records that still show this fault, as JSON."""

    def fails(some: list[feeds.Record]) -> bool:
        return any(plain(found) == plain(fault) for found, _ in compiled(lab, form, list(some), extra)[0])

    mine = [row for row in rows if row["marker"] == marker]
    left = list(mine) if mine and fails(mine) else list(smallest(rows, lambda some: fails(list(some)), 15))
    if len(left) == 1:
        row = left[0]
        for name in ("tags", "mitre_techniques", "industries", "ports"):
            if row[name] and fails([row | {name: []}]) and name != "ports":
                row = row | {name: []}
        for name in (
            "context",
            "title",
            "feed",
            "category",
            "producer",
            "confidence",
            "tlp",
            "first_seen",
            "last_seen",
            "link",
            "value",
        ):
            if name != "value" and fails([row | {name: "x"}]):
                row = row | {name: "x"}
            else:
                row = row | {name: shorter(row, name, fails)}
        left = [row]
    told = [{name: said for name, said in row.items() if said not in ("x", [])} for row in left[:3]]
    return f"{form}, {' '.join(extra)}: " + json.dumps(told)


def attack(lab: Lab) -> Iterator[Row]:
    """Batches of records in each format in turn, with primary log sources, all log sources and all types."""
    choices: list[tuple[list[str], tuple[str, ...]]] = [
        ([], feeds.TYPES),
        (["--type", "all"], feeds.MORE + feeds.TYPES),
        (["--logsource", "all"], feeds.TYPES),
    ]
    allowed: set[str] = set()
    for extra, types in choices:
        for form in ("lines", "misp"):
            harmless = feeds.records(lab.rng, 0, 20 * len(types), types, hostile.word)
            _, rules, _ = compiled(lab, form, harmless, extra)
            allowed |= {checker.shape(rule) for rule in rules}
    tried: Counter[str] = Counter()
    made: Counter[str] = Counter()
    found: dict[str, tuple[str, list[feeds.Record], list[str], str, str]] = {}
    hits: Counter[str] = Counter()
    seen_shapes: set[str] = set()
    first, turn = 1, 0
    keep = lab.seconds * 0.2
    while lab.left() > keep and (lab.count is None or sum(tried.values()) < lab.count):
        form = list(feeds.FORMATS)[turn % len(feeds.FORMATS)]
        extra, types = choices[turn // len(feeds.FORMATS) % len(choices)]
        rows = feeds.records(lab.rng, first, BATCH, types)
        first, turn = first + BATCH, turn + 1
        faults, rules, counts = compiled(lab, form, rows, extra)
        for rule in rules:
            shape = checker.shape(rule)
            seen_shapes.add(shape)
            if shape not in allowed:
                named = feeds.MARKER.search(repr(rule))
                faults.append(
                    (f"a skeleton of no harmless rule: {shape:.300}", named.group() if named else "")
                )
        tried[form] += counts.get("read", 0)
        made[form] += counts.get("rules", 0)
        for fault, marker in faults:
            hits[plain(fault)] += 1
            found.setdefault(plain(fault), (form, rows, extra, fault, marker))
        lab.say(
            f"  values: {form} {extra} read {counts.get('read')} rules {counts.get('rules')} faults {len(faults)}"
        )
    told: list[str] = []
    shown: list[str] = []
    for kind, (form, rows, extra, fault, marker) in found.items():
        told.append(f"{hits[kind]} × {fault}")
        if lab.left() > 0 and len(shown) < 4:
            shown.append(f"{kind}: {reduced(lab, form, rows, extra, fault, marker)}")
    figure = (
        f"{sum(tried.values()):,} values read, {sum(made.values()):,} rules, {len(seen_shapes)} skeletons; "
        + ", ".join(f"{form} {tried[form]:,}/{made[form]:,}" for form in tried)
    )
    yield judged(
        PROMISE,
        "hostile values and metadata in each format, PyYAML and an unescape of its own",
        figure,
        told,
        "\n".join(told + shown),
    )
    # A generator whose feeds are refused whole proves nothing.
    dry = [form for form in tried if not made[form]]
    if dry:
        yield judged(
            PROMISE, "each format makes rules", ", ".join(tried), [f"none from {form}" for form in dry]
        )
