"""The documented forms of a value, by its canonical spelling; the heads of `src/types/*.rs` describe them."""

from collections.abc import Callable
from typing import Any

# A selection is a list of alternatives, an alternative a list of fields with their literals.
Fields = list[tuple[str, list[str]]]
Selections = dict[str, list[Fields]]


def _full(address: str) -> str:
    """An IPv6 address as Sysmon writes it: no group left out, no zero filled in."""
    head, _, tail = address.partition("::")
    groups = [[group for group in part.split(":") if group] for part in (head, tail)]
    gap = ["0"] * (8 - len(groups[0]) - len(groups[1]))
    return ":".join(groups[0] + gap + groups[1])


def _url(value: str) -> Selections:
    scheme, _, rest = value.partition("://")
    at = min(rest.index(mark) for mark in "/\\" if mark in rest)
    authority, path = rest[:at], rest[at:]
    host, colon, port = authority.rpartition(":")
    hosts = [authority, host] if colon and port.isdigit() else [authority]
    schemes = ["ftp://", ""] if scheme == "ftp" else ["http://", "https://", ""]
    paths = ["/", ""] if path == "/" else [path]
    uris = [scheme + authority + path for scheme in schemes for path in paths]
    return {
        "selection_uri": [[("c-uri", uris)]],
        "selection_split": [[("cs-host", hosts), ("c-uri", [path])]],
    }


def _cve(value: str) -> Selections:
    spellings = [value.replace("-", between) for between in ("-", "_", "")]
    longer = [f"{spelling}{digit}" for spelling in spellings for digit in range(10)]
    return {
        "selection": [[("Signature|contains", spellings)]],
        "filter_main_longer_id": [[("Signature|contains", longer)]],
    }


def _address(value: str) -> Selections:
    if "/" in value:
        return {"selection": [[("DestinationIp|cidr", [value])]]}
    spellings = [value]
    if ":" in value and _full(value) != value:
        spellings.append(_full(value))
    return {"selection": [[("DestinationIp", spellings)]]}


def _hash(algorithm: str) -> Callable[[str], Selections]:
    return lambda value: {"selection": [[("Hashes|contains", [f"{algorithm}={value.upper()}"])]]}


FORMS: dict[str, Callable[[str], Selections]] = {
    "ipv4": _address,
    "ipv6": _address,
    "domain": lambda value: {
        "selection": [[("QueryName", [value])], [("QueryName|endswith", [f".{value}"])]]
    },
    "url": _url,
    "md5": _hash("MD5"),
    "sha1": _hash("SHA1"),
    "sha256": _hash("SHA256"),
    "cve": _cve,
    "email": lambda value: {"selection": [[("SenderAddress", [value])]]},
}
CONDITIONS = {"url": "1 of selection_*", "cve": "selection and not 1 of filter_main_*"}


def escaped(literal: str) -> str:
    """Sigma specification 2.1.0, "Escape Character"."""
    return literal.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")


def detection_of(kind: str, value: str) -> dict[str, Any]:
    """The `detection` of a rule as YAML should give it."""

    def fields(alternative: Fields) -> dict[str, Any]:
        texts = {name: [escaped(literal) for literal in literals] for name, literals in alternative}
        return {name: all_of[0] if len(all_of) == 1 else all_of for name, all_of in texts.items()}

    detection: dict[str, Any] = {}
    for name, alternatives in FORMS[kind](value).items():
        maps = [fields(alternative) for alternative in alternatives]
        detection[name] = maps[0] if len(maps) == 1 else maps
    return {**detection, "condition": CONDITIONS.get(kind, "selection")}
