"""The texts of the addresses in an IPv6 network, as patterns, for languages that compare texts only.

An address is written without leading zeros, and either whole, as Sysmon has it (`2001:db8:0:0:0:0:0:1`), or
with `::` for a longest run of zeros, as RFC 5952, section 4 has it (`2001:db8::1`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv6Network

__all__ = ["Pattern", "patterns"]

GROUPS = 8
DIGITS = 4


@dataclass(frozen=True)
class Pattern:
    """Texts that match `like` and none of `unlike`: `*` is any text, `?` any one character."""

    like: str
    unlike: tuple[str, ...] = ()


def patterns(network: IPv6Network) -> list[Pattern]:
    """Patterns of which a text in one of the two spellings matches one if its address is in the network.

        >>> from ipaddress import ip_network
        >>> patterns(ip_network("2001:db8::/32"))
        [Pattern(like='2001:db8:*', unlike=())]

    A network that ends inside of a digit is eight networks at most that do not.
    """
    length = -(-network.prefixlen // 4) * 4
    return [pattern for subnet in network.subnets(new_prefix=length) for pattern in _of_digits(subnet)]


@dataclass(frozen=True)
class _Last:
    """The last group that the network says something of, written out."""

    texts: tuple[str, ...]
    shorter: tuple[str, ...]
    """Groups of fewer digits, which with the colon and the group behind them have the same length."""
    may_be_zero: bool


def _last(fixed: str) -> _Last:
    """A group that begins with these digits."""
    free = DIGITS - len(fixed)
    digits = fixed.lstrip("0")
    if digits:
        return _Last((digits + "?" * free,), tuple(digits + "?" * n for n in range(free)), False)
    # No text is too short here: what begins with zeros may end after any digit.
    return _Last(tuple("?" * n for n in range(1, free + 1)) or ("0",), (), True)


def _of_digits(network: IPv6Network) -> Iterator[Pattern]:
    """The patterns of a network that ends between two digits."""
    digits = network.network_address.exploded.replace(":", "")[: network.prefixlen // 4]
    if not digits:
        yield Pattern("*:*")
        return
    groups = [digits[at : at + DIGITS] for at in range(0, len(digits), DIGITS)]
    *whole, fixed = groups
    last = _last(fixed)
    texts = [group.lstrip("0") or "0" for group in whole]
    free = GROUPS - len(groups)
    yield from _written("".join(f"{text}:" for text in texts), last, ":*" * bool(free))
    is_zero = [text == "0" for text in texts] + [last.may_be_zero]
    for start in range(len(groups)):
        if not is_zero[start] or (start and is_zero[start - 1]):
            continue
        end = next((at for at in range(start, len(groups)) if not is_zero[at]), len(groups))
        before = ":".join(texts[:start]) + "::"
        if end == len(groups) and free:
            # The run may go on behind what is fixed: no more than the free groups stand behind it.
            is_full = GROUPS - 1 - start <= free
            yield Pattern(f"{before}*", () if is_full else (f"{before}*{':*' * free}",))
        elif end == len(groups) and end - start > 1:
            yield Pattern(before)
        if end == len(groups) and len(fixed) < DIGITS:
            end -= 1  # Or it ends before a last group of which only some digits are fixed.
        if end < len(groups) and end - start > 1:
            between = "".join(f"{text}:" for text in texts[end:])
            yield from _written(before + between, last, ":*" * free, is_counted=end - start > 2)


def _written(before: str, last: _Last, rest: str, *, is_counted: bool = False) -> Iterator[Pattern]:
    """The last group between a text and the rest; with no more groups than that where they are counted."""
    shorter = [f"{before}{text}:*" for text in last.shorter]
    longer = [f"{before}{text}{rest}:*" for text in last.texts if is_counted]
    for text in last.texts:
        like = before + text + rest
        yield Pattern(like, (*shorter, *longer) if {"?", "*"} & set(like) else ())
