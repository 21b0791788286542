"""Sigma rules as input: told from feeds by their content, and loaded as `sigma convert` loads them."""

import datetime
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .convert import LostRule
from .errors import InputError

if TYPE_CHECKING:
    from sigma.collection import SigmaCollection

__all__ = [
    "HEAD",
    "files_in",
    "is_sigma",
    "is_sigma_file",
    "load",
    "load_filters",
    "looks_like_rules",
    "merge",
    "plain_documents",
    "read_bytes",
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


def load(data: bytes, name: str, path: Path | None, lost: list[LostRule]) -> "SigmaCollection":
    """The rules of one input. Rules that are none are added to `lost`, and the others come out.

    References between rules stay open until `merge`. Raises `InputError` where the input is no YAML.
    """
    from sigma.collection import SigmaCollection
    from sigma.exceptions import SigmaRuleLocation

    documents = _documents(data, name)
    collection = SigmaCollection.from_dicts(
        documents,
        collect_errors=True,
        source=SigmaRuleLocation(path) if path else None,
        collect_filters=True,
        resolve_references=False,
    )
    good = []
    for rule in collection.rules:
        if rule.errors:
            reasons = "; ".join(_words(error) for error in rule.errors)
            identifier = str(rule.id) if rule.id else None
            lost.append(LostRule(rule.title or "without a title", identifier, reasons, name))
        else:
            good.append(rule)
    of_rules = {id(error) for rule in collection.rules for error in rule.errors}
    for error in collection.errors:
        if id(error) not in of_rules:
            lost.append(LostRule("without a title", None, _words(error), name))
    collection.rules = good
    return collection


def plain_documents(data: bytes) -> list[dict[str, Any]] | None:
    """The documents of rules that stand alone, dates as text; None where anything else is among them."""
    try:
        documents = _documents(data, "")
    except InputError:
        return None  # Whoever reads it again says why.
    for document in documents:
        if "detection" not in document or not document.keys().isdisjoint({"action", "correlation", "filter"}):
            return None
        for name in ("date", "modified"):
            if type(document.get(name)) is datetime.date:
                document[name] = document[name].isoformat()
    return documents


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


def _documents(data: bytes, name: str) -> list[dict[str, Any]]:
    import yaml

    # The same in C where PyYAML has it, which is ten times as fast.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        documents = [document for document in yaml.load_all(data, loader) if document is not None]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError(
            "the rules are no valid YAML",
            code="broken_input",
            place=f"{name}:{mark.line + 1}" if mark else name,
            causes=[" ".join(str(getattr(error, "problem", None) or error).split())],
        ) from error
    # A rule in JSON may stand in a list.
    documents = [
        inner for document in documents for inner in (document if isinstance(document, list) else [document])
    ]
    for document in documents:
        if not isinstance(document, dict):
            raise InputError(
                "a document in the rules is no map",
                code="broken_input",
                place=name,
                hint="Sigma rules have `title`, `logsource` and `detection`",
            )
    return documents


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
        loaded.append(load(read_bytes(path), os.fspath(path), path, lost))
        if lost:
            raise InputError(
                "the filter is broken", code="broken_input", place=os.fspath(path), causes=[lost[0].reason]
            )
    return loaded
