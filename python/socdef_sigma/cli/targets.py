"""The targets and backend options of `convert`."""

import textwrap
from collections.abc import Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem

from ..alerts import forms
from ..convert.backends import ALIASES, TARGETS, Backends, find, listing
from ..convert.pipelines import default_for, defaults, known
from ..errors import ConversionError
from .console import print_table, say
from .templates import table

__all__ = [
    "KeyValue",
    "backend_options",
    "complete_format",
    "complete_pipeline",
    "complete_target",
    "print_targets",
]


class KeyValue(click.ParamType):  # type: ignore[type-arg, unused-ignore]  # generic from click 8.5
    """`key=value`; a value that is a whole number becomes one, as in `sigma convert`."""

    name = "key=value"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Any]:
        """Take it apart."""
        if isinstance(value, tuple):
            return value
        key, equals, text = str(value).partition("=")
        if not equals:
            self.fail(f"value '{value}' has not format key=value", param, ctx)
        try:
            return key, int(text)
        except ValueError:
            return key, text


def backend_options(given: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The options by name; one that is given several times becomes a list.

    >>> backend_options([("index_names", "a"), ("index_names", "b"), ("schedule_interval", 5)])
    {'index_names': ['a', 'b'], 'schedule_interval': 5}
    """
    merged: dict[str, list[Any]] = {}
    for key, value in given:
        merged.setdefault(key, []).append(value)
    return {key: values[0] if len(values) == 1 else values for key, values in merged.items()}


def print_targets() -> None:
    """List all targets, whether each is installed, and what to install for the others."""
    try:
        installed = listing()
    except ConversionError:  # Without pySigma nothing is installed; the list says what to install.
        installed = Backends({}, {})
    rows = [("TARGET", "QUERY LANGUAGE", "INSTALLED", "NEEDS -p", "WITHOUT -p")]
    for name in sorted(
        {*TARGETS, *installed.classes}, key=lambda name: (name not in installed.classes, name)
    ):
        backend = installed.classes.get(name)
        language = TARGETS[name].language if name in TARGETS else str(getattr(backend, "name", ""))
        if backend is not None:
            needed = bool(backend.requires_pipeline)
            chosen = default_for(name, name, needed) or "none"
            rows.append((name, language, "yes", "yes" if needed else "no", chosen))
        else:
            rows.append(
                (name, language, f"pip install '{TARGETS[name].package}'", "", defaults().get(name, ""))
            )
    aliases = ", ".join(f"{alias} = {target}" for alias, target in ALIASES.items())
    others = textwrap.fill(f"Other names: {aliases}, qradar = the installed one of its backends", 80)
    print_table(f"{table(rows)}\n{others}\n")
    for module, reason in installed.broken.items():
        say(f"sigma.backends.{module} cannot be imported: {reason}")


def complete_target(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The known targets that begin so."""
    names = sorted([*TARGETS, *ALIASES, "qradar", "list"])
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def complete_format(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The formats of the target that is named before, if it is installed."""
    try:
        given = context.params.get("target") or "".join(context.params.get("targets") or ())
        target, backend = find(given)
    except ConversionError:
        return []
    alerts = {name: form.title for name, form in forms(target).items()}
    return [
        CompletionItem(name, help=words)
        for name, words in {**backend.formats, **alerts}.items()
        if name.startswith(incomplete)
    ]


def complete_pipeline(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The known pipelines that begin so; else files."""
    names = [name for name in sorted([*known(), "none"]) if name.startswith(incomplete)]
    return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]
