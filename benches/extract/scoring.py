"""What a tool found in a document, against what stands in it.

The folder of documents has a README that says what its truths mean: `need` must be found, `every` may be,
`other` is not for detection. Precision does not count a value that the author defanged, nor a hash that
stands alone: most of these are real indicators that the truth leaves out. Of the class `strict` there is
recall only.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from spelling import DIGITS, Value, host, refanged, spelled

MARKED = re.compile(
    r"[^\s\"'<>|`,;]*(?:\[\.|\.\]|\(\.\)|\{\.\}|[\[(]dot[\])]|\[:|\[@\]|\[at\]|\[,\]|hxxp)[^\s\"'<>|`]*",
    re.IGNORECASE,
)
"""A word that its author made unusable."""


@dataclass
class Row:
    """A document of the list, with its truth."""

    kind: str
    path: str
    types: set[str]
    need: set[Value] = field(default_factory=set)
    every: set[Value] = field(default_factory=set)
    other: set[Value] = field(default_factory=set)


def rows(folder: Path) -> list[Row]:
    """The documents of a folder of pairs."""
    found = []
    with (folder / "PAIRS.tsv").open(encoding="utf-8", newline="") as table:
        for line in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
            row = Row(line["class"], line["path"], set(line["types"].split(",")))
            for truth in (folder / line["truth"]).read_text(encoding="utf-8").splitlines():
                name, kind, value = truth.split("\t")
                {"need": row.need, "every": row.every, "other": row.other}[name].add((kind, value))
            row.every |= row.need
            found.append(row)
    return found


class Document:
    """A text, and what its author made unusable in it."""

    def __init__(self, text: str) -> None:
        self.hosts: set[str] = set()
        self.urls: set[str] = set()
        self.hashes: set[str] = set()
        for word in re.split(r"[^0-9A-Za-z]+", text):
            if len(word) in DIGITS and re.fullmatch(r"[0-9a-fA-F]+", word):
                self.hashes.add(word.lower())
        for found in MARKED.finditer(text):
            self._marked(found.group())

    def _marked(self, word: str) -> None:
        """Where a URL ends can be argued about, so it may end at several places."""
        live = refanged(word).strip("()[]{}*.,;:")
        rest = live.partition("://")[2] or live
        authority = rest.partition("/")[0]
        name = host(re.split(r"[/?#:\\]", authority.rpartition("@")[2] if "@" in authority else rest)[0])
        if name is None:
            return
        self.hosts.add(name[1])
        for end in (word, word.rstrip("+`*,.;:)]}'\"\u00bb|\\"), re.split(r"[,;)\]}|+]+", word)[0]):
            url = spelled("url", end.lstrip("([{*+-|"))
            if url:
                self.urls.add(url[1])

    def marks(self, item: Value) -> bool:
        """Whether the author did something to this value that only indicators get."""
        kind, value = item
        if kind in DIGITS.values():
            return value in self.hashes
        if kind == "cve":
            return False
        if kind == "url":
            return value in self.urls
        value = value.rpartition("@")[2] if kind == "email" else value
        return re.split(r"[/?:]", value.partition("://")[2] or value)[0] in self.hosts


@dataclass
class Verdict:
    """What became of a document in the hands of a tool."""

    found: set[Value]
    missed: set[Value]
    wrong: set[Value]
    """What counts against precision."""
    doubtful: set[Value]
    """What would, had the author not marked it."""


def judged(row: Row, document: Document, got: set[Value]) -> Verdict:
    """Compares what a tool gave with the truth of a document."""
    hosts = {re.split(r"[/?:]", value)[0] for kind, value in row.every if kind == "url"}
    hosts |= {value.rpartition("@")[2] for kind, value in row.every if kind == "email"}
    names = hosts | {value for kind, value in row.every if kind in ("domain", "ipv4")}
    missed = row.need - got
    wrong, doubtful = set(), set()
    for item in got - row.every if row.kind != "strict" else ():
        kind, value = item
        # A table or a machine's format says by itself what is not for detection; a text does not.
        if kind not in row.types or (item in row.other and row.kind not in ("table", "machine")):
            continue
        cut = kind == "url" and any(
            other.startswith(value) or value.startswith(other) for kind, other in missed if kind == "url"
        )
        # The host of a URL of the truth, and a URL of a host of it, are a matter of taste.
        taste = (kind in ("domain", "ipv4") and value in hosts) or (
            kind == "url" and re.split(r"[/?:]", value)[0] in names
        )
        if not cut and taste:
            continue
        if cut or item in row.other or not document.marks(item):
            wrong.add(item)
        else:
            doubtful.add(item)
    return Verdict(row.need & got, missed, wrong, doubtful)


def f1(found: int, missed: int, wrong: int) -> float:
    """The harmonic mean of precision and recall."""
    return 2 * found / (2 * found + missed + wrong) if found else 0.0


@dataclass
class Score:
    """The sums of a class or a type."""

    counts: Counter[str] = field(default_factory=Counter)
    documents: list[float] = field(default_factory=list)

    @property
    def truths(self) -> int:
        """How many values must be found."""
        return self.counts["found"] + self.counts["missed"]

    @property
    def recall(self) -> float:
        """The share of them that was."""
        return self.counts["found"] / self.truths if self.truths else 1.0

    @property
    def precision(self) -> float:
        """The share of what was found that is right."""
        all_found = self.counts["found"] + self.counts["wrong"]
        return self.counts["found"] / all_found if all_found else 1.0

    @property
    def f1(self) -> float:
        """Of the sums."""
        return f1(self.counts["found"], self.counts["missed"], self.counts["wrong"])

    @property
    def mean(self) -> float:
        """The mean of the documents' F1."""
        return sum(self.documents) / len(self.documents) if self.documents else 0.0


def scored(judgements: list[tuple[Row, Verdict]]) -> dict[tuple[str, str], Score]:
    """Scores by class and type; `all` stands for every class, `total` for every type."""
    scores: dict[tuple[str, str], Score] = {}

    def score(kind: str, name: str) -> Score:
        return scores.setdefault((kind, name), Score())

    for row, verdict in judgements:
        for word, items in (("found", verdict.found), ("missed", verdict.missed), ("wrong", verdict.wrong)):
            for kind, _ in items:
                for where in ((row.kind, kind), (row.kind, "total"), ("all", kind), ("all", "total")):
                    score(*where).counts[word] += 1
        if row.need or verdict.wrong:
            value = f1(len(verdict.found), len(verdict.missed), len(verdict.wrong))
            score(row.kind, "total").documents.append(value)
            score("all", "total").documents.append(value)
    return scores
