"""Indicators for the harness: six hundred of all types, the same in every run.

Addresses are of documentation ranges (RFC 5737, RFC 3849), names of reserved ones (RFC 2606), and every
value is canonical.
"""

import hashlib
import ipaddress
import random
from collections.abc import Callable, Iterator
from functools import partial

from detect.model import Ioc

SHARES = {
    "ipv4": 80,
    "ipv6": 70,
    "domain": 95,
    "url": 100,
    "md5": 40,
    "sha1": 40,
    "sha256": 50,
    "cve": 25,
    "email": 20,
    "filename": 15,
    "filepath": 25,
    "registry_key": 20,
    "named_pipe": 10,
    "imphash": 10,
    "ja3": 6,
    "ja3s": 6,
    "ja4": 6,
    "user_agent": 12,
    "service_name": 10,
    "scheduled_task": 10,
}
"""How many indicators of each type."""

_WORDS = (
    "login",
    "update",
    "cdn",
    "mail",
    "invoice",
    "secure",
    "shop",
    "news",
    "static",
    "vpn",
    "api",
    "img",
)
_ODD = (
    "%20",
    "_",
    "'",
    "*",
    "\\",
    "[1]",
    "&",
    "=",
    "~",
    "(a)",
    "+",
    "%7E",
    ";",
    ",",
    "!",
    "$",
    "{x}",
    "|",
    "^",
    "#"[:0],
)
# A path with one of these reads as a pattern, and is refused as one.
_PATTERNS = ("*", "{x}")
_ODD_PATHS = tuple(odd for odd in _ODD if odd not in _PATTERNS)


def iocs(seed: int = 7) -> list[Ioc]:
    """All indicators."""
    chance = random.Random(seed)
    makers: dict[str, Callable[[random.Random], Iterator[Ioc]]] = {
        "ipv4": _ipv4,
        "ipv6": _ipv6,
        "domain": _domains,
        "url": _urls,
        "cve": _cves,
        "email": _emails,
        **{kind: partial(_named, kind) for kind in FIRST},
    }
    found: list[Ioc] = []
    for kind, count in SHARES.items():
        values = makers[kind](chance) if kind in makers else _hashes(kind, chance)
        seen: dict[str, Ioc] = {}
        while len(seen) < count:
            ioc = next(values)
            seen.setdefault(ioc.value, ioc)
        found += seen.values()
    return found


def _ipv4(chance: random.Random) -> Iterator[Ioc]:
    blocks = [ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
    # Of networks that hold others, a wide one would make hits of near misses: few, and each of another size.
    for text in ("198.51.100.128/25", "203.0.113.0/26", "192.0.2.64/29", "203.0.113.200/30", "192.0.2.96/27"):
        yield Ioc("ipv4", text)
    while True:
        yield Ioc("ipv4", str(chance.choice(blocks)[chance.randrange(1, 255)]))


def _ipv6(chance: random.Random) -> Iterator[Ioc]:
    for text in ("2001:db8:5::/48", "2001:db8:a000::/36", "2001:db8:7:8::/64", "2001:db8:5:6::10/124"):
        yield Ioc("ipv6", text)
    yield Ioc("ipv6", "2001:db8:a:b:c:d:e:f")
    base = int(ipaddress.ip_address("2001:db8::"))
    while True:
        groups = sum(
            chance.randrange(1, 0xFFFF) << 16 * chance.randrange(0, 5) for _ in range(chance.randrange(1, 4))
        )
        yield Ioc("ipv6", str(ipaddress.ip_address(base + groups)))


def _name(chance: random.Random) -> str:
    label = "".join(chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(chance.randrange(4, 10)))
    middle = chance.choice(["", "-", "-7-", str(chance.randrange(10))])
    word = chance.choice([*_WORDS, ""]) if middle else ""
    return f"{label}{middle}{word}".rstrip("-") + chance.choice(
        [".example", ".test", ".example.com", ".example.net"]
    )


def _domains(chance: random.Random) -> Iterator[Ioc]:
    for text in ("xn--bcher-kva.example", "_dmarc.evil_host.example", "50_50.example", "a-b--c.example"):
        yield Ioc("domain", text)
    while True:
        prefix = chance.choice(["", "", "", "www.", "c2_node.", "a.b."])
        yield Ioc("domain", prefix + _name(chance))


def _urls(chance: random.Random) -> Iterator[Ioc]:
    exploit = ("exploit",)
    yield Ioc("url", "http://plain.example/")
    yield Ioc("url", "https://plain.example:8443/")
    yield Ioc("url", "http://odd.example/cgi-bin/a.php?id=1*x%20y", exploit)
    yield Ioc("url", "http://odd.example/%7Ea/it's\\x[1].php?q=50%&_=a_b", exploit)
    yield Ioc("url", "http://198.51.100.7:8080/p_1.bin")
    yield Ioc("url", "http://[2001:db8::1]:8080/shell_x.jsp", exploit)
    while True:
        host = _name(chance) + chance.choice(["", "", "", ":8080", ":8443"])
        segments = [
            chance.choice(_WORDS) + str(chance.randrange(1000, 99999)) for _ in range(chance.randrange(1, 4))
        ]
        path = "/".join(segments) + chance.choice(["", ".php", ".jsp", "/", *_ODD_PATHS])
        query = "".join(
            f"{mark}{chance.choice(_WORDS)}={chance.randrange(10**6)}{chance.choice(['', *_ODD])}"
            for mark in "?&"[: chance.randrange(0, 3)]
        )
        scheme = chance.choice(["http", "https"])
        yield Ioc("url", f"{scheme}://{host}/{path}{query}", chance.choice([(), exploit]))


def _hashes(kind: str, chance: random.Random) -> Iterator[Ioc]:
    yield Ioc(
        kind,
        "12345678901234567890123456789012"[: hashlib.new(kind).digest_size * 2].ljust(
            hashlib.new(kind).digest_size * 2, "3"
        ),
    )
    while True:
        yield Ioc(kind, hashlib.new(kind, chance.randbytes(8)).hexdigest())


def _cves(chance: random.Random) -> Iterator[Ioc]:
    yield Ioc("cve", "CVE-2017-1188")
    yield Ioc("cve", "CVE-2017-11882")  # The one before it goes on with another digit here.
    while True:
        yield Ioc("cve", f"CVE-{chance.randrange(2002, 2026)}-{chance.randrange(1000, 60000):04}")


def _emails(chance: random.Random) -> Iterator[Ioc]:
    yield Ioc("email", "o'ne*il?#{x}@evil.example")
    yield Ioc("email", "50%_off@shop.example")
    roles: tuple[tuple[str, ...], ...] = ((), ("sender",), ("recipient",), ("sender", "recipient"))
    while True:
        local = chance.choice(_WORDS) + chance.choice(["", ".", "_", "+", "-"]) + str(chance.randrange(100))
        yield Ioc("email", f"{local}@{_name(chance)}", roles=chance.choice(roles))


FIRST: dict[str, tuple[str, ...]] = {
    "filename": ("evil_1.exe", "it's [1] & 50%.exe", "r\u00e9sum\u00e9.scr"),
    "filepath": (
        "\\AppData\\Roaming\\evil_1\\a.exe",
        "D:\\tools\\evil_1.exe",
        "\\\\192.0.2.7\\share_1\\50%.exe",
        "%UserProfile%\\evil_1.exe",
        "%ProgramFiles%\\Evil_1\\a.exe",
        "\\ProgramData\\evil_1\\",
        "%ProgramFiles%\\Evil_2\\",
        "E:\\evil_1\\",
    ),
    "registry_key": (
        "HKCU\\Software\\Evil_1\\it's 50%",
        "HKLM\\SYSTEM\\CurrentControlSet\\Services\\evil_1",
        "HKCR\\.evil_1",
        "HKCR\\evil_2\\shell\\open",
    ),
    "named_pipe": ("\\evil_pipe", "\\it's [1] & 50%", "\\a\\b_c"),
    "imphash": ("1234567890123456789012345678901f",),
    "ja3": (),
    "ja3s": (),
    "ja4": ("t13d191000_9dc949149365_e7c285222651",),
    "user_agent": ("evil_loader/1.0", "Mozilla/5.0 (50%; it's [1])", 'Evil: "agent" \\ #2'),
    "service_name": ("Evil_1 Updater", "it's [1] & 50%"),
    "scheduled_task": ("\\Evil_1 Updater", "\\Folder_1\\it's 50%"),
}
"""Values of the types that are texts and nothing more, with what some engine could take for syntax."""


def _named(kind: str, chance: random.Random) -> Iterator[Ioc]:
    for text in FIRST[kind]:
        yield Ioc(kind, text)
    while True:
        word, digits = chance.choice(_WORDS), chance.randbytes(24).hex()
        name = f"{word}{chance.choice(['_', '-', ' ', '.'])}{digits[:6]}"
        yield Ioc(
            kind,
            {
                "filename": f"{name}.exe",
                "filepath": chance.choice(["\\AppData\\Local\\", "\\Temp\\", "F:\\x\\"]) + f"{name}.dll",
                "registry_key": chance.choice(["HKCU", "HKLM"]) + f"\\Software\\{name}\\Run",
                "named_pipe": f"\\{name}",
                "ja4": f"t13d19{chance.randrange(1000, 9999)}_{digits[:12]}_{digits[12:24]}",
                "user_agent": f"{name}/{chance.randrange(9)}.0",
                "service_name": f"{name} service",
                "scheduled_task": f"\\{name} task",
            }.get(kind, digits[:32]),
        )
