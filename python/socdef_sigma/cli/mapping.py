"""The mapping tables of the pipelines, as Markdown."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..errors import UsageError

if TYPE_CHECKING:
    from sigma.pipelines.socdef.tables import Entry, Page, Table

__all__ = ["mapping_tables"]


def mapping_tables(names: Sequence[str]) -> str:
    """The tables of these pipelines; all, where there are none.

        >>> "| `RemoteIP` |" in mapping_tables(["socdef_xdr"])
        True

    Raises `UsageError` where a name is not that of one.
    """
    from sigma.pipelines.socdef.tables import NAMES, load

    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise UsageError(
            f"the pipeline `{unknown[0]}` has no mapping table",
            code="bad_usage",
            hint=f"those that have one are {', '.join(NAMES)}",
        )
    return "\n".join("".join(_section(load(name))) for name in names or NAMES)


def _section(table: "Table") -> Iterator[str]:
    backends = ", ".join(f"`{name}`" for name in sorted(table.backends)) or "any"
    yield f"### `{table.name}`\n\n{table.title}. Targets: {backends}.\n\n"
    yield "| log source | table | field | column | page |\n|---|---|---|---|---|\n"
    numbers = {name: number for number, name in enumerate(table.pages, 1)}
    for entry in table.entries:
        if entry.refused:
            instead = f"; {entry.instead}" if entry.instead else ""
            yield f"| `{entry.label}` | refused | | | {entry.refused}{instead} |\n"
            continue
        seen = _table_of(entry)
        for field, mapped in entry.fields.items():
            columns = ", ".join(f"`{column}`" for column in dict.fromkeys(mapped.all_columns))
            pages = dict.fromkeys(_pages(table, entry, mapped.all_columns, numbers))
            yield f"| `{entry.label}` | {seen} | `{field}` | {columns} | {', '.join(pages)} |\n"
        for field, why in entry.missing.items():
            yield f"| `{entry.label}` | {seen} | `{field}` | none | {why} |\n"
        for detection, why in entry.without.items():
            yield f"| `{entry.label}` | {seen} | | | `{detection}` is left out: {why} |\n"
    yield "\n"
    for name, number in numbers.items():
        yield f"{number}. {_page(table.pages[name])}\n"


def _table_of(entry: "Entry") -> str:
    conditions = ", ".join(f"`{field}` {_values(value)}" for field, value in entry.conditions.items())
    return f"`{entry.table}`{f': {conditions}' if conditions else ''}"


def _values(value: object) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _pages(table: "Table", entry: "Entry", columns: Sequence[str], numbers: dict[str, int]) -> Iterator[str]:
    for column in columns:
        described = table.schema[entry.table]
        names = [name for name, known in described.items() if column in known]
        yield ", ".join(str(numbers[name]) for name in names) if names else "calculated from the table's URL"


def _page(page: "Page") -> str:
    checked = "" if page.checked else " **Not checked.**"
    return f"<{page.url}>, read {page.read}: {page.text}.{checked}"
