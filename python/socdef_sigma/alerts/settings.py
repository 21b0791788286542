"""What `--alert KEY=VALUE` sets: one set of words for every product, each with its own defaults.

A key that is not one of these words is a setting of the product itself, where it has such settings.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ..errors import UsageError
from ..near import did_you_mean

__all__ = ["LEVELS", "OFF", "WORDS", "Settings", "iso", "minutes", "read", "short"]

OFF = "off"
"""The value that turns a setting off; alone, it turns alerts off."""

LEVELS = ("informational", "low", "medium", "high", "critical")
"""The levels of Sigma, which are the words for `severity` too."""

_UNITS = {"m": 1, "h": 60, "d": 1440}


def minutes(text: str) -> int:
    """A duration such as `15m`, `1h` or `1d`, in minutes.

        >>> minutes("1h"), minutes("2d")
        (60, 2880)

    Raises `ValueError` for other texts, and for a duration of nothing.
    """
    found = re.fullmatch(r"([1-9][0-9]{0,5})([mhd])", text)
    if found is None:
        raise ValueError(f"`{text}` is not a duration such as 15m, 1h or 1d")
    return int(found[1]) * _UNITS[found[2]]


def short(duration: int) -> str:
    """A duration of minutes in the largest unit that it is a whole number of.

    >>> short(60), short(70), short(2880)
    ('1h', '70m', '2d')
    """
    unit = next(unit for unit in ("d", "h", "m") if duration % _UNITS[unit] == 0)
    return f"{duration // _UNITS[unit]}{unit}"


def iso(duration: int) -> str:
    """A duration of minutes in the format of ISO 8601.

    >>> iso(60), iso(70), iso(2880), iso(1500)
    ('PT1H', 'PT1H10M', 'P2D', 'P1DT1H')
    """
    days, rest = divmod(duration, 1440)
    parts = "".join(f"{count}{unit}" for count, unit in zip(divmod(rest, 60), "HM", strict=True) if count)
    return f"P{f'{days}D' if days else ''}{f'T{parts}' if parts else ''}"


@dataclass(frozen=True)
class Settings:
    """What an alert is like. A product's own defaults are a value of this class.

    >>> read({"schedule": "15m"}, Settings(overlap=10)).window
    25
    """

    schedule: int = 60
    """How often it runs, in minutes."""
    cron: str | None = None
    """The schedule as a cron expression, where it was given as one."""
    given_window: int | None = None
    """How far back each run looks, in minutes, where it was given."""
    overlap: int = 0
    """How far a run looks back behind the run before it, in minutes, where no window is given."""
    severity: str | None = None
    """One of `LEVELS` for every rule; None for the level of each."""
    throttle: int | None = None
    """How long the same match stays one alert, in minutes; None for no such limit."""
    throttle_fields: tuple[str, ...] | None = None
    """The fields that make a match the same; None for those of each rule."""
    threshold: int = 0
    """An alert is raised by more results than this."""
    enabled: bool = True
    """Whether the alert runs as soon as the product has it."""
    own: Mapping[str, str] = field(default_factory=dict)
    """The product's own settings, by name."""

    @property
    def window(self) -> int:
        """How far back each run looks, in minutes."""
        return self.schedule + self.overlap if self.given_window is None else self.given_window


def _schedule(text: str) -> dict[str, Any]:
    if len(text.split()) == 5:
        if not re.fullmatch(r"[0-9*/,\- A-Za-z]+", text):
            raise ValueError(f"`{text}` is not a cron expression")
        return {"cron": " ".join(text.split())}
    return {"schedule": minutes(text), "cron": None}


def _severity(text: str) -> dict[str, Any]:
    if text.lower() not in LEVELS:
        raise ValueError(f"`{text}` is not one of {', '.join(LEVELS)}")
    return {"severity": text.lower()}


def _fields(text: str) -> dict[str, Any]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names or not all(re.fullmatch(r"[\w.@:{}\-]+", name) for name in names):
        raise ValueError(f"`{text}` is not a list of fields such as src_ip,user")
    return {"throttle_fields": names}


def _threshold(text: str) -> dict[str, Any]:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError(f"`{text}` is not a number of results")
    return {"threshold": int(text)}


def _enabled(text: str) -> dict[str, Any]:
    words = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, OFF: False}
    if text.lower() not in words:
        raise ValueError(f"`{text}` is not yes or no")
    return {"enabled": words[text.lower()]}


_WORDS: dict[str, Callable[[str], dict[str, Any]]] = {
    "schedule": _schedule,
    "window": lambda text: {"given_window": minutes(text)},
    "severity": _severity,
    "throttle": lambda text: {"throttle": None if text == OFF else minutes(text)},
    "throttle_fields": _fields,
    "threshold": _threshold,
    "enabled": _enabled,
}


WORDS = tuple(_WORDS)
"""The words for settings that every product has."""


def read(
    given: Mapping[str, Any],
    defaults: Settings,
    *,
    without: Iterable[str] = (),
    is_own: Callable[[str], bool] = lambda name: False,
) -> Settings:
    """The settings that were given, over the defaults of a product.

        >>> read({"severity": "high"}, Settings()).severity
        'high'

    `without` are words that the product has nothing for, `is_own` says whether a name is one of its own
    settings. Raises `UsageError` for a key or a value that it does not know.
    """
    words = {name: word for name, word in _WORDS.items() if name not in set(without)}
    values = {one.name: getattr(defaults, one.name) for one in fields(defaults)}
    own = dict(defaults.own)
    for name, value in given.items():
        text = str(value).strip()
        if any(ord(character) < 32 or ord(character) == 127 for character in text):
            raise UsageError(f"`--alert {name}` has a control character in its value", code="bad_usage")
        if name in words:
            try:
                values.update(words[name](text))
            except ValueError as error:
                raise UsageError(f"`--alert {name}`: {error}", code="bad_usage") from error
        elif is_own(name):
            own[name] = text
        else:
            raise _unknown(name, words)
    settings = Settings(**{**values, "own": own})
    if settings.cron is None and settings.window < settings.schedule:
        window, schedule = short(settings.window), short(settings.schedule)
        raise UsageError(
            f"`--alert window`: {window} is less than the schedule, {schedule}",
            code="bad_usage",
            hint="no run would look at a part of the time",
        )
    return settings


def _unknown(name: str, words: Iterable[str]) -> UsageError:
    words = list(words)
    meant = did_you_mean(name, words, 1)
    return UsageError(
        f"`--alert` has no key `{name}` for this format",
        code="bad_usage",
        hint=f"{meant}{' ' if meant else ''}the keys are {', '.join(words)}",
    )
