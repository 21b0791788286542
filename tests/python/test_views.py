"""`summary` and `navigator`: their numbers are those of the rules that `compile` writes, which PyYAML reads here."""

import base64
import hashlib
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from _harness import DATA, REPO
from _harness.command import SOCDEF, good, run, socdef
from _harness.hostile import PAGE
from socdef_sigma import summarize

pytestmark = pytest.mark.pysigma_1_only

TECHNIQUES = ["T1071.001", "T1566.002", "T1190", "T1204.002", "T1486", "T1078", "T1059.001", "T9999"]
TAG = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)")
OTHER = re.compile(r"attack\.[gscm]\d{4}")
SCHEMA = json.loads((DATA / "navigator-layer-4.5.schema.json").read_text(encoding="utf-8"))

_VALUES: tuple[tuple[str, Callable[[int], str]], ...] = (
    ("domain", lambda n: f"a{n}.evil.example"),
    ("ipv4", lambda n: f"198.51.{n // 250}.{n % 250}"),
    ("url", lambda n: f"http://evil.example/{n}.php?id=1"),
    ("sha256", lambda n: f"{n:064x}"),
    ("cve", lambda n: f"CVE-2021-{n + 10000}"),
)


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Indicators of four producers, one of whom means harm, with up to three techniques each and some twice."""
    folder = tmp_path_factory.mktemp("feeds")
    for number, producer in enumerate(("Example CERT", "abuse.ch URLhaus", PAGE, "")):
        lines = []
        for n in range(number * 100, number * 100 + 150):
            kind, value = _VALUES[n % 5]
            line: dict[str, Any] = {"type": kind, "value": value(n), "confidence": ["low", "high"][n % 2]}
            if n % 3:
                line["mitre_techniques"] = TECHNIQUES[: n % 9][-3:]
            lines.append(line)
        document = {"meta": {"total": len(lines), "source": producer}, "data": lines}
        (folder / f"{number}.json").write_text(json.dumps(document))
    (folder / "more.txt").write_text("10.0.0.1\n192.0.2.256\nevil.example\n")
    return folder


def rules_of(*arguments: str | Path) -> list[dict[str, Any]]:
    """What `compile` writes, read by PyYAML."""
    text = good(socdef("compile", "-q", *arguments)).stdout.decode()
    return [rule for rule in yaml.load_all(text, Loader=yaml.CSafeLoader) if rule]


def source_of(rule: dict[str, Any]) -> str:
    parts = (rule["logsource"].get(part) for part in ("category", "product", "service"))
    return "/".join(part for part in parts if part)


ARGUMENTS = [
    [],
    ["--logsource", "all"],
    ["--logsource", "firewall", "--logsource", "zeek", "--min-confidence", "high"],
    ["--no-merge", "--type", "domain"],
    ["--producer", PAGE, "--limit", "50"],
    ["--templates", REPO / "examples" / "templates", "--logsource", "zeek/ssl"],
]


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_the_numbers_are_those_of_the_rules(arguments: list[str | Path], feeds: Path) -> None:
    rules = rules_of(feeds, *arguments)
    assert rules
    done = good(socdef("summary", "--json", feeds, *arguments))
    found = json.loads(done.stdout)
    tactics = Counter(
        tag.partition(".")[2]
        for rule in rules
        for tag in rule["tags"]
        if tag.startswith("attack.") and not TAG.fullmatch(tag) and not OTHER.fullmatch(tag)
    )
    assert {row["type"]: row["rules"] for row in found["types"]} == Counter(
        r["socdef"]["type"] for r in rules
    )
    assert {row["log_source"]: row["rules"] for row in found["log_sources"]} == Counter(map(source_of, rules))
    assert {row["level"]: row["rules"] for row in found["levels"]} == Counter(r["level"] for r in rules)
    assert {row["tactic"]: row["rules"] for row in found["tactics"]} == tactics
    for row in found["types"]:
        levels = Counter(rule["level"] for rule in rules if rule["socdef"]["type"] == row["type"])
        assert row["levels"] == levels
    assert found["rules"] == found["counts"]["rules"] == len(rules)
    assert (found["other_tactics"], found["other_techniques"]) == (0, 0)


def cited(rules: list[dict[str, Any]]) -> tuple[Counter[str], dict[str, Counter[str]]]:
    """How many rules cite each technique, and how many of each producer do."""
    count: Counter[str] = Counter()
    producers: dict[str, Counter[str]] = defaultdict(Counter)
    for rule in rules:
        for tag in rule["tags"]:
            if found := TAG.fullmatch(tag):
                technique = found[1].upper()
                count[technique] += 1
                producers[technique].update(rule["author"].split(", "))
    return count, producers


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_the_layer_scores_the_techniques_by_rules(arguments: list[str | Path], feeds: Path) -> None:
    rules = rules_of(feeds, *arguments)
    count, producers = cited(rules)
    layer = json.loads(good(socdef("navigator", feeds, *arguments)).stdout)
    jsonschema.Draft202012Validator(SCHEMA).validate(layer)
    assert {cell["techniqueID"]: cell["score"] for cell in layer["techniques"]} == count
    assert len(layer["techniques"]) == len(count)
    for cell in layer["techniques"]:
        named = producers[cell["techniqueID"]]
        words, _, rest = cell["comment"].partition(" Producers: ")
        assert words in (f"{cell['score']:,} rules.", f"{cell['score']:,} rule.")
        # What has no producer has our name as its author.
        parts = {name.replace("socdef-sigma", "no producer named"): number for name, number in named.items()}
        assert Counter(re.split(r"(?<=\)), ", rest)) == Counter(f"{n} ({c:,})" for n, c in parts.items())
    assert layer["gradient"]["maxValue"] == max([*count.values(), 1])
    assert layer["gradient"]["maxValue"] > layer["gradient"]["minValue"]
    facts = {fact["name"]: fact["value"] for fact in layer["metadata"]}
    assert facts["Rules"] == str(len(rules))
    silent = sum(not any(TAG.fullmatch(tag) for tag in rule["tags"]) for rule in rules)
    assert facts["Rules without a technique"] == str(silent)


def test_the_layer_names_techniques_of_the_bundle_only(feeds: Path) -> None:
    bundle = json.loads((REPO / "python" / "socdef_sigma" / "pysigma" / "attack.json").read_text())["objects"]
    known = {o["external_references"][0]["external_id"] for o in bundle if o["type"] == "attack-pattern"}
    layer = json.loads(good(socdef("navigator", feeds)).stdout)
    assert {cell["techniqueID"] for cell in layer["techniques"]} <= known
    assert layer["versions"]["attack"] == "18"


def test_a_technique_that_a_template_makes_up_is_left_out_and_named(feeds: Path, tmp_path: Path) -> None:
    template = good(socdef("templates", "show", "domain/dns")).stdout.decode()
    template = re.sub(
        r"^tags: .*$", "tags: ['attack.t9999', 'attack.made-up', 'attack.g0016']", template, flags=re.M
    )
    (tmp_path / "mine.yml.j2").write_text(template)
    chosen = (feeds, "--templates", tmp_path / "mine.yml.j2", "--logsource", "dns")
    done = good(socdef("navigator", *chosen))
    assert json.loads(done.stdout)["techniques"] == []
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(done.stdout))
    rules = len(rules_of(*chosen))
    assert f"  {rules:>9,}  rules cite T9999, which is not in ATT&CK 18: left out\n" in done.stderr.decode()
    found = json.loads(good(socdef("summary", "--json", *chosen)).stdout)
    assert found["tactics"] == [{"tactic": "made-up", "rules": rules}]
    assert [(row["technique"], row["is_known"]) for row in found["techniques"]] == [("T9999", False)]


def test_no_rules_give_a_layer_a_table_and_a_page(tmp_path: Path) -> None:
    (tmp_path / "feed.txt").write_text("10.0.0.1\n")
    layer = json.loads(good(socdef("navigator", "feed.txt", cwd=tmp_path)).stdout)
    jsonschema.Draft202012Validator(SCHEMA).validate(layer)
    assert layer["techniques"] == []
    good(socdef("summary", "feed.txt", "--html", "page.html", cwd=tmp_path))
    assert "There are no rules." in (tmp_path / "page.html").read_text()
    assert good(socdef("summary", "feed.txt", cwd=tmp_path)).stdout.startswith(b"type")


def test_the_table_has_the_numbers_of_the_json(feeds: Path) -> None:
    done = good(socdef("summary", feeds, "--logsource", "all"))
    lines = done.stdout.decode().splitlines()
    assert not any(line.endswith(" ") for line in lines)
    found = json.loads(good(socdef("summary", "--json", feeds, "--logsource", "all")).stdout)
    rows = [line.split() for line in lines]
    for part, name in (
        ("types", "type"),
        ("log_sources", "log_source"),
        ("tactics", "tactic"),
        ("levels", "level"),
    ):
        for row in found[part]:
            wanted = [*row[name].split(), f"{row['rules']:,}"]
            assert any(line[: len(wanted)] == wanted for line in rows), wanted
    for part in ("types", "log_sources"):
        counts = [row["rules"] for row in found[part]]
        assert counts == sorted(counts, reverse=True)
    assert [row["level"] for row in found["levels"]] == ["high", "medium", "low", "informational"]
    tactics = done.stdout.decode().partition("\ntactic ")[2].partition("\n\n")[0].splitlines()[2:]
    shown = [int(line.split()[-1].replace(",", "")) for line in tactics]
    assert len(shown) > 3
    assert shown == sorted(shown, reverse=True)
    # The account is that of `compile`, without its list of rules.
    compiled = good(socdef("compile", feeds, "--logsource", "all")).stderr.decode()
    assert compiled.startswith(done.stderr.decode())
    assert b"1 refused" in done.stderr


# --- The page ---------------------------------------------------------------------------------------------

VOID = {"meta", "wbr", "link", "br", "img", "input"}


class Page(HTMLParser):
    """A page taken apart: its elements with their attributes, and the text of each."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.rows: list[list[str]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self._open[-1] if self._open else "", data))
        if {"td", "th"} & set(self._open) and "svg" not in self._open:
            self.rows[-1][-1] += data

    def of(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.elements if name == tag)


@pytest.fixture(scope="module")
def page(feeds: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "summary.html"
    done = good(socdef("summary", feeds, "--logsource", "all", "--html", path))
    assert done.stdout == b""
    again = good(socdef("summary", feeds, "--logsource", "all", "--html", "-")).stdout
    assert again == path.read_bytes()
    return path.read_text(encoding="utf-8")


def test_the_page_has_nothing_from_elsewhere(page: str) -> None:
    parsed = Page(page)
    names = {name for name, _ in parsed.elements}
    assert not names & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "a",
        "image",
        "use",
    }
    attributes = {name for _, all_of_it in parsed.elements for name in all_of_it}
    assert not attributes & {"src", "href", "xlink:href", "srcset", "action", "style", "data", "poster"}
    assert not any(name.startswith("on") for name in attributes)
    assert not re.search(r"(?i)url\(|@import|https?:", page.partition("<body>")[0])
    (style,) = [text for tag, text in parsed.texts if tag == "style"]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = [meta["content"] for meta in parsed.of("meta") if meta.get("http-equiv")]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'"


def test_what_a_feed_says_is_text(page: str) -> None:
    assert PAGE not in page
    parsed = Page(page)
    (heading,) = [row for row in parsed.rows if row[:2] == ["technique", "rules"]]
    cells = [row[2] for row in parsed.rows[parsed.rows.index(heading) + 1 :] if row[0].startswith("T1")]
    assert any(PAGE in cell for cell in cells)


def test_the_page_has_the_numbers(page: str, feeds: Path) -> None:
    rules = rules_of(feeds, "--logsource", "all")
    rows = {(row[0], row[1]) for row in Page(page).rows}
    for counts in (
        Counter(map(source_of, rules)),
        Counter(rule["socdef"]["type"] for rule in rules),
        Counter(rule["level"] for rule in rules),
        cited(rules)[0],
    ):
        assert {(name, f"{number:,}") for name, number in counts.items()} <= rows
    texts = "".join(text for _, text in Page(page).texts)
    assert "private_address" in texts
    assert f"{len(rules):,} rules of " in texts


def test_bars_are_as_long_as_their_numbers_and_say_them(page: str) -> None:
    """Each chart has a name for who does not see it, and its parts add up."""
    charts = re.findall(r"<svg [^>]*role=\"img\".*?</svg>", page)
    assert len(charts) == len(re.findall(r'<td class="chart">', page)) > 30
    drawn: dict[str, tuple[int, int]] = {}
    for chart in charts:
        label = re.search(r'aria-label="([^"]*)"', chart)
        assert label is not None
        name, _, numbers = label[1].partition(": ")
        told = sum(int(number.replace(",", "")) for number in re.findall(r"[\d,]+\b", numbers))
        widths = [int(width) for width in re.findall(r' width="(\d+)"', chart)]
        starts = [int(start) for start in re.findall(r' x="(\d+)"', chart)]
        assert starts == [sum(widths[:at]) for at in range(len(widths))]
        drawn[name] = (told, sum(widths))
    longest = max(drawn[name] for name in ("ipv4", "domain", "url", "sha256", "cve"))
    for name in ("ipv4", "domain", "url", "sha256", "cve"):
        assert drawn[name][1] / longest[1] == pytest.approx(drawn[name][0] / longest[0], abs=0.02)


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_colours_can_be_told_from_the_background_by_day_and_by_night(page: str) -> None:
    light, dark = re.findall(r":root \{(.*?)\}", page, re.DOTALL)
    assert "prefers-color-scheme: dark" in page[page.index(light) + len(light) : page.index(dark)]
    for scheme in (light, dark):
        colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", scheme))
        back = luminance(colours["back"])
        for name, least in (
            ("text", 7),
            ("soft", 4.5),
            *((n, 3) for n in ("bar", "critical", "high", "medium", "low", "informational")),
        ):
            brighter, darker = sorted((back, luminance(colours[name])), reverse=True)
            assert (brighter + 0.05) / (darker + 0.05) >= least, name
    assert luminance(dict(re.findall(r"--([a-z]+): (#\w{6});", dark))["back"]) < 0.05


def test_the_page_is_written_whole_or_not_at_all(feeds: Path, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("old")
    assert socdef("summary", tmp_path / "missing.txt", "--html", path).returncode == 2
    assert path.read_text() == "old"
    good(socdef("summary", feeds, "--html", path, "-o", tmp_path / "table.txt"))
    assert path.read_text().endswith("</html>\n")
    assert (tmp_path / "table.txt").read_text().startswith("type")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["page.html", "table.txt"]


# --- Streams ----------------------------------------------------------------------------------------------


def test_python_counts_as_the_command_does(feeds: Path) -> None:
    summary = summarize([feeds], logsources=["all"], now="2026-05-17")
    found = json.loads(good(socdef("summary", "--json", feeds, "--logsource", "all")).stdout)
    numbers: dict[str, Any] = dict(summary.dict())
    assert numbers == {name: found[name] for name in numbers}
    assert summary.report.counts["rules"] == found["rules"]
    assert "rules>" in repr(summary)


_PEAK = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.parametrize("command", ["summary", "navigator"])
def test_rules_are_not_kept(command: str, tmp_path: Path) -> None:
    """Twelve times as many rules, of a kilobyte each, need little more memory: a number for each indicator."""
    peaks = []
    for number in (5_000, 60_000):
        lines = (f"{50 + n // 65025}.{n // 255 % 255}.{n % 255}.9" for n in range(number))
        (tmp_path / "feed.txt").write_text("\n".join(lines))
        peaks.append(
            int(good(run([sys.executable, "-c", _PEAK, SOCDEF, command, "-q", tmp_path / "feed.txt"])).stdout)
        )
    assert peaks[1] - peaks[0] < 16 * 1024, peaks
