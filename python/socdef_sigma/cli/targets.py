"""The targets and backend options of `convert`."""

from typing import Any

import click
from click.shell_completion import CompletionItem

from ..alerts import forms
from ..convert.backends import ALIASES, TARGETS, Backends, find, listing
from ..convert.pipelines import default_for, defaults, known
from ..errors import ConversionError
from .console import print_table, say
from .templates import table

__all__ = ["KeyValue", "complete_format", "complete_pipeline", "complete_target", "print_targets"]


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
    print_table(f"{table(rows)}\nOther names: {aliases}, qradar = the installed one of its backends\n")
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
        target, backend = find(context.params.get("target") or "")
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
