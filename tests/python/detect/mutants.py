"""Rules with one thing wrong each.

The harness is worth something if every engine that can see the mistake fails on it.
"""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass

from detect.engines.base import Engine


@dataclass(frozen=True)
class Mutant:
    """A mistake in a template, made in the text of its rules."""

    name: str
    type: str
    logsource: str
    edit: Callable[[str], str]
    breaks: tuple[str, ...]
    """How the reasons of the events begin whose verdict changes."""
    sees: Callable[[Engine], bool] = lambda engine: True
    """Whether an engine can see it at all."""
    unseen: str = ""
    """Why others cannot."""


def _replace(old: str, new: str) -> Callable[[str], str]:
    return lambda rule: rule.replace(old, new)


def _lower_hash(rule: str) -> str:
    return re.sub(r"'SHA256=[0-9A-F]{64}'", lambda found: f"'SHA256={found[0][8:-1].lower()}'", rule)


def _wider(rule: str) -> str:
    def widened(found: re.Match[str]) -> str:
        return f"|cidr: '{ipaddress.ip_network(found[1]).supernet()}'"

    return re.sub(r"\|cidr: '([^']+)'", widened, rule)


def _without_sysmon(rule: str) -> str:
    """A rule without the spelling that leaves no group out."""
    return re.sub(r"(?m)^ +- '(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}'\n", "", rule)


def _is_cased(engine: Engine) -> bool:
    return not (engine.comparing.part or engine.comparing.hashes)


def _compares_text(engine: Engine) -> bool:
    return not engine.comparing.addresses


def _keeps_hashes(engine: Engine) -> bool:
    return not {"socdef_ecs", "socdef_ocsf"} & set(engine.pipelines)


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "the dot before the domain is dropped",
        "domain",
        "dns_query/windows",
        _replace("QueryName|endswith: '.", "QueryName|endswith: '"),
        ("another name that ends alike",),
    ),
    Mutant(
        "the dot before the domain is dropped, in proxies",
        "domain",
        "proxy",
        lambda rule: re.sub(r"(cs-host\|(?:endswith|contains): ')\.", r"\1", rule),
        ("another name that ends alike",),
    ),
    Mutant(
        "names below the domain are forgotten",
        "domain",
        "dns",
        lambda rule: re.sub(r"(?m)^ +- query\|endswith: .*\n", "", rule),
        ("a name below it", "a name further below it"),
    ),
    Mutant(
        "a question mark is a wildcard",
        "url",
        "proxy",
        _replace("\\?", "?"),
        ("no wildcard for a question mark",),
    ),
    Mutant(
        "both selections of a URL are needed",
        "url",
        "proxy",
        _replace("1 of selection_*", "all of selection_*"),
        (
            "the URL",
            "the other scheme",
            "without a scheme",
            "host ",
            "scheme and host",
            "the host",
            "the path in",
        ),
    ),
    Mutant(
        "the hash is in lower case",
        "sha256",
        "process_creation/windows",
        _lower_hash,
        ("as Sysmon writes it", "alone", "in lower case", "the digits in lower case"),
        sees=_is_cased,
        unseen="it compares without regard to case",
    ),
    Mutant(
        "the algorithm of the hash is forgotten",
        "md5",
        "image_load/windows",
        _replace("'MD5=", "'"),
        ("the same digits of other algorithms", "the digits without an algorithm"),
        sees=_keeps_hashes,
        unseen="its pipeline refuses a hash without an algorithm",
    ),
    Mutant(
        "an address ends alike",
        "email",
        "m365/exchange",
        # Only of senders: a pipeline for which recipients are a list refuses to ask for a part of them.
        _replace("SenderAddress: ", "SenderAddress|endswith: "),
        ("another address that ends alike",),
    ),
    Mutant(
        "an IPv4 address begins alike",
        "ipv4",
        "firewall",
        lambda rule: re.sub(r"(src|dst)_ip: ", r"\1_ip|startswith: ", rule),
        ("one digit more",),
        sees=_compares_text,
        unseen="its addresses are no text, and have no beginning",
    ),
    Mutant(
        "the filter of the CVE is removed",
        "cve",
        "antivirus",
        _replace(" and not 1 of filter_main_*", ""),
        ("one digit more", "a longer id beside it"),
    ),
    Mutant(
        "the spelling of Sysmon is forgotten",
        "ipv6",
        "network_connection/windows",
        _without_sysmon,
        ("as Sysmon writes it",),
        sees=_compares_text,
        unseen="every spelling of an address is the same to it",
    ),
    Mutant(
        "the network is twice as wide",
        "ipv4",
        "network_connection/windows",
        _wider,
        ("the address", "text that begins alike", "one digit", "no wildcard"),
    ),
)
