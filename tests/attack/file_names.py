"""Two rules never share a file: pairs that a search has found to be alike in their names, and hostile values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

import checker
import feeds
from lab import FAIL, Lab, Row, judged
from web import KEY, Link, Server

PROMISE = "two rules never share a file name in silence"
NAME = re.compile(r"[a-z0-9_]{10,90}\.yml")
A = "http://e.example/" + "a" * 29 + "/"
B, C = "b" * 45, "a" * 45
# Values whose ids begin with the same 48 bits, and whose readable beginnings are alike. An id is the UUIDv5 of `type:value`
# (docs/rules.md), so anybody can search for more: 36 million of them hold some four pairs.
PAIRS = [
    ("url", f"{A}00810428", f"{A}0174dba7"),
    ("url", f"{A}00bef958", f"{A}0175ea10"),
    ("url", f"{A}004f1fb0", f"{A}00da7e01"),
    ("url", f"{A}00acf63c", f"{A}00e5712f"),
    ("domain", f"{B}00d8936c.example", f"{B}015ef12d.example"),
    ("domain", f"{B}00494b9c.example", f"{B}008f6a98.example"),
    ("email", f"{C}0044118c@e.example", f"{C}01705122@e.example"),
    ("email", f"{C}00dcbc25@e.example", f"{C}012b4693@e.example"),
]


def held(folder: Path) -> dict[str, str]:
    """The value that each file is about, by the name of the file."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            rule = yaml.load(path.read_text(encoding="utf-8"), Loader=checker.Loader)
            found[path.relative_to(folder).as_posix()] = str(rule["socdef"]["value"])
    return found


def rule_id(path: Path) -> str:
    """The id of the rule in a file."""
    return str(yaml.load(path.read_text(encoding="utf-8"), Loader=checker.Loader)["id"])


def apart(names: dict[str, str], values: Sequence[str], when: str) -> list[str]:
    """What is wrong: a value without a file, a file too many, a name of another form, two that differ by case."""
    faults = [f"{when}: {value} has no file" for value in sorted(set(values) - set(names.values()))]
    if len(names) > len(set(values)):
        faults.append(f"{when}: {len(names)} files of {len(set(values))} rules")
    faults += [f"{when}: the name {name}" for name in names if not NAME.fullmatch(name)]
    if len({name.casefold() for name in names}) != len(names):
        faults.append(f"{when}: names that differ by case only")
    return faults


def renamed(before: dict[str, str], after: dict[str, str], when: str) -> list[str]:
    """A file that was there keeps its name."""
    return [f"{when}: {name} has another value now" for name in before if after.get(name) != before[name]]


def compiled(lab: Lab) -> Row:
    """Both at once in both orders, again, and one after another."""
    faults, runs = [], 0
    for kind, one, other in PAIRS:
        place = lab.folder("pair")
        ids: list[str] = []
        for order in ([one, other], [other, one], [one, other, one]):
            folder = lab.folder("names")
            before: dict[str, str] = {}
            for count in range(1, len(order) + 1):
                values = order[:count]
                (place / "feed.txt").write_text("\n".join(values) + "\n", encoding="ascii")
                for _ in range(2):
                    ran = lab.run("compile", place / "feed.txt", "-q", "-o", f"{folder}/rules/")
                    runs += 1
                    names = held(folder / "rules")
                    when = f"compile of {' and '.join(value[-12:] for value in values)}"
                    faults += apart(names, values, when) + renamed(before, names, when)
                    if ran.status:
                        faults.append(f"{when}: status {ran.status}")
                    before = names
            ids = [rule_id(folder / "rules" / name) for name in before]
        # Were they not alike any more, all of this would prove nothing.
        if len({said.replace("-", "")[:12] for said in ids}) != 1:
            faults.append(f"the ids of this pair of type {kind} are not alike any more: search for new ones")
    return judged(PROMISE, "compile -o of pairs that are alike", f"{len(PAIRS)} pairs, {runs} runs", faults)


def synced(lab: Lab) -> Row:
    """`sync` of both, one, both: the one that stays keeps its name, and what left and comes back takes nobody's."""
    faults, runs = [], 0
    for kind, one, other in PAIRS[::2]:
        place, names = lab.folder("sync-names"), [one]

        def answer(link: Link, names: list[str] = names, kind: str = kind) -> None:
            meta = {"total": len(names), "limit": 10000, "offset": 0, "generated_at": "", "source": "Example"}
            data = [{"type": kind, "value": value, "confidence": "high"} for value in names]
            link.answer(json.dumps({"meta": meta, "data": data, "links": {"next": None}}).encode())

        before: dict[str, str] = {}
        with Server(answer) as server:
            for values in ([one], [one, other], [one, other], [other], [one, other]):
                names[:] = values
                args = [
                    "sync",
                    "--base-url",
                    server.url,
                    "--state",
                    str(place / "state"),
                    "--full",
                    "-o",
                    f"{place}/rules/",
                ]
                ran = lab.run(*args, "--allow-truncated", env={"SOCDEF_API_KEY": KEY})
                runs += 1
                found = held(place / "rules")
                when = f"sync of {' and '.join(value[-12:] for value in values)}"
                faults += apart(found, values, when)
                faults += renamed(
                    {name: said for name, said in before.items() if said in values}, found, when
                )
                if ran.status:
                    faults.append(f"{when}: status {ran.status} {ran.err.strip()[:100]}")
                before = found
    return judged(PROMISE, "sync of pairs that are alike", f"{len(PAIRS[::2])} pairs, {runs} runs", faults)


def hostile_names(lab: Lab) -> Iterator[Row]:
    """Hostile values, each rule in a file of its own, with every log source."""
    faults, rules, first, batches = [], 0, 0x900000, 0
    while not batches or (lab.left() > 0 and (lab.count is None or batches < lab.count)):
        rows = feeds.records(lab.rng, first, 60, feeds.TYPES + feeds.MORE)
        first, batches, folder = first + 60, batches + 1, lab.folder("hostile-names")
        (folder / "feed.jsonl").write_bytes(feeds.as_lines(rows))
        report = folder / "report.json"
        lab.run(
            "compile",
            folder / "feed.jsonl",
            "-q",
            "--type",
            "all",
            "--logsource",
            "all",
            "-o",
            f"{folder}/out/",
            "--report",
            report,
        )
        count = json.loads(report.read_text(encoding="utf-8"))["counts"]["rules"]
        names = held(folder / "out")
        rules += count
        if len(names) != count:
            faults.append(f"{len(names)} files of {count} rules")
        faults += [f"the name {name}" for name in names if not NAME.fullmatch(name)]
        others = {path.name for path in folder.iterdir()} - {"feed.jsonl", "out", "report.json"}
        faults += [f"a file outside: {name}" for name in others]
    if not rules:
        yield Row(PROMISE, "hostile values in files", "no rule was made", FAIL)
        return
    yield judged(
        PROMISE, "hostile values in files", f"{rules} rules, {rules} files, all names of one form", faults
    )


def attack(lab: Lab) -> Iterator[Row]:
    """The pairs, then hostile values."""
    yield compiled(lab)
    yield synced(lab)
    yield from hostile_names(lab)
