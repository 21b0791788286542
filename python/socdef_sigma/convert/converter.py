"""One of pySigma's backends, behind its pipelines: rules in, queries out.

A rule that the backend refuses does not end the run. Rules are converted one by one and their queries put
together at the end, which is what `Backend.convert` does with rules that are all good.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ..alerts import forms, with_alerts
from ..errors import ConversionError, UsageError
from ..near import did_you_mean
from ..pysigma.attack import provide_attack
from .backend_options import check_options
from .backends import find
from .hidden import hidden_in
from .lost import LostRule, lost_rule
from .pipelines import default_for, known, resolve, why_not

if TYPE_CHECKING:
    from sigma.correlations import SigmaCorrelationRule
    from sigma.rule import SigmaRule

    AnyRule = SigmaRule | SigmaCorrelationRule

__all__ = ["Converter"]


class Converter:
    """One backend, ready to convert rule after rule.

    >>> from socdef_sigma import compile, read
    >>> from socdef_sigma.pysigma import to_rule
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
        alert: Mapping[str, Any] | bool = True,
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
            alert=alert,
        )
        self._own_rules = own_rules
        self.target, found = find(target)
        self.format = format or "default"
        given = {} if isinstance(alert, bool) else alert
        backend_class = found if alert is False else with_alerts(self.target, found, self.format, given)
        self.pipelines = _choose(pipelines, target, self.target, backend_class.requires_pipeline, own_rules)
        self.defaulted = bool(self.pipelines) and not pipelines
        """Whether the pipeline is our choice."""
        self.lost: list[LostRule] = []
        self.on_lost: Callable[[LostRule], None] = self.lost.append
        """What to do with a rule that the backend refuses; unless changed, it is added to `lost`."""
        self._method = correlation_method
        form = None if alert is False else forms(self.target).get(self.format)
        self.fault: Callable[[Any], str | None] | None = None if form is None else form.fault
        """Why the product does not take a query, in a line; None where the format sets no limits."""
        self.ending = "txt" if form is None else form.ending
        """The ending of a file of its output, without a dot."""
        self._backend = self._build(backend_class, pipeline_check, dict(options or {}))
        formats = backend_class.formats
        if self.format not in formats:
            meant = did_you_mean(self.format, formats, most=1)
            raise UsageError(
                f"output format '{self.format}' is not supported by backend '{self.target}'",
                code="bad_usage",
                hint=f"{meant} its formats are {', '.join(formats)}".lstrip(),
            )
        self._check_method()
        self._backend.init_processing_pipeline(self.format)

    def twin(self) -> "Converter":
        """Another one of the same settings, that has converted nothing yet.

        >>> Converter("sqlite", pipelines=["socdef_values"]).twin().pipelines
        ('socdef_values',)
        """
        return self._again()

    @property
    def why_not_filled(self) -> str | None:
        """Why no rule may be filled from the skeleton of its class, in a line; None where they may."""
        trusted = set(self.pipelines) <= set(known())
        return why_not(self._backend.processing_pipeline, trusted)

    @property
    def backend(self) -> Any:
        """pySigma's backend."""
        return self._backend

    def _build(self, backend_class: Any, pipeline_check: bool, options: dict[str, Any]) -> Any:
        pipeline = resolve(self.pipelines, self.target if pipeline_check else None)
        provide_attack(backend_class)
        check_options(backend_class, self.target, pipeline, options)
        try:
            backend = backend_class(processing_pipeline=pipeline, **options)
        except UsageError:
            raise
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

        >>> from socdef_sigma import compile, read
        >>> rules = compile(read(b"192.0.2.1")).to_pysigma().rules
        >>> [queries for _, queries in Converter("sqlite").convert(rules)]
        [["SELECT * FROM logs WHERE DestinationIp='192.0.2.1'"]]
        """
        from sigma.rule import SigmaRule

        for rule in rules:
            try:
                if isinstance(rule, SigmaRule):
                    queries = self._backend.convert_rule(rule, self.format)
                else:
                    queries = self._backend.convert_correlation_rule(rule, self.format, self._method)
            except Exception as error:  # One bad rule must not cost the others, whatever its backend does.
                self.on_lost(lost_rule(rule, error))
                continue
            why = hidden_in(rule, queries, own=self._own_rules) or self._first_fault(queries)
            if why is None:
                yield rule, queries
            else:
                self.on_lost(lost_rule(rule, ValueError(why)))

    def _first_fault(self, queries: list[Any]) -> str | None:
        if self.fault is None:
            return None
        return next(filter(None, map(self.fault, queries)), None)

    def finish(self, queries: list[Any]) -> Any:
        """Put queries together in the output format.

        >>> Converter("sqlite").finish(["SELECT 1", "SELECT 2"])
        ['SELECT 1', 'SELECT 2']
        """
        try:
            return self._backend.finalize(queries, self.format)
        except ConversionError:
            raise
        except Exception as error:
            raise ConversionError(
                f"the queries cannot be put into the format '{self.format}'",
                code="format_failed",
                causes=[f"{type(error).__name__}: {error}"],
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
