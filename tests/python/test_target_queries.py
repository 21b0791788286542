"""The pipelines for targets: each built-in template in the words of each target."""

from pathlib import Path

import pytest

import socdef_sigma
from _harness.queries import query
from socdef_sigma.convert import LostRule

# --- The queries ------------------------------------------------------------------------------------------

IP, NET6, NAME = "203.0.113.42", "2001:db8::/32", "evil.example"
SHA256 = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"
UPPER = SHA256.upper()
SYSMON = (
    'source IN ("XmlWinEventLog:Microsoft-Windows-Sysmon/Operational", '
    '"WinEventLog:Microsoft-Windows-Sysmon/Operational")'
)
NETWORK = "network_connection/windows"


@pytest.mark.parametrize(
    ("value", "log_source", "target", "pipeline", "wanted"),
    [
        (IP, NETWORK, "splunk", "socdef_splunk_cim", f'tag="network" tag="communicate" dest_ip="{IP}"'),
        (
            IP,
            "firewall",
            "splunk",
            "socdef_splunk_cim",
            f'tag="communicate" dest_ip="{IP}" OR src_ip="{IP}" |',
        ),
        (
            NAME,
            "dns",
            "splunk",
            "socdef_splunk_cim",
            f'tag="resolution" tag="dns" query IN ("{NAME}", "*.{NAME}")',
        ),
        (
            SHA256,
            "process_creation/windows",
            "splunk",
            "socdef_splunk_cim",
            f'tag="process" tag="report" process_hash="*{UPPER}*"',
        ),
        (
            SHA256,
            "create_stream_hash/windows",
            "splunk",
            "socdef_splunk_cim",
            f'tag="filesystem" file_hash="*{UPPER}*"',
        ),
        (
            "CVE-2017-1188",
            "antivirus",
            "splunk",
            "socdef_splunk_cim",
            'tag="malware" tag="attack" signature IN ("*CVE-2017-1188*"',
        ),
        (
            "a@evil.example",
            "m365/exchange",
            "splunk",
            "socdef_splunk_cim",
            'tag="email" src_user="a@evil.example" | table src_user,recipient',
        ),
        (
            SHA256,
            "image_load/windows",
            "splunk",
            "socdef_splunk_cim",
            "refused: socdef_splunk_cim has no place for `image_load/windows`",
        ),
        (IP, NETWORK, "splunk", "socdef_splunk_sysmon", f'{SYSMON} EventCode=3 DestinationIp="{IP}"'),
        (
            IP,
            "network_connection/linux",
            "splunk",
            "socdef_splunk_sysmon",
            f'source="Syslog:Linux-Sysmon/Operational" EventID=3 DestinationIp="{IP}"',
        ),
        (
            NAME,
            "dns_query/windows",
            "splunk",
            "socdef_splunk_sysmon",
            f"{SYSMON} EventCode=22 QueryName IN (",
        ),
        (
            SHA256,
            "process_creation/windows",
            "splunk",
            "socdef_splunk_sysmon",
            f'{SYSMON} EventCode=1 Hashes="*SHA256={UPPER}*"',
        ),
        (
            SHA256,
            "driver_load/windows",
            "splunk",
            "socdef_splunk_sysmon",
            f'{SYSMON} EventCode=6 Hashes="*SHA256={UPPER}*"',
        ),
        (
            SHA256,
            "image_load/windows",
            "splunk",
            "socdef_splunk_sysmon",
            f'{SYSMON} EventCode=7 Hashes="*SHA256={UPPER}*"',
        ),
        (
            SHA256,
            "create_stream_hash/windows",
            "splunk",
            "socdef_splunk_sysmon",
            f'{SYSMON} EventCode=15 Hash="*SHA256={UPPER}*"',
        ),
        (
            IP,
            "firewall",
            "splunk",
            "socdef_splunk_sysmon",
            "refused: socdef_splunk_sysmon has no place for `firewall`: Sysmon",
        ),
        (IP, NETWORK, "lucene", "socdef_ecs", f"destination.ip:{IP}"),
        (NAME, "dns", "lucene", "socdef_ecs", f"dns.question.name:({NAME} OR *.{NAME})"),
        (SHA256, "process_creation/windows", "lucene", "socdef_ecs", f"process.hash.sha256:{SHA256}"),
        (
            SHA256,
            "image_load/windows",
            "eql",
            "socdef_ecs",
            f'any where dll.hash.sha256:"{SHA256}" or file.hash.sha256:"{SHA256}"',
        ),
        (
            "a@evil.example",
            "m365/exchange",
            "esql",
            "socdef_ecs",
            'where to_lower(email.from.address) in ("a@evil.example") or to_lower(email.sender.address) in (',
        ),
        (IP, NETWORK, "kusto", "socdef_asim", f'_Im_NetworkSession\n| where DstIpAddr =~ "{IP}"'),
        (
            NAME,
            "dns",
            "kusto",
            "socdef_asim",
            f'_Im_Dns\n| where DnsQuery in~ ("{NAME}") or DnsQuery endswith ".{NAME}"',
        ),
        (NAME, "dns_query/windows", "kusto", "socdef_asim", "_Im_Dns\n| where DnsQuery"),
        (
            SHA256,
            "process_creation/windows",
            "kusto",
            "socdef_asim",
            f'_Im_ProcessCreate\n| where TargetProcessSHA256 =~ "{SHA256}"',
        ),
        (
            NET6,
            NETWORK,
            "kusto",
            "socdef_asim",
            f'_Im_NetworkSession\n| where ipv6_is_in_range(DstIpAddr, "{NET6}")',
        ),
        (
            SHA256,
            "driver_load/windows",
            "kusto",
            "socdef_asim",
            "refused: socdef_asim has no place for `driver_load/windows`: ASIM has no schema",
        ),
        (IP, NETWORK, "kusto", "socdef_xdr", f'DeviceNetworkEvents\n| where RemoteIP =~ "{IP}"'),
        (
            NET6,
            NETWORK,
            "kusto",
            "socdef_xdr",
            f'DeviceNetworkEvents\n| where ipv6_is_in_range(RemoteIP, "{NET6}")',
        ),
        (
            NAME,
            "dns_query/windows",
            "kusto",
            "socdef_xdr",
            f'DeviceEvents\n| where ActionType =~ "DnsQueryResponse" and (AdditionalFields contains "\\"{NAME}\\"" or AdditionalFields contains ".{NAME}\\"")',
        ),
        (
            SHA256,
            "process_creation/windows",
            "kusto",
            "socdef_xdr",
            f'DeviceProcessEvents\n| where SHA256 =~ "{SHA256}"',
        ),
        (
            SHA256,
            "image_load/windows",
            "kusto",
            "socdef_xdr",
            f'DeviceImageLoadEvents\n| where SHA256 =~ "{SHA256}"',
        ),
        (
            SHA256,
            "driver_load/windows",
            "kusto",
            "socdef_xdr",
            f'DeviceEvents\n| where ActionType =~ "DriverLoad" and SHA256 =~ "{SHA256}"',
        ),
        (
            SHA256,
            "create_stream_hash/windows",
            "kusto",
            "socdef_xdr",
            f'DeviceFileEvents\n| where SHA256 =~ "{SHA256}"',
        ),
        (
            "a@evil.example",
            "m365/exchange",
            "kusto",
            "socdef_xdr",
            'EmailEvents\n| where SenderFromAddress =~ "a@evil.example" or SenderMailFromAddress',
        ),
        (
            IP,
            "proxy",
            "kusto",
            "socdef_xdr",
            "refused: socdef_xdr has no column for `dst_ip` of `proxy`: UrlClickEvents has no address",
        ),
        (IP, NETWORK, "sqlite", "socdef_ocsf", f"class_uid=4001 AND `dst_endpoint.ip`='{IP}'"),
        (
            SHA256,
            "driver_load/windows",
            "sqlite",
            "socdef_ocsf",
            f"class_uid=1002 AND `driver.file.hashes.value` COLLATE NOCASE IN ('{SHA256}')",
        ),
    ],
)
def test_a_template_in_the_words_of_a_target(
    value: str, log_source: str, target: str, pipeline: str, wanted: str
) -> None:
    assert wanted in query(value, log_source, target, pipeline)


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
def test_hashes_go_to_the_column_of_their_algorithm(algorithm: str) -> None:
    value = SHA256[: {"md5": 32, "sha1": 40, "sha256": 64}[algorithm]]
    made = query(value, "process_creation/windows", "kusto", "socdef_xdr")
    assert made == f'DeviceProcessEvents\n| where {algorithm.upper()} =~ "{value}"'
    made = query(value, "process_creation/windows", "lucene", "socdef_ecs")
    assert made == f"process.hash.{algorithm}:{value}"


URL = "http://evil.example:8080/a_b.php?id=1%20x"


@pytest.mark.parametrize("target", ["eql", "esql"])
def test_no_escaped_question_mark_for_elastic(target: str) -> None:
    """EQL and ES|QL have no `\\?` in a string; a wildcard or the character stands there, or two fields."""
    for log_source in ("proxy", "webserver", "zeek/http"):
        plain = query(URL, log_source, target, "none")
        assert "\\?" in plain
        made = query(URL, log_source, target, "socdef_ecs")
        assert "\\?" not in made
        assert "a_b.php?id" in made.replace("\\", "")
    apart = {
        "eql": 'url.path:"/a_b.php" and url.query:"id=1%20x"',
        "esql": 'to_lower(url.path) in ("/a_b.php") and to_lower(url.query) in ("id=1%20x")',
    }
    assert apart[target] in query(URL, "proxy", target, "socdef_ecs")


@pytest.mark.parametrize("log_source", ["proxy", "webserver", "zeek/http"])
def test_a_question_mark_is_no_wildcard_in_lucene(log_source: str) -> None:
    """Lucene takes `\\?`; a bare one would find any character there."""
    made = query(URL, log_source, "lucene", "socdef_ecs")
    assert "a_b.php\\?id" in made
    assert "?" not in made.replace("\\?", "")


def test_one_address_is_one_value_where_the_column_holds_addresses() -> None:
    """Both spellings of IPv6 are one: EQL takes a list for text only."""
    assert query("2001:db8::1", NETWORK, "eql", "socdef_ecs") == 'any where destination.ip=="2001:db8::1"'
    assert "in~ (" in query("2001:db8::1", NETWORK, "kusto", "socdef_xdr")


def test_the_host_of_a_url_is_calculated_where_it_is_asked_for() -> None:
    made = query(NAME, NETWORK, "kusto", "socdef_xdr")
    table, extend, where = made.split("\n")
    assert table == "DeviceNetworkEvents"
    assert extend.startswith("| extend RemoteHost = tostring(parse_url(")
    assert where == f'| where RemoteHost in~ ("{NAME}") or RemoteHost endswith ".{NAME}"'
    assert "extend" not in query(IP, NETWORK, "kusto", "socdef_xdr")
    assert "extend" not in query(URL, "proxy", "kusto", "socdef_xdr")
    assert "UrlHost" in query(URL, "proxy", "kusto", "socdef_asim")


def test_a_variable_names_the_parsers_that_were_deployed_by_hand(tmp_path: Path) -> None:
    variables = tmp_path / "parsers.yml"
    variables.write_text(
        "name: parsers\npriority: 1\nvars: {socdef_asim_parsers: workspace}\ntransformations: []\n"
    )
    rules = socdef_sigma.compile(
        socdef_sigma.read(b"192.0.2.1\nevil.example\n"), now="2026-05-17", logsources=["all"]
    )
    lost: list[LostRule] = []
    built_in = rules.convert("kusto", pipelines=["socdef_asim"], on_lost=lost.append)
    by_hand = rules.convert("kusto", pipelines=["socdef_asim", str(variables)], on_lost=lost.append)
    assert lost == []
    names = [text.split("\n")[0] for text in by_hand]
    assert set(names) == {"imNetworkSession", "imWebSession", "imDns"}
    assert [text.replace("_Im_", "im", 1) for text in built_in] == by_hand


# --- Splunk's data models ---------------------------------------------------------------------------------

MODELS = {
    (IP, NETWORK): ("Network_Traffic.All_Traffic", f'All_Traffic.dest_ip="{IP}"'),
    (IP, "firewall"): (
        "Network_Traffic.All_Traffic",
        f'All_Traffic.dest_ip="{IP}" OR All_Traffic.src_ip="{IP}"',
    ),
    (NAME, "dns_query/windows"): ("Network_Resolution.DNS", f'DNS.query IN ("{NAME}", "*.{NAME}")'),
    (IP, "proxy"): ("Web.Web", f'Web.dest_ip="{IP}"'),
    (SHA256, "process_creation/windows"): ("Endpoint.Processes", f'Processes.process_hash="*{UPPER}*"'),
    (SHA256, "create_stream_hash/windows"): ("Endpoint.Filesystem", f'Filesystem.file_hash="*{UPPER}*"'),
    ("a@evil.example", "m365/exchange"): ("Email.All_Email", 'All_Email.src_user="a@evil.example"'),
    ("CVE-2017-1188", "antivirus"): (
        "Malware.Malware_Attacks",
        'Malware_Attacks.signature IN ("*CVE-2017-1188*"',
    ),
}


@pytest.mark.parametrize(("given", "wanted"), list(MODELS.items()))
def test_every_data_model_by_tstats(given: tuple[str, str], wanted: tuple[str, str]) -> None:
    """The model, and every field with the dataset's name before it: the tags stand for nothing there."""
    model, where = wanted
    dataset = model.partition(".")[2]
    made = query(*given, "splunk", "socdef_splunk_cim", "data_model")
    assert f"from datamodel={model} where {where}" in made
    assert f" by {dataset}." in made
    assert f"`drop_dm_object_name({dataset})`" in made
    assert "tag=" not in made
    assert made.startswith("| tstats ")


def test_what_splunks_own_pipeline_says_of_these_models() -> None:
    """Without the state that ours sets, the format refuses them."""
    for given, (model, _) in MODELS.items():
        if model not in ("Web.Web", "Endpoint.Processes", "Endpoint.Filesystem"):
            made = query(*given, "splunk", "splunk_cim", "data_model")
            assert made == "refused: Rule type not yet supported by the Splunk data model CIM pipeline!"
