"""Rows about making rules."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from measure import HERE, Bench, Row, in_turns, median, run, shell, timed, told


def compile_file(bench: Bench) -> Iterator[Row]:
    """A million values to one YAML file against a copy of that file."""
    count = bench.size(1_000_000)
    values, out, copy = bench.cut(count), bench.folder / "rules.yml", bench.folder / "copy.yml"
    # `cp` does not sync, and its time swings.
    mine, theirs = in_turns(
        bench.rounds,
        lambda: run(bench.command, "compile", "-q", values, "-o", out),
        lambda: run("dd", f"if={out}", f"of={copy}", "bs=1M", "conv=fsync", "status=none"),
    )
    copy.unlink()
    name = f"{count:,} values → one YAML file ({out.stat().st_size / 1e6:.0f} MB), whole process"
    yield Row(name, told(mine), f"`dd conv=fsync`: {told(theirs)}", mine.seconds / theirs.seconds, 8, "x")
    yield Row("— peak memory", told(mine), "", mine.memory, 400, "MiB")
    pipe, cat = in_turns(
        bench.rounds,
        lambda: shell(f"'{bench.command}' compile -q --no-merge '{values}' | cat > /dev/null"),
        lambda: shell(f"cat '{out}' | cat > /dev/null"),
    )
    ratio = pipe.seconds / cat.seconds
    yield Row("— with `--no-merge` into a pipe", told(pipe), f"`cat`: {told(cat)}", ratio, 4, "x")
    # A shell's account has its pipe in it; memory is that of the process alone.
    lean = run(bench.command, "compile", "-q", "--no-merge", values)
    yield Row("— with `--no-merge`, peak memory", told(lean), "", lean.memory, 150, "MiB")
    out.unlink()


def compile_stage(bench: Bench) -> Iterator[Row]:
    """Rules a second of the compile stage against what one would write in Python."""
    if bench.work is None:
        return
    count, few = bench.size(200_000), bench.size(20_000)
    names = {"jinja2": ("jinja2 without escaping", 15), "csafe": ("PyYAML's CSafeDumper", 150)}
    mine, *peers = in_turns(
        bench.rounds,
        partial(timed, bench.work, "compile", str(count)),
        *(partial(timed, bench.python, HERE / "peers.py", name, str(few)) for name in names),
    )
    ours = count / mine.seconds
    for (label, goal), peer in zip(names.values(), peers, strict=True):
        theirs = few / peer.seconds
        what = f"rules a second in the compile stage, {label}"
        yield Row(what, f"{ours:,.0f}", f"{theirs:,.0f}", ours / theirs, goal, "x", at_least=True)


def growth(bench: Bench) -> Iterator[Row]:
    """Ten times the values take ten times the time."""
    sizes = [bench.size(count) for count in (10_000, 100_000, 1_000_000)]
    start = median(tuple(run(bench.command, "compile", "-q", bench.cut(1)) for _ in range(bench.rounds)))
    measures = [partial(run, bench.command, "compile", "-q", bench.spread(size)) for size in sizes]
    runs = in_turns(bench.rounds, *measures)
    each = [(taken.seconds - start.seconds) / size for taken, size in zip(runs, sizes, strict=True)]
    for at, size in enumerate(sizes[:-1]):
        name = f"time for a value, {sizes[-1]:,} against {size:,}, start-up taken off"
        ours, peer = (f"{each[i] * 1e6:.2f} µs, {runs[i].memory:.0f} MiB" for i in (-1, at))
        yield Row(name, ours, peer, each[-1] / each[at], 1.2, "x")


def start_up(bench: Bench) -> Iterator[Row]:
    """What a command costs before it does anything."""
    one = bench.cut(1)
    rounds = 9 if bench.rounds > 1 else 1
    for name, goal, command in (
        ("--version", 50, (bench.command, "--version")),
        ("compile of one value", 90, (bench.command, "compile", "-q", one)),
    ):
        mine, theirs = in_turns(rounds, partial(run, *command), partial(run, bench.python, "-c", "pass"))
        extra = (mine.seconds - theirs.seconds) * 1000
        yield Row(
            f"start-up: {name}", told(mine), f"`python -c pass`: {told(theirs)}", extra, goal, "ms more"
        )
