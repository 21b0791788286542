"""What a rule must be, judged without the code that made it: PyYAML's safe loader and an unescape of its own."""

from __future__ import annotations

import datetime
import re
import unicodedata
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from feeds import MARKER

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
LEVELS = {"informational", "low", "medium", "high", "critical"}
STATUSES = {"stable", "test", "experimental", "deprecated", "unsupported"}
KEYS = {
    "title", "id", "status", "description", "references", "author", "date", "modified", "tags", "logsource", "detection", "fields",
    "falsepositives", "level", "license", "related", "scope", "socdef",
}  # fmt: skip
# Format characters that a reader does see: marks around numbers.
SEEN = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")


class OnceLoader(Loader):  # type: ignore[misc]
    """The safe loader, which also refuses a key that stands twice."""


def _once(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
    if len(keys) != len(set(keys)):
        raise yaml.constructor.ConstructorError(None, None, "a key stands twice", node.start_mark)
    return dict(loader.construct_pairs(node, deep=True))


OnceLoader.add_constructor("tag:yaml.org,2002:map", _once)


def invisible(said: str, lines: bool = False) -> str:
    """The first character that nobody sees, as `U+202E`; `lines` allows line ends. Empty where there is none."""
    if said.isascii() and said.isprintable():
        return ""
    for character in said:
        kind = unicodedata.category(character)
        if kind in ("Cc", "Cf", "Zl", "Zp") and character not in SEEN and not (lines and character == "\n"):
            return f"U+{ord(character):04X}"
    return ""


def wildcard(literal: str) -> bool:
    """Whether a Sigma string has an unescaped `*` or `?`."""
    at = 0
    while at < len(literal):
        if literal[at] == "\\" and literal[at + 1 : at + 2] in ("\\", "*", "?"):
            at += 2
            continue
        if literal[at] in "*?":
            return True
        at += 1
    return False


def literals(node: Any, field: str = "") -> Iterator[tuple[str, Any]]:
    """Each literal of a detection, with its field and modifiers."""
    if isinstance(node, dict):
        for name, below in node.items():
            yield from literals(below, str(name))
    elif isinstance(node, list):
        for below in node:
            yield from literals(below, field)
    else:
        yield field, node


def skeleton(node: Any) -> Any:
    """A detection without its texts; items of a list that are built alike count once."""
    if isinstance(node, dict):
        return tuple(
            (str(name), node[name] if name == "condition" else skeleton(node[name])) for name in node
        )
    if isinstance(node, list):
        return ("list", *sorted({repr(skeleton(item)) for item in node}))
    return "text" if isinstance(node, str) else type(node).__name__


def shape(rule: dict[str, Any]) -> str:
    """What a hostile record must not be able to change: log source, detection, status, and which keys there are."""
    source = tuple(sorted((str(name), str(said)) for name, said in rule["logsource"].items()))
    return repr((source, skeleton(rule["detection"])))


def faults_of(rule: Any) -> Iterator[str]:
    """What is wrong with one rule, whatever record it came from."""
    if not isinstance(rule, dict):
        yield f"a document that is a {type(rule).__name__}"
        return
    for unknown in set(map(str, rule)) - KEYS:
        yield f"the key {unknown!r}"
    for name in ("title", "id", "status", "description", "author", "level"):
        if not isinstance(rule.get(name), str):
            yield f"{name} is {type(rule.get(name)).__name__}"
            return
    if not isinstance(rule.get("logsource"), dict) or not isinstance(rule.get("detection"), dict):
        yield "no logsource or no detection"
        return
    title = rule["title"]
    if len(title) > 256 or title != title.strip() or (seen := invisible(title)):
        yield f"title of {len(title)} characters" + (f" with {seen}" if (seen := invisible(title)) else "")
    for name in ("author", "description"):
        if seen := invisible(rule[name], lines=name == "description"):
            yield f"{name} with {seen}"
    try:
        uuid.UUID(rule["id"])
    except ValueError:
        yield f"id {rule['id']!r}"
    if rule["level"] not in LEVELS - {"critical"} or rule["status"] not in STATUSES:
        yield f"level {rule['level']!r}, status {rule['status']!r}"
    for name in ("date", "modified"):
        if name in rule and not isinstance(rule[name], datetime.date):
            yield f"{name} {rule[name]!r}"
    for name, form in (
        ("tags", r"[a-z0-9_-]+\.[a-z0-9._-]+"),
        ("references", r"https?://[^\s]+"),
        ("fields", r"[\w.-]+"),
        ("falsepositives", r"[^\n]+"),
    ):
        for entry in rule.get(name, []):
            if not isinstance(entry, str) or not re.fullmatch(form, entry) or invisible(entry):
                yield f"{name}: {entry!r:.80}"
    for name, said in rule["logsource"].items():
        # A definition is a sentence of the template.
        form = r"[^\n]+" if name == "definition" else r"[a-z0-9_-]+"
        if not isinstance(said, str) or not re.fullmatch(form, said):
            yield f"logsource {said!r:.80}"
    condition = rule["detection"].get("condition")
    if not isinstance(condition, str):
        yield f"condition {condition!r:.80}"
    for field, literal in literals(
        {name: below for name, below in rule["detection"].items() if name != "condition"}
    ):
        if literal is not None and not isinstance(literal, str | int):
            yield f"a literal that is a {type(literal).__name__} in {field}"
        elif isinstance(literal, str) and not field.endswith(("|re", "|cidr")) and wildcard(literal):
            yield f"an unescaped wildcard in {field}: {literal!r:.120}"
    for _, said in literals(rule.get("socdef", {})):
        if not isinstance(said, str | int | bool | datetime.date):
            yield f"socdef has a {type(said).__name__}"


def check(
    text: str, report: dict[str, Any], owner: Callable[[str], str | None]
) -> tuple[list[tuple[str, str]], list[dict[str, Any]]]:
    """The faults of an output, each with the marker of its record (or an empty one), and the rules.

    `owner` gives the marker for a value that has none in itself.
    """
    faults: list[tuple[str, str]] = []
    pieces = text.split("\n---\n") if text else []
    counts = report["counts"]
    if counts["read"] != counts["kept"] + counts["merged"] + counts["dropped"] + counts["refused"]:
        faults.append((f"the counts {counts}", ""))
    records = report["records"]
    if records["read"] != records["with_values"] + records["without_values"]:
        faults.append((f"the records {records}", ""))
    if len(pieces) != counts["rules"]:
        faults.append((f"{len(pieces)} documents for {counts['rules']} rules", ""))
    rules = []
    ids: set[str] = set()
    for piece in pieces:
        found = MARKER.findall(piece)
        about = found[0] if found else ""
        if seen := invisible(piece, lines=True):
            at = next(line for line in piece.split("\n") if invisible(line))
            named = re.match(r"\s*(?:- )?([\w|.-]+): ", at)
            faults.append(
                (f"an invisible character raw in {named.group(1) if named else 'a list'}: {seen}", about)
            )
        try:
            loaded = list(yaml.load_all(piece, Loader=OnceLoader))
        except (yaml.YAMLError, ValueError) as error:
            faults.append((f"no YAML: {str(error).splitlines()[0]}", about))
            continue
        if len(loaded) != 1:
            faults.append((f"{len(loaded)} documents in one", about))
            continue
        rule = loaded[0]
        wrong = list(faults_of(rule))
        faults += [(fault, about) for fault in wrong]
        if not isinstance(rule, dict):
            continue
        said = str(rule.get("socdef", {}).get("value", ""))
        mine = MARKER.search(said)
        holder = mine.group() if mine else owner(said)
        if holder is not None and (others := set(found) - {holder}):
            faults.append((f"text of another record ({sorted(others)[0]})", holder))
        if rule.get("id") in ids:
            faults.append((f"two rules with the id {rule.get('id')}", about))
        ids.add(str(rule.get("id")))
        if not wrong:
            rules.append(rule)
    return faults, rules
