"""Every rule of the golden and of the real feeds: schema, validators, pySigma, unique ids and titles, known tags.

The real feeds are those in `tests/data`, and those in a folder beside the project (or where `SOCDEF_SHARED`
says); what is not there is skipped by name.
"""

import collections
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from sigma.collection import SigmaCollection

import socdef_sigma
from _harness import DATA, FULL, REPO
from _harness.check import sigma_check
from _harness.schema import load_rules, schema_errors

NOW = "2026-05-17"
GOLDEN = REPO / "tests" / "golden"
SHARED = Path(os.environ.get("SOCDEF_SHARED") or REPO.parent / "shared") / "feeds"

# Where a copy of a real feed stands in the repository, by its folder.
HERE = {"eset": DATA / "misp", "stix": DATA / "stix"}
# How many rules each gives. Two of OASIS's examples give none: one is a private address, one asks for more than equality.
REAL = {
    "eset/machete.adoc": 122,
    "eset/misp-turla-crutch.json": 9,
    "eset/misp-zebrocy.json": 27,
    "unit42/Darkside_IOCs.txt": 67,
    "unit42/IOCs_MaliciousJS.txt": 56,
    "unit42/Skimmer_IOC.txt": 108,
    "unit42/samsa_iocs.csv": 64,
    "openioc/2384c8ce-6eca-4d06-8aa4-151b53d9a6bc.ioc": 13,
    "stix/oasis-indicator-for-c2-ip-address.json": 0,
    "stix/oasis-malicious-email-indicator-with-attachment.json": 0,
    "stix/oasis-poisonivy.json": 42,
    "stix/unit42-latrodectus.json": 21,
    "maltrail/apt_turla.txt": 317,
    "maltrail/mass_scanner_cidr.txt": 1102,
    "threatfox/ips.txt": 4544,
    "volexity/2023-03-30_3CX.csv": 41,
}
FEEDS = [
    *(
        f"golden/{path.relative_to(GOLDEN).as_posix()}"
        for path in sorted(GOLDEN.glob("*/*"))
        # A feed and its rules; what else is there is golden of something else.
        if path.with_name(f"{path.name}.yml").is_file()
    ),
    *REAL,
]


def path_of(name: str) -> Path:
    """The file of a feed; skips the test where it is nowhere."""
    if name.startswith("golden/"):
        return GOLDEN / name.removeprefix("golden/")
    folder, _, file = name.partition("/")
    feeds = DATA / "feeds" / folder
    for path in (HERE.get(folder, feeds) / file, feeds / file, SHARED / name):
        if path.is_file():
            return path
    pytest.skip(f"the real feed {name} is not there")


LOGSOURCES = ("primary", "all")

MOST = 400
"""How many indicators of a feed are compiled to all log sources; with SOCDEF_FULL all of them."""


@dataclass(frozen=True)
class Compiled:
    """The rules of a feed and what became of it."""

    rules: socdef_sigma.RuleSet
    documents: list[dict[str, Any]]


COMPILED: dict[tuple[str, str], Compiled] = {}


@pytest.fixture(params=FEEDS)
def feed(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(params=LOGSOURCES)
def logsource(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def compiled(feed: str, logsource: str) -> Compiled:
    return compile_feed(feed, logsource)


def compile_feed(name: str, logsource: str = "primary") -> Compiled:
    """The rules of a feed, once for all tests; skips the test where the feed is nowhere."""
    path = path_of(name)
    key = (name, logsource)
    if key not in COMPILED:
        most = MOST if logsource == "all" and not FULL else None
        rules = socdef_sigma.compile(socdef_sigma.read(path), now=NOW, logsources=[logsource], limit=most)
        COMPILED[key] = Compiled(rules, load_fast(rules.yaml()))
    return COMPILED[key]


def load_fast(text: str) -> list[dict[str, Any]]:
    """`load_rules` by PyYAML's fast loader: the tests in `literals/` prove that the two read the same."""
    documents = list(yaml.load_all(text, Loader=yaml.CSafeLoader))
    for document in documents:
        for key in ("date", "modified"):
            if key in document:
                document[key] = str(document[key])
    return documents


def shape_of(document: dict[str, Any]) -> str:
    """What kind of rule it is: two rules of a shape differ in texts only."""

    def shape(node: object) -> object:
        if isinstance(node, dict):
            return {key: shape(value) for key, value in node.items()}
        if isinstance(node, list):
            return sorted({json.dumps(shape(value)) for value in node})
        return type(node).__name__

    kept = {key: value for key, value in document.items() if key != "tags"}
    return json.dumps([shape(kept), document["tags"], document["logsource"]])


# --- All rules --------------------------------------------------------------------------------------------


@pytest.mark.pysigma_1_only
def test_a_feed_gives_its_rules_and_loses_none(feed: str) -> None:
    compiled = compile_feed(feed)
    counts = compiled.rules.report.counts
    assert counts["rules"] == counts["kept"] == len(compiled.rules) == len(compiled.documents)
    if feed in REAL:
        assert len(compiled.rules) == REAL[feed]
    else:
        golden = path_of(feed).with_name(f"{path_of(feed).name}.yml")
        assert compiled.rules.yaml() == golden.read_text(encoding="utf-8")
    decided = counts["kept"] + counts["merged"] + counts["dropped"] + counts["refused"]
    assert counts["read"] == decided
    assert "broken_template" not in compiled.rules.report.reasons


# How many log sources a type has, by the issue's table; URLs have one more where they are tagged as exploits.
SOURCES = {
    **dict.fromkeys(("ipv4", "ipv6"), 6),
    **dict.fromkeys(("md5", "sha1", "sha256"), 4),
    **{"domain": 5, "url": 2, "cve": 1, "email": 1},
}


@pytest.mark.pysigma_1_only
def test_a_feed_gives_a_rule_for_each_indicator_and_log_source(feed: str) -> None:
    every = compile_feed(feed, "all")
    primary = list(compile_feed(feed).rules)[: None if FULL else MOST]
    inbound = [rule for rule in every.rules if rule.template == "url/webserver"]
    expected = sum(SOURCES[rule.indicator.type] for rule in primary) + len(inbound)
    assert len(every.rules) == expected
    assert every.rules.report.counts["kept"] == len(primary)
    assert not {"rule_lost"} & set(every.rules.report.note_counts)
    ids = {rule.id for rule in every.rules}
    assert {rule.id for rule in primary} <= ids


@pytest.mark.pysigma_1_only
def test_every_rule_is_valid_by_the_schema_of_sigma(compiled: Compiled) -> None:
    # The schema costs a millisecond a rule and sees no text but by its form, so one of each shape is as good as all;
    # the forms (id, date, tags, length of the title) are looked at in all of them below.
    one_of_each = {shape_of(document): document for document in compiled.documents}
    for document in one_of_each.values():
        assert schema_errors(document) == []


@pytest.mark.pysigma_1_only
def test_ids_titles_and_file_names_are_unique_and_well_formed(compiled: Compiled) -> None:
    for what in ("id", "title"):
        counted = collections.Counter(document[what] for document in compiled.documents)
        assert [text for text, count in counted.items() if count > 1] == []
    names = collections.Counter(rule.filename for rule in compiled.rules)
    assert [name for name, count in names.items() if count > 1] == []
    for rule, document in zip(compiled.rules, compiled.documents, strict=True):
        assert re.fullmatch(
            r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", document["id"]
        )
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", document["date"])
        assert len(document["title"]) <= 110
        assert re.fullmatch(r"[a-z0-9_]{10,90}\.yml", rule.filename)
        lowest = ("informational",) if document["logsource"].get("category") == "webserver" else ()
        assert document["level"] in (*lowest, "low", "medium", "high")
        assert document["socdef"]["type"] == rule.indicator.type
        assert document["socdef"]["value"] == rule.indicator.value


ATTACK: dict[str, list[dict[str, Any]]] = json.loads(
    (REPO / "python" / "socdef_sigma" / "pysigma" / "attack.json").read_text()
)
TACTICS = {entry["x_mitre_shortname"] for entry in ATTACK["objects"] if entry["type"] == "x-mitre-tactic"}
TECHNIQUES: dict[str, set[str]] = {
    entry["external_references"][0]["external_id"].lower(): {
        phase["phase_name"] for phase in entry["kill_chain_phases"]
    }
    for entry in ATTACK["objects"]
    if entry["type"] == "attack-pattern"
}


@pytest.mark.pysigma_1_only
def test_every_tag_is_known_and_no_technique_lacks_a_tactic(compiled: Compiled) -> None:
    assert len(TACTICS) == 14
    assert len(TECHNIQUES) > 600
    for document in compiled.documents:
        tags = document["tags"]
        assert tags
        assert len(set(tags)) == len(tags)
        attack = [tag.removeprefix("attack.") for tag in tags if tag.startswith("attack.")]
        assert attack
        for tag in attack:
            assert tag in TACTICS or TECHNIQUES[tag] <= set(attack)
        others = [tag for tag in tags if not tag.startswith("attack.")]
        cve = document["socdef"]["value"].lower().replace("cve-", "cve.")
        assert others == ([cve] if document["socdef"]["type"] == "cve" else [])


# From dictionaries it is quick enough for all of them: test_bridge.py proves that they are what the YAML says.
def test_pysigma_reads_every_rule(compiled: Compiled) -> None:
    collection = SigmaCollection.from_dicts(compiled.rules.dicts(), collect_errors=True)
    assert [rule.errors for rule in collection.rules if rule.errors] == []
    assert [str(rule.id) for rule in collection.rules] == [rule.id for rule in compiled.rules]


def test_pysigma_reads_one_rule_of_each_shape_from_yaml(compiled: Compiled) -> None:
    one_of_each = {shape_of(document): at for at, document in enumerate(compiled.documents)}
    text = "---\n".join(compiled.rules[at].yaml() for at in one_of_each.values())
    collection = SigmaCollection.from_yaml(text, collect_errors=True)
    assert [rule.errors for rule in collection.rules if rule.errors] == []
    assert len(collection.rules) == len(one_of_each)


# --- sigma check ------------------------------------------------------------------------------------------


def rounds(logsource: str) -> list[dict[str, list[socdef_sigma.Rule]]]:
    """All rules of the feeds that are there, by feed, so that no id stands twice in a round.

    An indicator of two feeds has one id and one title: a collision in one folder, and none in one run.
    """
    result: list[dict[str, list[socdef_sigma.Rule]]] = []
    seen: collections.Counter[str] = collections.Counter()
    for name in FEEDS:
        try:
            rules = compile_feed(name, logsource).rules
        except pytest.skip.Exception:  # by name in the tests above
            continue
        for rule in checked(rules, logsource):
            number = seen[rule.id]
            seen[rule.id] += 1
            if number == len(result):
                result.append({})
            result[number].setdefault(name, []).append(rule)
    return result


def checked(rules: socdef_sigma.RuleSet, logsource: str) -> list[socdef_sigma.Rule]:
    """The first 25 of each template and feed, for a rule costs 5 ms; with SOCDEF_FULL all of the primary log sources."""
    if logsource == "primary" and FULL:
        return list(rules)
    of_template: collections.Counter[str] = collections.Counter()
    taken = []
    for rule in rules:
        of_template[rule.template] += 1
        if of_template[rule.template] <= 25:
            taken.append(rule)
    return taken


def test_every_log_source_but_two_of_zeek_is_one_of_sigmahq() -> None:
    """The validator for it is off in the configuration, for the sake of those two."""
    taxonomy = json.loads((DATA / "sigmahq_taxonomy.json").read_text())["taxonomy"]
    known = {
        tuple(entry["logsource"][part] for part in ("category", "product", "service"))
        for entry in taxonomy.values()
    }
    documents = load_rules((GOLDEN / "log_sources.yml").read_text(encoding="utf-8"))
    sources = {
        tuple(document["logsource"].get(part) for part in ("category", "product", "service"))
        for document in documents
    }
    assert len(sources) > 10
    assert sources - known == {(None, "zeek", "conn"), (None, "zeek", "ssl")}


@pytest.mark.parametrize("logsource", LOGSOURCES)
def test_sigma_check_has_no_issue_with_any_rule(
    logsource: str, tmp_path: Path, sigma_home: dict[str, str]
) -> None:
    """All feeds at once: starting sigma-cli costs more than a feed. One file a rule, as in a folder of rules."""
    everything = rounds(logsource)
    assert len(everything) > 1
    checked_rules = 0
    for number, feeds in enumerate(everything):
        root = tmp_path / str(number)
        for name, rules in feeds.items():
            folder = root / name.replace("/", "_")
            folder.mkdir(parents=True)
            for rule in rules:
                (folder / rule.filename).write_text(rule.yaml(), encoding="utf-8")
        files = len(list(root.rglob("*.yml")))
        assert files == sum(map(len, feeds.values()))
        checked_rules += files
        found = sigma_check(root, sigma_home)
        assert [issue.line for issue in found.issues] == []
        assert (found.exit_code, found.errors) == (0, 0), found.output
    compiled_rules = [
        len(checked(compiled.rules, of)) for (_, of), compiled in COMPILED.items() if of == logsource
    ]
    assert checked_rules == sum(compiled_rules)


def test_every_golden_rule_is_valid_by_the_schema_of_sigma() -> None:
    """The files themselves, so that a golden file that was written by hand is no worse."""
    files = sorted([*GOLDEN.glob("*/*.yml"), *GOLDEN.glob("*.yml")])
    assert files
    for file in files:
        for document in load_rules(file.read_text(encoding="utf-8")):
            assert schema_errors(document) == [], file.name
