"""The fields of each log source, and what stands in those that no rule of ours reads."""

from detect.model import Fields

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


def rest(logsource: str) -> Fields:
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
