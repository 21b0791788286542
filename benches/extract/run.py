"""Ours beside iocextract, ioc-finder and iocsearcher, on published documents with their truths.

    python run.py --ours PYTHON --peers PYTHON [--pairs FOLDER] [--peer-answers FOLDER] [--out FILE.md]

`make bench-extract` runs it. `--ours` and `--peers` are interpreters that have the tools. Peers do not
change: their answers are kept in `--peer-answers`. Speed is by CPU time, over the documents again and again
until there are `--megabytes` of them. Every miss that is left must be labelled by hand in `misses.tsv`; one
that is not is printed in that table's form, with `?` for its label, and the run fails.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import json
import math
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from scoring import Document, Row, Score, Verdict, judged, rows, scored
from spelling import TYPES, spelled

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("SOCDEF_SHARED", HERE.parents[2] / "shared"))
PEERS = ("iocextract", "ioc-finder", "iocsearcher")
CLASSES = ("report", "list", "table", "machine", "strict")
LABELS = ("ours", "twin", "not-an-indicator", "open")
"""Whose fault a miss is. `open`: two readings are right."""
SECONDS = 30.0
"""The most CPU time for one document. A document that takes longer counts as one without values."""


@dataclass
class Answers:
    """What a tool gave."""

    values: dict[str, list[tuple[str, str]]]
    seconds: list[float]
    """CPU time of each pass over all documents."""
    failed: list[str]


def ask(tool: str, python: str, folder: Path, paths: list[str], passes: int) -> Answers:
    """Runs a tool. A process that dies takes one document with it."""
    values: dict[str, list[tuple[str, str]]] = {}
    failed, passed = [], [0.0] * passes
    left = list(paths)
    while left:
        command = [python, str(HERE / "tools.py"), tool, str(passes), str(SECONDS)]
        lines = "".join(f"{folder / path}\n" for path in left)
        ran = subprocess.run(command, input=lines, capture_output=True, text=True, check=False)
        for answer in map(json.loads, ran.stdout.splitlines()):
            path = str(Path(answer["path"]).relative_to(folder))
            values[path] = [(kind, value) for kind, value in answer["values"]]
            if "error" in answer:
                failed.append(f"{path}: {answer['error']}")
            for at, took in enumerate(answer["seconds"]):
                passed[at] += took
        before, left = left, [path for path in left if path not in values]
        if left:
            if len(left) == len(before) and "ModuleNotFoundError" in ran.stderr:
                raise SystemExit(f"{python} has no {tool}:\n{ran.stderr[-500:]}")
            failed.append(f"{left[0]}: the process ended: {ran.returncode} {ran.stderr[-200:]}")
            values[left[0]] = []
            left = left[1:]
    return Answers(values, passed, failed)


def kept(tool: str, python: str, folder: Path, paths: list[str], passes: int, store: Path | None) -> Answers:
    """The same, from a file where the answers are there already."""
    file = store / f"{tool}.{passes}.json" if store else None
    if file and file.exists():
        return Answers(**json.loads(file.read_text()))
    answers = ask(tool, python, folder, paths, passes)
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(answers.__dict__))
    return answers


def judge(documents: list[Row], texts: dict[str, Document], answers: Answers) -> list[tuple[Row, Verdict]]:
    """Every document's verdict."""
    judgements = []
    for row in documents:
        got = {found for kind, value in answers.values[row.path] if (found := spelled(kind, value))}
        judgements.append((row, judged(row, texts[row.path], got)))
    return judgements


def percent(value: float) -> str:
    """A share as it is shown."""
    return f"{value:.4f}"


def by_class(scores: dict[str, dict[tuple[str, str], Score]]) -> list[str]:
    """A table of classes and tools."""
    lines = [
        "| class | tool | truths | recall | wrong | precision | F1 | mean of documents |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for kind in (*CLASSES, "all"):
        for tool, score in scores.items():
            one = score.get((kind, "total"), Score())
            shown = [
                f"{one.truths:,}",
                percent(one.recall),
                f"{one.counts['wrong']:,}",
                percent(one.precision),
                percent(one.f1),
                percent(one.mean),
            ]
            if kind == "strict":
                shown[2:] = ["", "", "", ""]
            lines.append(f"| {kind} | {tool} | {' | '.join(shown)} |")
    return lines


def by_type(scores: dict[str, dict[tuple[str, str], Score]]) -> list[str]:
    """F1 of each type in each class, the tools beside each other; recall for `strict`."""
    lines = [f"| class | type | truths | {' | '.join(scores)} |", f"|---|---|---|{'---|' * len(scores)}"]
    for kind in (*CLASSES, "all"):
        for name in TYPES:
            found = [score.get((kind, name), Score()) for score in scores.values()]
            if any(one.truths for one in found):
                shown = [percent(one.recall if kind == "strict" else one.f1) for one in found]
                lines.append(
                    f"| {kind} | {name} | {max(one.truths for one in found):,} | {' | '.join(shown)} |"
                )
    return lines


Miss = tuple[str, str, str, str, str]
"""What is wrong (`missed` or `wrong`), class, path, type, value."""


def misses(judgements: list[tuple[Row, Verdict]]) -> list[Miss]:
    """Everything of ours that is not as the truth has it."""
    found = []
    for row, verdict in judgements:
        for what, items in (("missed", verdict.missed), ("wrong", verdict.wrong)):
            found += [(what, row.kind, row.path, kind, value) for kind, value in sorted(items)]
    return found


def labels(path: Path) -> dict[Miss, str]:
    """What was said by hand about each miss."""
    with path.open(encoding="utf-8", newline="") as table:
        lines = list(csv.reader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    found = {}
    for line in lines[1:]:
        what, kind, document, name, value, label, *_ = line
        if label not in LABELS:
            raise SystemExit(f"{path}: `{label}` is not one of {', '.join(LABELS)}: {value}")
        found[(what, kind, document, name, value)] = label
    return found


def main() -> int:
    """Runs all of them, and writes the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ours", default=sys.executable)
    parser.add_argument("--peers", default=sys.executable)
    parser.add_argument("--pairs", type=Path, default=SHARED / "pairs")
    parser.add_argument("--peer-answers", type=Path)
    parser.add_argument("--megabytes", type=float, default=20.0)
    parser.add_argument("--misses", type=Path, default=HERE / "misses.tsv")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if not options.pairs.is_dir():
        print(f"skipped: there is no {options.pairs}", file=sys.stderr)
        return 0
    documents = rows(options.pairs)
    paths = list(dict.fromkeys(row.path for row in documents))
    raw = {path: (options.pairs / path).read_bytes() for path in paths}
    texts = {path: Document(data.decode("utf-8", "replace")) for path, data in raw.items()}
    megabytes = sum(map(len, raw.values())) / 1e6
    passes = max(1, math.ceil(options.megabytes / megabytes))
    scores, speeds, lines = {}, {}, []
    ours: list[tuple[Row, Verdict]] = []
    for tool in ("socdef-sigma", *PEERS):
        if tool == "socdef-sigma":
            answers = ask(tool, options.ours, options.pairs, paths, passes)
        else:
            answers = kept(tool, options.peers, options.pairs, paths, passes, options.peer_answers)
        judgements = judge(documents, texts, answers)
        ours = ours or judgements
        scores[tool] = scored(judgements)
        whole = sum(answers.seconds)
        speeds[tool] = megabytes * passes / whole if whole else 0.0
        shown = f"{megabytes * passes:.1f} MB in {whole:.1f} s of CPU: {speeds[tool]:.3f} MB/s"
        more = f"; failed: {'; '.join(answers.failed)}" if answers.failed else ""
        lines.append(f"- {tool}: {shown}{more}")
    fastest = max(PEERS, key=lambda tool: speeds[tool])
    ratio = speeds["socdef-sigma"] / speeds[fastest]
    today = datetime.datetime.now(datetime.timezone.utc)
    known = labels(options.misses) if options.misses.exists() else {}
    all_misses = misses(ours)
    unlabelled = [miss for miss in all_misses if miss not in known]
    counted = {label: sum(known.get(miss) == label for miss in all_misses) for label in LABELS}
    report = [
        "# Indicators in published documents",
        "",
        f"`make bench-extract`, {today:%Y-%m-%d}. {len(documents)} documents, {megabytes:.2f} MB; "
        "what counts is said in `benches/extract/scoring.py`. For `strict` there is recall only.",
        "",
        *by_class(scores),
        "",
        "F1 by type (recall for `strict`):",
        "",
        *by_type(scores),
        "",
        "## Speed",
        "",
        f"CPU time, the documents {passes} times. "
        f"Ours is {ratio:.1f} x the fastest of the others ({fastest}).",
        "",
        *lines,
        "",
        "## What is left",
        "",
        f"{len(all_misses)} misses, each in `benches/extract/misses.tsv`: "
        + ", ".join(f"{count} {label}" for label, count in counted.items())
        + (f", {len(unlabelled)} without a label" if unlabelled else "")
        + ".",
        "",
    ]
    text = "\n".join(report)
    print(text)
    if options.out:
        options.out.write_text(text, encoding="utf-8")
    for miss in unlabelled:
        print("\t".join((*miss, "?", "")), file=sys.stderr)
    return 1 if unlabelled else 0


if __name__ == "__main__":
    sys.exit(main())
