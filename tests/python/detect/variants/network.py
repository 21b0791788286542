"""Events with addresses and names."""

import ipaddress
from collections.abc import Iterator

from detect.columns import SOURCE_FIELDS
from detect.model import Ioc, Kind
from detect.scan import ADDRESS_FIELDS, NAME_FIELDS
from detect.variants.base import Variant, swapped


def addresses(ioc: Ioc, logsource: str) -> Iterator[Variant]:
    """An address or a network, in the fields of a log source."""
    field = ADDRESS_FIELDS[logsource][0]
    source = SOURCE_FIELDS.get(logsource)

    def at(why: str, kind: Kind, text: str) -> Variant:
        return Variant(why, kind, {field: text})

    if "/" in ioc.value:
        yield from (at(why, kind, text) for why, kind, text in _around(ioc.value))
        return
    yield at("the address", "hit", ioc.value)
    if source is not None:
        kind: Kind = "hit" if logsource == "firewall" else "miss"
        yield Variant("the address as the source", kind, {source: ioc.value})
    yield at("one digit more", "miss", ioc.value + "0")
    yield at("one digit before it", "miss", "1" + ioc.value)
    if ioc.type == "ipv4":
        yield at("no wildcard for a dot", "miss", ioc.value.replace(".", "x", 1))
        yield at("the address before it", "miss", str(ipaddress.ip_address(ioc.value) - 1))
        return
    full = ipaddress.ip_address(ioc.value).exploded
    sysmon = ":".join(f"{int(group, 16):x}" for group in full.split(":"))
    yield at("as Sysmon writes it", "hit", sysmon)
    yield at("in upper case", "case", ioc.value.upper())
    yield at("as Sysmon writes it, in upper case", "case", sysmon.upper())
    yield at("one digit more, as Sysmon writes it", "miss", sysmon + "1")
    yield at("the address after it", "miss", str(ipaddress.ip_address(ioc.value) + 1))


def _around(value: str) -> Iterator[tuple[str, Kind, str]]:
    network = ipaddress.ip_network(value)
    first, last = network[0], network[-1]
    yield "the first address", "hit", str(first)
    yield "the last address", "hit", str(last)
    yield "inside the network", "hit", str(network[min(7, network.num_addresses - 1)])
    yield "the address before the first", "miss", str(first - 1)
    yield "the address after the last", "miss", str(last + 1)
    if network.version == 6:
        yield (
            "inside it, as Sysmon writes it",
            "hit",
            ":".join(f"{int(group, 16):x}" for group in network[5].exploded.split(":")),
        )
        yield "inside it, in upper case", "case", str(network[-2]).upper()
        yield "an IPv4 address", "miss", "198.18.0.1"
    else:
        yield "an IPv6 address", "miss", "3fff::1"
        yield "text that begins alike", "miss", f"{first}.evil.example"


def names(name: str, logsource: str) -> Iterator[Variant]:
    """A name, and names below it."""
    field = NAME_FIELDS[logsource]

    def at(why: str, kind: Kind, text: str) -> Variant:
        return Variant(why, kind, {field: text})

    yield at("the name", "hit", name)
    yield at("a name below it", "hit", f"www.{name}")
    yield at("another name that ends alike", "miss", f"not{name}")
    yield at("the name in another case", "case", swapped(name))
    yield at("a name further below it", "hit", f"a.b-1.c_2.{name}")
    yield at("the name and more", "miss", f"{name}.other.example")
    yield at("a name below it in another case", "case", swapped(f"wWw.{name}"))
    yield at("no wildcard for a dot", "miss", name.replace(".", "x", 1))
    yield at("another name that ends alike, behind a dash", "miss", f"a-{name}")
    if "_" in name:
        yield at("no wildcard for an underscore", "miss", name.replace("_", "x", 1))
        yield at("no wildcard for an underscore, below it", "miss", "www." + name.replace("_", "x", 1))
    if logsource == "proxy":
        yield at("the name with a port", "hit", f"{name}:8443")
        yield at("a name below it with a port", "hit", f"cdn.{name}:443")
        yield at("another name that ends alike, with a port", "miss", f"not{name}:443")
        yield at("the name with a port in another case", "case", f"{swapped(name)}:443")
        yield Variant(
            "the name in the URL of another host", "miss", {field: "other.example", "c-uri": f"/{name}"}
        )
