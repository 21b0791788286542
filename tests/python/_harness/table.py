"""Rules against events, through the sqlite backend and a real SQLite table.

The backend writes `SELECT * FROM logs WHERE ...` with fields as column names, odd ones (`c-uri`) in
backticks. Sigma compares without regard to case and SQLite's `=` does not, so every column is
`COLLATE NOCASE`. A field that an event lacks is NULL; nested maps become dotted names. SQLite does not tell
column names apart by case, so events whose fields differ in case only are refused rather than mixed up.
"""

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from sigma.backends.sqlite.sqlite import sqliteBackend
from sigma.collection import SigmaCollection
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule

Event = Mapping[str, Any]

_ID = "__event__"


def matching(rules: str, events: Sequence[Event]) -> list[int]:
    """Positions of the `events` that at least one rule of the YAML text `rules` matches, in order."""
    collection = SigmaCollection.from_yaml(rules)
    if not collection.rules:
        raise ValueError("no rule in the text")
    # Read before the conversion: a backend may change a rule's detections in place.
    fields = {field for rule in collection.rules if isinstance(rule, SigmaRule) for field in _fields(rule)}
    queries: list[str] = sqliteBackend().convert(collection)

    rows = [dict(_flatten(event)) for event in events]
    columns = _columns(fields, rows)
    with closing(sqlite3.connect(":memory:")) as database:
        database.create_function("REGEXP", 2, _regexp, deterministic=True)
        declared = "".join(f", {_quote(column)} TEXT COLLATE NOCASE" for column in columns)
        database.execute(f"CREATE TABLE logs ({_quote(_ID)} INTEGER{declared})")
        for position, row in enumerate(rows):
            values = [position, *(row.get(column) for column in columns)]
            marks = ", ".join("?" * len(values))
            database.execute(f"INSERT INTO logs VALUES ({marks})", values)
        found = {row[0] for query in queries for row in database.execute(query)}
    return sorted(found)


def _flatten(event: Event, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in event.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _fields(rule: SigmaRule) -> Iterator[str]:
    pending: list[SigmaDetection | SigmaDetectionItem] = list(rule.detection.detections.values())
    while pending:
        item = pending.pop()
        if isinstance(item, SigmaDetection):
            pending.extend(item.detection_items)
        elif item.field is not None:
            yield item.field


def _columns(fields: set[str], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    names = sorted(fields.union(*rows))
    folded: dict[str, str] = {}
    for name in names:
        other = folded.setdefault(name.casefold(), name)
        if other != name:
            raise ValueError(
                f"fields {other!r} and {name!r} differ in case only, which SQLite cannot tell apart"
            )
    return names


def _quote(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _regexp(pattern: str, value: object) -> bool:
    return value is not None and re.search(pattern, str(value)) is not None
