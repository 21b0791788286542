"""What others say of an indicator never takes its rule away: not by how much they say, and not by what a filter thinks of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

import checker
from lab import Lab, Row, get, judged, make_key, serving, smallest

PROMISE = "no feed takes away the rule of another's indicator"
NOW = ("--now", "2026-11-01")
# However much is said, a rule has a size: twice what was said may not make it longer than by so much.
GROWTH = 1.2
LEAST = 3

Said = dict[str, Any]

# One indicator of each kind, which a feed that is trusted speaks of.
VALUES = {
    "url": "http://evil.example/x",
    "domain": "grown.example",
    "ipv4": "198.51.100.7",
    "ipv6": "2001:db8:7::7",
    "email": "evil@grown.example",
    "sha256": "5e" * 32,
    "cve": "CVE-2024-1234",
}


def good() -> list[Said]:
    """The feed that is trusted."""
    source = {"article_title": "A report", "article_url": "https://good.example/1", "feed_name": "Good"}
    dates = {"first_seen": "2026-10-01T00:00:00Z", "last_seen": "2026-10-20T00:00:00Z"}
    plain = {"confidence": "high", "tlp": "clear", "industries": ["energy"], "producers": ["Good CERT"]}
    return [
        {"type": kind, "value": value, "source": source} | dates | plain for kind, value in VALUES.items()
    ]


def spelled(kind: str, value: str, i: int) -> str:
    """Another spelling of the same indicator."""
    if kind == "url":
        return f"http://u{i}@evil.example/x#{i}"
    if kind == "ipv4":
        return f"{value}:{i % 60_000 + 1}"
    letters = [at for at, letter in enumerate(value) if letter.isalpha()]
    chosen = {at for bit, at in enumerate(letters) if i >> (bit % 20) & 1}
    return "".join(letter.upper() if at in chosen else letter for at, letter in enumerate(value))


# What a hostile feed can say much of, in the i-th record. A new way to grow is a line here.
GROWN: dict[str, Callable[[str, str, int], Said]] = {
    "spellings": lambda kind, value, i: {"value": spelled(kind, value, i)},
    "references": lambda kind, value, i: {"references": [f"https://a.example/{i}/{'r' * 900}"]},
    "links": lambda kind, value, i: {"source": {"article_title": f"t{i}" + "t" * 300, "article_url": f"https://b.example/{i}"}},
    "feeds": lambda kind, value, i: {"source": {"feed_name": f"f{i}", "category": f"c{i}"}},
    "contexts": lambda kind, value, i: {"context": f"{i} " + "context " * 120},
    "tags": lambda kind, value, i: {"tags": [f"tag{i}", f"x{i}:y=z"]},
    "techniques": lambda kind, value, i: {"mitre_techniques": [f"T1{i % 1000:03}.{i // 1000:03}"]},
    "sectors": lambda kind, value, i: {"industries": [f"sector {i}"]},
    "producers": lambda kind, value, i: {"producers": [f"producer {i} " + "p" * 200]},
    "ports": lambda kind, value, i: {"ports": [i % 65_535 + 1]},
    "products": lambda kind, value, i: {"vendor": f"v{i}", "product": f"p{i}", "vulnerability_name": f"n{i}", "weaknesses": [f"CWE-{i}"]},
    "dates": lambda kind, value, i: {"first_seen": f"{1971 + i % 50}-01-01", "last_seen": f"{2027 + i % 900}-01-01"},
    "everything of a wrong kind": lambda kind, value, i: {"tags": i, "references": {"a": [i]}, "source": [i], "context": [[i]], "ports": "x", "confidence": i},
}  # fmt: skip


def grown(name: str, n: int) -> list[Said]:
    """So many records of each indicator, which all say something else of one kind."""
    return [
        {"type": kind, "value": value, "producers": ["Evil"]} | GROWN[name](kind, value, i)
        for kind, value in VALUES.items()
        for i in range(n)
    ]


def entries(name: str, n: int) -> list[Said]:
    """The same in one record of each indicator, where a field is a list."""
    made = []
    for kind, value in VALUES.items():
        one: Said = {"type": kind, "value": value, "producers": ["Evil"]}
        for i in range(n):
            for field, said in GROWN[name](kind, value, i).items():
                if isinstance(said, list):
                    one.setdefault(field, []).extend(said)
        made.append(one)
    return made


def write(path: Path, records: list[Said]) -> Path:
    """A feed of one record a line."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def rules(text: str) -> dict[str, int]:
    """The length of each rule by its id."""
    found = {}
    for piece in text.split("\n---\n"):
        rule = yaml.load(piece, Loader=checker.Loader)
        if isinstance(rule, dict):
            found[str(rule["id"])] = len(piece)
    return found


def compiled(lab: Lab, *args: str | Path) -> tuple[dict[str, int], list[str]]:
    """The rules of some feeds, and what was wrong with the run."""
    ran = lab.run("compile", *args, *NOW, "-q", timeout=180)
    wrong = [ran.crashed() or ("no end after 180 s" if ran.stopped else "")]
    return rules(ran.out.decode("utf-8")), [fault for fault in wrong if fault]


def lost(before: dict[str, int], after: dict[str, int], when: str) -> list[str]:
    """What is gone."""
    gone = sorted(set(before) - set(after))
    return [f"{when}: {len(gone)} of {len(before)} rules are gone"] if gone else []


def much(lab: Lab, least: float) -> Row:
    """One kind of thing many times: the rules stay, and twice as much makes them no longer."""
    folder = lab.folder("growth")
    trusted = write(folder / "good.jsonl", good())
    before, faults = compiled(lab, trusted)
    faults += [] if len(before) == len(VALUES) else [f"{len(before)} rules of {len(VALUES)} indicators"]
    tried, longest, left = 0, 0, []
    for name in lab.rng.sample(list(GROWN), len(GROWN)):
        if tried >= LEAST and lab.left() < least:
            left.append(name)
            continue
        tried += 1
        sizes = []
        for n in (1500, 3000):
            evil = write(folder / f"evil-{n}.jsonl", grown(name, n))
            one = write(folder / f"entry-{n}.jsonl", entries(name, n * 4))
            for order in ([trusted, evil], [evil, trusted], [one, trusted]):
                after, wrong = compiled(lab, *order)
                faults += [f"{name}: {fault}" for fault in wrong]
                faults += lost(before, after, f"{name}, {order[0].name} before {order[1].name}")
                sizes.append(max(after.values(), default=0))
        longest = max(longest, *sizes)
        if max(sizes[3:]) > GROWTH * max(sizes[:3]) + 200:
            faults.append(f"{name}: a rule of {max(sizes[:3])} bytes grows to {max(sizes[3:])}")
    figure = f"{tried} kinds, 1,500 and 3,000 of each of {len(VALUES)} indicators in records and in one record; the longest rule {longest / 1024:.0f} KiB"
    if left:
        figure += f"; not tried for time: {', '.join(left)}"
    return judged(PROMISE, "one indicator of which others say much", figure, faults)


def served(lab: Lab) -> Row:
    """The same through a store: what was served before is served after."""
    folder = lab.folder("growth-store")
    db = folder / "iocs.db"
    lab.run("ingest", "--db", db, write(folder / "good.jsonl", good()), "-q", *NOW)
    key, faults, kinds = make_key(lab, db), [], 0
    with serving(lab, db) as server:
        url = server.url + "/api/v1/iocs/sigma?limit=1000"
        before = rules(get(url, key).body.decode("utf-8"))
        faults += [] if len(before) == len(VALUES) else [f"{len(before)} rules of {len(VALUES)} indicators"]
        for name in GROWN:
            kinds += 1
            evil = write(folder / "evil.jsonl", grown(name, 150) + entries(name, 3000))
            ran = lab.run("ingest", "--db", db, evil, "-q", *NOW, timeout=180)
            faults += [f"{name}: {crash}" for crash in [ran.crashed()] if crash]
            answer = get(url, key, timeout=60)
            faults += lost(before, rules(answer.body.decode("utf-8")), f"after the ingest of {name}")
    return judged(PROMISE, "the same through ingest and serve", f"{kinds} kinds", faults)


# A filter that the trusted feed passes.
FILTERS = [
    *(["--max-tlp", "amber"], ["--max-tlp", "clear"], ["--confidence", "high"], ["--min-confidence", "medium"]),
    *(["--since", "2026-09-01"], ["--until", "2026-10-31"], ["--industry", "energy"], []),
    ["--since", "2026-09-01", "--max-tlp", "green", "--min-confidence", "high", "--industry", "energy"],
]  # fmt: skip


def objection(lab: Lab, kind: str, value: str) -> Said:
    """A record of another producer with everything that a filter can object to."""
    rng = lab.rng
    said: Said = {
        "type": kind,
        "value": spelled(kind, value, rng.randrange(9)) if rng.random() < 0.3 else value,
        "producers": [f"Evil {rng.randrange(3)}"],
        "tlp": rng.choice(("red", "amber+strict", "amber", "clear", "purple")),
        "confidence": rng.choice(("low", "medium", "high", "none")),
        "first_seen": rng.choice(("1999-01-01", "2026-10-01", "2099-01-01", "never")),
        "last_seen": rng.choice(("1999-01-02", "2026-10-02", "2099-01-02", "never")),
        "industries": rng.choice((["energy"], ["water"], ["x"], [])),
        "revoked": rng.choice((True, False)),
        "expires_at": rng.choice(("2001-01-01", "2099-01-01")),
        "valid_until": rng.choice(("2001-01-01", "2099-01-01")),
        "false_positive": rng.choice((True, False)),
    }
    return {
        name: it for name, it in said.items() if name in ("type", "value", "producers") or rng.random() < 0.6
    }


def filtered(lab: Lab, least: float) -> Row:
    """Random feeds of others beside the trusted one, before it and behind it, under each filter."""
    folder = lab.folder("filters")
    trusted = write(folder / "good.jsonl", good())
    faults: list[str] = []
    shown, runs, count = "", 0, 0
    while count < LEAST or (lab.left() > least and (lab.count is None or count < lab.count)):
        chosen = FILTERS[count % len(FILTERS)]
        count += 1
        before, _ = compiled(lab, trusted, *chosen)
        if len(before) != len(VALUES):
            faults.append(f"{' '.join(chosen)}: {len(before)} of {len(VALUES)} rules without the others")
        others = [
            objection(lab, *lab.rng.choice(list(VALUES.items()))) for _ in range(lab.rng.randrange(1, 60))
        ]

        def gone(some: list[Said], chosen: list[str] = chosen, before: dict[str, int] = before) -> list[str]:
            other = write(folder / "other.jsonl", some)
            wrong: list[str] = []
            for order in ([trusted, other], [other, trusted]):
                after, said = compiled(lab, *order, *chosen)
                wrong += said + lost(
                    before, after, f"{' '.join(chosen) or 'no filter'}, {order[0].name} first"
                )
            return wrong

        runs += 3
        if wrong := gone(others):
            faults += wrong
            if not shown:
                shown = json.dumps(list(smallest(others, lambda some: bool(gone(list(some))), 20)))
    figure = f"{count} feeds, {runs} runs, {len(FILTERS)} filters"
    return judged(PROMISE, "what a filter objects to, said by others", figure, faults, shown)


def attack(lab: Lab) -> Iterator[Row]:
    """By how much, through a store, and by filters."""
    yield much(lab, lab.share(0.5))
    yield served(lab)
    yield filtered(lab, 0)
