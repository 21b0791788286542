"""Events that an indicator's rule must find, must just miss, and must find where case does not count.

Each indicator gets a few of the variants of its type in each of its log sources, in turn, so that every
variant is there for some indicator. What is expected of an event is not said here but found by the scan:
one indicator's near miss may be another's hit.
"""

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from urllib.parse import unquote

from detect.model import Event, Fields, Ioc, Kind, Table
from detect.scan import ADDRESS_FIELDS, HASH_FIELDS, LOGSOURCES, NAME_FIELDS, PATH_FIELDS, WHOLE

COLUMNS: dict[str, tuple[str, ...]] = {
    "network_connection/windows": (
        "EventID", "Image", "SourceIp", "DestinationIp", "DestinationPort", "DestinationHostname",
        "Initiated",
    ),
    "network_connection/linux": (
        "Image", "SourceIp", "DestinationIp", "DestinationPort", "DestinationHostname",
    ),
    "firewall": ("src_ip", "src_port", "dst_ip", "dst_port", "action"),
    "proxy": ("src_ip", "dst_ip", "cs-host", "c-uri", "c-useragent", "cs-method"),
    "webserver": ("c-ip", "cs-method", "cs-uri-stem", "cs-uri-query", "sc-status", "cs-user-agent"),
    "zeek/conn": ("id.orig_h", "id.resp_h", "id.resp_p", "service", "conn_state"),
    "zeek/dns": ("id.orig_h", "id.resp_h", "query", "answers", "rcode_name"),
    "zeek/http": ("id.orig_h", "host", "uri", "method", "user_agent"),
    "dns": ("src_ip", "query", "answer", "record_type"),
    "dns_query/windows": ("EventID", "Image", "QueryName", "QueryStatus", "QueryResults"),
    "process_creation/windows": ("EventID", "Image", "CommandLine", "Hashes", "ParentImage"),
    "image_load/windows": ("EventID", "Image", "ImageLoaded", "Hashes", "Signed"),
    "driver_load/windows": ("EventID", "ImageLoaded", "Hashes", "Signed"),
    "create_stream_hash/windows": ("EventID", "Image", "TargetFilename", "Hash"),
    "file_event/windows": ("EventID", "Image", "TargetFilename"),
    "registry_set/windows": ("EventID", "Image", "TargetObject", "Details"),
    "registry_add/windows": ("EventID", "EventType", "Image", "TargetObject"),
    "registry_delete/windows": ("EventID", "EventType", "Image", "TargetObject"),
    "pipe_created/windows": ("EventID", "Image", "PipeName"),
    "zeek/ssl": ("id.orig_h", "id.resp_h", "server_name", "ja3", "ja3s", "ja4"),
    "windows/system": ("Provider_Name", "EventID", "ServiceName", "ImagePath"),
    "windows/security": ("EventID", "TaskName", "SubjectUserName"),
    "antivirus": ("Signature", "Filename", "ComputerName"),
    "m365/exchange": ("SenderAddress", "RecipientAddress", "Subject"),
}  # fmt: skip
"""The fields of each log source, as Sigma's taxonomy and the sources themselves name them."""

ADDRESS_COLUMNS = frozenset(
    {"SourceIp", "DestinationIp", "src_ip", "dst_ip", "c-ip", "id.orig_h", "id.resp_h"}
)
"""Fields that hold addresses and nothing else."""

SOURCE_FIELDS = {
    "network_connection/windows": "SourceIp",
    "network_connection/linux": "SourceIp",
    "firewall": "src_ip",
    "proxy": "src_ip",
    "zeek/conn": "id.orig_h",
}


@dataclass(frozen=True)
class Variant:
    """An event in the making."""

    why: str
    kind: Kind
    fields: Fields


def tables(iocs: Sequence[Ioc], each: int = 3) -> list[Table]:
    """The events of every log source, `each` for every indicator that has a rule there."""
    made: dict[str, list[Event]] = {logsource: [] for logsource in COLUMNS}
    starts: dict[tuple[str, str], int] = {}
    for ioc in iocs:
        for logsource in LOGSOURCES[ioc.type]:
            options = list(variants(ioc, logsource))
            start = starts.get((ioc.type, logsource), 0) % len(options)
            # There are few networks, paths and keys, and much to get wrong about each.
            some = (
                options
                if ("/" in ioc.value and ioc.type.startswith("ip"))
                or ioc.type in ("filepath", "registry_key")
                else islice(cycle(options), start, start + each)
            )
            for one in some:
                made[logsource].append(Event({**_rest(logsource), **one.fields}, one.why, one.kind, ioc))
            starts[ioc.type, logsource] = start + each
    return [Table(logsource, tuple(events), COLUMNS[logsource]) for logsource, events in made.items()]


def variants(ioc: Ioc, logsource: str) -> Iterator[Variant]:
    """Every event that there is for an indicator in a log source."""
    if ioc.type in ("ipv4", "ipv6"):
        return _addresses(ioc, logsource)
    if ioc.type == "domain":
        return _names(ioc.value, logsource)
    if ioc.type == "url":
        return {"proxy": _proxied, "webserver": _served, "zeek/http": _requested}[logsource](ioc.value)
    if ioc.type == "cve":
        return _signatures(ioc.value)
    if ioc.type == "email":
        return _mails(ioc)
    if ioc.type in ("filename", "filepath"):
        return (_names_of_files if ioc.type == "filename" else _paths)(ioc.value, PATH_FIELDS[logsource])
    if ioc.type == "registry_key":
        return _keys(ioc.value)
    if ioc.type in WHOLE:
        return _wholes(ioc)
    return _hashes(ioc, logsource)


def _rest(logsource: str) -> Fields:
    """Fields that no rule of ours reads, or that hold something harmless."""
    rest = {
        "network_connection/windows": {
            "EventID": "3",
            "Image": "C:\\Users\\a\\x_1.exe",
            "DestinationPort": "443",
        },
        "network_connection/linux": {"Image": "/usr/bin/curl", "DestinationPort": "443"},
        "firewall": {"src_port": "50123", "dst_port": "443", "action": "accept"},
        "proxy": {"cs-method": "GET", "c-useragent": "Mozilla/5.0 (100%)"},
        "webserver": {"cs-method": "GET", "sc-status": "200"},
        "zeek/conn": {"conn_state": "SF"},
        "zeek/dns": {"rcode_name": "NOERROR"},
        "zeek/http": {"method": "GET"},
        "dns": {"record_type": "A"},
        "dns_query/windows": {"EventID": "22", "QueryStatus": "0"},
        "process_creation/windows": {"EventID": "1", "Image": "C:\\Windows\\x.exe"},
        "image_load/windows": {"EventID": "7", "Signed": "false"},
        "driver_load/windows": {"EventID": "6"},
        "create_stream_hash/windows": {"EventID": "15"},
        "file_event/windows": {"EventID": "11", "Image": "C:\\Windows\\x.exe"},
        "registry_set/windows": {"EventID": "13", "Details": "DWORD (0x00000001)"},
        "registry_add/windows": {"EventID": "12", "EventType": "CreateKey"},
        "registry_delete/windows": {"EventID": "12", "EventType": "DeleteKey"},
        "pipe_created/windows": {"EventID": "17", "Image": "C:\\Windows\\x.exe"},
        "zeek/ssl": {"server_name": "a.example"},
    }
    return dict(rest.get(logsource, {}))


def _addresses(ioc: Ioc, logsource: str) -> Iterator[Variant]:
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


def swapped(text: str) -> str:
    """A text in another case: every second letter the other way round."""
    return "".join(char.swapcase() if at % 2 == 0 else char for at, char in enumerate(text))


def _names(name: str, logsource: str) -> Iterator[Variant]:
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


def _split(url: str) -> tuple[str, str, str, str]:
    """Scheme, authority, host and the rest of a URL."""
    scheme, rest = url.split("://", 1)
    authority, slash, path = rest.partition("/")
    bracket = authority.rfind("]")
    port = authority.find(":", max(bracket, 0))
    return scheme, authority, authority[:port] if port >= 0 else authority, slash + path


def _changed(text: str) -> Iterator[tuple[str, str]]:
    """The text with something that no engine may take for a wildcard, but might, in another way."""
    for name, mark, other in (
        ("a question mark", "?", "x"),
        ("an asterisk", "*", "xyz"),
        ("a percent sign", "%", "xyz"),
        ("an underscore", "_", "x"),
        ("a backslash", "\\", "x"),
        ("a dot", ".", "x"),
        ("a bracket", "[", "x"),
    ):
        if mark in text:
            yield f"no wildcard for {name}", text.replace(mark, other, 1)


def _proxied(url: str) -> Iterator[Variant]:
    scheme, authority, host, target = _split(url)
    other = {"http": "https", "https": "http"}[scheme]

    def whole(why: str, kind: Kind, text: str) -> Variant:
        return Variant(why, kind, {"c-uri": text})

    yield whole("the URL", "hit", url)
    yield whole("the other scheme", "hit", f"{other}://{authority}{target}")
    yield whole("without a scheme", "hit", f"{authority}{target}")
    yield Variant("host and path in two fields", "hit", {"cs-host": host, "c-uri": target})
    if authority != host:
        yield Variant("host with its port and path", "hit", {"cs-host": authority, "c-uri": target})
    for why, text in _changed(target):
        yield whole(why, "miss", f"{scheme}://{authority}{text}")
        yield Variant(f"{why}, in two fields", "miss", {"cs-host": host, "c-uri": text})
    yield whole("scheme and host in another case", "case", f"{scheme.upper()}://{swapped(authority)}{target}")
    yield Variant("the host in another case", "case", {"cs-host": host.upper(), "c-uri": target})
    yield whole("the path in another case", "case", f"{scheme}://{authority}{target.swapcase()}")
    yield whole("the URL followed by more", "miss", f"{url}&more=1")
    yield whole("a host below it", "miss", f"{scheme}://www.{authority}{target}")
    yield whole("another host that ends alike, without a scheme", "miss", f"not{authority}{target}")
    yield Variant("another host", "miss", {"cs-host": f"not{host}", "c-uri": target})
    yield Variant("another path", "miss", {"cs-host": host, "c-uri": f"/other{target}"})
    yield whole("the URL inside another URL", "miss", f"http://other.example/?u={url}")
    yield whole("the path alone", "miss", target)


def _served(url: str) -> Iterator[Variant]:
    target = _split(url)[3]
    stem, _, query = target.partition("?")
    fields: Fields = {"cs-uri-stem": stem, "cs-uri-query": query} if query else {"cs-uri-stem": stem}
    yield Variant("path and query", "hit", fields)
    yield Variant("in one field", "hit", {"cs-uri-query": target})
    yield Variant("the path followed by more", "miss", {**fields, "cs-uri-stem": stem + "x"})
    yield Variant("below another path", "miss", {**fields, "cs-uri-stem": f"/other{stem}"})
    yield Variant("in another case", "case", {name: text.swapcase() for name, text in fields.items()})
    for why, text in _changed(target):
        yield Variant(f"{why}, in one field", "miss", {"cs-uri-query": text})
    if query:
        yield Variant("the path with another query", "miss", {**fields, "cs-uri-query": f"{query}1"})
        yield Variant("the path without its query", "miss", {"cs-uri-stem": stem})
        yield Variant("the query of another path", "miss", {**fields, "cs-uri-stem": "/other/path"})


def _requested(url: str) -> Iterator[Variant]:
    scheme, authority, host, target = _split(url)

    def at(why: str, kind: Kind, name: str, uri: str) -> Variant:
        return Variant(why, kind, {"host": name, "uri": uri})

    yield at("as sent", "hit", host, target)
    yield at("as Zeek decodes it", "hit", host, unquote(target))
    yield at("asked of a proxy", "hit", host, f"{scheme}://{authority}{target}")
    yield at("another host", "miss", f"not{host}", target)
    yield at("a host below it", "miss", f"www.{host}", target)
    yield at("the path followed by more", "miss", host, f"{target}x")
    yield at("below another path", "miss", host, f"/other{target}")
    yield at("the host in another case", "case", host.upper(), target)
    if authority != host:
        yield at("the host with its port", "hit", authority, target)
    for why, text in _changed(target):
        yield at(why, "miss", host, text)
    yield Variant("without a host", "miss", {"uri": target})


_ALGORITHMS = {"SHA1": 40, "MD5": 32, "SHA256": 64, "IMPHASH": 32}


def _hashes(ioc: Ioc, logsource: str) -> Iterator[Variant]:
    field, own = HASH_FIELDS[logsource], ioc.type.upper()

    def line(**known: str) -> str:
        """A line of hashes as Sysmon writes it, with these known ones."""
        return ",".join(f"{name}={known.get(name, '0' * size)}" for name, size in _ALGORITHMS.items())

    digits = ioc.value.upper()
    last = "0" if digits[-1] != "0" else "1"
    yield Variant("as Sysmon writes it", "hit", {field: line(**{own: digits})})
    yield Variant("another last digit", "miss", {field: line(**{own: digits[:-1] + last})})
    yield Variant("alone", "hit", {field: f"{own}={digits}"})
    yield Variant("in lower case", "case", {field: line(**{own: digits}).lower()})
    yield Variant("the digits in lower case", "case", {field: line(**{own: ioc.value})})
    others = {name: digits.ljust(size, "0")[:size] for name, size in _ALGORITHMS.items() if name != own}
    yield Variant("the same digits of other algorithms", "miss", {field: line(**others)})
    yield Variant("the digits without an algorithm", "miss", {field: digits})
    yield Variant(
        "another first digit", "miss", {field: line(**{own: ("1" if digits[0] != "1" else "2") + digits[1:]})}
    )


def _signatures(value: str) -> Iterator[Variant]:
    _, year, number = value.split("-")

    def at(why: str, kind: Kind, text: str) -> Variant:
        return Variant(why, kind, {"Signature": text})

    yield at("the id inside a name", "hit", f"Exploit:O97M/{value}.A")
    yield at("one digit more", "miss", f"Exploit:O97M/{value}2.A")
    yield at("with underscores", "hit", f"EXP/CVE_{year}_{number}.gen")
    yield at("in lower case", "case", f"exploit.{value.lower()}.x")
    yield at("with nothing between", "hit", f"Exp.CVE{year}{number}!x")
    yield at("one digit more, with underscores", "miss", f"EXP/CVE_{year}_{number}0.gen")
    yield at("no wildcard for an underscore", "miss", f"EXP/CVEx{year}x{number}.gen")
    yield at("one digit more, in lower case", "miss", f"exploit.{value.lower()}9.x")
    yield at("another year", "miss", f"Exploit:O97M/CVE-1999-{number}.A")
    yield at("a longer id beside it", "miss", f"Exploit {value} and {value}7")
    yield at("at the end", "hit", f"Exploit {value}")


def _mails(ioc: Ioc) -> Iterator[Variant]:
    fields = {"sender": "SenderAddress", "recipient": "RecipientAddress"}
    roles = ioc.roles or ("sender",)
    field = fields[roles[0]]

    def at(why: str, kind: Kind, text: str) -> Variant:
        return Variant(why, kind, {field: text})

    yield at("the address", "hit", ioc.value)
    for role, name in fields.items():
        kind: Kind = "hit" if role in roles else "miss"
        yield Variant(f"the address as the {role}", kind, {name: ioc.value})
    yield at("in another case", "case", swapped(ioc.value))
    yield at("another address that ends alike", "miss", f"x{ioc.value}")
    yield at("the address and more", "miss", f"{ioc.value}.other")
    for why, text in _changed(ioc.value):
        yield at(why, "miss", text)


def _names_of_files(name: str, field: str) -> Iterator[Variant]:
    def at(why: str, kind: Kind, text: str) -> Variant:
        return Variant(why, kind, {field: text})

    yield at("the file in a folder", "hit", f"C:\\Users\\a\\{name}")
    yield at("another name that ends alike", "miss", f"C:\\Users\\a\\x{name}")
    yield at("the name in another case", "case", f"D:\\{swapped(name)}")
    yield at("the name and more", "miss", f"C:\\{name}.txt")
    yield at("a folder of the name", "miss", f"C:\\{name}\\a.exe")
    yield at("the name without a folder", "miss", name)
    for why, text in _changed(name):
        yield at(why, "miss", f"C:\\{text}")


def _paths(path: str, field: str) -> Iterator[Variant]:
    def at(why: str, kind: Kind, text: str) -> Variant:
        return Variant(why, kind, {field: text})

    is_folder = path.endswith("\\")
    is_whole = path[1:3] == ":\\" or path[:2] == "\\\\"
    heads = ["C:\\Users\\john_1"]
    rest = path
    if path.startswith("%UserProfile%"):
        rest = path.removeprefix("%UserProfile%")
        yield at("the file outside of a user's folder", "miss", "C:" + rest)
    elif path.startswith("%ProgramFiles%"):
        rest = path.removeprefix("%ProgramFiles%")
        heads = ["C:\\Program Files", "C:\\Program Files (x86)"]
    elif is_whole:
        heads = [""]
    inside = "a.exe" if is_folder else ""
    for head in heads:
        yield at(f"the path below {head[3:16] or 'its root'}", "hit", head + rest + inside)
    whole = heads[0] + rest + inside
    yield at("the path in another case", "case", swapped(whole))
    yield at("the path and more", "hit" if is_folder else "miss", whole + ".bak")
    if is_folder:
        yield at("a file below the folder", "hit", f"{heads[0]}{rest}b\\a.exe")
        yield at("a folder that begins alike", "miss", f"{heads[0]}{rest[:-1]}2\\a.exe")
        yield at("a file of the folder's name", "miss", heads[0] + rest[:-1])
    else:
        folder, _, name = whole.rpartition("\\")
        yield at("another name that ends alike", "miss", f"{folder}\\x{name}")
        yield at("another name in the folder", "miss", f"{folder}\\other.exe")
    for why, text in _changed(rest.strip("\\")):
        if "a backslash" not in why:
            yield at(why, "miss", whole.replace(rest.strip("\\"), text))


def _keys(key: str) -> Iterator[Variant]:
    def at(why: str, kind: Kind, text: str) -> Variant:
        return Variant(why, kind, {"TargetObject": text})

    hive, _, rest = key.partition("\\")
    user = "HKU\\S-1-5-21-1-2-3-1001"
    heads = {
        "HKCU": (user, "HKEY_CURRENT_USER"),
        "HKLM": ("HKLM", "HKEY_LOCAL_MACHINE"),
        "HKCR": ("HKCR", "HKLM\\SOFTWARE\\Classes", f"{user}_Classes"),
    }[hive]
    for head in heads:
        yield at(f"the key below {head[:22]}", "hit", f"{head}\\{rest}")
    yield at("a value of the key", "hit", f"{heads[0]}\\{rest}\\Start")
    yield at("the key in another case", "case", swapped(f"{heads[0]}\\{rest}"))
    yield at("a key that begins alike", "miss", f"{heads[0]}\\{rest}2")
    yield at("a key that ends alike", "miss", f"{heads[0]}\\x{rest}")
    yield at("the key above", "miss", f"{heads[0]}\\{rest}".rpartition("\\")[0])
    for why, text in _changed(rest):
        if "a backslash" not in why:
            yield at(why, "miss", f"{heads[0]}\\{text}")


def _wholes(ioc: Ioc) -> Iterator[Variant]:
    wanted = {name: text or ioc.value for name, text in WHOLE[ioc.type].items()}
    (field,) = (name for name, text in WHOLE[ioc.type].items() if not text)

    def at(why: str, kind: Kind, text: str, **more: str) -> Variant:
        return Variant(why, kind, {**wanted, field: text, **more})

    yield at("the value", "hit", ioc.value)
    yield at("the value in another case", "case", swapped(ioc.value))
    yield at("the value and more", "miss", ioc.value + "2")
    yield at("more and the value", "miss", "x" + ioc.value)
    if "EventID" in wanted:
        yield at("another event", "miss", ioc.value, EventID="7036")
    if "Provider_Name" in wanted:
        yield at("another provider", "miss", ioc.value, Provider_Name="Other")
    for why, text in _changed(ioc.value):
        yield at(why, "miss", text)
