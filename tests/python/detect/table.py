"""The numbers of a run as `docs/engines.md`."""

from collections.abc import Iterable, Sequence

from detect import compare
from detect.engines.base import Engine
from detect.model import Comparing
from detect.mutants import MUTANTS, Mutant

WRITE = "SOCDEF_ENGINES_PAGE"
"""The variable that says where the page is to be written."""

HEAD = """\
# Engines

Every built-in rule, converted and run on engines that are really there, against a plain scan of the same
events that shares no code with the compiler ([`tests/python/detect/`](../tests/python/detect/)). `make test`
runs SQLite, DuckDB and the two evaluators in Rust; `make test-engines` runs all of them and writes this page.

There are {iocs} indicators, of all types and for all log sources, and {events} events made to be found, to be
just missed, or to be found where case does not count. Expected is what the scan finds by `rules.md`, and
by what the engine's documentation says about case.

`-p none` runs what a backend writes on its own, with Sigma's field names as columns; so do the evaluators in
Rust, which read the rules themselves. There a wrong answer is one of the known faults at the end, or it fails
the run. Behind the pipelines of this package any wrong answer fails the run: `socdef_values` keeps Sigma's
field names, and the others have events with the fields of their schema.

Splunk, Kusto, ES|QL and EQL are not here: no engine for them is available. Lucene queries run on Lucene itself,
with Elasticsearch's types `keyword` and `ip`. With `-p none` ClickHouse is given addresses only where addresses
belong: its function for networks fails the query for one event with another text.
"""

CASE = """\
Pairs of a rule and an event that only a comparison without regard to case finds, as Sigma asks for; how many
of them the engine's documented rule finds, and how many the engine found. Last, of the 19 real events with
the name `HFDC01.shire.com`, those found for the indicator `hfdc01.shire.com`.
"""

REAL = """\
98 events that Sysmon wrote, and indicators made from what they hold and from near misses of it. Behind
`socdef_values` all are in one table, told apart by `-p socdef`; the others get those of each log source.
"""

MISTAKES = """\
Rules with one mistake each: how many events change their verdict, of those made for the rule's indicator. A
dash stands where an engine cannot see the mistake.
"""

FAULTS = """\
Pairs of a rule and an event that are wrong on account of a backend or of pySigma. A fault that is gone fails
the run.
"""


def rows(engine: Engine) -> dict[str, list[str]]:
    """What an engine has in each table, the version left out."""
    made, real = compare.generated(engine), compare.real_events(engine)
    return {
        "generated": [_line(engine.name, *_numbers(made))],
        "case": [
            _line(engine.name, made.cased, made.cased_expected, made.cased_found, *_name_in_capitals(engine))
        ],
        "real": [_line(engine.name, *_numbers(real))],
        "mistakes": [_line(engine.name, *(_caught(engine, mutant) for mutant in MUTANTS))],
        "faults": [
            _line(engine.name, fault.reason.replace("|", "\\|"), *_split(wrong))
            for fault, wrong in made.faults.items()
        ],
    }


def page(engines: Sequence[Engine]) -> str:
    """The whole page, of the engines that are here."""
    here = [engine for engine in engines if engine.missing() is None]
    all_rows = [rows(engine) for engine in here]

    def table(head: str, name: str) -> list[str]:
        return [*_headed(head), *(line for found in all_rows for line in found[name])]

    counts = "engine|rules|events|expected|found|missed|extra|of these known|left"
    lines = [
        HEAD.format(iocs=len(compare.iocs()), events=sum(len(made.events) for made in compare.tables())),
        *_headed("engine|version|target|case"),
        *(
            _line(engine.name, engine.version(), f"`{engine.target}`", _case(engine.comparing))
            for engine in here
        ),
        *(
            _line(engine.name, "not run", f"`{engine.target}`", "")
            for engine in engines
            if engine not in here
        ),
        "\n## Generated events\n",
        *table(counts, "generated"),
        "\n## Case\n",
        CASE,
        *table("engine|in another case|by the target's rule|found|`HFDC01.shire.com`", "case"),
        "\n## Real events\n",
        REAL,
        *table(counts, "real"),
        "\n## Mistakes\n",
        MISTAKES,
        *_transposed(here, all_rows),
        "\n## Known faults\n",
        FAULTS,
        *table("engine|fault|missed|extra", "faults"),
    ]
    return "\n".join(lines) + "\n"


def _numbers(outcome: compare.Outcome) -> list[object]:
    known = [wrong for several in outcome.faults.values() for wrong in several]
    every = [*known, *outcome.wrong]
    return [
        outcome.rules,
        outcome.events,
        outcome.expected,
        outcome.found,
        *_split(every),
        len(known),
        len(outcome.wrong),
    ]


def _split(wrong: Iterable[compare.Wrong]) -> tuple[int, int]:
    verdicts = [one.is_missed for one in wrong]
    return verdicts.count(True), verdicts.count(False)


def _name_in_capitals(engine: Engine) -> tuple[int]:
    return (compare.found_in_capitals(engine),)


def _caught(engine: Engine, mutant: Mutant) -> object:
    return len(compare.changed_by(engine, mutant)) if mutant.sees(engine) else "–"  # noqa: RUF001


def _case(comparing: Comparing) -> str:
    if comparing.equal and comparing.part:
        return "disregarded"
    if not comparing.part:
        return "counts, but for hashes" if comparing.hashes else "counts"
    return (
        f"counts for equality, but for values with {' '.join(f'`{mark}`' for mark in comparing.equal_with)}"
    )


def _transposed(engines: Sequence[Engine], found: Sequence[dict[str, list[str]]]) -> list[str]:
    cells = [line["mistakes"][0].strip("| ").split(" | ")[1:] for line in found]
    lines = _headed("|".join(["mistake", *(engine.name for engine in engines)]))
    return lines + [_line(mutant.name, *(row[at] for row in cells)) for at, mutant in enumerate(MUTANTS)]


def _headed(names: str) -> list[str]:
    heads = names.split("|")
    return [_line(*heads), "|" + "---|" * len(heads)]


def _line(*cells: object) -> str:
    return "| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in cells) + " |"
