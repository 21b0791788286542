"""Rules to queries, through pySigma: the same bytes that `sigma convert` gives, without what it imports."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import ConversionError, UsageError
from ..pysigma import batches, collector_paused, to_rule
from .batch_conversion import BatchConversion
from .converter import Converter
from .lost import LostRule

if TYPE_CHECKING:
    from sigma.collection import SigmaCollection

    from .._core import Rule, RuleSet
    from .converter import AnyRule


__all__ = ["BatchConversion", "Converter", "LostRule", "convert", "render"]


def convert(
    rules: "RuleSet | SigmaCollection | Iterable[Rule | AnyRule]",
    target: str,
    *,
    pipelines: Sequence[str] = (),
    format: str | None = None,
    options: Mapping[str, Any] | None = None,
    alert: Mapping[str, Any] | bool = True,
    on_lost: Callable[[LostRule], None] | None = None,
) -> Any:
    """Convert rules to queries of `target`, and give what the backend gives: for most formats a list of text.

        >>> from socdef_sigma import compile, read
        >>> convert(compile(read(b"198.51.100.7")), "splunk")
        ['tag="network" tag="communicate" dest_ip="198.51.100.7" | table src_ip,dest_ip,dest_port']

    `pipelines` are names and files as for `sigma convert -p`; `("none",)` asks for none. Rules that this
    package made get the one of `pipelines.defaults` where none is named.

    Formats that give alerts take settings in `alert`, such as `{"schedule": "1h"}`; with `False` they are
    what the backend itself gives.

    Raises `ConversionError` for a rule that the backend refuses, unless `on_lost` takes it: then the others
    are converted.
    """
    from .._core import Rule

    def refuse(lost: LostRule) -> None:
        raise ConversionError(
            f"the backend refuses the rule `{lost.title}`",
            code="rule_refused",
            place=lost.place,
            causes=[lost.reason],
            hint="pass `on_lost` to convert the others",
        )

    everything: list[Any] = list(rules)
    own = all(isinstance(rule, Rule) for rule in everything)
    converter = Converter(
        target, pipelines=pipelines, format=format, options=options, own_rules=own, alert=alert
    )
    converter.on_lost = on_lost or refuse
    if own:
        conversion = BatchConversion(converter, is_patient=on_lost is not None)
        return conversion.finish(conversion.convert(everything))
    queries: list[Any] = []
    for batch in batches(everything):
        with collector_paused():
            ready = [to_rule(rule) if isinstance(rule, Rule) else rule for rule in batch]
            for _, made in converter.convert(ready):
                queries.extend(made)
    return converter.finish(queries)


def render(output: Any, encoding: str = "utf-8", json_indent: int | None = None) -> bytes:
    """What a backend gives as the bytes that `sigma convert` writes.

    >>> render(["a", "b"])
    b'a\\n\\nb\\n'
    >>> render([{"query": "a"}])
    b'{"query": "a"}\\n'
    """
    if isinstance(output, bytes):
        return output + b"\n"
    if isinstance(output, str):
        text = output
    elif isinstance(output, list) and all(isinstance(item, str) for item in output):
        text = "\n\n".join(output)
    elif isinstance(output, list) and all(isinstance(item, dict) for item in output):
        text = "\n".join(_json(item, json_indent) for item in output)
    elif isinstance(output, dict):
        text = _json(output, json_indent)
    else:
        raise ConversionError(f"the backend returned unexpected format {type(output)}", code="format_failed")
    try:
        return text.encode(encoding) + b"\n"
    except (LookupError, UnicodeError) as error:
        raise UsageError(
            f"the output cannot be encoded as '{encoding}'", code="bad_usage", causes=[str(error)]
        ) from error


def _json(item: object, indent: int | None) -> str:
    """JSON, in which what has no form of its own, such as the id of a rule, is text."""
    try:
        return json.dumps(item, indent=indent, default=str)
    except (TypeError, ValueError) as error:
        raise ConversionError(
            "the result of the backend cannot be written as JSON", code="format_failed", causes=[str(error)]
        ) from error
