"""One spelling of a value, for the truths and for every tool: what differs only in writing is not an error.

Host and hash in lower case, nothing defanged; `http`, `https` and no scheme are one; no default port, no
fragment, no user; a URL of a host alone is its host; percent-encoding is taken off.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import unquote

Value = tuple[str, str]
"""Type and value."""

TYPES = ("ipv4", "ipv6", "domain", "url", "md5", "sha1", "sha256", "cve", "email")
DIGITS = {32: "md5", 40: "sha1", 64: "sha256"}

_DOT = re.compile(
    r"\s?(?:\[\.\]|\(\.\)|\{\.\}|<\.>|[\[({]dot[\])}]|\[d0t\]|\[,\]|\\\.|[\[(]\.|\.[\])])\s?", re.IGNORECASE
)
_AT = re.compile(r"\s?(?:[\[(]@[\])]|[\[({]at[\])}]|\[@|@\])\s?", re.IGNORECASE)
_PORTS = {"": {"80", "443"}, "http": {"80"}, "https": {"443"}, "ftp": {"21"}}
_NOTHING = "\ufeff\u200b\u200c\u200d\u00a0 "


def refanged(text: str) -> str:
    """A text without the usual ways to defang."""
    text = re.sub(r"hxxp", "http", _DOT.sub(".", text), flags=re.IGNORECASE)
    for written, meant in (("[://]", "://"), ("(://)", "://"), ("[:]", ":"), ("(:)", ":")):
        text = text.replace(written, meant)
    text = re.sub(r"\[:(?=//)|:\](?=//)", ":", text)
    text = re.sub(r"\bhttp(s?)\[(s?)\]", r"http\1\2", text, flags=re.IGNORECASE)
    text = re.sub(r"\[/\]|\(/\)", "/", text)
    return _AT.sub("@", text)


def host(text: str) -> Value | None:
    """A host without its port."""
    text = text.strip().strip(".").lower().removeprefix("*.")
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    if re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}", text):
        octets = [int(part) for part in text.split(".")]
        return ("ipv4", ".".join(map(str, octets))) if max(octets) < 256 else None
    if ":" in text:
        try:
            return "ipv6", str(ipaddress.IPv6Address(text.partition("%")[0]))
        except ValueError:
            return None
    if not text.isascii():
        try:
            text = text.encode("idna").decode()
        except UnicodeError:
            return None
    name = "." in text and ".." not in text and re.fullmatch(r"[a-z0-9_.\-]+", text)
    return ("domain", text) if name else None


def _address(kind: str, value: str) -> Value | None:
    address, slash, bits = value.partition("/")
    if slash and not bits.isdigit():
        return _url(value)
    width = 32 if kind == "ipv4" else 128
    base = _without_port(address)
    if base and slash and int(bits) < width:
        return base[0], f"{base[1]}/{bits}"
    return base


def _without_port(value: str) -> Value | None:
    port = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^:]+):\d+", value)
    return host(port[1] if port else value)


def _url(value: str) -> Value | None:
    scheme, separator, rest = value.partition("://")
    if not separator:
        scheme, rest = "", value
    scheme = scheme.strip().lower()
    rest = rest.partition("#")[0]
    cut = re.search(r"[/?\\]", rest)
    authority, path = (rest[: cut.start()], rest[cut.start() :]) if cut else (rest, "")
    authority = authority.rpartition("@")[2]
    port = re.fullmatch(r"(\[[^\]]+\]|[^:]*):(\d*)", authority)
    name, number = (port[1], port[2]) if port else (authority, "")
    base = host(name)
    if base is None or path in ("", "/"):
        return base
    path = unquote("/" + path if path.startswith("?") else path)
    path = re.sub("[\u200b\u200c\u200d\ufeff\u00bb]+$", "", path).removesuffix("?")
    if path in ("", "/"):
        return base
    shown = (
        f":{number}"
        if number and number not in _PORTS.get(scheme, set()) - ({"443"} if not scheme else set())
        else ""
    )
    return "url", ("" if scheme in ("", "http", "https") else f"{scheme}://") + base[1] + shown + path


def spelled(kind: str, value: str) -> Value | None:
    """A value that is said to be of a type; None where it is not of any that is scored."""
    value = value.strip().strip("\"'`<>").strip(_NOTHING)
    if kind in DIGITS.values():
        value = value.lower()
        return (kind, value) if re.fullmatch(r"[0-9a-f]+", value) and DIGITS.get(len(value)) == kind else None
    if kind == "cve":
        value = re.sub(r"[\u2010-\u2015\u2212_ ]", "-", value.upper())
        return ("cve", value) if re.fullmatch(r"CVE-\d{4}-\d{4,}", value) else None
    value = refanged(value)
    if kind == "email":
        value = value.lower()
        return ("email", value) if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value) else None
    if kind == "url" or "://" in value or (kind == "domain" and "/" in value):
        return _url(value)
    if kind in ("ipv4", "ipv6"):
        return _address(kind, value)
    return _without_port(value) if kind == "domain" else None
