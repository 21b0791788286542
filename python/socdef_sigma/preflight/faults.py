"""The faults of backends and targets that cost matches, from `faults.yml`.

| key | what |
|---|---|
| `fault`, `effect` | what is wrong, and what it costs |
| `targets`, `types` | of which targets, for which types of indicators (empty: all) |
| `values` | a pattern of the values that it hits; all, where it is empty |
| `loses` | whether these never match; else some events are missed |
| `pipelines`, `cured_by` | only with one of these pipelines; not with one of these (`*`: any text) |
| `templates` | only of these templates |
| `upstream` | where it is: package and version, or page |
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

__all__ = ["Fault", "all_faults", "faults_of"]


@dataclass(frozen=True)
class Fault:
    """One fault."""

    fault: str
    effect: str
    targets: tuple[str, ...]
    types: tuple[str, ...]
    values: str
    loses: bool
    upstream: str
    pipelines: tuple[str, ...] = ()
    cured_by: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()

    def hits(self, value: str) -> bool:
        """Whether it matters to a value."""
        return re.search(self.values, value) is not None


@cache
def all_faults() -> tuple[Fault, ...]:
    """All of them.

    >>> {fault.loses for fault in all_faults() if "loki" in fault.targets}
    {True}
    """
    import yaml

    with (Path(__file__).parent / "faults.yml").open("rb") as file:
        entries = yaml.safe_load(file)
    lists = ("targets", "types", "pipelines", "cured_by", "templates")
    return tuple(
        Fault(**{**entry, **{key: tuple(entry[key]) for key in lists if key in entry}}) for entry in entries
    )


def faults_of(target: str, pipelines: Sequence[str], template: str) -> list[Fault]:
    """Those of a target that matter to a template, after these pipelines."""
    return [
        fault
        for fault in all_faults()
        if target in fault.targets
        and (not fault.types or template.partition("/")[0] in fault.types)
        and (not fault.templates or template in fault.templates)
        and (not fault.pipelines or not set(fault.pipelines).isdisjoint(pipelines))
        and not any(fnmatchcase(name, cure) for name in pipelines for cure in fault.cured_by)
    ]
