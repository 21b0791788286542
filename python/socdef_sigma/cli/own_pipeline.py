"""The pipeline of an own log source: a pySigma pipeline as YAML, with the index or table as its setting."""

import json
from collections.abc import Callable, Mapping

from ..convert.backends import named
from ..errors import UsageError

__all__ = ["FORMS", "own_pipeline"]

Items = tuple[str, list[str]]
"""A section of a pipeline, and the lines of an item there."""


def _condition(table: str) -> Items:
    """`index=acme_edr` in the search, by Splunk's field."""
    return "transformations", ["type: add_condition", "conditions:", f"  index: {json.dumps(table)}"]


def _state(key: str) -> Callable[[str], Items]:
    """The state that a backend reads the index or table from."""
    return lambda table: (
        "transformations",
        ["type: set_state", f"key: {key}", f"val: {json.dumps(table)}"],
    )


def _prefix(table: str) -> Items:
    """A table before the query, as KQL has it."""
    return "postprocessing", ["type: embed", "prefix: " + json.dumps(f"{table}\n| where ")]


FORMS: dict[str, Callable[[str], Items]] = {
    "splunk": _condition,
    "kusto": _prefix,
    "lucene": _state("index"),
    "eql": _state("index"),
    "esql": _state("index"),
    "elastalert": _state("index"),
    "sqlite": _state("table"),
}
"""How each target takes the index or table."""


def own_pipeline(name: str, logsource: Mapping[str, str], target: str, table: str) -> str:
    """A pipeline that makes rules of a log source convert for a target, which reads this index or table.

        >>> print(own_pipeline("acme_edr", {"product": "acme", "service": "edr"}, "splunk", "edr"))
        name: acme_edr
        priority: 60
        allowed_backends: [splunk]
        transformations:
          - id: acme_edr_table
            type: add_condition
            conditions:
              index: "edr"  # the index or table
            rule_conditions:
              - type: logsource
                product: "acme"
                service: "edr"
        <BLANKLINE>

    Raises `UsageError` for a target that has no such form.
    """
    *_, backend = named(target)
    form = FORMS.get(backend)
    if form is None:
        raise UsageError(
            f"there is no pipeline to write for the target `{target}`",
            code="bad_usage",
            hint=f"the targets are {', '.join(FORMS)}; others need a pipeline of their own, or `-p none`",
        )
    section, lines = form(table)
    lines[-1] += "  # the index or table"
    item = [f"id: {name}_table", *lines, "rule_conditions:", "  - type: logsource"]
    item += [f"    {part}: {json.dumps(text)}" for part, text in logsource.items() if part != "definition"]
    return "\n".join(
        [
            f"name: {name}",
            "priority: 60",
            f"allowed_backends: [{backend}]",
            f"{section}:",
            *(f"  {'- ' if at == 0 else '  '}{line}" for at, line in enumerate(item)),
            "",
        ]
    )
