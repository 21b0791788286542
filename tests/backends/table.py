"""Write docs/backends.md of the surveys of both lanes, two of each, in this order, to standard output.

Ends with status 1 where two runs of one lane differ, other than by what is known of a backend.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Backends whose output differs from run to run, with what it is that differs.
UNSTEADY = {
    "sumologic_cse": "`conversion_timestamp`",
    "sumologic_cse_rule": "`conversion_timestamp`",
}
SHORT = 130
LEFT_OUT = {
    "clickhouse 1.1.1": "needs Python 3.13",
    "datadog 0.3.1": "declares pySigma below 0.12, and fails on 2",
    "insightidr 0.2.4": "declares pySigma below 0.12",
    "kernellix, openobserve, pd-df, surrealql": "no version takes pySigma 1",
    "qradar-aql 0.3.2, uberagent 0.3.72": "declare pySigma below 0.12; on a newer one they cannot be imported, and `sigma` "
    "then does nothing at all",
}

HEAD = """# Every backend

What each pySigma backend that installs makes of every built-in template: {templates} rules, one for each. Generated
by `make test-backends`, which runs nightly, not by hand; last with the versions below.

The numbers are the rules that became queries: without a pipeline, and with the one that `convert` picks by
itself. That a rule converts does not mean that its fields are the target's own: that is in
[preflight.md](preflight.md). A rule that a backend refuses is named in the summary of `convert`, and the others
come out. Nothing escaped as an exception. "Same twice" compares the bytes of two runs, whose hashes are seeded
differently. What is wrong upstream is in [upstream.md](upstream.md).
"""


def main(paths: list[str]) -> int:
    """Print the page; the status."""
    one, again_one, two, again_two = (json.loads(Path(path).read_text(encoding="utf-8")) for path in paths)
    lanes = [one, two]
    unsteady = [_unsteady(one, again_one), _unsteady(two, again_two)]
    print(HEAD.format(templates=len(one["templates"])))
    print("\n".join(_versions(lanes)))
    print("\n".join(_table(lanes, unsteady)))
    print("\n".join(_refused(lanes)))
    print("\n".join(_left_out(lanes)))
    unexpected = sorted({key[0] for keys in unsteady for key in keys} - set(UNSTEADY))
    for target in unexpected:
        print(f"two runs of {target} differ", file=sys.stderr)
    return 1 if unexpected else 0


Key = tuple[str, str]


def _results(lane: dict[str, Any]) -> dict[Key, dict[str, dict[str, Any]]]:
    """The results of each target and format, by pipeline."""
    found: dict[Key, dict[str, dict[str, Any]]] = defaultdict(dict)
    for result in lane["results"]:
        found[result["target"], result["format"]][result["pipeline"]] = result
    return found


def _unsteady(first: dict[str, Any], second: dict[str, Any]) -> set[Key]:
    later = _results(second)
    return {
        key
        for key, results in _results(first).items()
        if any(result.get("digest") != later[key][name].get("digest") for name, result in results.items())
    }


def _versions(lanes: list[dict[str, Any]]) -> Iterator[str]:
    yield "## Versions\n"
    yield f"Python {' and '.join(dict.fromkeys(lane['python'] for lane in lanes))}.\n"
    yield "| package | lane 1 | lane 2 |"
    yield "|---|---|---|"
    for name in sorted({name for lane in lanes for name in lane["packages"]}):
        yield f"| {name} | {' | '.join(lane['packages'].get(name, '-') for lane in lanes)} |"
    yield (
        "\npySigma's own discovery finds in the two lanes "
        + " and ".join(
            f"{len(lane['discovery']['backends'])} backends, {len(lane['discovery']['pipelines'])} pipelines "
            f"(`socdef` {'among them' if 'socdef' in lane['discovery']['pipelines'] else 'MISSING'}) and "
            f"{lane['discovery']['validators']} validators"
            for lane in lanes
        )
        + "."
    )
    for number, lane in enumerate(lanes, 1):
        for module, reason in lane["broken"].items():
            yield f"\nIn lane {number} `sigma.backends.{module}` cannot be imported: {_words(reason)}."


def _table(lanes: list[dict[str, Any]], unsteady: list[set[Key]]) -> Iterator[str]:
    yield "\n## Conversions\n"
    heads = ["target", "format", "picked pipeline"]
    heads += [f"lane {lane}, {how}" for lane in (1, 2) for how in ("none", "picked")]
    heads += ["same in both lanes", "same twice"]
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    results = [_results(lane) for lane in lanes]
    for key in sorted({key for found in results for key in found}):
        target, form = key
        cells = [_count(found.get(key, {}).get(name)) for found in results for name in ("none", "picked")]
        is_steady = not any(key in keys for keys in unsteady)
        twice = "yes" if is_steady else f"no: {UNSTEADY.get(target, 'unknown')}"
        picked = {
            name for found in results for name in found.get(key, {}).get("picked", {}).get("pipelines", ())
        }
        cells.insert(0, ", ".join(sorted(picked)) or "none")
        yield f"| {target} | {form} | {' | '.join(cells)} | {_same(results, key, is_steady)} | {twice} |"


def _count(result: dict[str, Any] | None) -> str:
    if result is None:
        return "-"
    return str(result["converted"]) if "converted" in result else "none"


def _same(results: list[dict[Key, dict[str, dict[str, Any]]]], key: Key, is_steady: bool) -> str:
    if not all(key in found for found in results) or not is_steady:
        return "-"
    one, two = ([found[key][name].get("digest") for name in ("none", "picked")] for found in results)
    return "yes" if one == two else "no"


def _refused(lanes: list[dict[str, Any]]) -> Iterator[str]:
    """Why rules are refused, in the backend's words, each once."""
    yield "\n## What is refused\n"
    yield "| target | formats | rules | why, in the backend's words |"
    yield "|---|---|---|---|"
    most: dict[tuple[str, str], int] = {}
    formats: dict[tuple[str, str], set[str]] = defaultdict(set)
    for lane in lanes:
        for result in lane["results"]:
            counts: dict[str, int] = defaultdict(int)
            for reason, templates in result["lost"].items():
                counts[_words(reason)] += len(templates)
            if "error" in result:
                counts[_words(result["error"])] = len(lane["templates"])
            for reason, count in counts.items():
                key = (result["target"], reason)
                most[key] = max(most.get(key, 0), count)
                formats[key].add(result["format"])
    for (target, reason), count in sorted(most.items()):
        yield f"| {target} | {', '.join(sorted(formats[target, reason]))} | {count} | {reason} |"


def _left_out(lanes: list[dict[str, Any]]) -> Iterator[str]:
    yield "\n## What is not here\n"
    yield "| backend | why |"
    yield "|---|---|"
    for name, why in LEFT_OUT.items():
        yield f"| {name} | {why} |"
    with_targets = {package for lane in lanes for package in lane["packages_of"].values()}
    names = {name for lane in lanes for name in lane["packages"] if "-backend-" in name}
    for name in sorted(names - with_targets):
        backend = name.partition("-backend-")[2]
        yield f"| {backend} | installed, but below `sigma.backends` there is nothing of it to be found |"


def _words(text: str) -> str:
    """A reason as a cell. Of a long one only what stands before its details: some pipelines repeat in it all that
    they said of the rules before.
    """
    line = " ".join(text.split())
    if len(line) > SHORT:
        line = f"{line.partition(':')[0][:SHORT]}: …"
    return line.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
