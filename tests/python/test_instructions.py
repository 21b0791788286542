"""The work for each value, in instructions instead of seconds: the same on a busy machine and an idle one.

`benches/work.rs` runs a stage for two counts under cachegrind, and the difference is the work of the values between them,
without start-up. The figures of `tests/data/instructions.json` hold for one compiler and one kind of processor.

By day the program is built as the tests are, which takes seconds. The standard library is optimised there and our own code
is not, so a needless call of it weighs little; but two runs differ by less than 0.05 %, so half a percent is seen. At night
(SOCDEF_FULL) it is built with optimisation (`benches/count/`), and reads inputs that are made to be slow.

After a change that is meant, or of the compiler: `SOCDEF_RECORD_INSTRUCTIONS=1 pytest tests/python/test_instructions.py`.
"""

import json
import os
import platform
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from _harness import FULL, REPO
from _harness.programs import program

pytestmark = pytest.mark.pysigma_1_only

RECORD = REPO / "tests" / "data" / "instructions.json"
BUILD = "optimised" if FULL else "tests"
TOLERANCE = 0.05 if FULL else 0.005
COUNTS = {"parse": 2000, "read": 2000, "render": 300, "fill": 2000, "stream": 2000}
"""The smaller count of each stage at night; the larger is its double. By day they are a quarter of it."""


def recording() -> bool:
    return os.environ.get("SOCDEF_RECORD_INSTRUCTIONS") == "1"


def rustc() -> str:
    return subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def tools() -> None:
    """What counts, and what builds what is counted."""
    if os.environ.get("SOCDEF_TEST_PYSIGMA") == "2":
        pytest.skip("the core is the same in all environments: the pySigma 1 environment counts")
    for tool in ("valgrind", "cargo", "rustc"):
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool}")


@pytest.fixture(scope="module")
def recorded(tools: None) -> dict[str, int]:
    """The figures of this compiler and processor."""
    if recording():
        return {}
    known = json.loads(RECORD.read_text())
    for name, here in (("rustc", rustc()), ("machine", platform.machine())):
        if known[name] != here:
            pytest.skip(f"recorded for {known[name]}, and this is {here}")
    figures: dict[str, int] = known["instructions"][BUILD]
    return figures


@pytest.fixture(scope="module")
def work(tools: None) -> Path:
    """The program that does the work, with the versions of the crate."""
    return optimised() if FULL else program("work")


def optimised() -> Path:
    """Built for itself, in a minute or more."""
    manifest = REPO / "benches" / "count" / "Cargo.toml"
    shutil.copy(REPO / "Cargo.lock", manifest.parent)
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPO / "target")) / "count"
    command = ["cargo", "build", "--offline", "--quiet", "--profile", "count"]
    command += ["--manifest-path", str(manifest), "--target-dir", str(target)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return target / "count" / "work"


def instructions(work: Path, stage: str, count: int, folder: Path) -> int:
    """The instructions of a whole run, of all its threads."""
    out = f"--cachegrind-out-file={folder}/{stage}-{count}"
    command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", out, str(work), stage, str(count)]
    # One thread: two would wait for each other now and then, and waiting is counted too.
    environment = {**os.environ, "RAYON_NUM_THREADS": "1"}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert ran.returncode == 0, ran.stderr
    found = re.search(r"I *refs: *([\d,]+)", ran.stderr)
    assert found is not None, ran.stderr
    return int(found[1].replace(",", ""))


def per_value(work: Path, stage: str, folder: Path) -> int:
    count = COUNTS[stage] if FULL else COUNTS[stage] // 4
    few, many = (instructions(work, stage, n, folder) for n in (count, 2 * count))
    return (many - few) // count


def test_no_stage_does_more_work_for_a_value_than_it_did(
    recorded: dict[str, int], work: Path, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counted = dict(
            zip(COUNTS, pool.map(lambda stage: per_value(work, stage, tmp_path), COUNTS), strict=True)
        )
    if recording():
        known = json.loads(RECORD.read_text()) if RECORD.exists() else {}
        both = {**known.get("instructions", {}), BUILD: counted}
        known = {"rustc": rustc(), "machine": platform.machine(), "instructions": both}
        RECORD.write_text(json.dumps(known, indent=2) + "\n")
        pytest.skip(f"recorded {counted}")
    grown = {
        stage: f"{counted[stage]:,} instructions for a value, recorded {figure:,}"
        for stage, figure in recorded.items()
        if counted[stage] > figure * (1 + TOLERANCE)
    }
    assert grown == {}
    # A gain that is not recorded can be lost again unseen.
    fallen = [stage for stage, figure in recorded.items() if counted[stage] < figure * (1 - 2 * TOLERANCE)]
    assert fallen == [], f"less work than recorded, which is good: record it ({counted})"


BYTES = (1 << 14, 1 << 15)
"""Sizes of the nasty inputs, each the double of the one before."""

LINE = (1 << 18, 1 << 19, 1 << 20)
"""The same for one line, which may be as long as 1 MiB."""

DOUBLING = 2.1


def test_twice_the_bytes_are_twice_the_work(work: Path, tmp_path: Path) -> None:
    """Bytes that are made to be slow, by each reader of text."""
    if not FULL:
        pytest.skip("it takes the optimised build and minutes; SOCDEF_FULL, at night")
    listed = subprocess.run([str(work), "nasty"], capture_output=True, text=True, check=True).stdout.split()
    assert len(listed) > 20
    sizes = dict.fromkeys(listed, BYTES) | {"defanged-labels": LINE}
    # What starting takes is the same for all.
    runs = [(listed[0], 0), *((name, size) for name in listed for size in sizes[name])]

    def count(run: tuple[str, int]) -> int:
        return instructions(work, f"nasty-{run[0]}", run[1], tmp_path)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counted = dict(zip(runs, pool.map(count, runs), strict=True))
    grown = {}
    for name in listed:
        least, *others = (counted[name, size] - counted[runs[0]] for size in sizes[name])
        for size, more in zip(sizes[name][1:], others, strict=True):
            if more > DOUBLING * least:
                grown[f"{name}, {size:,} bytes"] = f"{more / least:.2f} x the instructions of half of them"
            least = more
    assert grown == {}


RECORDS = (2000, 4000, 8000)
"""So many records of one indicator; as entries of one record they stay below its 1 MiB."""

MERGED = 2.3


def test_twice_the_records_of_one_indicator_are_twice_the_work(work: Path, tmp_path: Path) -> None:
    """Feeds that all speak of one indicator, each record with something else."""
    if not FULL:
        pytest.skip("it takes the optimised build and minutes; SOCDEF_FULL, at night")
    listed = subprocess.run([str(work), "merge"], capture_output=True, text=True, check=True).stdout.split()
    assert len(listed) > 10
    # What starting takes is the same for all.
    runs = [(listed[0], 0), *((name, size) for name in listed for size in RECORDS)]

    def count(run: tuple[str, int]) -> int:
        return instructions(work, f"merge-{run[0]}", run[1], tmp_path)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counted = dict(zip(runs, pool.map(count, runs), strict=True))
    grown = {}
    for name in listed:
        least, *others = (counted[name, size] - counted[runs[0]] for size in RECORDS)
        for size, more in zip(RECORDS[1:], others, strict=True):
            if more > MERGED * least:
                grown[f"{name}, {size:,}"] = f"{more / least:.2f} x the instructions of half of them"
            least = more
    assert grown == {}
