"""The plain scan: which events an indicator's rule matches, by what the README says.

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
}
"""The tables "What becomes of an indicator" and "Other log sources" of the README."""

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
    if ioc.type in ("md5", "sha1", "sha256"):
        return _hash(ioc, HASH_FIELDS[logsource], comparing)
    if ioc.type == "cve":
        return _cve(ioc.value, comparing)
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
