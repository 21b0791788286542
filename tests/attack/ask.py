"""Requests of one key, one after another, in a process of its own: whatever else the campaign does must not slow them.

    python ask.py URL KEY SECONDS RULES

Prints JSON: the times of small answers in seconds, and what was wrong.
"""

from __future__ import annotations

import http.client
import json
import sys
import time

from lab import get

LARGE = "/api/v1/iocs/sigma?limit=10000"
SMALL = "/api/v1/iocs?limit=20"
# However busy the machine is: the 99th of a hundred times says nothing of two.
LEAST = 32


def main() -> None:
    """Small answers, and a large one now and then."""
    url, key, seconds, rules = sys.argv[1:]
    until = time.monotonic() + float(seconds)
    times, faults, whole, turn = [], [], 0, 0
    while time.monotonic() < until or turn < LEAST:
        turn += 1
        large = turn % 15 == 2
        try:
            answer = get(url + (LARGE if large else SMALL), key, timeout=20)
            if answer.status != 200:
                faults.append(f"{answer.status} for another key")
            elif large and (b"\n" + answer.body).count(b"\ntitle: ") != int(rules):
                faults.append("an answer of another key was cut")
            elif large:
                whole += 1
            else:
                times.append(answer.seconds)
        except (OSError, http.client.HTTPException) as error:
            faults.append(f"{type(error).__name__} for another key")
        time.sleep(0.02)
    print(json.dumps({"times": times, "faults": faults, "whole": whole}))


if __name__ == "__main__":
    main()
