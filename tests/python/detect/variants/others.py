"""Events with hashes, signatures and mail addresses, and with texts that match as a whole."""

from collections.abc import Iterator

from detect.model import Ioc, Kind
from detect.scan import HASH_FIELDS, WHOLE
from detect.variants.base import Variant, changed, swapped

_ALGORITHMS = {"SHA1": 40, "MD5": 32, "SHA256": 64, "IMPHASH": 32}


def hashes(ioc: Ioc, logsource: str) -> Iterator[Variant]:
    """A hash among others, as Sysmon writes them."""
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


def signatures(value: str) -> Iterator[Variant]:
    """Signatures of an antivirus with a CVE id."""
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


def mails(ioc: Ioc) -> Iterator[Variant]:
    """An address of mail, as sender and as recipient."""
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
    for why, text in changed(ioc.value):
        yield at(why, "miss", text)


def wholes(ioc: Ioc) -> Iterator[Variant]:
    """A value that is the whole field."""
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
    for why, text in changed(ioc.value):
        yield at(why, "miss", text)
