"""Rows about making queries, against pySigma."""

from __future__ import annotations

import mmap
import random
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from measure import HERE, Bench, Row, Run, in_turns, run, timed, told

PIPELINES = {
    "splunk": ("-p", "socdef_splunk_cim"),
    "lucene": ("-p", "socdef_ecs"),
    "kusto": ("-p", "socdef_asim"),
}
"""The targets, and for both the pipelines that `socdef-sigma convert` takes where none is named."""

MARKER = re.compile(rb"^---\n", re.MULTILINE)


def convert(bench: Bench) -> Iterator[Row]:
    """A file of rules to Splunk, the whole process, against `sigma convert` on the same file."""
    ours, theirs = bench.folder / "ours.txt", bench.folder / "theirs.txt"
    for size, goal, rounds in ((10_000, 12, bench.rounds), (100_000, 100, 1)):
        count = bench.size(size)
        rules = bench.rules(count)
        words = ("convert", "-t", "splunk", *PIPELINES["splunk"])
        mine, peer = in_turns(
            rounds,
            partial(run, bench.command, *words, "-q", rules, "-o", ours),
            partial(run, bench.sigma, *words, rules, "-o", theirs),
        )
        if ours.read_bytes() != theirs.read_bytes():
            raise SystemExit(f"the queries of {rules} are not those of `sigma convert`")
        name = f"convert {count:,} rules of YAML to Splunk, whole process"
        ratio = peer.seconds / mine.seconds
        yield Row(name, told(mine), f"`sigma convert`: {told(peer)}", ratio, goal, "x", at_least=True)


def million(bench: Bench) -> Iterator[Row]:
    """A million values to queries; some are made by pySigma, too, and its time for all is extrapolated."""
    count = bench.size(1_000_000)
    sample = min(bench.size(5_000), count)
    values, queries, theirs = bench.cut(count), bench.folder / "queries.txt", bench.folder / "some.txt"
    some = bench.folder / "some.yml"
    positions = pick(bench, values, sample, some)
    one = bench.rules(1)
    for target, pipeline in PIPELINES.items():
        command = (bench.sigma, "convert", "-t", target, *pipeline)
        (mine,) = in_turns(
            bench.rounds, partial(run, bench.command, "convert", "-q", "-t", target, values, "-o", queries)
        )
        start, peer = run(*command, one, "-o", theirs), run(*command, some, "-o", theirs)
        check(queries, theirs, positions, target)
        whole = (peer.seconds - start.seconds) / sample * count
        name = f"convert {count:,} values to {target.capitalize()}; {sample:,} at random are pySigma's"
        extrapolated = f"`sigma convert`, extrapolated: {told(Run(start.seconds + whole, peer.memory))}"
        yield Row(name, told(mine), extrapolated, mine.seconds, 6, "s")
    queries.unlink()


def pick(bench: Bench, values: Path, sample: int, some: Path) -> list[int]:
    """Write the rules of values at random places to a file; the places among all rules."""
    path = bench.folder / "all.yml"
    run(bench.command, "compile", "-q", values, "-o", path)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        starts = [0, *(match.end() for match in MARKER.finditer(text))]
        ends = [*(start - 4 for start in starts[1:]), len(text)]
        positions = sorted(random.Random(6).sample(range(len(starts)), min(sample, len(starts))))
        some.write_bytes(b"---\n".join(text[starts[at] : ends[at]] for at in positions))
    path.unlink()
    return [*positions, len(starts)]


def check(queries: Path, theirs: Path, positions: list[int], target: str) -> None:
    """Raises `SystemExit` where a query is not pySigma's."""
    *places, total = positions
    made = queries.read_bytes().removesuffix(b"\n").split(b"\n\n")
    expected = theirs.read_bytes().removesuffix(b"\n").split(b"\n\n")
    if len(made) != total or [made[at] for at in places] != expected:
        raise SystemExit(f"the queries for {target} are not pySigma's")


def bridge(bench: Bench) -> Iterator[Row]:
    """Rules as pySigma's objects, against pySigma's own ways to them."""
    values = bench.spread(bench.size(10_000))
    peer = (bench.python, HERE / "peers.py")
    run(*peer, "equal", values)
    ours, dicts, text = in_turns(
        bench.rounds,
        *(partial(timed, *peer, mode, values) for mode in ("to_pysigma", "from_dicts", "from_yaml")),
    )
    name = f"`to_pysigma()` of {bench.size(10_000):,} rules"
    for label, theirs, goal in (("from_dicts", dicts, 4), ("from_yaml", text, 60)):
        ratio = theirs.seconds / ours.seconds
        yield Row(name, told(ours), f"`{label}`: {told(theirs)}", ratio, goal, "x", at_least=True)


def reading(bench: Bench) -> Iterator[Row]:
    """Sigma YAML to rules in memory."""
    rules = bench.rules(bench.size(10_000))
    peer = (bench.python, HERE / "peers.py")
    ours, safe, csafe = in_turns(
        bench.rounds,
        *(partial(timed, *peer, mode, rules) for mode in ("read_rules", "safe_load", "csafe_load")),
    )
    name = f"reading {bench.size(10_000):,} rules of Sigma YAML"
    for label, theirs, goal in (("yaml.safe_load_all", safe, 60), ("CSafeLoader", csafe, 8)):
        ratio = theirs.seconds / ours.seconds
        yield Row(name, told(ours), f"`{label}`: {told(theirs)}", ratio, goal, "x", at_least=True)
