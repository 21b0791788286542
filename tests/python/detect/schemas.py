"""The events as a target's own schema has them, written from the schema's pages and not from the pipelines.

ECS (https://www.elastic.co/docs/reference/ecs): `url.original` is the URL "as seen in the event source",
which may be a path alone; `url.domain` has no port; hashes are in small letters, each in a field of its
own.

OCSF (https://schema.ocsf.io/1.6.0): `url_string` is the URL as seen, `hostname` has no port, hashes
are a list of objects.
"""

import re
from collections.abc import Mapping
from typing import Any

_ECS_HASHES = {
    "process_creation/windows": "process.hash",
    "image_load/windows": "dll.hash",
    "driver_load/windows": "file.hash",
    "create_stream_hash/windows": "file.hash",
}
_ECS_PLAIN = {
    "DestinationIp": "destination.ip",
    "dst_ip": "destination.ip",
    "SourceIp": "source.ip",
    "src_ip": "source.ip",
    "c-ip": "source.ip",
    "id.orig_h": "source.ip",
    "id.resp_h": "destination.ip",
    "DestinationHostname": "destination.domain",
    "QueryName": "dns.question.name",
    "query": "dns.question.name",
    "Signature": "rule.name",
    "SenderAddress": "email.from.address",
    "RecipientAddress": "email.to.address",
    "Subject": "email.subject",
    "TargetObject": "registry.path",
    "PipeName": "file.name",
    "c-useragent": "user_agent.original",
    "ja3": "tls.client.ja3",
    "ja3s": "tls.server.ja3s",
    "Provider_Name": "winlog.provider_name",
    "ServiceName": "winlog.event_data.ServiceName",
    "TaskName": "winlog.event_data.TaskName",
}
_ECS_PATHS = {
    "process_creation/windows": {"Image": "process.executable"},
    "image_load/windows": {"ImageLoaded": "file.path"},
    "file_event/windows": {"TargetFilename": "file.path"},
    "windows/system": {"EventID": "event.code"},
    "windows/security": {"EventID": "event.code"},
}

ECS_ADDRESSES = frozenset({"source.ip", "destination.ip"})
"""Fields of the type `ip`."""


def ecs(logsource: str, fields: Mapping[str, str]) -> dict[str, str]:
    """An event as the Elastic Common Schema has it."""
    made = {_ECS_PLAIN[name]: value for name, value in fields.items() if name in _ECS_PLAIN}
    for name, path in _ECS_PATHS.get(logsource, {}).items():
        if name in fields:
            made[path] = fields[name]
    original, host = _seen(logsource, fields)
    if original is not None:
        made["url.original"] = original
        made.update({f"url.{name}": value for name, value in _parts(original).items()})
    if host is not None:
        made["url.domain"] = re.sub(r":\d+$", "", host)
    line = fields.get("Hashes", fields.get("Hash", ""))
    for algorithm, digits in _hashes(line):
        made[f"{_ECS_HASHES[logsource]}.{algorithm}"] = digits.lower()
    for name, _, digits in (one.partition("=") for one in line.split(",")):
        if name.lower() == "imphash":
            made[_ECS_HASHES[logsource].replace("hash", "pe.imphash")] = digits.lower()
    return made


def _seen(logsource: str, fields: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The URL as the source wrote it, and the host."""
    if logsource == "proxy":
        return fields.get("c-uri"), fields.get("cs-host")
    if logsource == "zeek/http":
        return fields.get("uri"), fields.get("host")
    if logsource == "webserver":
        seen = [fields[name] for name in ("cs-uri-stem", "cs-uri-query") if name in fields]
        return "?".join(seen) if seen else None, None
    return None, None


def _parts(seen: str) -> dict[str, str]:
    """Path and query of what begins with a path."""
    if not seen.startswith("/"):
        return {}
    path, mark, query = seen.partition("?")
    return {"path": path, "query": query} if mark else {"path": path}


def _hashes(line: str) -> list[tuple[str, str]]:
    pairs = [one.partition("=") for one in line.split(",") if "=" in one]
    return [(name.lower(), value) for name, _, value in pairs if name.lower() != "imphash"]


OCSF_CLASSES = {
    "network_connection/windows": 4001,
    "network_connection/linux": 4001,
    "firewall": 4001,
    "zeek/conn": 4001,
    "dns_query/windows": 4003,
    "dns": 4003,
    "zeek/dns": 4003,
    "proxy": 4002,
    "zeek/http": 4002,
    "webserver": 4002,
    "process_creation/windows": 1007,
    "image_load/windows": 1005,
    "driver_load/windows": 1002,
    "create_stream_hash/windows": 1001,
    "antivirus": 2004,
    "m365/exchange": 4009,
    "file_event/windows": 1001,
    "registry_add/windows": 201001,
    "registry_delete/windows": 201001,
}
"""The class of each log source's events, by its number."""

_ALGORITHMS = {"md5": 1, "sha1": 2, "sha256": 3}


def ocsf(logsource: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """An event as the Open Cybersecurity Schema Framework has it, objects inside objects."""
    get = fields.get
    original, host = _seen(logsource, fields)
    url = {"url_string": original, "hostname": re.sub(r":\d+$", "", host) if host else None}
    parts = _parts(original or "")
    hashes = [
        {"algorithm_id": _ALGORITHMS[name], "value": value}
        for name, value in _hashes(get("Hashes", get("Hash", "")))
    ]
    return {
        "class_uid": OCSF_CLASSES[logsource],
        "activity_id": {"registry_add/windows": 1, "registry_delete/windows": 4}.get(logsource),
        "reg_key": {"path": get("TargetObject")},
        "src_endpoint": {"ip": get("SourceIp", get("src_ip", get("c-ip", get("id.orig_h"))))},
        "dst_endpoint": {
            "ip": get("DestinationIp", get("dst_ip", get("id.resp_h"))),
            "hostname": get("DestinationHostname"),
        },
        "query": {"hostname": get("QueryName", get("query"))},
        "http_request": {
            "url": {**url, "path": parts.get("path"), "query_string": parts.get("query")},
            "user_agent": get("c-useragent"),
        },
        "process": {"file": {"hashes": hashes, "path": get("Image")}},
        "module": {"file": {"hashes": hashes, "path": get("ImageLoaded")}},
        "driver": {"file": {"hashes": hashes}},
        "file": {"hashes": hashes, "path": get("TargetFilename")},
        "email": {
            "from": get("SenderAddress"),
            "smtp_from": get("SenderAddress"),
            "to": [get("RecipientAddress")] if get("RecipientAddress") else [],
        },
        "finding_info": {"title": get("Signature")},
    }


_FILE = {"file": {"hashes": "hashes"}}
_FILE_WITH_PATH = {"file": {"hashes": "hashes", "path": "text"}}
OCSF_TYPES: dict[str, Any] = {
    "class_uid": "int",
    "activity_id": "int",
    "reg_key": {"path": "text"},
    "src_endpoint": {"ip": "text"},
    "dst_endpoint": {"ip": "text", "hostname": "text"},
    "query": {"hostname": "text"},
    "http_request": {
        "url": {"url_string": "text", "hostname": "text", "path": "text", "query_string": "text"},
        "user_agent": "text",
    },
    "process": _FILE_WITH_PATH,
    "module": _FILE_WITH_PATH,
    "driver": _FILE,
    "file": {"hashes": "hashes", "path": "text"},
    "email": {"from": "text", "smtp_from": "text", "to": "texts"},
    "finding_info": {"title": "text"},
}
"""The types of the above, with the names that engines have for them to be put in."""


def flat(event: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """An event, or its types, with the path of each leaf as its name."""
    found: dict[str, Any] = {}
    for name, value in event.items():
        if isinstance(value, Mapping):
            found.update(flat(value, f"{prefix}{name}."))
        else:
            found[f"{prefix}{name}"] = value
    return found
