"""Rules to queries, through pySigma: the same bytes that `sigma convert` gives, without what it imports.

A rule that its backend refuses does not end the run. Rules are converted one by one and their queries put
together at the end, which is what `Backend.convert` does with rules that are all good.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from .backends import find
from .errors import ConversionError, UsageError
from .pipelines import KNOWN, default_for, resolve
from .pysigma import batches, collector_paused, to_rule
from .query_shapes import SAMPLE, Oracle, why_not

if TYPE_CHECKING:
    from sigma.collection import SigmaCollection
    from sigma.correlations import SigmaCorrelationRule
    from sigma.rule import SigmaRule

    from ._core import Report, Rule, RuleSet
    from .sigma_rules import Source

    AnyRule = SigmaRule | SigmaCorrelationRule

__all__ = ["Converter", "Filling", "LostRule", "convert", "render"]


@dataclass(frozen=True)
class LostRule:
    """A rule that did not become a query."""

    title: str
    """The rule's title."""
    id: str | None
    """The rule's id, where it has one."""
    reason: str
    """Why, in the backend's words."""
    place: str | None = None
    """The file of the rule, where it was read from one."""

    def as_dict(self) -> dict[str, str]:
        """What is known, as the report lists it.

        >>> LostRule("A Rule", None, "no such field").as_dict()
        {'title': 'A Rule', 'reason': 'no such field'}
        """
        parts = {"title": self.title, "id": self.id, "reason": self.reason, "file": self.place}
        return {name: part for name, part in parts.items() if part is not None}


def convert(
    rules: "RuleSet | SigmaCollection | Iterable[Rule | AnyRule]",
    target: str,
    *,
    pipelines: Sequence[str] = (),
    format: str | None = None,
    options: Mapping[str, Any] | None = None,
    on_lost: Callable[[LostRule], None] | None = None,
) -> Any:
    """Convert rules to queries of `target`, and give what the backend gives: for most formats a list of text.

        >>> from socdef_sigma import compile, read
        >>> convert(compile(read(b"198.51.100.7")), "splunk")
        ['tag="network" tag="communicate" dest_ip="198.51.100.7" | table src_ip,dest_ip,dest_port']

    `pipelines` are names and files as for `sigma convert -p`; `("none",)` asks for none. Rules that this
    package made get the one of `pipelines.DEFAULTS` where none is named.

    Raises `ConversionError` for a rule that the backend refuses, unless `on_lost` takes it: then the others
    are converted.
    """
    from ._core import Rule

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
    converter = Converter(target, pipelines=pipelines, format=format, options=options, own_rules=own)
    converter.on_lost = on_lost or refuse
    if own:
        filling = Filling(converter, is_patient=on_lost is not None)
        return filling.finish(filling.convert(everything))
    queries: list[Any] = []
    for batch in batches(everything):
        with collector_paused():
            ready = [to_rule(rule) if isinstance(rule, Rule) else rule for rule in batch]
            for _, made in converter.convert(ready):
                queries.extend(made)
    return converter.finish(queries)


class Converter:
    """One backend, ready to convert rule after rule.

    >>> from socdef_sigma import compile, read
    >>> converter = Converter("sqlite")
    >>> [queries] = [queries for _, queries in converter.convert([to_rule(compile(read(b"192.0.2.1"))[0])])]
    >>> converter.finish(queries)
    ["SELECT * FROM logs WHERE DestinationIp='192.0.2.1'"]
    """

    def __init__(
        self,
        target: str,
        *,
        pipelines: Sequence[str] = (),
        format: str | None = None,
        options: Mapping[str, Any] | None = None,
        correlation_method: str | None = None,
        pipeline_check: bool = True,
        own_rules: bool = False,
    ) -> None:
        self._again = partial(
            Converter,
            target,
            pipelines=pipelines,
            format=format,
            options=options,
            correlation_method=correlation_method,
            pipeline_check=pipeline_check,
            own_rules=own_rules,
        )
        self.target, backend_class = find(target)
        self.pipelines = _choose(pipelines, target, self.target, backend_class.requires_pipeline, own_rules)
        self.defaulted = bool(self.pipelines) and not pipelines
        """Whether the pipeline is our choice."""
        self.lost: list[LostRule] = []
        self.on_lost: Callable[[LostRule], None] = self.lost.append
        """What to do with a rule that the backend refuses; unless changed, it is added to `lost`."""
        self.format = format or "default"
        self._method = correlation_method
        self._backend = self._build(backend_class, pipeline_check, dict(options or {}))
        if self.format not in backend_class.formats:
            raise UsageError(
                f"output format '{self.format}' is not supported by backend '{self.target}'",
                code="bad_usage",
                hint=f"its formats are {', '.join(backend_class.formats)}",
            )
        self._check_method()
        self._backend.init_processing_pipeline(self.format)

    def twin(self) -> "Converter":
        """Another one of the same settings, that has converted nothing yet."""
        return self._again()

    @property
    def why_not_filled(self) -> str | None:
        """Why no rule may be filled from the shape of its class, in a line; None where they may."""
        trusted = all(name in KNOWN for name in self.pipelines)
        return why_not(self._backend.processing_pipeline, trusted)

    @property
    def backend(self) -> Any:
        """pySigma's backend."""
        return self._backend

    def _build(self, backend_class: Any, pipeline_check: bool, options: dict[str, Any]) -> Any:
        pipeline = resolve(self.pipelines, self.target if pipeline_check else None)
        try:
            backend = backend_class(processing_pipeline=pipeline, **options)
        except Exception as error:  # Backends check their options as they like.
            named = [name for name in options if f"'{name}'" in str(error)] or sorted(options)
            raise UsageError(
                f"parameter '{', '.join(named)}' is not supported by backend '{self.target}'",
                code="bad_usage",
                causes=[f"{type(error).__name__}: {error}"],
            ) from error
        _refuse_ipv6_networks(backend)
        if backend.processing_pipeline is not None:
            # pySigma says it to pipelines, but for backends with a conversion of their own (Loki, Panther).
            backend.processing_pipeline.vars.setdefault("backend", backend_class.name)
        return backend

    def _check_method(self) -> None:
        if self._method is None:
            return
        methods = self._backend.correlation_methods or {}
        if self._method not in methods:
            known = f"its methods are {', '.join(methods)}" if methods else "it does not support correlations"
            raise UsageError(
                f"correlation method '{self._method}' is not supported by backend '{self.target}'",
                code="bad_usage",
                hint=known,
            )

    def convert(self, rules: "Iterable[AnyRule]") -> "Iterator[tuple[AnyRule, list[Any]]]":
        """Give each rule with its queries. One that the backend refuses goes to `on_lost` instead.

        Rules are changed by their pipelines, so none can be converted twice. Rules that others refer to
        come first.
        """
        from sigma.rule import SigmaRule

        for rule in rules:
            try:
                if isinstance(rule, SigmaRule):
                    queries = self._backend.convert_rule(rule, self.format)
                else:
                    queries = self._backend.convert_correlation_rule(rule, self.format, self._method)
            except Exception as error:  # One bad rule must not cost the others, whatever its backend does.
                self.on_lost(_lost(rule, error))
            else:
                yield rule, queries

    def finish(self, queries: list[Any]) -> Any:
        """Put queries together in the output format."""
        try:
            return self._backend.finalize(queries, self.format)
        except Exception as error:
            raise ConversionError(
                f"the queries cannot be put into the format '{self.format}'",
                code="format_failed",
                causes=[f"{type(error).__name__}: {error}"],
            ) from error


class Filling:
    """Rules of this package to queries: by the shapes of their classes where these prove right.

        >>> from socdef_sigma import compile, read
        >>> filling = Filling(Converter("sqlite"))
        >>> filling.finish(filling.convert(compile(read(b"192.0.2.1"))))
        ["SELECT * FROM logs WHERE DestinationIp='192.0.2.1'"]

    The output is what the converter alone would give: same queries, same order.
    """

    ATTEMPTS = 8
    """How often a run begins anew after a difference before nothing is filled any more."""
    BATCH = 8192
    """How many rules are looked at together."""

    def __init__(
        self,
        converter: Converter,
        *,
        sample: int = SAMPLE,
        verify: bool = False,
        is_patient: bool = True,
        sources: "Sequence[Source]" = (),
    ) -> None:
        from ._core import Filler

        self._converter = converter
        self._filler = Filler(sample, verify=verify)
        self._is_patient = is_patient
        self._sources = sources
        self._attempts = 0
        self._oracle = self._new_oracle()
        self.why_not = converter.why_not_filled
        """Why no rule may be filled, in a line."""

    def _new_oracle(self) -> Oracle:
        oracle = Oracle(self._converter.twin, self._sources)
        if not self._is_patient:
            oracle.converter.on_lost = self._converter.on_lost
        return oracle

    def forget(self) -> None:
        """Count nothing of what was converted so far."""
        from ._core import Filler

        self._filler = Filler(0)

    @property
    def tally(self) -> "Mapping[str, Any]":
        """What became of the rules: `filled`, `converted` by the reason, `verified`, `differences`."""
        return self._filler.tally

    def convert(
        self, rules: "Iterable[Rule]", progress: Callable[[str, int], None] = lambda stage, count: None
    ) -> list[list[Any] | None]:
        """The queries of each rule; None for one that the backend refuses, after `on_lost` was told."""
        everything = list(rules)
        made = self._attempt(everything, progress)
        while made is None:
            made = self._attempt(everything, progress)
        for lost in self._oracle.converter.lost:
            self._converter.on_lost(lost)
        return made

    def _attempt(
        self, rules: "list[Rule]", progress: Callable[[str, int], None]
    ) -> list[list[Any] | None] | None:
        oracle = self._begin()
        made: list[list[Any] | None] = []
        for batch in batches(rules, self.BATCH):
            for texts in self._filler.convert(batch, oracle):
                made.append(None if texts is None else [oracle.query(text) for text in texts])
            progress("converting", len(made))
        some = [query for queries in made[:50] for query in queries or []]
        return made if self._is_right(some) else None

    def documents(self, progress: "Callable[[str, int], None] | None" = None) -> bool:
        """Convert the rules of the sources, for `write`.

        False where something is among them that is no rule that stands alone: pySigma has to read them all.
        """
        given = [(source.name, source.data) for source in self._sources]
        while self._filler.documents(given, self._begin(), progress):
            if self._is_right(self._some()):
                for lost in self._oracle.converter.lost:
                    self._converter.on_lost(lost)
                return True
        return False

    def _begin(self) -> Oracle:
        self._oracle = self._new_oracle()
        self._attempts += 1
        if self._attempts > self.ATTEMPTS:
            self.why_not = "too many filled queries differed from pySigma's"
        if self.why_not is not None:
            self._filler.fill_none(self.why_not)
        return self._oracle

    def _is_right(self, some: list[Any]) -> bool:
        """Whether an attempt stands; the next one will know more."""
        if not self._filler.settle(self._oracle):
            return False
        if self.tally["filled"] and not self._oracle.is_stateless(some):
            self.why_not = "the output depends on more than its queries"
            return False
        return True

    def stream(self, sources: Any, rewind: Callable[[], None], **options: Any) -> "Report":
        """Read indicators and convert their rules without an object for each, for `write`; `rewind` makes the
        sources begin again. Gives the account of the indicators."""
        while True:
            report = self._filler.stream(sources, self._begin(), **options)
            if self._is_right(self._some()):
                break
            rewind()
        for lost in self._oracle.converter.lost:
            self._converter.on_lost(lost)
        return report

    def _some(self) -> list[Any]:
        return [self._oracle.query(text) for text in self._filler.queries(50)]

    @property
    def count(self) -> int:
        """How many queries the stream gave."""
        return self._filler.count

    def write(self, output: str | None, encoding: str) -> bool:
        """Write what the stream gave as `render` would; False where it takes `output`: nothing is written."""
        some = self._some()
        backend = self._oracle.converter.backend
        plain = encoding.lower().replace("_", "-") in {"utf-8", "utf8"} and not getattr(
            backend.last_processing_pipeline, "finalizers", None
        )
        # A list of the queries as they are is what most formats give.
        if not (plain and some and self._oracle.converter.finish(list(some)) == some):
            return False
        return self._filler.write(output, "\n\n")

    def output(self) -> Any:
        """What the stream gave, put together in the output format."""
        return self._oracle.converter.finish([self._oracle.query(text) for text in self._filler.queries()])

    def finish(self, made: list[list[Any] | None]) -> Any:
        """Put the queries together in the output format."""
        return self._oracle.converter.finish([query for queries in made for query in queries or []])


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
            "what the backend returned cannot be written as JSON", code="format_failed", causes=[str(error)]
        ) from error


def _choose(
    named: Sequence[str], given: str, target: str, required: bool, own_rules: bool
) -> tuple[str, ...]:
    if tuple(named) == ("none",):
        return ()
    if "none" in named:
        raise UsageError("`-p none` stands alone: it asks for no pipeline", code="bad_usage")
    if named:
        return tuple(named)
    if own_rules:
        chosen = default_for(given, target, required)
        return () if chosen is None else (chosen,)
    if not required:
        return ()
    raise UsageError(
        "Processing pipeline required by backend! Define a custom pipeline or choose a predefined one.",
        code="pipeline_required",
        hint=f"`-p socdef` suits Sysmon's logs, and `sigma list pipelines {target}` shows the others "
        "(https://sigmahq-pysigma.readthedocs.io/en/latest/Processing_Pipelines.html); if you know what you "
        "are doing, `-p none` converts without one",
    )


def _refuse_ipv6_networks(backend: Any) -> None:
    """Make a backend refuse what it converts to a query that never matches: IPv6 networks on Kusto."""
    if "ipv4_is_in_range" not in (getattr(backend, "cidr_expression", None) or ""):
        return
    from sigma.exceptions import SigmaFeatureNotSupportedByBackendError

    inner = backend.convert_condition_field_eq_val_cidr

    def checked(condition: Any, state: Any) -> Any:
        if ":" in condition.value.cidr:
            raise SigmaFeatureNotSupportedByBackendError(
                f"the query would ask `ipv4_is_in_range` for {condition.value.cidr}, which never matches IPv6"
            )
        return inner(condition, state)

    backend.convert_condition_field_eq_val_cidr = checked


def _lost(rule: "AnyRule", error: Exception) -> LostRule:
    # The Databricks backend gives the message in the place of the rule.
    misplaced = getattr(error, "rule", None)
    text = str(error.args[0]) if error.args else type(error).__name__
    if not error.args and isinstance(misplaced, str):
        text = misplaced
    # pySigma adds this to whatever is no error of its own.
    text = " ".join(text.split(" (while ", 1)[0].split())
    if isinstance(error, NotImplementedError):
        text = f"feature required for conversion is not supported by the backend: {text}"
    return LostRule(
        title=rule.title or "without a title",
        id=str(rule.id) if rule.id else None,
        reason=text,
        place=str(rule.source.path) if rule.source else None,
    )
