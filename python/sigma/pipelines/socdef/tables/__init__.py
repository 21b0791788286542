"""The mapping tables of this folder, as objects: what a target calls the fields of each log source.

A table is data, one YAML file for a target, and all that a pipeline needs. It has two documents. The first
is read often, so it is short:

| key | what |
|---|---|
| `name`, `title` | of the pipeline, and what it is for |
| `backends` | the targets that may use it; any, where there are none |
| `default_for` | the targets that get it where no pipeline is named |

The second:

| key | what |
|---|---|
| `pages` | where the schema is described: `url`, `read` (the day), `text` (what was read), `checked` |
| `schema` | the tables of the target with the columns that are in use, each with its page |
| `log_sources` | of each its `table`, `prefix`, `conditions` and `fields`, or why it is `refused` |

A field is a column, a list of them (any may match), or a map with a `form`: what to make of its values.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["NAMES", "Entry", "Header", "Page", "Table", "header", "load"]

_FOLDER = Path(__file__).parent

NAMES = tuple(sorted(f"socdef_{path.stem}" for path in _FOLDER.glob("*.yml")))
"""The pipelines that have a table, by name."""

PARTS = ("category", "product", "service")


@dataclass(frozen=True)
class Page:
    """Where a schema is described."""

    url: str
    read: str
    """The day on which the text was read, as YYYY-MM-DD."""
    text: str
    """The text that was read: the page itself, or the repository that it is made from."""
    checked: bool
    """Whether the text was seen to have the columns; else they are known from elsewhere."""


@dataclass(frozen=True)
class Field:
    """A mapped field: the columns, and the form of its values."""

    columns: tuple[str, ...]
    form: str = "same"
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def all_columns(self) -> tuple[str, ...]:
        """The columns, those of its form too."""
        found = list(self.columns)
        for key in ("MD5", "SHA1", "SHA256", "IMPHASH", "path", "query"):
            more = self.options.get(key, [])
            found += [more] if isinstance(more, str) else more
        return tuple(found)


@dataclass(frozen=True)
class Entry:
    """What a table says of one log source."""

    log_source: dict[str, str]
    table: str = ""
    """The table of the schema."""
    prefix: str = ""
    """The text before the conditions in a query, if the language has one."""
    conditions: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)
    output: dict[str, str] = field(default_factory=dict)
    """The columns of fields that are only shown."""
    calculated: tuple[str, ...] = ()
    """Columns that `prefix` makes out of others."""
    without: dict[str, str] = field(default_factory=dict)
    """Detections to leave out, and why nothing is missed without them."""
    missing: dict[str, str] = field(default_factory=dict)
    """Fields that have no column, and why."""
    refused: str = ""
    """Why the target has nothing for this log source; empty where it has."""
    instead: str = ""
    """What to do about it."""

    @property
    def label(self) -> str:
        """The log source as `socdef-sigma templates list` writes it.

        >>> Entry({"category": "dns_query", "product": "windows"}).label
        'dns_query/windows'
        """
        return "/".join(self.log_source[part] for part in PARTS if part in self.log_source)

    def fits(self, log_source: Any) -> bool:
        """Whether every part that it names is that of the log source."""
        return all(getattr(log_source, part) == value for part, value in self.log_source.items())


@dataclass(frozen=True)
class Header:
    """What a pipeline is for."""

    name: str
    title: str
    backends: frozenset[str]
    """The targets that may use it; any, where there are none."""
    default_for: frozenset[str]
    """The targets that get it where no pipeline is named: their vendors write for the schema."""


@dataclass(frozen=True)
class Table(Header):
    """What a target calls the fields of the log sources."""

    pages: dict[str, Page]
    schema: dict[str, dict[str, tuple[str, ...]]]
    """Tables, in each the pages, and of each the columns that it describes."""
    entries: tuple[Entry, ...]
    settings: dict[str, Any] = field(default_factory=dict)

    def entry(self, log_source: Any) -> Entry | None:
        """What it says of a log source: the entry that names the most parts of it."""
        fitting = [entry for entry in self.entries if entry.fits(log_source)]
        return max(fitting, key=lambda entry: len(entry.log_source), default=None)

    def page_of(self, table: str, column: str) -> Page | None:
        """The page that describes a column; None where there is no such column."""
        for page, columns in self.schema.get(table, {}).items():
            if column in columns:
                return self.pages[page]
        return None

    def columns(self, table: str) -> frozenset[str]:
        """The columns of a table that are in use."""
        return frozenset(column for columns in self.schema.get(table, {}).values() for column in columns)

    def rows(self) -> Iterator[tuple[Entry, str, str]]:
        """Each entry with each of its fields and each of its columns."""
        for entry in self.entries:
            for name, mapped in entry.fields.items():
                for column in mapped.all_columns:
                    yield entry, name, column


@cache
def header(name: str) -> Header:
    """What a pipeline is for: the first document of its table, without a look at the second.

    >>> header("socdef_xdr").default_for
    frozenset({'xdr'})
    """
    data = next(_documents(name))
    lists = {key: frozenset(data[key]) for key in ("backends", "default_for")}
    return Header(name=data["name"], title=data["title"], **lists)


@cache
def load(name: str) -> Table:
    """The table of a pipeline.

        >>> table = load("socdef_xdr")
        >>> table.page_of("DeviceNetworkEvents", "RemoteIP").read
        '2026-11-24'

    It is part of the package and tested, so that reading it does not fail.
    """
    data: dict[str, Any] = list(_documents(name))[1]
    pages = {key: Page(**{**page, "read": str(page["read"])}) for key, page in data.pop("pages").items()}
    schema = {
        table: {page: tuple(columns) for page, columns in described.items()}
        for table, described in data.pop("schema").items()
    }
    return Table(
        **vars(header(name)),
        pages=pages,
        schema=schema,
        entries=tuple(_entry(entry) for entry in data.pop("log_sources")),
        settings=data,
    )


def _documents(name: str) -> Iterator[Any]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with (_FOLDER / f"{name.removeprefix('socdef_')}.yml").open("rb") as file:
        yield from yaml.load_all(file, loader)


def _entry(data: dict[str, Any]) -> Entry:
    fields = {name: _field(value) for name, value in data.pop("fields", {}).items()}
    calculated = tuple(data.pop("calculated", ()))
    return Entry(**data, fields=fields, calculated=calculated)


def _field(value: Any) -> Field:
    if isinstance(value, str):
        return Field((value,))
    if isinstance(value, list):
        return Field(tuple(value))
    options = dict(value)
    columns = options.pop("columns", ())
    return Field((columns,) if isinstance(columns, str) else tuple(columns), options.pop("form"), options)
