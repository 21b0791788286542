"""Texts that are syntax to something: `tests/data/hostile.json`, which the tests in Rust read too."""

import json

from _harness import DATA

_LISTS = json.loads((DATA / "hostile.json").read_text(encoding="utf-8"))

QUERY: list[str] = _LISTS["query"]
"""Texts that are syntax to a query language."""

VALUE: dict[str, str] = _LISTS["value"]
"""What stands behind the path of a URL, by what it is."""

PAGE: str = _LISTS["page"]
"""A name that is syntax to HTML, to templates and to what colours a terminal."""

_ALL: list[str] = list(dict.fromkeys([*_LISTS["texts"], *QUERY, *VALUE.values(), PAGE]))

HOSTILE: list[str] = [text for text in _ALL if text.strip() and text.isprintable()]
"""Texts that can stand in a value: printable, and not blank."""

BREAKING: list[str] = [text for text in _ALL if text not in HOSTILE]
"""Texts with controls, line ends or invisible characters, and blank ones."""
