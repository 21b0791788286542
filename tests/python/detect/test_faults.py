"""Upstream faults that no pair of a rule and an event shows."""

import pytest

from detect.compare import compiled
from detect.engines.clickhouse import ENGINES, ClickHouse
from detect.model import Event, Ioc, Table


@pytest.mark.parametrize(
    "clickhouse", [engine for engine in ENGINES if engine.is_bare], ids=lambda engine: engine.name
)
def test_a_network_rule_fails_on_clickhouse_for_one_field_without_an_address(clickhouse: ClickHouse) -> None:
    missing = clickhouse.missing()
    if missing is not None:
        pytest.skip(f"{clickhouse.name}: {missing} is not installed")
    texts = ("198.51.100.7", "proxy.example")
    table = Table(
        "firewall", tuple(Event({"dst_ip": text}, text, "hit") for text in texts), ("src_ip", "dst_ip")
    )
    rules = compiled([Ioc("ipv4", "198.51.100.0/24")], "firewall")
    (answer,) = clickhouse.run_as_it_is(table, clickhouse.convert(rules, {}))
    assert isinstance(answer, str)
    assert "Neither IPv4 nor IPv6" in answer, "upstream does it right now: load all texts"
