"""Runs a tool over documents, in the interpreter that has it: `python tools.py TOOL PASSES SECONDS < paths`.

One line of JSON for each document: its path, its values as type and text, and the CPU time of each pass.
What a tool prints is not an answer.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

Run = Callable[[Path], list[tuple[str, str]]]


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace").lstrip("\ufeff")


def socdef_sigma() -> Run:
    """Ours: the file as it is, since its name is a part of the evidence."""
    import socdef_sigma

    return lambda path: [(found.type, found.value) for found in socdef_sigma.read(path, keep_entries=False)]


def iocextract() -> Run:
    """InQuest's expressions."""
    import iocextract

    def run(path: Path) -> list[tuple[str, str]]:
        text = _text(path)
        found = [("url", url) for url in iocextract.extract_urls(text, refang=True)]
        found += [
            ("ipv6" if ip.count(":") > 1 else "ipv4", ip) for ip in iocextract.extract_ips(text, refang=True)
        ]
        found += [("email", email) for email in iocextract.extract_emails(text, refang=True)]
        for kind in ("md5", "sha1", "sha256"):
            found += [(kind, value) for value in getattr(iocextract, f"extract_{kind}_hashes")(text)]
        return found

    return run


def ioc_finder() -> Run:
    """A grammar by pyparsing."""
    from ioc_finder import find_iocs

    names = {
        "domains": "domain",
        "urls": "url",
        "ipv4s": "ipv4",
        "ipv4_cidrs": "ipv4",
        "ipv6s": "ipv6",
        "md5s": "md5",
        "sha1s": "sha1",
        "sha256s": "sha256",
        "cves": "cve",
        "email_addresses": "email",
    }

    def run(path: Path) -> list[tuple[str, str]]:
        got = find_iocs(_text(path))
        return [(kind, value) for name, kind in names.items() for value in got.get(name, [])]

    return run


def iocsearcher() -> Run:
    """Malicialab's expressions and validators."""
    from iocsearcher.searcher import Searcher

    names = {"fqdn": "domain", "ip4": "ipv4", "ip4Net": "ipv4", "ip6": "ipv6"}
    names |= {kind: kind for kind in ("url", "md5", "sha1", "sha256", "cve", "email")}
    searcher = Searcher()
    return lambda path: [
        (names[found.name], found.value) for found in searcher.search_data(_text(path)) if found.name in names
    ]


TOOLS: dict[str, Callable[[], Run]] = {
    "socdef-sigma": socdef_sigma,
    "iocextract": iocextract,
    "ioc-finder": ioc_finder,
    "iocsearcher": iocsearcher,
}


def main() -> None:
    """Reads paths until there are no more."""
    tool, passes, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def too_long(*_: object) -> None:
        raise TimeoutError(f"over {seconds:g} s")

    signal.signal(signal.SIGPROF, too_long)
    run = TOOLS[tool]()
    for line in sys.stdin:
        path = Path(line.rstrip("\n"))
        answer: dict[str, object] = {"path": str(path), "values": []}
        took = []
        try:
            for _ in range(passes):
                signal.setitimer(signal.ITIMER_PROF, seconds)
                began = time.process_time()
                found = run(path)
                took.append(time.process_time() - began)
                answer["values"] = [[kind, str(value)] for kind, value in found]
        except Exception as error:
            answer["error"] = f"{type(error).__name__}: {error}"[:200]
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        answer["seconds"] = took
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
