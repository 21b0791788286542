"""ClickHouse, as the library chDB: the server's own engine inside this process.

Its pySigma backend says that it needs Python 3.13, and runs on 3.11: `tests/environments/engines.txt` is installed
without that question.
"""

import importlib
import importlib.util
import ipaddress
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from detect.columns import ADDRESS_COLUMNS
from detect.engines.base import ID, Engine, columns_of, rows_of
from detect.model import Comparing, Table

# https://clickhouse.com/docs/sql-reference/functions/string-search-functions: ILIKE disregards case; `=`
# and IN compare bytes.
_BYTES = Comparing(equal=False, part=True, equal_with="%_\\")


@cache
def _session() -> Any:
    """The one session that a process may have."""
    return importlib.import_module("chdb.session").Session()


@dataclass(frozen=True, eq=False)
class ClickHouse(Engine):
    """The backend's queries on a table in memory."""

    def missing(self) -> str | None:
        """The engine or the backend."""
        for module in ("chdb", "sigma.backends.clickhouse"):
            if importlib.util.find_spec(module) is None:
                return module
        return None

    def version(self) -> str:
        """The server's version."""
        return str(importlib.import_module("chdb").engine_version)

    def run(self, table: Table, queries: Sequence[Any]) -> Iterator[frozenset[int] | str]:
        """On a table whose addresses are addresses, where the query would fail for others."""
        return self.run_as_it_is(_addressed(table) if self.is_bare else table, queries)

    def run_as_it_is(self, table: Table, queries: Sequence[Any]) -> Iterator[frozenset[int] | str]:
        """One query after the other."""
        session = _session()
        columns = columns_of(table, "Nullable(String)", "Nullable(Int64)", "`")
        session.query(f"CREATE OR REPLACE TABLE logs ({ID} UInt32{columns}) ENGINE = Memory")
        names = [ID, *table.columns]
        lines = [json.dumps(dict(zip(names, row, strict=True))) for row in rows_of(table)]
        session.query("INSERT INTO logs FORMAT JSONEachRow\n" + "\n".join(lines))
        for query in queries:
            try:
                answer = session.query(f"SELECT {ID} FROM ({query})", "TabSeparated").bytes().decode()
            except RuntimeError as error:
                yield str(error).splitlines()[0]
            else:
                yield frozenset(map(int, answer.split()))


def _addressed(table: Table) -> Table:
    """The table without what is no address where addresses belong, as a column of type IPv6 would hold it.

    `isIPAddressInRange` fails the whole query for one such event: `test_faults.py` shows it.
    """
    events = tuple(
        replace(event, fields=dict(filter(_is_right, event.fields.items()))) for event in table.events
    )
    return Table(table.logsource, events, table.columns)


def _is_right(field: tuple[str, str]) -> bool:
    try:
        return field[0] not in ADDRESS_COLUMNS or bool(ipaddress.ip_address(field[1]))
    except ValueError:
        return False


ENGINES = (
    ClickHouse("ClickHouse, `-p socdef_values`", "clickhouse", Comparing(), pipelines=("socdef_values",)),
    ClickHouse("ClickHouse, `-p none`", "clickhouse", _BYTES),
)
