"""What may come in: any value of any type, and any text about it."""

import ipaddress
import re

from hypothesis import strategies as st

from _harness.hostile import BREAKING, HOSTILE

# Characters for which no value is refused: no control, no invisible one.
VISIBLE = st.characters(
    exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"],
    exclude_characters="\ufffe\uffff\u180e" + "".join(map(chr, range(0xE0000, 0xE0080))),
)
TEXT = st.one_of(st.sampled_from(HOSTILE + BREAKING), st.text(max_size=40))

LABEL = st.one_of(
    st.from_regex(r"[a-z0-9_]([a-z0-9_-]{0,8}[a-z0-9_])?", fullmatch=True),
    st.sampled_from(["no", "yes", "null", "1e3", "0x1f", "123", "on", "_", "y"]),
).filter(lambda label: "--" not in label)
DOMAIN = st.builds(
    lambda labels, suffix: ".".join([*labels, suffix]),
    st.lists(LABEL, min_size=1, max_size=3),
    st.sampled_from(["example", "com", "co.uk"]),
)
VISIBLE_ASCII = "".join(map(chr, range(33, 127)))
ADDRESS = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).filter(lambda address: getattr(address, "ipv4_mapped", None) is None).map(str),
)
HOST = st.one_of(DOMAIN, ADDRESS.map(lambda address: f"[{address}]" if ":" in address else address))
# What stands for other text in a path: a value with it is refused. In a query, each of them is a letter.
PLACEHOLDER = re.compile(r"\*|…|<[A-Za-z][^>]*>|\{[A-Za-z][^}]*\}|\[[^\]]*\w-\w|^/\$[A-Z_]+$")


def without_placeholder(target: str) -> str:
    """The path and query, all of it in the query where the path would stand for others."""
    return f"/?{target[1:]}" if PLACEHOLDER.search(target.partition("?")[0]) else target


TARGET = st.one_of(
    st.text(VISIBLE, max_size=30),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30),
    st.lists(st.sampled_from(HOSTILE), max_size=3).map("".join),
).map(lambda text: without_placeholder("/" + text.replace("#", "").strip()))
URL = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https", "ftp"]),
    HOST,
    st.sampled_from(["", ":80", ":443", ":21", ":8080"]),
    TARGET,
)
ATOM = st.from_regex(
    r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,10}(\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,10}){0,2}", fullmatch=True
)


# Zeros are many, so that there are gaps in all places; what maps an IPv4 address is one.
V6 = (
    st.lists(st.sampled_from([0, 0, 1, 0xFFFF]) | st.integers(0, 0xFFFF), min_size=8, max_size=8)
    .map(lambda groups: ipaddress.IPv6Address(b"".join(group.to_bytes(2, "big") for group in groups)))
    .filter(lambda address: int(address) >> 48 != 0)
    .map(str)
)


def _networks(addresses: st.SearchStrategy[str], bits: int) -> st.SearchStrategy[str]:
    return addresses | st.builds("{}/{}".format, addresses, st.integers(0, bits))


def _hexadecimal(digits: int) -> st.SearchStrategy[str]:
    return st.one_of(
        st.text("0123456789abcdefABCDEF", min_size=digits, max_size=digits),
        st.text("0123456789", min_size=digits, max_size=digits),
    )


VALUES: dict[str, st.SearchStrategy[str]] = {
    "ipv4": _networks(st.ip_addresses(v=4).map(str), 32),
    "ipv6": _networks(V6, 128),
    "domain": DOMAIN,
    "url": URL,
    "md5": _hexadecimal(32),
    "sha1": _hexadecimal(40),
    "sha256": _hexadecimal(64),
    "cve": st.builds("CVE-{}-{:04}".format, st.integers(1999, 2099), st.integers(0, 10**9)),
    "email": st.builds("{}@{}".format, ATOM, DOMAIN),
}
