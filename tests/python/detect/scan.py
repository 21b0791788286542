"""The plain scan: which events an indicator's rule matches, by docs/rules.md.

Nothing here is of the compiler, pySigma or an engine. Networks are membership by Python's `ipaddress`, a
field of hashes is taken apart at its commas, a host at its colon: so the same mistake is not made twice.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from urllib.parse import unquote

from detect.model import SIGMA, Comparing, Ioc

Matcher = Callable[[Mapping[str, str]], bool]

ADDRESS_FIELDS: dict[str, tuple[str, ...]] = {
    "network_connection/windows": ("DestinationIp",),
    "network_connection/linux": ("DestinationIp",),
    "firewall": ("dst_ip", "src_ip"),
    "proxy": ("dst_ip",),
    "webserver": ("c-ip",),
    "zeek/conn": ("id.resp_h",),
}
NAME_FIELDS: dict[str, str] = {
    "dns_query/windows": "QueryName",
    "dns": "query",
    "proxy": "cs-host",
    "network_connection/windows": "DestinationHostname",
    "zeek/dns": "query",
}
HASH_FIELDS: dict[str, str] = {
    "process_creation/windows": "Hashes",
    "image_load/windows": "Hashes",
    "driver_load/windows": "Hashes",
    "create_stream_hash/windows": "Hash",
}
PATH_FIELDS: dict[str, str] = {
    "process_creation/windows": "Image",
    "image_load/windows": "ImageLoaded",
    "file_event/windows": "TargetFilename",
}
REGISTRY = ("registry_set/windows", "registry_add/windows", "registry_delete/windows")
IMPHASHES = ("process_creation/windows", "image_load/windows", "driver_load/windows")
LOGSOURCES: dict[str, tuple[str, ...]] = {
    "ipv4": tuple(ADDRESS_FIELDS),
    "ipv6": tuple(ADDRESS_FIELDS),
    "domain": tuple(NAME_FIELDS),
    "url": ("proxy", "webserver", "zeek/http"),
    "md5": tuple(HASH_FIELDS),
    "sha1": tuple(HASH_FIELDS),
    "sha256": tuple(HASH_FIELDS),
    "cve": ("antivirus",),
    "email": ("m365/exchange",),
    "filename": tuple(PATH_FIELDS),
    "filepath": tuple(PATH_FIELDS),
    "registry_key": REGISTRY,
    "named_pipe": ("pipe_created/windows",),
    "imphash": IMPHASHES,
    "ja3": ("zeek/ssl",),
    "ja3s": ("zeek/ssl",),
    "ja4": ("zeek/ssl",),
    "user_agent": ("proxy",),
    "service_name": ("windows/system",),
    "scheduled_task": ("windows/security",),
}
"""The tables of docs/rules.md."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def matcher(ioc: Ioc, logsource: str, comparing: Comparing = SIGMA) -> Matcher:
    """What tells whether the rule of an indicator in a log source matches an event."""
    if ioc.type in ("ipv4", "ipv6"):
        return _address(ioc, ADDRESS_FIELDS[logsource], comparing)
    if ioc.type == "domain":
        return _domain(ioc.value, NAME_FIELDS[logsource], logsource == "proxy", comparing)
    if ioc.type == "url":
        return {"proxy": _proxied, "webserver": _served, "zeek/http": _requested}[logsource](
            ioc.value, comparing
        )
    if ioc.type in ("md5", "sha1", "sha256", "imphash"):
        return _hash(ioc, HASH_FIELDS[logsource], comparing)
    if ioc.type == "cve":
        return _cve(ioc.value, comparing)
    if ioc.type == "filename":
        return _filename(ioc.value, PATH_FIELDS[logsource], comparing)
    if ioc.type == "filepath":
        return _filepath(ioc.value, PATH_FIELDS[logsource], comparing)
    if ioc.type == "registry_key":
        return _registry(ioc.value, comparing)
    if ioc.type in WHOLE:
        return _whole(ioc, comparing)
    return _email(ioc, comparing)


@lru_cache(maxsize=65536)
def _parsed(text: str) -> _Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _equal(text: str | None, wanted: str, comparing: Comparing) -> bool:
    if text is None:
        return False
    if comparing.folds_equal(wanted):
        return text.lower() == wanted.lower()
    return text == wanted


def _same(text: str, wanted: str, folds: bool) -> bool:
    return text.lower() == wanted.lower() if folds else text == wanted


def _address(ioc: Ioc, fields: tuple[str, ...], comparing: Comparing) -> Matcher:
    if "/" in ioc.value:
        network = ipaddress.ip_network(ioc.value)

        def inside(text: str) -> bool:
            address = _parsed(text)
            return address is not None and address.version == network.version and address in network

        return lambda event: any(inside(event[name]) for name in fields if name in event)
    wanted = ipaddress.ip_address(ioc.value)
    if comparing.addresses:
        return lambda event: any(_parsed(event[name]) == wanted for name in fields if name in event)
    # RFC 5952's spelling, which Python's is too, and Sysmon's, which leaves out no group.
    spellings = {str(wanted)}
    if wanted.version == 6:
        spellings.add(":".join(f"{int(group, 16):x}" for group in wanted.exploded.split(":")))
    return lambda event: any(
        _equal(event.get(name), spelling, comparing) for name in fields for spelling in spellings
    )


def _domain(name: str, field: str, is_host: bool, comparing: Comparing) -> Matcher:
    labels = name.split(".")

    def matches(event: Mapping[str, str]) -> bool:
        text = event.get(field)
        if text is None:
            return False
        host, colon, _ = text.partition(":") if is_host else (text, "", "")
        if len(host.split(".")) == len(labels):
            # Before a port, the name is a beginning; alone, it is the whole.
            is_part = colon and comparing.ports
            return _same(host, name, comparing.part) if is_part else _equal(host, name, comparing)
        return len(host.split(".")) > len(labels) and _same(
            ".".join(host.split(".")[-len(labels) :]), name, comparing.part
        )

    return matches


def _parts(url: str) -> tuple[str, str, str]:
    """Host and port as the URL has them, the host alone, and path with query."""
    authority, slash, rest = url.split("://", 1)[1].partition("/")
    host = re.sub(r":\d+$", "", authority)
    return authority, host, slash + rest


def _hosted(event: Mapping[str, str], field: str, url: str, comparing: Comparing) -> bool:
    authority, host, _ = _parts(url)
    seen = event.get(field)
    if seen is not None and not comparing.ports:
        seen = re.sub(r":\d+$", "", seen)
    return any(_equal(seen, wanted, comparing) for wanted in {authority, host})


def _proxied(url: str, comparing: Comparing) -> Matcher:
    authority, _, target = _parts(url)
    targets = {target, ""} if target == "/" else {target}
    wholes = {f"{scheme}{authority}{t}" for scheme in ("http://", "https://", "") for t in targets}

    def matches(event: Mapping[str, str]) -> bool:
        uri = event.get("c-uri")
        if any(_equal(uri, whole, comparing) for whole in wholes):
            return True
        return _hosted(event, "cs-host", url, comparing) and _equal(uri, target, comparing)

    return matches


def _served(url: str, comparing: Comparing) -> Matcher:
    target = _parts(url)[2]
    wanted_stem, mark, wanted_query = target.partition("?")

    def matches(event: Mapping[str, str]) -> bool:
        stem, query = event.get("cs-uri-stem"), event.get("cs-uri-query")
        if not (mark and wanted_query):
            return _equal(stem, wanted_stem, comparing) or _equal(query, wanted_stem, comparing)
        if _equal(stem, wanted_stem, comparing) and _equal(query, wanted_query, comparing):
            return True
        return _equal(query, target, comparing)

    return matches


def _requested(url: str, comparing: Comparing) -> Matcher:
    authority, _, target = _parts(url)
    # As sent, as Zeek decodes it, and as it is asked of a proxy.
    wanted = {target, unquote(target), f"http://{authority}{target}", f"https://{authority}{target}"}
    return lambda event: (
        _hosted(event, "host", url, comparing)
        and any(_equal(event.get("uri"), uri, comparing) for uri in wanted)
    )


def _hash(ioc: Ioc, field: str, comparing: Comparing) -> Matcher:
    algorithm, digits = ioc.type.upper(), ioc.value.upper()
    folds = comparing.part if comparing.hashes is None else comparing.hashes

    def matches(event: Mapping[str, str]) -> bool:
        for one in event.get(field, "").split(","):
            name, _, value = one.partition("=")
            if _same(name, algorithm, folds) and _same(value, digits, folds):
                return True
        return False

    return matches


def _cve(value: str, comparing: Comparing) -> Matcher:
    _, year, number = value.split("-")
    flags = re.IGNORECASE if comparing.part else 0
    spelling = rf"CVE(?:-{year}-|_{year}_|{year}){number}"
    named, longer = re.compile(spelling, flags), re.compile(spelling + r"[0-9]", flags)

    def matches(event: Mapping[str, str]) -> bool:
        signature = event.get("Signature", "")
        return bool(named.search(signature)) and not longer.search(signature)

    return matches


def _email(ioc: Ioc, comparing: Comparing) -> Matcher:
    names = {"sender": "SenderAddress", "recipient": "RecipientAddress"}
    fields = [names[role] for role in ioc.roles or ("sender",)]
    return lambda event: any(_equal(event.get(name), ioc.value, comparing) for name in fields)


WHOLE: dict[str, dict[str, str]] = {
    "named_pipe": {"PipeName": ""},
    "ja3": {"ja3": ""},
    "ja3s": {"ja3s": ""},
    "ja4": {"ja4": ""},
    "user_agent": {"c-useragent": ""},
    "service_name": {"Provider_Name": "Service Control Manager", "EventID": "7045", "ServiceName": ""},
    "scheduled_task": {"EventID": "4698", "TaskName": ""},
}
"""Fields that are compared whole, with the value that they must have; the indicator's, where there is none."""


def _whole(ioc: Ioc, comparing: Comparing) -> Matcher:
    wanted = {name: text or ioc.value for name, text in WHOLE[ioc.type].items()}
    return lambda event: all(_equal(event.get(name), text, comparing) for name, text in wanted.items())


def _filename(name: str, field: str, comparing: Comparing) -> Matcher:
    def matches(event: Mapping[str, str]) -> bool:
        _folder, backslash, last = event.get(field, "").rpartition("\\")
        return bool(backslash) and _same(last, name, comparing.part)

    return matches


def _filepath(path: str, field: str, comparing: Comparing) -> Matcher:
    """Name by name, from the end of the path: what the variable stands for is not looked at."""

    def fold(text: str) -> str:
        return text.lower() if comparing.part else text

    if not path.endswith("\\") and not path.startswith("%") and (path[1:3] == ":\\" or path[:2] == "\\\\"):
        return lambda event: _equal(event.get(field), path, comparing)
    heads: list[list[str]] = [[]]
    if path.startswith("%ProgramFiles%"):
        heads = [["Program Files"], ["Program Files (x86)"]]
    names = path.removeprefix("%ProgramFiles%").removeprefix("%UserProfile%").strip("\\").split("\\")
    is_folder = path.endswith("\\")
    wanted = [[fold(name) for name in head + names] for head in heads]

    def matches(event: Mapping[str, str]) -> bool:
        there = fold(event.get(field, "")).split("\\")
        # A drive stands at the beginning, anything else has a backslash before it.
        first = 0 if path[1:2] == ":" else 1
        for one in wanted:
            ends = range(first, len(there) - len(one)) if is_folder else [len(there) - len(one)]
            found = any(at >= first and there[at : at + len(one)] == one for at in ends)
            if found and (not path.startswith("%UserProfile%") or fold("Users") in there[1:-1]):
                return True
        return False

    return matches


def _registry(key: str, comparing: Comparing) -> Matcher:
    hive, *names = key.split("\\")

    def fold(text: str) -> str:
        return text.lower() if comparing.part else text

    wanted = [fold(name) for name in names]
    sets = [wanted]
    if wanted[:2] == [fold("SYSTEM"), fold("CurrentControlSet")]:
        sets.append([wanted[0], fold("ControlSet001"), *wanted[2:]])

    def before(there: list[str], at: int) -> bool:
        """Whether what stands before the names is the hive, of the machine or of a user."""
        if hive != "HKCR":
            return at >= 1
        last = there[at - 1] if at else ""
        return at >= 1 and (
            last.endswith((fold("HKCR"), fold("_Classes"))) or (at >= 2 and last == fold("Classes"))
        )

    def matches(event: Mapping[str, str]) -> bool:
        there = fold(event.get("TargetObject", "")).split("\\")
        return any(
            there[at : at + len(one)] == one and before(there, at) for one in sets for at in range(len(there))
        )

    return matches
