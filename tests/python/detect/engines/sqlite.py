"""SQLite, which Python brings along: one table, all columns text."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from detect.engines.base import ID, Engine, columns_of, rows_of
from detect.model import Comparing, Table

# https://www.sqlite.org/datatype3.html#collation: `=` is BINARY unless the column says otherwise.
# https://www.sqlite.org/lang_expr.html#like: LIKE disregards the case of ASCII letters.
_BINARY = Comparing(equal=False, part=True, equal_with="%_\\")


@dataclass(frozen=True, eq=False)
class Sqlite(Engine):
    """The backend's queries on a table in memory."""

    collation: str = "BINARY"

    def missing(self) -> str | None:
        """Nothing."""
        return None

    def version(self) -> str:
        """The library that Python was built with."""
        return sqlite3.sqlite_version

    def run(self, table: Table, queries: Sequence[Any]) -> Iterator[frozenset[int] | str]:
        """One query after the other."""
        with closing(sqlite3.connect(":memory:")) as database:
            columns = columns_of(table, f"TEXT COLLATE {self.collation}", "INTEGER")
            database.execute(f"CREATE TABLE logs ({ID} INTEGER{columns})")
            marks = ", ".join("?" * (1 + len(table.columns)))
            database.executemany(f"INSERT INTO logs VALUES ({marks})", rows_of(table))
            for query in queries:
                try:
                    yield frozenset(row[0] for row in database.execute(query))
                except sqlite3.Error as error:
                    yield str(error)


ENGINES = (
    Sqlite("SQLite, `-p socdef_values`", "sqlite", Comparing(), pipelines=("socdef_values",)),
    Sqlite("SQLite, `-p none`", "sqlite", _BINARY),
    Sqlite("SQLite, `-p none`, columns COLLATE NOCASE", "sqlite", Comparing(), collation="NOCASE"),
)
