"""Hostile servers against `fetch` and `sync`: what they may cost, where the key may go, what they may leave behind."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Iterator
from pathlib import Path

import yaml

import authority
import checker
from behaviours import behaviours
from lab import Lab, Row, judged
from web import BOUND, KEY, SECRET, Behaviour, Server, page

MEMORY = 400
# CPU seconds of a child: the clock's are many more on a busy machine.
CPU = 40
MAX_BYTES = 16 * 2**20
# However little time there is, so many behaviours are tried.
LEAST = 20
COMMANDS = ("fetch iocs", "fetch rules", "sync")


def with_key(folder: Path, *outputs: bytes) -> str:
    """Where the key, or its secret half, stands."""
    for said in outputs:
        if SECRET.encode() in said:
            return "the key is in the output"
    for path in folder.rglob("*"):
        if path.is_file() and SECRET.encode() in path.read_bytes():
            return f"the key is in {path.name}"
    return ""


def unsafe(folder: Path) -> str:
    """What a safe loader cannot read of the rules that were written."""
    for path in folder.rglob("*.yml"):
        try:
            for rule in yaml.load_all(path.read_bytes(), Loader=checker.Loader):
                if rule is not None and not isinstance(rule, dict):
                    return f"a document that is a {type(rule).__name__}"
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            return f"rules that a safe loader refuses: {str(error).splitlines()[0][:100]}"
    return ""


def limited() -> None:
    """A child has so many CPU seconds."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))


def tried(
    lab: Lab, command: str, name: str, behaviour: Behaviour, elsewhere: Server, good: Path
) -> tuple[list[str], float]:
    """Run one command against one behaviour: its faults and its peak memory."""
    # A state belongs to the path of its output.
    folder = lab.work / "place"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    asked = len(elsewhere.heads)
    with Server(behaviour) as server:
        args: list[str | Path] = [*command.split(), "--base-url", server.url, "--max-wait", "3"]
        if command == "sync":
            shutil.copytree(good, folder, dirs_exist_ok=True)
            args += ["--state", folder / "state", "-o", f"{folder}/rules/"]
        else:
            args += ["-o", folder / "rules.yml", "--report", folder / "report.json"]
        if name == "a byte a second":
            args += ["--timeout", "5"]
        # A list has a bound of its own, by what was asked for; a file of rules has this one only.
        if command == "fetch rules" and "without end" in name:
            args += ["--max-bytes", str(MAX_BYTES)]
        ran = lab.run(
            *args,
            env={"SOCDEF_API_KEY": KEY, "RUST_BACKTRACE": "1", "RUST_LOG": "trace"},
            timeout=BOUND,
            before=limited,
        )
        count = len(server.heads)
    faults = []
    if ran.cpu >= CPU - 1:
        faults.append(f"no end after {CPU} CPU seconds")
    elif crash := ran.crashed():
        faults.append(crash)
    elif ran.stopped:
        faults.append(f"no end after {BOUND} s")
    # What a server calls a bad request is one.
    elif ran.status not in (0, 1, 3, 4) and not (ran.status == 2 and "400" in ran.err):
        faults.append(f"status {ran.status}")
    if ran.memory > MEMORY:
        faults.append(f"{ran.memory:.0f} MiB")
    if count > 12_000:
        faults.append(f"{count} requests")
    for head in elsewhere.heads[asked:]:
        faults.append("another origin was asked" + (", with the key" if SECRET.encode() in head else ""))
    faults += filter(None, [with_key(folder, ran.out, ran.err.encode("utf-8", "replace")), unsafe(folder)])
    if seen := next((seen for line in ran.err.split("\n") if (seen := checker.invisible(line))), ""):
        faults.append(f"raw {seen} on the terminal")
    if command == "sync" and not any(
        "good.example" in path.read_text(encoding="utf-8", errors="replace")
        for path in (folder / "rules").rglob("*.yml")
    ):
        faults.append("the last good rule is gone")
    return [f"{name}, {command}: {fault}" for fault in faults], ran.memory


def addresses(lab: Lab, elsewhere: Server) -> Row:
    """Base URLs to which a key must not go in the clear."""
    bases = [
        *(
            "http://192.0.2.1:9",
            "http://127.0.0.1.example",
            f"http://127.0.0.1@192.0.2.1:{elsewhere.port}",
            "http://[2001:db8::1]:9",
            "ftp://127.0.0.1",
            "file:///etc/passwd",
        ),
        *(
            "http://localhost.example:9",
            "//192.0.2.1",
            "http://192.0.2.1#@127.0.0.1/",
            "http://192.0.2.1\\@127.0.0.1/",
            "javascript:x",
            "",
        ),
    ]
    faults = []
    for base in bases:
        ran = lab.run(
            "fetch",
            "iocs",
            "--base-url",
            base,
            "--max-wait",
            "1",
            "--timeout",
            "5",
            env={"SOCDEF_API_KEY": KEY},
            timeout=20,
        )
        if ran.status == 0 or ran.crashed() or ran.stopped or ran.status == 4:
            faults.append(f"{base!r}: status {ran.status} {ran.err.strip()[:100]}")
        if SECRET in ran.err or SECRET.encode() in ran.out:
            faults.append(f"{base!r}: the key is in the output")
    return judged(
        "the key goes to its server only",
        "base URLs without TLS to another machine",
        f"{len(bases)} refused before a connection",
        faults,
    )


def attack(lab: Lab) -> Iterator[Row]:
    """Each behaviour against each command, in another order each time."""
    place, good = lab.work / "place", lab.work / "good"
    with Server(lambda link: link.answer(link.good())) as elsewhere:
        with Server(lambda link: link.answer(page())) as honest:
            first = lab.run(
                "sync",
                "--base-url",
                honest.url,
                "--state",
                place / "state",
                "-o",
                f"{place}/rules/",
                env={"SOCDEF_API_KEY": KEY},
            )
        if first.status:
            raise RuntimeError(f"a first sync failed: {first.err}")
        shutil.copytree(place, good)
        yield addresses(lab, elsewhere)
        yield from authority.tls(lab)
        ways = behaviours(elsewhere.url)
        faults: list[str] = []
        peak, runs, left = 0.0, 0, []
        for name, behaviour in lab.rng.sample(list(ways.items()), len(ways)):
            if (lab.left() < 0 and runs >= LEAST * len(COMMANDS)) or (
                lab.count is not None and runs >= lab.count
            ):
                left.append(name)
                continue
            for command in COMMANDS:
                wrong, memory = tried(lab, command, name, behaviour, elsewhere, good)
                runs, peak = runs + 1, max(peak, memory)
                faults += wrong
                if wrong:
                    lab.say(f"  server: {wrong}")
        figure = f"{len(ways) - len(left)} behaviours × {len(COMMANDS)} commands, {runs} runs, at most {peak:.0f} MiB"
        if left:
            figure += f"; not run for time: {len(left)} ({', '.join(left[:5])} …)"
        yield judged(
            "a bounded client; the key in no output", "hostile servers", figure, faults, "\n".join(faults)
        )
