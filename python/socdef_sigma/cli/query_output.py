"""Where the queries of `convert` go: standard output, a file, or a file for each rule."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from .. import _core
from ..convert import BatchConversion, Converter, render
from ..pysigma import batches, collector_paused, to_rule
from .console import Progress, write_stdout
from .folder import RuleFolder, is_folder

if TYPE_CHECKING:
    from sigma.collection import SigmaCollection

    from ..convert.converter import AnyRule

__all__ = ["all_rules", "write", "write_filled", "write_folder"]


def write_filled(conversion: BatchConversion, output: str | None, options: dict[str, Any]) -> None:
    """Write the queries that are in the core."""
    if output is None:
        write_stdout(b"")  # Fails if it is closed; the core would write to whatever file has its number.
    if not conversion.write(output, options["encoding"]):
        _write_data(output, render(conversion.output(), options["encoding"], options["json_indent"]))


def all_rules(
    sigma: "Iterable[AnyRule]", rules: _core.RuleSet | None, filters: "list[SigmaCollection]"
) -> "Iterator[tuple[AnyRule, str | None]]":
    """All rules to convert, each with the name for its file if it has one."""
    yield from ((rule, None) for rule in sigma)
    names = iter(rules.filenames if rules is not None else ())
    for batch in batches(rules or []):
        with collector_paused():
            ready: Iterable[AnyRule] = [to_rule(rule) for rule in batch]
            if filters:
                from sigma.collection import SigmaCollection

                ready = SigmaCollection([*ready, *(f for one in filters for f in one.filters)]).rules
            yield from zip(ready, islice(names, len(batch)), strict=True)


def write(
    converter: Converter,
    rules: "Iterator[tuple[AnyRule, str | None]]",
    options: dict[str, Any],
    progress: Progress,
    may_write: Callable[[int], bool],
) -> int | None:
    """Convert, and write if `may_write` says so of the number of queries.

    Gives that number, or None where a rule was refused that must not be.
    """
    output: str | None = None if options["output"] == "-" else options["output"]
    to_folder = output is not None and is_folder(output)
    files: list[tuple[AnyRule, str | None, bytes]] = []
    queries: list[Any] = []
    count = 0
    for number, (rule, filename) in enumerate(rules):
        for _, made in converter.convert([rule]):
            count += len(made)
            if not to_folder:
                queries.extend(made)
            elif made:
                data = render(converter.finish(made), options["encoding"], options["json_indent"])
                files.append((rule, filename, data))
        progress("converting", number + 1)
        if converter.lost and not options["skip"]:
            return None
    if not may_write(count):
        return count
    if output is not None and to_folder:
        folder = RuleFolder(output, converter.ending)
        for rule, filename, data in files:
            folder.write(rule, filename, data)
    else:
        _write_data(output, render(converter.finish(queries), options["encoding"], options["json_indent"]))
    return count


def write_folder(
    output: str, converter: Converter, made: list[tuple[str, list[Any]]], options: dict[str, Any]
) -> None:
    """Write the queries of each rule to its file."""
    datas = [
        (name, render(converter.finish(queries), options["encoding"], options["json_indent"]))
        for name, queries in made
    ]
    folder = RuleFolder(output, converter.ending)
    for name, data in datas:
        folder.write(None, name, data)


def _write_data(output: str | None, data: bytes) -> None:
    if output is None:
        write_stdout(data)
    else:
        _core.write_output(output, data)
