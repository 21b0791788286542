"""Spark SQL, which Databricks runs, as the Python package PySpark; it needs Java.

Records inside records are structs, as Spark reads Zeek's JSON: `id.resp_h` is the field `resp_h` of the
column `id`.
"""

import importlib
import importlib.util
import ipaddress
import logging
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from detect.engines.base import ID, NUMBERS, Engine, rows_of
from detect.model import Comparing, Table
from detect.schemas import OCSF_TYPES, ocsf

AT_ONCE = 40
"""How many queries are one job."""


def _functions(session: Any) -> None:
    """Add what only Databricks has, as its documentation tells: two functions of addresses.

    They are made here, so that they go to Spark's workers as they are: those do not know this module.
    """

    def try_ip_as_binary(text: str | None) -> bytes | None:
        try:
            return ipaddress.ip_address(text).packed if text is not None else None
        except ValueError:
            return None

    def ip_cidr_contains(network: str, address: bytes | None) -> bool | None:
        if address is None:
            return None
        return ipaddress.ip_address(bytes(address)) in ipaddress.ip_network(network)

    session.udf.register("try_ip_as_binary", try_ip_as_binary, "binary")
    session.udf.register("ip_cidr_contains", ip_cidr_contains, "boolean")


@cache
def _session() -> Any:
    """A Spark of this process."""
    builder = importlib.import_module("pyspark.sql").SparkSession.builder.master("local[2]")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.log.level": "OFF",
        "spark.ui.showConsoleProgress": "false",
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    _functions(session)
    # It writes each query that it refuses, and the harness says so itself.
    logging.getLogger("SQLQueryContextLogger").disabled = True
    return session


@dataclass(frozen=True, eq=False)
class Spark(Engine):
    """The Databricks backend's conditions on a data frame."""

    is_ocsf: bool = False
    """Whether events are of the Open Cybersecurity Schema Framework."""

    def with_pipeline(self, name: str) -> Engine | None:
        """One that maps the fields has its own."""
        return None if self.is_ocsf else super().with_pipeline(name)

    def missing(self) -> str | None:
        """Java, the engine or the backend."""
        if shutil.which("java") is None:
            return "java"
        for module in ("pyspark", "sigma.backends.databricks"):
            if importlib.util.find_spec(module) is None:
                return module
        return None

    def version(self) -> str:
        """The package's version, which is the engine's."""
        return str(importlib.import_module("pyspark").__version__)

    def run(self, table: Table, queries: Sequence[Any]) -> Iterator[frozenset[int] | str]:
        """Many at once; one by one where Spark refuses one of them."""
        frame = (_ocsf_frame if self.is_ocsf else _frame)(table).cache()
        for start in range(0, len(queries), AT_ONCE):
            part = queries[start : start + AT_ONCE]
            try:
                yield from _ask(frame, part)
            except _failure():
                for query in part:
                    try:
                        yield from _ask(frame, [query])
                    except _failure() as error:
                        yield str(error).splitlines()[0]
        frame.unpersist()


def _failure() -> type[Exception]:
    failure: type[Exception] = importlib.import_module("pyspark.errors").PySparkException
    return failure


def _ask(frame: Any, conditions: Sequence[str]) -> list[frozenset[int]]:
    columns = [f"({condition}) AS found_{at}" for at, condition in enumerate(conditions)]
    rows = frame.selectExpr(ID, *columns).collect()
    return [frozenset(row[ID] for row in rows if row[f"found_{at}"] is True) for at in range(len(conditions))]


def _frame(table: Table) -> Any:
    """The events as a data frame."""
    groups: dict[str, list[str]] = {}
    for name in table.columns:
        group, dot, _ = name.partition(".")
        groups.setdefault(group, []).extend([name] if dot else [])
    positions = {name: at for at, name in enumerate([ID, *table.columns])}
    rows = [
        tuple(
            tuple(row[positions[name]] for name in names) if names else row[positions[group]]
            for group, names in [(ID, []), *groups.items()]
        )
        for row in rows_of(table)
    ]
    types = [f"`{ID}` int"]
    for group, names in groups.items():
        inner = ", ".join(f"`{name.partition('.')[2]}`: string" for name in names)
        kind = f"struct<{inner}>" if names else "int" if group in NUMBERS else "string"
        types.append(f"`{group}` {kind}")
    return _session().createDataFrame(rows, ", ".join(types))


_TYPES = {
    "int": "int",
    "text": "string",
    "texts": "array<string>",
    "hashes": "array<struct<algorithm_id: int, value: string>>",
}


def _type(of: Any) -> str:
    if isinstance(of, str):
        return _TYPES[of]
    return f"struct<{', '.join(f'`{name}`: {_type(inner)}' for name, inner in of.items())}>"


def _ocsf_frame(table: Table) -> Any:
    """The events as a data frame of the Open Cybersecurity Schema Framework."""
    types = [f"`{ID}` int", *(f"`{name}` {_type(of)}" for name, of in OCSF_TYPES.items())]
    rows = [{ID: at, **ocsf(table.logsource, event.fields)} for at, event in enumerate(table.events)]
    return _session().createDataFrame(rows, ", ".join(types))


# https://docs.databricks.com/sql/language-manual/functions/lower.html: the backend writes `lower(field) =
# lower('value')`.
ENGINES = (
    Spark("Spark SQL, `-p socdef_values`", "databricks", Comparing(), pipelines=("socdef_values",)),
    Spark("Spark SQL, `-p none`", "databricks", Comparing()),
    Spark(
        "Spark SQL, `-p socdef_ocsf`",
        "databricks",
        Comparing(ports=False),
        pipelines=("socdef_ocsf",),
        is_ocsf=True,
    ),
)
