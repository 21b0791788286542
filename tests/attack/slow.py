"""A table of inputs that want to be slow: each at n, 2n and 4n, by CPU time of the child. Four times the bytes may take
eight times the time, not sixteen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lab import Lab, Row, judged
from slow_inputs import MERGES, Slow
from slow_structures import LISTS, RULES, STRUCTURES
from slow_texts import PAGES, PROSE, TEXTS

TABLE = MERGES + TEXTS + PROSE + PAGES + STRUCTURES + RULES + LISTS
PROMISE = "every reader is linear"
FREE = 0.3
# What starting takes differs by some hundredths of a second from run to run, so less says nothing.
NOISE = 0.05
# How many times the time so many times the bytes may take, beside as many.
RATIO = 2.0
# The fewest bytes a CPU second of `compile`, at 4n: linear in lines that are each quadratic is slow too.
LEAST_BYTES = 60_000
# Of a shorter input the rate says little.
LONG = 100_000
# However little time there is, so many inputs are measured.
ENOUGH = 30


def spent(lab: Lab, slow: Slow, n: int) -> tuple[float, int, bool]:
    """CPU seconds for this size, its bytes, and whether it was stopped."""
    folder = lab.folder("slow")
    path = folder / f"feed.{slow.ending}"
    size = path.write_bytes(slow.make(n))
    args: list[str | Path] = [*slow.args]
    if slow.beside:
        option, name, content = slow.beside
        (folder / name).write_bytes(content)
        args += [option, folder / name]
    ran = lab.run(slow.command, path, "-q", "-o", folder / "out", *args, timeout=120)
    path.unlink()
    return ran.cpu, size, ran.stopped or bool(ran.crashed())


def judge(lab: Lab, slow: Slow, start: float) -> tuple[str, str]:
    """A figure, and a fault where four times the input takes more than eight times the time."""
    times: list[float] = []
    sizes: list[int] = []
    for factor in (1, 2, 4):
        cpu, size, bad = spent(lab, slow, slow.n * factor)
        times.append(cpu)
        sizes.append(size)
        if bad:
            return f"{slow.name}: stopped or crashed at n={slow.n * factor}", f"{slow.name}: no end"
    size = sizes[2]
    # Some inputs grow faster than their n.
    most = RATIO * sizes[2] / sizes[0]
    # What starting takes says nothing of the input.
    net = [max(time - start, 0.0) for time in times]
    figure = f"{slow.name}: {' / '.join(f'{time:.2f}' for time in net)} s"
    if slow.command == "compile" and size >= LONG and size < LEAST_BYTES * net[2]:
        best = min(net[2], spent(lab, slow, slow.n * 4)[0] - start)
        if size < LEAST_BYTES * best:
            return figure, f"{slow.name} (n={slow.n * 4:,}): {size / best / 1000:.0f} KB a second"
    if net[2] >= FREE and net[2] > most * max(net[0], NOISE):
        # A busy machine is slow at times; a quadratic reader is slow each time.
        again = [
            max(min(time, spent(lab, slow, slow.n * factor)[0] - start), 0.0)
            for factor, time in ((1, net[0]), (4, net[2]))
        ]
        base = max(net[0], again[0], NOISE)
        if again[1] >= FREE and again[1] > most * base:
            return (
                figure,
                f"{slow.name} (n={slow.n:,}): {again[1] / base:.1f} times the time for {sizes[2] / sizes[0]:.0f} times the bytes",
            )
    return figure, ""


def attack(lab: Lab) -> Iterator[Row]:
    """The whole table, in another order each time; where the time ends, what is left is said by name."""
    starts: dict[str, float] = {}
    table = lab.rng.sample(TABLE, len(TABLE))
    for slow in table:
        if slow.command not in starts:
            starts[slow.command] = min(spent(lab, slow, 1)[0] for _ in range(3))
    worst, faults, heads, left, tried = [], [], [], [], 0
    for slow in table:
        if (lab.left() < 0 and tried >= ENOUGH) or (lab.count is not None and tried >= lab.count):
            left.append(slow.name)
            continue
        figure, fault = judge(lab, slow, starts[slow.command])
        lab.say(f"  slow: {figure} {fault}")
        tried += 1
        worst.append(figure)
        if fault:
            faults.append(fault)
            heads.append(f"{fault}: {slow.ending}, of n=3: {slow.make(3)[:200]!r}")
    worst.sort(key=lambda told: -float(told.rsplit("/ ", 1)[-1].split()[0]) if "/ " in told else 0)
    shape = "n, 2n, 4n by CPU seconds"
    figure = f"{tried} of {len(TABLE)} inputs; the longest: {', '.join(worst[:3])}"
    if left:
        figure += f"; not measured for time: {len(left)} ({', '.join(left[:5])} …)"
    yield judged(PROMISE, shape, figure, faults, "\n".join(heads))
