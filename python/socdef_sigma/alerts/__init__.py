"""Alerts: output formats that give what a SIEM runs on a schedule, and not only a query.

Each file of `products/` registers its formats in `FORMS`. A backend gets those of its target, beside or in
the place of its own of the same name.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import UsageError
from . import products
from .form import AlertForm, Given

if TYPE_CHECKING:
    from sigma.conversion.base import Backend

__all__ = ["AlertForm", "forms", "names", "with_alerts"]


@cache
def _registered() -> tuple[AlertForm, ...]:
    found = sorted(module.name for module in pkgutil.iter_modules(products.__path__))
    modules = [importlib.import_module(f"{products.__name__}.{name}") for name in found]
    return tuple(form for module in modules for form in getattr(module, "FORMS", ()))


def forms(target: str) -> dict[str, AlertForm]:
    """The formats of a target that give alerts, by name.

    >>> list(forms("lucene")), forms("sqlite")
    (['siem_rule_ndjson'], {})
    """
    return {form.name: form for form in _registered() if target in form.targets}


def names() -> list[str]:
    """The names of all formats that give alerts.

    >>> "savedsearches" in names()
    True
    """
    return [form.name for form in _registered()]


def with_alerts(
    target: str, backend: "type[Backend]", format: str, given: Mapping[str, Any]
) -> "type[Backend]":
    """The backend of a target, with the formats for alerts; `given` are the settings of the one in use.

        >>> from socdef_sigma.convert.backends import find
        >>> "savedsearches" in with_alerts(*find("splunk"), "savedsearches", {"schedule": "1h"}).formats
        True

    Raises `UsageError` for settings where the format does not give alerts. A setting that the format does not
    know is such an error too, when an object of the class is made.
    """
    known = forms(target)
    if given and format not in known:
        having = (
            f"those of {target} are {', '.join(known)}; `-f` names one" if known else f"{target} has none"
        )
        raise UsageError(
            f"`--alert` is for formats that give alerts, and `{format}` is not one",
            code="bad_usage",
            hint=having,
        )
    return _class(backend, known, format, given) if known else backend


def _class(
    backend: Any, known: Mapping[str, AlertForm], format: str, given: Mapping[str, Any]
) -> "type[Backend]":
    class WithAlerts(backend):  # type: ignore[misc]
        formats: ClassVar = {**backend.formats, **{name: form.title for name, form in known.items()}}

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._alert_settings = {
                name: form.settings(given if name == format else {}, self) for name, form in known.items()
            }

        def finalize_query(self, rule: Any, query: Any, index: int, state: Any, output_format: str) -> Any:
            def finish(name: str) -> Any:
                return super(WithAlerts, self).finalize_query(rule, query, index, state, name)

            form = known.get(output_format)
            if form is None:
                return finish(output_format)
            return form.query(Given(rule, index, finish, self._alert_settings[output_format]))

    for name, form in known.items():
        setattr(WithAlerts, f"finalize_output_{name}", _output(name, form))
    WithAlerts.__name__, WithAlerts.__qualname__ = backend.__name__, backend.__qualname__
    WithAlerts.__module__ = backend.__module__
    return WithAlerts


def _output(name: str, form: AlertForm) -> Any:
    def finalize_output(self: Any, queries: list[Any]) -> Any:
        return form.output(self._alert_settings[name], queries)

    return finalize_output
