"""`-f savedsearches`: scheduled alerts that Splunk reads as they were meant."""

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from _harness import DATA
from _harness.command import SIGMA, good, run, socdef
from alerts.conf import stanzas
from alerts.made import TEXTS, collection, every_template, hostile_rules, rules, text_of
from socdef_sigma import UsageError
from socdef_sigma.alerts.products import splunk
from socdef_sigma.convert import Converter, backends, convert

pytestmark = pytest.mark.skipif(
    "splunk" not in backends.listing().classes, reason="the backend for the target `splunk` is not installed"
)

FEED = """\
{"type": "ipv4", "value": "198.51.100.7", "confidence": "high"}
{"type": "domain", "value": "evil.example"}
{"type": "url", "value": "http://evil.example/a.php?id=1", "confidence": "low"}
{"type": "sha256", "value": "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"}
"""


def alerts(feed: str = FEED, **settings: str) -> dict[str, dict[str, str]]:
    """The stanzas of a feed by name."""
    return dict(stanzas(convert(rules(feed), "splunk", format="savedsearches", alert=settings)))


def known() -> dict[str, re.Pattern[str]]:
    """The product's settings as patterns of names."""
    with (DATA / "alerts" / "savedsearches-conf-9.0.1.tsv").open() as file:
        names = [row["setting"] for row in csv.DictReader(file, delimiter="\t")]
    return {name: re.compile(re.sub(r"\\?<[^>]*>", r"[\\w-]+", re.escape(name))) for name in names}


def is_known(name: str) -> bool:
    return any(pattern.fullmatch(name) for pattern in known().values())


def test_an_alert_is_scheduled_and_looks_back_over_its_gap() -> None:
    found = alerts()
    assert len(found) == 4
    for stanza in found.values():
        assert stanza["enableSched"] == "1"
        assert stanza["disabled"] == "0"
        assert stanza["cron_schedule"] == "0 * * * *"
        back = re.fullmatch(r"-(\d+)m@m", stanza["dispatch.earliest_time"])
        assert back is not None
        assert int(back[1]) > 60
        assert stanza["dispatch.latest_time"] == "now"
        assert (stanza["counttype"], stanza["relation"], stanza["quantity"]) == (
            "number of events",
            "greater than",
            "0",
        )
        assert stanza["alert.track"] == "1"
        assert stanza["alert.suppress"] == "1"
        assert stanza["alert.digest_mode"] == "0"


def test_the_severity_is_that_of_the_level() -> None:
    found = {name.rpartition(" ")[2]: stanza["alert.severity"] for name, stanza in alerts().items()}
    assert found["198.51.100.7"] == "4"
    assert found["evil.example"] == "3"
    assert found["http://evil.example/a.php?id=1"] == "2"
    assert {one["alert.severity"] for one in alerts(severity="critical").values()} == {"5"}


@pytest.mark.parametrize("pipeline", ["socdef_splunk_cim", "socdef_splunk_sysmon"])
def test_every_template_gives_settings_that_the_product_knows(pipeline: str) -> None:
    made = every_template("splunk", pipeline)
    text = convert(made, "splunk", pipelines=[pipeline], format="savedsearches")
    found = stanzas(text)
    assert len(found) == len(made) > 20
    assert len({name for name, _ in found}) == len(found)
    for rule, (_, stanza) in zip(made, found, strict=True):
        assert [name for name in stanza if not is_known(name)] == []
        assert rule.id in stanza["description"]
        shown = stanza["search"].rpartition("| table ")[2].split(",")
        assert {"_time", "host", "user"} <= set(shown)
        assert set(stanza["alert.suppress.fields"].split(",")) <= set(shown)
        assert stanza["alert.suppress.fields"]


def test_throttling_is_by_the_field_of_the_indicator_where_every_match_has_it() -> None:
    fields = {
        name.rpartition(" ")[2]: stanza["alert.suppress.fields"].split(",")
        for name, stanza in alerts().items()
    }
    assert fields["198.51.100.7"][0] == "dest_ip"
    assert fields["evil.example"][0] == "query"
    # The URL may be in one field or in two others, so none of them is in every result.
    assert fields["http://evil.example/a.php?id=1"] == ["host", "src"]


def test_settings_of_the_user() -> None:
    found = alerts(
        schedule="15m",
        window="1h",
        throttle="4h",
        throttle_fields="src_ip,app",
        threshold="5",
        enabled="no",
        **{"action.email": "1", "action.email.to": "soc@example.com", "alert.expires": "7d"},
    )
    expected = {
        "cron_schedule": "*/15 * * * *",
        "dispatch.earliest_time": "-1h@m",
        "alert.suppress.period": "240m",
        "alert.suppress.fields": "src_ip,app",
        "quantity": "5",
        "disabled": "1",
        "action.email": "1",
        "action.email.to": "soc@example.com",
        "alert.expires": "7d",
    }
    for stanza in found.values():
        assert expected.items() <= stanza.items()
        # What is throttled by must be in the results.
        assert {"src_ip", "app"} <= set(stanza["search"].rpartition("| table ")[2].split(","))
    assert {one["alert.suppress"] for one in alerts(throttle="off").values()} == {"0"}
    assert {one["cron_schedule"] for one in alerts(schedule="7 3 * * 1-5", window="3d").values()} == {
        "7 3 * * 1-5"
    }


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"bogus": "1"}, "has no key `bogus`"),
        ({"schedul": "1h"}, "has no key `schedul`"),
        ({"alert.bogus": "1"}, "has no key `alert.bogus`"),
        ({"dispatch.earliest": "1"}, "has no key `dispatch.earliest`"),
        ({"schedule": "7m"}, "no expression for every 7m"),
        ({"schedule": "0m"}, "is not a duration"),
        ({"schedule": "hourly"}, "is not a duration"),
        ({"window": "-1h"}, "is not a duration"),
        ({"schedule": "0 3 * * *"}, "the window has no default"),
        ({"cron_schedule": "0 3 * * *"}, "the window has no default"),
        ({"window": "30m"}, "30m is less than the schedule, 1h"),
        ({"severity": "urgent"}, "is not one of"),
        ({"throttle_fields": "a b"}, "is not a list of fields"),
        ({"threshold": "-1"}, "is not a number"),
        ({"enabled": "perhaps"}, "is not yes or no"),
        ({"action.email.to": "a\nsearch = *"}, "control character"),
    ],
)
def test_what_the_product_does_not_know_is_refused(settings: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        alerts(**settings)


def test_every_setting_that_a_user_may_give_is_one_of_the_product() -> None:
    ours = [name for name in known() if splunk._NAMES.fullmatch(name.replace("<", "").replace(">", ""))]
    assert len(ours) > 50
    # What the pattern takes must be in the product's list: each of its words is tried.
    words = re.findall(r"[A-Za-z_.]+", splunk._NAMES.pattern)
    tried = {f"{first}{second}" for first in ["", *(f"{word}." for word in words)] for second in words}
    wrong = {name for name in tried if splunk._NAMES.fullmatch(name) and not is_known(name)}
    assert wrong == set()


def test_hostile_titles_stay_in_their_stanzas() -> None:
    documents = hostile_rules()
    text = convert(collection(documents), "splunk", pipelines=["none"], format="savedsearches")
    found = stanzas(text)
    assert len(found) == len(documents)
    assert len({name for name, _ in found}) == len(found)
    for document, (name, stanza) in zip(documents, found, strict=True):
        assert name == name.strip() != ""
        assert name.lower() != "default"
        assert not re.search(r"[\[\]\x00-\x1f\x7f-\x9f\u2028\u2029\u202e\u200b]", name)
        assert stanza["search"] == 'DestinationIp="198.51.100.7"'
        assert stanza["description"].endswith(document["id"])
        assert "\n" not in stanza["description"]
        assert set(stanza) == set(found[0][1])


@given(title=st.text(min_size=1, max_size=60), description=st.text(max_size=60))
def test_any_title_stays_in_its_stanza(title: str, description: str) -> None:
    if not title.strip():
        return
    documents = hostile_rules()[:2]
    documents[0] |= {"title": title, "description": description}
    text = convert(collection(documents), "splunk", pipelines=["none"], format="savedsearches")
    found = stanzas(text)
    assert [stanza["search"] for _, stanza in found] == ['DestinationIp="198.51.100.7"'] * 2
    assert found[0][1].keys() == found[1][1].keys()


def test_rules_of_one_title_keep_their_own_stanzas() -> None:
    documents = hostile_rules()[:3]
    for document in documents:
        document["title"] = "The same"
    names = [
        name
        for name, _ in stanzas(
            convert(collection(documents), "splunk", pipelines=["none"], format="savedsearches")
        )
    ]
    assert names == [f"The same {document['id']}" for document in documents]


def test_a_search_of_several_lines_is_read_back_as_it_is() -> None:
    document = hostile_rules()[0]
    document["detection"] = {
        "selection": {"CommandLine|re": "evil.*\\d", "Image": "a\\nb"},
        "condition": "selection",
    }
    plain = convert(collection([document]), "splunk", pipelines=["none"])[0]
    assert "\n" in plain
    [(_, stanza)] = stanzas(
        convert(collection([document]), "splunk", pipelines=["none"], format="savedsearches")
    )
    assert stanza["search"] == plain


CORRELATED = [
    {
        "title": "Base",
        "name": "base",
        "logsource": {"category": "network_connection", "product": "windows"},
        "detection": {"selection": {"DestinationIp": "198.51.100.7"}, "condition": "selection"},
    },
    {
        "title": "Many",
        "id": "22222222-2222-4222-8222-222222222222",
        "level": "critical",
        "correlation": {
            "type": "event_count",
            "rules": ["base"],
            "group-by": ["SourceIp"],
            "timespan": "7d",
            "condition": {"gte": 5},
        },
    },
]


def test_a_correlation_looks_back_over_its_timespan() -> None:
    text = convert(collection(CORRELATED), "splunk", pipelines=["none"], format="savedsearches")
    [(name, stanza)] = stanzas(text)
    assert (name, stanza["alert.severity"], stanza["alert.suppress.fields"]) == ("Many", "5", "SourceIp")
    assert stanza["dispatch.earliest_time"] == "-169h@m"
    assert "stats count" in stanza["search"]


@pytest.mark.parametrize("value", ["a\rb", "a\x00b", "a\x0bb"])
def test_a_search_that_the_file_cannot_hold_is_refused_by_name(value: str) -> None:
    documents = hostile_rules()[:2]
    documents[0]["detection"]["selection"] = {"CommandLine": value}
    lost: list[Any] = []
    text = convert(
        collection(documents), "splunk", pipelines=["none"], format="savedsearches", on_lost=lost.append
    )
    assert len(stanzas(text)) == 1
    assert [one.title for one in lost] == [documents[0]["title"]]
    assert f"U+{ord(value[1]):04X}" in lost[0].reason


def test_off_gives_the_bytes_of_sigma_convert(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    (tmp_path / "rules.yml").write_text(rules(FEED).yaml())
    command = ["convert", "-t", "splunk", "-f", "savedsearches", "-p", "socdef_splunk_cim", "rules.yml"]
    theirs = good(run([SIGMA, *command], sigma_home, cwd=tmp_path)).stdout
    ours = good(socdef(*command, "--alert", "off", home=sigma_home, cwd=tmp_path)).stdout
    assert ours == theirs
    alone = good(socdef(*command, home=sigma_home, cwd=tmp_path)).stdout
    assert alone != theirs


def test_options_of_the_backend_set_the_window() -> None:
    options = {"min_time": "-7d", "max_time": "-1d"}
    text = convert(rules(FEED), "splunk", format="savedsearches", options=options)
    for _, stanza in stanzas(text):
        assert (stanza["dispatch.earliest_time"], stanza["dispatch.latest_time"]) == ("-7d", "-1d")


def test_a_folder_has_a_file_for_each_alert(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    (tmp_path / "rules.yml").write_bytes(text_of(hostile_rules()[:5]))
    (tmp_path / "feed.json").write_text(FEED)
    for source, count in (("rules.yml", 5), ("feed.json", 4)):
        command = ["convert", source, "-t", "splunk", "-p", "none", "-f", "savedsearches", "-o", "out/", "-q"]
        good(socdef(*command, home=sigma_home, cwd=tmp_path))
        files = sorted((tmp_path / "out").iterdir())
        assert len(files) == count
        for file in files:
            assert file.suffix == ".conf"
            assert len(stanzas(file.read_text())) == 1
            file.unlink()


def test_alert_is_refused_for_formats_without_alerts(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    (tmp_path / "feed.json").write_text(FEED)
    for target, words in (("splunk", b"those of splunk are savedsearches"), ("sqlite", b"sqlite has none")):
        command = ["convert", "feed.json", "-t", target, "--alert", "schedule=1h"]
        done = socdef(*command, home=sigma_home, cwd=tmp_path)
        assert done.returncode == 2
        assert words in done.stderr
    for given_ in (["--alert", "schedule"], ["--alert", "off", "--alert", "schedule=1h"]):
        done = socdef("convert", "feed.json", "-t", "splunk", *given_, home=sigma_home, cwd=tmp_path)
        assert done.returncode == 2
        assert done.stderr.startswith(b"error[bad_usage]")


def test_there_are_hostile_texts() -> None:
    assert len(TEXTS) > 40
    converter = Converter("splunk", format="savedsearches", own_rules=True)
    assert (converter.ending, converter.twin().ending) == ("conf", "conf")
