"""Whether a target has the fields that a converted rule asks for.

Converting proves nothing: most languages take any name in silence. The schemas are those of the pipelines'
mapping tables (`sigma/pipelines/socdef/tables/`), which hold the columns in use, each with its page and the
day on which it was read.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sigma.rule import SigmaDetection, SigmaRule

    from sigma.pipelines.socdef.tables import Table

__all__ = ["fields_of", "pipelines_for", "problem"]

# What every index has, or what names the index itself.
_ANYWHERE = frozenset({"tag", "index", "source", "sourcetype", "host"})
# A query of Kusto without a table does not run; other languages search all there is.
_NAMES_TABLES = frozenset({"kusto"})
# What a pipeline that fits any target is mostly used with.
_LAKES = frozenset({"databricks", "sqlite"})


def pipelines_for(target: str) -> list[str]:
    """The pipelines of this package that are made for a target.

    >>> pipelines_for("kusto")
    ['socdef_asim', 'socdef_xdr']
    """
    from sigma.pipelines.socdef.tables import NAMES, header

    return [
        name
        for name in NAMES
        if target in header(name).backends or (target in _LAKES and not header(name).backends)
    ]


def problem(rule: "SigmaRule", state: Mapping[str, Any], target: str, pipelines: Sequence[str]) -> str | None:
    """Why a rule that went through its pipelines finds nothing in the target, in a line; None where it may.

    `state` is that of the pipeline. A target that no table is for has the fields of Sigma's taxonomy.
    """
    from sigma.pipelines.socdef.tables import NAMES, header, load

    tables = [load(name) for name in NAMES if name in pipelines or target in header(name).backends]
    if not tables:
        return None
    fields = {field for field in fields_of(rule) if field is not None} - _ANYWHERE
    prefix = str(state.get("query_table") or "")
    if not prefix and target in _NAMES_TABLES:
        return "the query names no table"
    name, *more = prefix.split("\n")
    calculated = {line.split()[2] for line in more if line.startswith("| extend ")}
    known = [columns for table, columns in _columns(tables) if not name or table == name]
    if not known:
        return f"no schema is kept of the table `{name}`"
    missing = min((fields - columns - calculated for columns in known), key=len)
    if not missing:
        return None
    listed = ", ".join(f"`{field}`" for field in sorted(missing))
    where = f"`{name}`" if name else " or ".join(table.title for table in tables)
    words = "is not a known field" if len(missing) == 1 else "are not known fields"
    return f"not mapped: {listed} {words} of {where}"


def fields_of(rule: "SigmaRule") -> Iterator[str | None]:
    """The fields that a rule asks for; None is a keyword.

    >>> from socdef_sigma import compile, read
    >>> from socdef_sigma.pysigma import to_rule
    >>> list(fields_of(to_rule(compile(read(b"198.51.100.7"))[0])))
    ['DestinationIp']
    """
    for detection in rule.detection.detections.values():
        yield from _fields(detection)


def _fields(detection: "SigmaDetection") -> Iterator[str | None]:
    from sigma.rule import SigmaDetection

    for item in detection.detection_items:
        if isinstance(item, SigmaDetection):
            yield from _fields(item)
        else:
            yield item.field


def _columns(tables: "list[Table]") -> Iterator[tuple[str, frozenset[str]]]:
    """The tables by all their names, with the columns as a query may write them."""
    for table in tables:
        variants = [value for value in table.settings.get("variants", {}).values() if isinstance(value, dict)]
        for name in table.schema:
            columns = table.columns(name)
            dataset = name.partition(".")[2]
            written = columns | {f"{dataset}.{column}" for column in columns} if dataset else columns
            written |= {f"{column}.value" for column in columns if column.endswith(".hashes")}
            for known in (name, *(variant[name] for variant in variants if name in variant)):
                yield known, frozenset(written)
