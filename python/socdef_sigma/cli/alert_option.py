"""`--alert`, which says what alerts are like: for all commands that convert."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from ..errors import UsageError
from .base import option

__all__ = ["alert_option", "alert_settings"]

_F = TypeVar("_F", bound=Callable[..., Any])

_OFF = "off"


def alert_option() -> Callable[[_F], _F]:
    """Settings of alerts."""
    return option(
        "Conversion",
        "--alert",
        metavar="KEY=VALUE|off",
        multiple=True,
        shell_complete=_complete,
        help="A setting of alerts, for the formats savedsearches, analytics_rule, analytics_rule_yaml and "
        "siem_rule_ndjson: schedule=1h, window=70m, severity=high, throttle=1d, throttle_fields=src_ip,host, "
        "threshold=5, enabled=no, or a setting of savedsearches.conf such as action.email.to=soc@example.com. "
        "Can be given several times. `off` gives the format as the backend has it. [default: see "
        "docs/into-your-siem.md]",
    )


def alert_settings(given: Sequence[str]) -> dict[str, str] | bool:
    """The settings by name; False for `off`.

    >>> alert_settings(["schedule=1h", "severity=high"]), alert_settings(["off"])
    ({'schedule': '1h', 'severity': 'high'}, False)
    """
    if _OFF in given:
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

    names = ("schedule", "window", "severity", "throttle", "throttle_fields", "threshold", "enabled")
    known = [*(f"{name}=" for name in names), _OFF]
    return [CompletionItem(name) for name in known if name.startswith(incomplete)]
