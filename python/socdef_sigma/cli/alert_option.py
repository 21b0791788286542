"""`--alert`, which says what alerts are like: for all commands that convert."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from ..alerts import names
from ..alerts.settings import OFF, WORDS
from ..errors import UsageError
from .base import option

__all__ = ["alert_option", "alert_settings"]

_F = TypeVar("_F", bound=Callable[..., Any])


def alert_option() -> Callable[[_F], _F]:
    """Settings of alerts."""
    return option(
        "Conversion",
        "--alert",
        metavar="KEY=VALUE|off",
        multiple=True,
        shell_complete=_complete,
        help=f"A setting of alerts, for the formats {', '.join(names())}: schedule=1h, window=70m, "
        "severity=high, throttle=1d, throttle_fields=src_ip,host, threshold=5, enabled=no, or one of "
        "Splunk's own such as action.email.to=soc@example.com. Can be given several times. `off` gives the "
        "format as the backend has it. [default: see docs/into-your-siem.md]",
    )


def alert_settings(given: Sequence[str]) -> dict[str, str] | bool:
    """The settings by name; False for `off`.

    >>> alert_settings(["schedule=1h", "severity=high"]), alert_settings(["off"])
    ({'schedule': '1h', 'severity': 'high'}, False)
    """
    if OFF in given:
        if len(given) > 1:
            raise UsageError("`--alert off` stands alone", code="bad_usage")
        return False
    settings: dict[str, str] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise UsageError(
                f"`--alert {text}` does not have the form KEY=VALUE",
                code="bad_usage",
                hint="such as `--alert schedule=1h`; `--alert off` turns alerts off",
            )
        settings[key.strip()] = value
    return settings


def _complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[Any]:
    from click.shell_completion import CompletionItem

    known = [*(f"{word}=" for word in WORDS), OFF]
    return [CompletionItem(name) for name in known if name.startswith(incomplete)]
