"""The engines: one file each, with all that is special about it."""

from detect.engines import duckdb, lucene, rust, sqlite
from detect.engines.base import Engine

SMALL: tuple[Engine, ...] = (*sqlite.ENGINES, *duckdb.ENGINES, *rust.ENGINES)
"""Engines of `make test`."""

LARGE: tuple[Engine, ...] = (*lucene.ENGINES,)
"""Engines of `make test-engines`."""
