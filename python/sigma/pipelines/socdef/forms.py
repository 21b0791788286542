"""Values of fields whose column holds something else than the log source does.

Each form takes an item of a rule and gives what to put in its place, or raises `NoTargetField`.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

from sigma.conditions import ConditionAND, ConditionOR
from sigma.rule import SigmaDetection, SigmaDetectionItem
from sigma.types import SigmaString, SigmaType, SpecialChars

from .tables import Field
from .values import expression, forms_of

__all__ = ["NoTargetField", "apply", "column_item"]

Made = SigmaDetection | SigmaDetectionItem
Namer = Callable[[str], str]

_HASH = re.compile(r"\*?(MD5|SHA1|SHA256|IMPHASH)=([0-9A-Fa-f]+)\*?")


class NoTargetField(ValueError):
    """A value that the target has no place for; the argument says why."""


def apply(item: SigmaDetectionItem, mapped: Field, name: Namer, settings: dict[str, Any]) -> Made:
    """Replaces an item of a rule in the target.

    `name` gives the name of a column as the query has it. Raises `NoTargetField`.
    """
    return _FORMS[mapped.form](item, mapped, name, settings)


def column_item(item: SigmaDetectionItem, column: str, values: list[SigmaType] | None = None) -> Any:
    """The item on another column, with these values instead of its own."""
    made = replace(item, field=column, auto_modifiers=False)
    made.value = list(item.value if values is None else values)
    made.disable_conversion_to_plain()
    return made


def _any_of(parts: list[Made]) -> Made:
    return parts[0] if len(parts) == 1 else SigmaDetection(parts, item_linking=ConditionOR)


def _same(item: SigmaDetectionItem, mapped: Field, name: Namer, settings: dict[str, Any]) -> Made:
    return _any_of([column_item(item, name(column)) for column in mapped.columns])


def _text(item: SigmaDetectionItem, mapped: Field, name: Namer, settings: dict[str, Any]) -> Made:
    """A column of texts, which holds what the log source has as a number."""
    values: list[SigmaType] = [SigmaString.from_str(str(value)) for value in item.value]
    return _any_of([column_item(item, name(column), values) for column in mapped.columns])


def _ip(item: SigmaDetectionItem, mapped: Field, name: Namer, settings: dict[str, Any]) -> Made:
    """A column of addresses, not of text: all spellings are one, and EQL takes `like` for text only."""
    values: list[SigmaType] = []
    for value in item.value:
        # Anything but an address is a network, or a text with wildcards.
        with suppress(ValueError):
            value = SigmaString.from_str(str(ip_address(str(value))))
        if value not in values:
            values.append(value)
    return _any_of([column_item(item, name(column), values) for column in mapped.columns])


def _hashes(item: SigmaDetectionItem) -> Iterator[tuple[str, str]]:
    for value in item.value:
        found = _HASH.fullmatch(str(value)) if isinstance(value, SigmaString) else None
        if found is None:
            raise NoTargetField(f"the value of `{item.field}` is not a hash such as `SHA256=…`: `{value}`")
        yield found[1], found[2]


def _hash(item: SigmaDetectionItem, mapped: Field, name: Namer, settings: dict[str, Any]) -> Made:
    """A column for each algorithm, which holds the bare hash."""
    of_column: dict[str, list[SigmaType]] = {}
    for algorithm, text in _hashes(item):
        columns = mapped.options.get(algorithm)
        if columns is None:
            raise NoTargetField(f"there is no column for hashes of {algorithm}")
        text = text.lower() if mapped.options.get("lower") else text
        for column in [columns] if isinstance(columns, str) else columns:
            of_column.setdefault(column, []).append(SigmaString.from_str(text))
    return _any_of([column_item(item, name(column), values) for column, values in of_column.items()])


def _hash_text(item: SigmaDetectionItem, mapped: Field, name: Namer, settings: dict[str, Any]) -> Made:
    """One column, which holds the bare hash, or several with their algorithms, as a text."""
    wild = SpecialChars.WILDCARD_MULTI
    values: list[SigmaType] = [wild + SigmaString.from_str(text) + wild for _, text in _hashes(item)]
    return _any_of([column_item(item, name(column), values) for column in mapped.columns])


def _hash_element(item: SigmaDetectionItem, mapped: Field, name: Namer, settings: dict[str, Any]) -> Made:
    """A list of objects, each with one hash as its `value`."""
    found = list(_hashes(item))
    if any(algorithm == "IMPHASH" for algorithm, _ in found):
        raise NoTargetField("the list of a file's fingerprints has no hash of its imports")
    texts = [text.lower() for _, text in found]
    return _element(item, mapped, texts, settings, "hash", ".value")


def _text_element(item: SigmaDetectionItem, mapped: Field, name: Namer, settings: dict[str, Any]) -> Made:
    """A list of texts."""
    texts: list[str] = []
    for value in item.value:
        parts = value.s if isinstance(value, SigmaString) else ()
        if not all(isinstance(part, str) for part in parts) or not parts:
            raise NoTargetField(f"`{item.field}` is a list, which can only be compared with whole texts")
        texts.append("".join(map(str, parts)).lower())
    return _element(item, mapped, texts, settings, "text", "")


def _element(
    item: SigmaDetectionItem, mapped: Field, texts: list[str], settings: dict[str, Any], kind: str, path: str
) -> Made:
    """A list of which one element is the text, in the words of the backend; else the path alone."""
    backend = settings["backend"]
    form = settings["elements"].get(backend, {}).get(kind)
    if form is None:
        values: list[SigmaType] = [SigmaString.from_str(text) for text in texts]
    else:
        literal = forms_of(backend).literal
        values = [expression(form, literal(text)) for text in texts]
        path = ""
    return _any_of([column_item(item, f"{column}{path}", values) for column in mapped.columns])


def _json_text(item: SigmaDetectionItem, mapped: Field, name: Namer, settings: dict[str, Any]) -> Made:
    """A text of JSON, in which the value is one of the strings."""
    wild, quote = SpecialChars.WILDCARD_MULTI, SigmaString.from_str('"')
    values: list[SigmaType] = []
    for value in item.value:
        if not isinstance(value, SigmaString):
            raise NoTargetField(f"the value of `{item.field}` is not text")
        begin = value if value.startswith(wild) else wild + (quote + value)
        values.append(begin if begin.endswith(wild) else (begin + quote) + wild)
    return _any_of([column_item(item, name(column), values) for column in mapped.columns])


def _uri(item: SigmaDetectionItem, mapped: Field, name: Namer, settings: dict[str, Any]) -> Made:
    """A URL, whole or from its path on; the latter may stand in two columns, without the `?`."""
    made: list[Made] = [column_item(item, name(column)) for column in mapped.columns]
    for value in item.value:
        text = value.s[0] if isinstance(value, SigmaString) and len(value.s) == 1 else None
        if not isinstance(text, str) or not text.startswith("/"):
            continue
        path, mark, query = text.partition("?")
        parts: list[Made] = [column_item(item, name(mapped.options["path"]), [SigmaString.from_str(path)])]
        column = name(mapped.options["query"])
        if mark:
            queries = [query, f"?{query}"] if mapped.options.get("query_mark") else [query]
            parts.append(column_item(item, column, [SigmaString.from_str(one) for one in queries]))
        elif mapped.options.get("bare_path"):
            parts.append(SigmaDetectionItem.from_mapping(f"{column}|exists", False))
        else:
            continue
        made.append(SigmaDetection(parts, item_linking=ConditionAND))
    return _any_of(made)


_FORMS: dict[str, Callable[[SigmaDetectionItem, Field, Namer, dict[str, Any]], Made]] = {
    "same": _same,
    "text": _text,
    "ip": _ip,
    "hash": _hash,
    "hash_text": _hash_text,
    "hash_element": _hash_element,
    "element": _text_element,
    "json_text": _json_text,
    "uri": _uri,
}
