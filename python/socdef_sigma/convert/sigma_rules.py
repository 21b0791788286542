"""Sigma rules as input: told from feeds by their content, and loaded as `sigma convert` loads them."""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import _core
from ..errors import InputError
from .lost import LostRule

if TYPE_CHECKING:
    from sigma.collection import SigmaCollection
    from sigma.exceptions import SigmaRuleLocation
    from sigma.rule import SigmaRule

    from .converter import AnyRule

__all__ = [
    "HEAD",
    "Source",
    "documents",
    "files_in",
    "is_sigma",
    "is_sigma_file",
    "load",
    "load_filters",
    "looks_like_rules",
    "merge",
    "one_rule",
    "read_bytes",
    "read_rules",
]

# What a document must have to be a rule, a correlation or a filter: a title, and one of the parts that only
# these have.
_TITLE = re.compile(rb"^[\"']?title[\"']?\s*:", re.MULTILINE)
_BODY = re.compile(rb"^[\"']?(?:detection|correlation|filter)[\"']?\s*:", re.MULTILINE)
# The same as JSON, which is YAML too. The log source is what sets a rule apart from other JSON that reports
# detections.
_JSON = (re.compile(rb'"title"\s*:'), re.compile(rb'"detection"\s*:'), re.compile(rb'"logsource"\s*:'))
HEAD = 1 << 18
"""How much of an input says what it is."""


def is_sigma(data: bytes) -> bool:
    """Whether this is the beginning of Sigma rules rather than of a feed.

    >>> is_sigma(b"title: A\\nlogsource:\\n  category: dns\\ndetection:\\n  condition: a\\n")
    True
    >>> is_sigma(b'{"data": [{"type": "ipv4", "value": "192.0.2.1"}]}')
    False
    """
    head = data[:HEAD].removeprefix(b"\xef\xbb\xbf")
    if head.lstrip()[:1] in (b"{", b"["):
        return all(part.search(head) for part in _JSON)
    return bool(_TITLE.search(head) and _BODY.search(head))


def is_sigma_file(path: Path) -> bool:
    """Whether a file holds Sigma rules. No feed format is YAML, so a YAML file always means to."""
    if path.suffix.lower() in (".yml", ".yaml"):
        return True
    return looks_like_rules(path)


def files_in(folder: Path, pattern: str) -> list[Path]:
    """The files with Sigma rules in a folder and those below it, sorted; none in a folder of feeds."""
    found = sorted(path for path in folder.glob(f"**/{pattern}") if path.is_file())
    return found if any(looks_like_rules(path) for path in found) else []


def looks_like_rules(path: Path) -> bool:
    """Whether the content of a file is that of Sigma rules."""
    # Only what can be read twice: a FIFO gives its content once.
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return is_sigma(file.read(HEAD))
    except OSError:
        return False  # The reader says why.


@dataclass(frozen=True)
class Source:
    """Bytes with Sigma rules, and what they are called."""

    name: str
    data: bytes
    path: Path | None = None


def load(source: Source, lost: list[LostRule]) -> "SigmaCollection":
    """The rules of one input. Invalid rules are added to `lost`, and the others come out.

    References between rules stay open until `merge`. Raises `InputError` where the input is not YAML.
    """
    from sigma.collection import SigmaCollection

    collection = SigmaCollection.from_dicts(
        documents(source),
        collect_errors=True,
        source=_location(source),
        collect_filters=True,
        resolve_references=False,
    )
    good = []
    for rule in collection.rules:
        if rule.errors:
            lost.append(_lost(rule, source))
        else:
            good.append(rule)
    of_rules = {id(error) for rule in collection.rules for error in rule.errors}
    for error in collection.errors:
        if id(error) not in of_rules:
            lost.append(LostRule("without a title", None, _words(error), source.name))
    collection.rules = good
    return collection


def one_rule(given: "dict[str, Any] | str", source: Source) -> "SigmaRule | LostRule":
    """A rule that stands alone, as `load` reads it among others; `given` as `_core.read_rules` gives it."""
    from sigma.exceptions import SigmaError
    from sigma.rule import SigmaRule

    document = _by_pyyaml(given, source.name, 1)[0] if isinstance(given, str) else given
    try:
        rule = SigmaRule.from_dict(document, collect_errors=True, source=_location(source))
    except SigmaError as error:
        return LostRule("without a title", None, _words(error), source.name)
    return _lost(rule, source) if rule.errors else rule


def _location(source: Source) -> "SigmaRuleLocation | None":
    from sigma.exceptions import SigmaRuleLocation

    return SigmaRuleLocation(source.path) if source.path else None


def _lost(rule: "AnyRule", source: Source) -> LostRule:
    reasons = "; ".join(_words(error) for error in rule.errors)
    return LostRule(rule.title or "without a title", str(rule.id) if rule.id else None, reasons, source.name)


def merge(collections: "Iterable[SigmaCollection]") -> "SigmaCollection":
    """All rules as one collection: references resolved, filters applied, and referenced rules first."""
    from sigma.collection import SigmaCollection
    from sigma.exceptions import SigmaError

    try:
        return SigmaCollection.merge(list(collections))
    except SigmaError as error:
        raise InputError(
            "the rules do not fit together", code="broken_input", causes=[_words(error)]
        ) from error


def read_rules(data: bytes, name: str = "<bytes>") -> list[Any]:
    """The documents of Sigma YAML, or of JSON, as PyYAML's `safe_load_all` reads them.

        >>> read_rules(b"title: A\\ndate: 2026-05-17\\n---\\ntitle: B\\n")
        [{'title': 'A', 'date': datetime.date(2026, 5, 17)}, {'title': 'B'}]

    Empty ones are left out, and of a list its items are given. Much faster than PyYAML, most of all where
    rules are alike. Raises `InputError` with the line of what is not YAML, is nested deeper than 64, or has
    aliases that more than double it.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError:
        # Another encoding, with its mark; or none at all.
        return _by_pyyaml(data, name, 1)
    read: list[Any] = []
    for document in _core.read_rules(name, text):
        if isinstance(document, tuple):
            read += _by_pyyaml(document[0], name, document[1])
        else:
            read.append(document)
    return read


def documents(source: Source) -> list[dict[str, Any]]:
    """The documents of a source, all of them maps. Raises `InputError` where one is not a map."""
    read = read_rules(source.data, source.name)
    for document in read:
        if not isinstance(document, dict):
            raise InputError(
                "a document in the rules is not a map",
                code="broken_input",
                place=source.name,
                hint="Sigma rules have `title`, `logsource` and `detection`",
            )
    return read


def _by_pyyaml(data: bytes | str, name: str, line: int) -> list[Any]:
    import yaml

    # The same in C where PyYAML has it, which is ten times as fast.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        read = [document for document in yaml.load_all(data, loader) if document is not None]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError(
            "the rules are not valid YAML",
            code="broken_input",
            place=f"{name}:{mark.line + line}" if mark else name,
            causes=[" ".join(str(getattr(error, "problem", None) or error).split())],
        ) from error
    return [inner for document in read for inner in (document if isinstance(document, list) else [document])]


def _words(error: Exception) -> str:
    return " ".join(str(error.args[0] if error.args else error).split())


def read_bytes(path: Path) -> bytes:
    """A file's content. Raises `InputError` where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            "cannot read the input",
            code="unreadable_input",
            place=os.fspath(path),
            causes=[error.strerror or str(error)],
        ) from error


def load_filters(paths: Sequence[Path]) -> "list[SigmaCollection]":
    """The filters in files.

    Raises `InputError` where one is broken: without it, rules would match more than is meant.
    """
    loaded = []
    for path in paths:
        lost: list[LostRule] = []
        loaded.append(load(Source(os.fspath(path), read_bytes(path), path), lost))
        if lost:
            raise InputError(
                "the filter is broken", code="broken_input", place=os.fspath(path), causes=[lost[0].reason]
            )
    return loaded
