"""Indicators of each kind, by chance, and what pySigma alone makes of their rules."""

import ipaddress
import random
import string
from collections.abc import Callable
from typing import Any

from _harness.command import NOW
from _harness.hostile import QUERY
from socdef_sigma import Indicator, RuleSet, compile
from socdef_sigma.convert import Converter, LostRule
from socdef_sigma.pysigma import to_rule


def word(rng: random.Random, letters: str = string.ascii_lowercase + string.digits) -> str:
    """A word of 3 to 14 letters."""
    return "".join(rng.choices(letters, k=rng.randint(3, 14)))


def domain(rng: random.Random) -> str:
    """A domain of one to three such words."""
    return ".".join(f"{word(rng)}x" for _ in range(rng.randint(1, 3))) + ".example"


def url(rng: random.Random) -> str:
    """A URL on such a domain."""
    path = "/".join(word(rng, string.ascii_letters + string.digits) for _ in range(rng.randint(0, 4)))
    query = "&".join(f"{word(rng)}={word(rng)}" for _ in range(rng.choice([0, 0, 1, 2])))
    return f"http{rng.choice(['', 's'])}://{domain(rng)}/{path}{'?' if query else ''}{query}"


def hexadecimal(digits: int) -> Callable[[random.Random], str]:
    """A maker of hashes with this many digits."""
    return lambda rng: f"{rng.getrandbits(4 * digits):0{digits}x}"


KINDS: dict[str, Callable[[random.Random], str]] = {
    "ipv4": lambda rng: (
        f"{rng.randint(11, 99)}.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}"
    ),
    "ipv6": lambda rng: str(
        ipaddress.IPv6Address(0x2A00 << 112 | rng.getrandbits(rng.choice([20, 60, 100])))
    ),
    "domain": domain,
    "url": url,
    "email": lambda rng: f"{word(rng)}@{domain(rng)}",
    "md5": hexadecimal(32),
    "sha1": hexadecimal(40),
    "sha256": hexadecimal(64),
    "cve": lambda rng: f"CVE-{rng.randint(1999, 2026)}-{rng.randint(1000, 99999)}",
}


def indicators(kind: str, count: int = 50, hostile: int = 20) -> list[Indicator]:
    """Indicators of a kind, among them such with text that is syntax to a query language."""
    rng = random.Random(kind)
    values = [KINDS[kind](rng) for _ in range(count)]
    for _ in range(hostile):
        piece = rng.choice(QUERY)
        values.append(
            {
                "url": f"http://{domain(rng)}/{piece}{word(rng)}?{word(rng)}={piece}{piece}",
                "email": f"{word(rng)}{rng.choice(list('+-_.='))}{word(rng)}@{domain(rng)}",
                "domain": f"xn--{word(rng)}.{rng.choice(['_x', '0', 'a-b'])}.{domain(rng)}",
                "ipv4": f"{rng.randint(11, 99)}.0.0.0/{rng.randint(12, 32)}",
                "ipv6": f"2a00:{rng.randint(1, 9)}::/{rng.randint(32, 128)}",
            }.get(kind)
            or KINDS[kind](rng).upper()
        )
    made = []
    for value in values:
        try:
            made.append(Indicator(value))
        except ValueError:  # Not even an indicator.
            continue
    return made


def ruleset(kind: str) -> RuleSet:
    """Their rules."""
    return compile(indicators(kind), now=NOW, guard=False)


def by_pysigma(rules: Any, converter: Converter) -> tuple[Any, list[LostRule]]:
    """What the backend gives alone."""
    queries = [query for _, made in converter.convert([to_rule(rule) for rule in rules]) for query in made]
    return converter.finish(queries), converter.lost


def mixed(count: int) -> list[Indicator]:
    """Indicators of several kinds, shuffled: so many of each."""
    rng = random.Random(count)
    made = [KINDS[kind](rng) for kind in ("ipv4", "domain", "url", "sha256") for _ in range(count)]
    made += [f"{word(rng)}-evil-{word(rng)}.example" for _ in range(count)]
    made += [f"a-{word(rng)}-b.{rng.randint(1, 9)}.example" for _ in range(count)]
    rng.shuffle(made)
    return [Indicator(text) for text in made]
