"""The indicators, the events and the scan, before any engine sees them."""

from collections import Counter

import socdef_sigma
from detect import compare, real, scan, variants
from detect.model import SIGMA


def test_there_are_enough_indicators_and_events() -> None:
    assert len(compare.iocs()) >= 500
    assert sum(len(table.events) for table in compare.tables()) >= 2000
    assert len({(ioc.type, ioc.value) for ioc in compare.iocs()}) == len(compare.iocs())


def test_every_template_has_indicators_and_events() -> None:
    templates = {(template.type, template.logsource) for template in socdef_sigma.templates()}
    promised = {(kind, source) for kind, sources in scan.LOGSOURCES.items() for source in sources}
    assert promised == templates
    for kind, source in promised:
        wanted = compare.having_rules([ioc for ioc in compare.iocs() if ioc.type == kind], source)
        assert wanted
        table = next(table for table in compare.tables() if table.logsource == source)
        assert {event.kind for event in table.events} == {"hit", "miss", "case"}


def test_every_variant_of_every_type_is_there() -> None:
    for table in compare.tables():
        there = {event.why for event in table.events}
        for ioc in compare.iocs():
            if table.logsource in scan.LOGSOURCES[ioc.type]:
                made = {variant.why for variant in variants.variants(ioc, table.logsource)}
                rare = {why for why in made - there if not why.startswith("no wildcard")}
                assert rare == set(), (ioc, table.logsource)


def test_the_scan_finds_for_an_indicator_what_was_made_to_be_found() -> None:
    count: Counter[bool] = Counter()
    for ioc in compare.iocs():
        for source in scan.LOGSOURCES[ioc.type]:
            matches = scan.matcher(ioc, source)
            for variant in variants.variants(ioc, source):
                assert matches(variant.fields) == (variant.kind != "miss"), (ioc, source, variant)
                count[variant.kind != "miss"] += 1
    assert min(count.values()) > 1000


def test_the_real_events_hold_what_the_indicators_name_and_not_their_near_misses() -> None:
    found = {
        (ioc.type, source): sum(
            scan.matcher(ioc, source, SIGMA)(event.fields)
            for ioc in real.iocs()
            if ioc.type == kind
            for event in real.table_of(source).events
        )
        for kind, source in [
            ("ipv4", "network_connection/windows"),
            ("domain", "dns_query/windows"),
            ("sha256", "process_creation/windows"),
        ]
        for ioc in real.iocs()
        if ioc.type == kind
    }
    assert all(found.values())
    hits = {
        ioc
        for ioc in real.iocs()
        for source in real.CATEGORIES
        if source in scan.LOGSOURCES[ioc.type]
        and any(scan.matcher(ioc, source, SIGMA)(event.fields) for event in real.table_of(source).events)
    }
    assert set(real.iocs()) - hits, "no near miss"
