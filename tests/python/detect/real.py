"""Real Sysmon events, and indicators made from what they hold: what was seen, and near misses of it.

The events are 98 of OTRF's Security-Datasets (`tests/data/README.md`). The addresses are private ones of a
lab, so these rules are compiled without the guard.
"""

import ipaddress
import json
from functools import cache

from _harness import DATA
from detect.model import Event, Ioc, Table

CATEGORIES = {
    "process_creation/windows": "1",
    "network_connection/windows": "3",
    "image_load/windows": "7",
    "dns_query/windows": "22",
}
"""The log sources of rules, by the `EventID` that Sysmon gives their events."""

COLUMNS = (
    "EventID",
    "Image",
    "CommandLine",
    "Hashes",
    "ImageLoaded",
    "SourceIp",
    "DestinationIp",
    "DestinationPort",
    "DestinationHostname",
    "QueryName",
    "QueryResults",
    "TargetFilename",
)


@cache
def events() -> tuple[Event, ...]:
    """All events, in their order."""
    lines = (DATA / "logs" / "otrf_sysmon.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(_event(json.loads(line)) for line in lines)


def _event(read: dict[str, object]) -> Event:
    fields = {name: str(read[name]) for name in COLUMNS if read.get(name) is not None}
    return Event(fields, f"event {read['EventID']}", "hit")


@cache
def table() -> Table:
    """All events as one table, as they come from a Windows host."""
    return Table("sysmon", events(), COLUMNS)


@cache
def table_of(logsource: str) -> Table:
    """The events of one log source alone."""
    wanted = CATEGORIES[logsource]
    return Table(logsource, tuple(e for e in events() if e.fields["EventID"] == wanted), COLUMNS)


def _seen(field: str) -> list[str]:
    return sorted({event.fields[field] for event in events() if field in event.fields})


@cache
def iocs() -> tuple[Ioc, ...]:
    """What the events hold, and near misses of it."""
    return tuple({(ioc.type, ioc.value): ioc for ioc in [*_addresses(), *_names(), *_hashes()]}.values())


def _addresses() -> list[Ioc]:
    found = []
    for text in [*_seen("DestinationIp"), *_seen("SourceIp")]:
        address = ipaddress.ip_address(text)
        near = [str(address + 1), str(address - 1), text[:-1], f"1{text}"]
        networks = [
            str(ipaddress.ip_network(f"{text}/{length}", strict=False)) for length in (24, 28, 29, 30)
        ]
        found += [Ioc("ipv4", value) for value in [text, *near, *networks] if _is_address(value)]
    return found


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _names() -> list[Ioc]:
    found = []
    for text in [*_seen("QueryName"), *_seen("DestinationHostname")]:
        name = text.lower().rstrip(".")
        if name.count(".") < 1:
            continue
        parent = name.partition(".")[2]
        # What a careless rule would find as well: an ending without its dot, and a beginning.
        near = [name[1:], f"x{name}", f"{name}.example", name.replace(".", "-", 1)]
        found += [
            Ioc("domain", value) for value in [name, parent, *near] if "." in value and value[0].isalnum()
        ]
    return found


def _hashes() -> list[Ioc]:
    found = []
    for line in _seen("Hashes"):
        hashes = dict(one.split("=") for one in line.lower().split(","))
        for kind in ("md5", "sha1", "sha256"):
            value = hashes[kind]
            changed = value[:-1] + ("0" if value[-1] != "0" else "1")
            found += [Ioc(kind, value), Ioc(kind, changed)]
        # A hash of another algorithm, and of the same length.
        found.append(Ioc("md5", hashes["imphash"]))
    return [ioc for ioc in found if set(ioc.value) != {"0"}]
