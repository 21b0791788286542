"""The engines: one file each, with all that is special about it."""

from detect.engines import clickhouse, duckdb, lucene, postgresql, rust, spark, sqlite
from detect.engines.base import Engine

SMALL: tuple[Engine, ...] = (*sqlite.ENGINES, *duckdb.ENGINES, *rust.ENGINES)
"""Engines of `make test`."""

LARGE: tuple[Engine, ...] = (
    *clickhouse.ENGINES,
    *lucene.ENGINES,
    *postgresql.ENGINES,
    *spark.ENGINES,
)
"""Engines of `make test-engines`."""
