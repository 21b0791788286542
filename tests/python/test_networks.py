"""Networks of IPv6 as patterns of text, against Python's `ipaddress`, and matched by SQLite."""

import sqlite3
from contextlib import closing
from ipaddress import IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma.pipelines.socdef.networks import patterns

# Groups of which many are zero, and of every length: that is where the spellings differ.
GROUPS = st.one_of(st.just(0), st.sampled_from([1, 0xA, 0xAB, 0xABC, 0xABCD, 0x0A0B]), st.integers(0, 0xFFFF))


def address(groups: list[int]) -> int:
    """Eight groups as one number."""
    return sum(group << 16 * (7 - at) for at, group in enumerate(groups))


ADDRESSES = st.lists(GROUPS, min_size=8, max_size=8).map(address)


@st.composite
def networks_and_addresses(draw: st.DrawFn) -> tuple[IPv6Network, list[IPv6Address]]:
    """A network, and addresses in it, just beside it, and made by moving its groups."""
    network = IPv6Network((draw(ADDRESSES), draw(st.integers(0, 128))), strict=False)
    first, free = int(network.network_address), 128 - network.prefixlen
    inside = draw(st.lists(ADDRESSES.map(lambda n: first | n & ((1 << free) - 1)), max_size=8))
    beside = [first ^ 1 << bit for bit in draw(st.lists(st.integers(0, 127), max_size=8))]
    groups = [first >> 16 * (7 - at) & 0xFFFF for at in range(8)]
    moved = []
    for out, into in draw(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=8)):
        others = groups[:out] + groups[out + 1 :]
        moved.append(address([*others[:into], draw(GROUPS), *others[into:]]))
    return network, [IPv6Address(n) for n in [first, *inside, *beside, *moved]]


def spellings(one: IPv6Address) -> list[str]:
    """As RFC 5952 has it, and without leaving groups out, as Sysmon writes it; both in capitals, too."""
    whole = ":".join(f"{int(group, 16):x}" for group in one.exploded.split(":"))
    return [str(one), whole, str(one).upper(), whole.upper()]


def matched(network: IPv6Network, texts: list[str]) -> set[str]:
    """Those of the texts that SQLite's LIKE finds."""

    def like(pattern: str) -> str:
        return f"text LIKE '{pattern.replace('*', '%').replace('?', '_')}'"

    parts = [
        " AND ".join([like(one.like), *(f"NOT {like(unlike)}" for unlike in one.unlike)])
        for one in patterns(network)
    ]
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE logs (text)")
        database.executemany("INSERT INTO logs VALUES (?)", [(text,) for text in texts])
        query = f"SELECT text FROM logs WHERE {' OR '.join(f'({part})' for part in parts)}"
        return {row[0] for row in database.execute(query)}


@given(networks_and_addresses())
def test_the_patterns_match_the_texts_of_the_addresses_inside_and_no_others(
    case: tuple[IPv6Network, list[IPv6Address]],
) -> None:
    network, addresses = case
    of_text = {text: one for one in addresses for text in spellings(one)}
    wanted = {text for text, one in of_text.items() if one in network}
    assert matched(network, list(of_text)) == wanted


@pytest.mark.parametrize(
    ("network", "inside", "outside"),
    [
        ("1:0:0:0:5::/80", "1::5:2:3:4", "1::5:2:3:4:6"),
        ("1:0:0:0:0::/80", "1::2:3:4", "1::2:3:4:5:6"),
        ("1:0:0:0:5:0:0:ab00/120", "1::5:0:0:ab01", "1::5:0:0:ab:1"),
    ],
)
def test_a_run_of_zeros_is_as_long_as_the_network_says(network: str, inside: str, outside: str) -> None:
    """The texts begin alike; only the number of groups tells them apart."""
    for text in (inside, outside):
        assert (IPv6Address(text) in IPv6Network(network)) is (text == inside)
    assert matched(IPv6Network(network), [inside, outside]) == {inside}


@pytest.mark.parametrize(
    ("network", "wanted"),
    [
        ("2001:db8::/32", [("2001:db8:*", ())]),
        ("2001:db8::/48", [("2001:db8:0:*", ()), ("2001:db8::*", ())]),
        ("2001:db8:1:2:3:4:5:6/128", [("2001:db8:1:2:3:4:5:6", ())]),
        ("fe80::/11", [("fe8?:*", ("fe8:*",)), ("fe9?:*", ("fe9:*",))]),
        ("1:0:0:4::/64", [("1:0:0:4:*", ()), ("1::4:*:*:*:*", ())]),
        ("::/0", [("*:*", ())]),
    ],
)
def test_the_usual_networks_are_few_patterns(network: str, wanted: list[tuple[str, tuple[str, ...]]]) -> None:
    assert [(one.like, one.unlike) for one in patterns(IPv6Network(network))] == wanted


def test_no_network_is_more_than_some_dozen_patterns() -> None:
    lengths = [len(patterns(IPv6Network(("::", length)))) for length in range(129)]
    assert max(lengths) <= 32
