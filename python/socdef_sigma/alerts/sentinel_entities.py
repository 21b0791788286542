"""The entities of Sentinel in the tables that queries read.

Types and identifiers: https://learn.microsoft.com/azure/sentinel/entities-reference. The columns are those of
ASIM (Azure/Azure-Sentinel, ASIM/dev/ASimTester) and of advanced hunting (MicrosoftDocs/defender-docs).
"""

import re
from collections.abc import Sequence
from typing import Any

__all__ = ["columns_of", "entities"]

Entity = dict[str, Any]
"""A mapping as the rule has it: `entityType`, and `fieldMappings` of `identifier` and `columnName`."""

_MOST = 10
"""The most entity mappings of a rule."""

_IDENTIFIERS = {
    "IP": "Address",
    "Host": "FullName",
    "Account": "FullName",
    "URL": "Url",
    "DNS": "DomainName",
    "Mailbox": "MailboxPrimaryAddress",
}
"""The identifier that a column of each type holds."""

# Whose event it is, by the table. A parser of ASIM may lack each of these columns.
_ASIM_SOURCE = (("IP", "SrcIpAddr"), ("Host", "SrcHostname"), ("Account", "SrcUsername"))
_ASIM_DEVICE = (("Host", "DvcHostname"), ("IP", "DvcIpAddr"), ("Account", "ActorUsername"))
_XDR_DEVICE = (("Host", "DeviceName"), ("Account", "InitiatingProcessAccountUpn"))

_TABLES: dict[str, tuple[tuple[str, str], ...]] = {
    "_Im_NetworkSession": (*_ASIM_SOURCE, ("IP", "DstIpAddr")),
    "_Im_Dns": (*_ASIM_SOURCE, ("DNS", "DnsQuery")),
    "_Im_WebSession": (*_ASIM_SOURCE, ("IP", "DstIpAddr"), ("URL", "Url")),
    "_Im_ProcessCreate": _ASIM_DEVICE,
    "_Im_FileEvent": _ASIM_DEVICE,
    "_Im_RegistryEvent": _ASIM_DEVICE,
    "_Im_AlertEvent": (("Host", "DvcHostname"), ("Account", "Username")),
    "DeviceNetworkEvents": (*_XDR_DEVICE, ("IP", "RemoteIP"), ("IP", "LocalIP"), ("URL", "RemoteUrl")),
    "DeviceProcessEvents": _XDR_DEVICE,
    "DeviceImageLoadEvents": _XDR_DEVICE,
    "DeviceFileEvents": _XDR_DEVICE,
    "DeviceRegistryEvents": _XDR_DEVICE,
    "DeviceEvents": _XDR_DEVICE,
    "EmailEvents": (("Mailbox", "RecipientEmailAddress"), ("IP", "SenderIPv4")),
    "UrlClickEvents": (("Account", "AccountUpn"), ("IP", "IPAddress"), ("URL", "Url")),
}

# Names of columns in any other table, such as those of Sysmon, of Windows, and of Sigma itself.
_COLUMNS: tuple[tuple[str, str], ...] = (
    ("IP", r"(src|dst|source|destination|remote|local|client|dest)_?(ip|ip_?addr(ess)?)|ip_?address|[cs]_ip"),
    ("Host", r"computer(_?name)?|device_?name|dvc_?hostname|hostname|workstation(_?name)?"),
    ("Account", r"user(_?name)?|account(_?upn|_?name)?|(src|dst|actor|target|subject)_?user_?name"),
    ("URL", r"(remote_?|target_?|request_?)?ur[il]|c_uri"),
    ("DNS", r"(dns_?)?query(_?name)?|domain(_?name)?|(destination|dest)_?hostname"),
)

_HASH = re.compile(r"(?:.*[a-z_])?(MD5|SHA1|SHA256)", re.IGNORECASE)


def entities(query: str, compared: Sequence[str], shown: Sequence[str]) -> list[Entity]:
    """The entities of a query: those of its table, then those in the columns that it compares or shows.

    >>> entities('_Im_Dns\\n| where DnsQuery =~ "evil.example"', ["DnsQuery"], [])[0]
    {'entityType': 'IP', 'fieldMappings': [{'identifier': 'Address', 'columnName': 'SrcIpAddr'}]}
    """
    found: dict[tuple[str, str], Entity] = {}
    for kind, column in [*_TABLES.get(table_of(query), ()), *_named([*compared, *shown])]:
        # ASIM's are names without a domain.
        key = "HostName" if kind == "Host" and column.endswith("Hostname") else _IDENTIFIERS[kind]
        found.setdefault((kind, column), _entity(kind, {key: column}))
    hashes: list[Entity] = []
    for column in compared:
        if algorithm := _HASH.fullmatch(column):
            name = algorithm[1].upper()
            hashes.append(_entity("FileHash", {"Algorithm": f"{name}Algorithm", "Value": column}))
    return [*hashes, *found.values()][:_MOST]


def _entity(kind: str, keys: dict[str, str]) -> Entity:
    fields = [{"identifier": identifier, "columnName": column} for identifier, column in keys.items()]
    return {"entityType": kind, "fieldMappings": fields}


def table_of(query: str) -> str:
    """The table that a query reads, as the pipelines of this package name it.

    >>> table_of("imDns\\n| where true")
    '_Im_Dns'
    """
    first = re.match(r"\w+", query)
    name = first[0] if first else ""
    return {"imRegistry": "_Im_RegistryEvent"}.get(name, re.sub(r"^im(?=[A-Z])", "_Im_", name))


def _named(columns: Sequence[str]) -> list[tuple[str, str]]:
    return [
        (kind, column)
        for column in dict.fromkeys(columns)
        for kind, pattern in _COLUMNS
        if re.fullmatch(pattern, column, re.IGNORECASE)
    ]


def columns_of(found: Sequence[Entity], compared: Sequence[str]) -> dict[str, str]:
    """The columns that the mappings need and a query does not have for certain, as expressions.

    >>> columns_of(entities("Other", ["file_md5"], ["Computer"]), ["file_md5"])
    {'MD5Algorithm': '"MD5"', 'Computer': 'tostring(column_ifexists("Computer", ""))'}
    """
    made: dict[str, str] = {}
    for field in (field for one in found for field in one["fieldMappings"]):
        column = field["columnName"]
        if field["identifier"] == "Algorithm":
            made[column] = f'"{column.removesuffix("Algorithm")}"'
        elif column not in compared:
            made[column] = f'tostring(column_ifexists("{column}", ""))'
    return made
