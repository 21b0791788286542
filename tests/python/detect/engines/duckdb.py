"""DuckDB, which a Python package brings along.

Its backend is a library only (`sigma_backend_duckdb`): no plugin that `socdef-sigma convert -t` or `sigma
convert -t` could find. So the rules go to it as pySigma's objects, which is what its documentation does.
"""

import importlib
import importlib.util
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detect.engines.base import ID, Engine, columns_of, rows_of
from detect.model import Comparing, Table
from detect.schemas import OCSF_TYPES, flat, ocsf
from socdef_sigma.convert.pipelines import resolve

if TYPE_CHECKING:
    import socdef_sigma

# https://duckdb.org/docs/stable/sql/expressions/collations: `=` is BINARY unless the column says otherwise.
# https://duckdb.org/docs/stable/sql/functions/pattern_matching: ILIKE disregards case. The backend writes
# it where a value has one of its wildcards.
_TYPES = {
    "int": "INTEGER",
    "text": "VARCHAR",
    "texts": "VARCHAR[]",
    "hashes": "STRUCT(algorithm_id INTEGER, value VARCHAR)[]",
}
_BINARY = Comparing(equal=False, part=True, equal_with="%_")


@dataclass(frozen=True, eq=False)
class DuckDb(Engine):
    """The library's queries on a table in memory."""

    is_ocsf: bool = False
    """Whether events are of the Open Cybersecurity Schema Framework, a column for each leaf.

    The library quotes a path as one name.
    """

    def missing(self) -> str | None:
        """The database or the backend."""
        for module in ("duckdb", "sigma_backend_duckdb"):
            if importlib.util.find_spec(module) is None:
                return module
        return None

    def version(self) -> str:
        """The package's version, which is the engine's."""
        return str(importlib.import_module("duckdb").__version__)

    def with_pipeline(self, name: str) -> Engine | None:
        """One that maps the fields has its own."""
        return None if self.is_ocsf else super().with_pipeline(name)

    def convert(self, rules: "socdef_sigma.RuleSet", refused: dict[str, str]) -> list[Any]:
        """Each rule on its own."""
        return [query for rule in rules.to_pysigma() for query in self.convert_rule(rule)]

    def convert_rule(self, rule: Any) -> list[Any]:
        """As the library's documentation has it."""
        pipeline = resolve(self.pipelines, None) if self.pipelines != ("none",) else None
        backend = importlib.import_module("sigma_backend_duckdb").DuckDBBackend(pipeline)
        queries = backend.convert_rule(rule)
        assert isinstance(queries, list)
        return queries

    def run(self, table: Table, queries: Sequence[Any]) -> Iterator[frozenset[int] | str]:
        """One query after the other."""
        duckdb = importlib.import_module("duckdb")
        with closing(duckdb.connect(":memory:", config={"threads": 1})) as database:
            columns = columns_of(table, "VARCHAR", "INTEGER")
            rows: Sequence[Sequence[Any]] = rows_of(table)
            if self.is_ocsf:
                columns = "".join(f', "{name}" {_TYPES[kind]}' for name, kind in flat(OCSF_TYPES).items())
                made = [flat(ocsf(table.logsource, event.fields)) for event in table.events]
                rows = [[at, *event.values()] for at, event in enumerate(made)]
            database.execute(f"CREATE TABLE logs ({ID} INTEGER{columns})")
            marks = ", ".join("?" * len(rows[0]))
            database.executemany(f"INSERT INTO logs VALUES ({marks})", rows)
            for query in queries:
                try:
                    yield frozenset(row[0] for row in database.execute(query).fetchall())
                except duckdb.Error as error:
                    yield str(error).splitlines()[0]


ENGINES = (
    DuckDb("DuckDB, `-p socdef_values`", "duckdb", Comparing(), pipelines=("socdef_values",)),
    DuckDb("DuckDB, `-p none`", "duckdb", _BINARY),
    DuckDb(
        "DuckDB, `-p socdef_ocsf`",
        "duckdb",
        Comparing(ports=False),
        pipelines=("socdef_ocsf",),
        is_ocsf=True,
    ),
)
