"""What a product's file registers, and what it is given for each rule."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from .settings import Settings

if TYPE_CHECKING:
    from sigma.correlations import SigmaCorrelationRule
    from sigma.rule import SigmaRule

__all__ = ["AlertForm", "Given"]


class AlertForm(NamedTuple):
    """An output format that gives alerts: one value, registered by the name `FORMS` in a file of `products/`.

    >>> from socdef_sigma.alerts import forms
    >>> forms("splunk")["savedsearches"].ending
    'conf'
    """

    name: str
    """The name that `--format` has for it."""
    title: str
    """What it is, in a line."""
    targets: tuple[str, ...]
    """The targets that have it, by their names in `convert`."""
    ending: str
    """The ending of a file with it, without a dot."""
    settings: "Callable[[Mapping[str, Any], Any], Settings]"
    """The settings from what was given, and from the backend that was made with its options."""
    query: "Callable[[Given], dict[str, Any]]"
    """What the output needs of one rule: values as they are, for `output` to write."""
    output: Callable[[Settings, list[dict[str, Any]]], Any]
    """The whole output: text, or a dictionary or a list of them, which become JSON."""
    fault: Callable[[dict[str, Any]], str | None] = lambda alert: None
    """Why the product does not take what `query` gave, in a line; None where it does."""


@dataclass(frozen=True)
class Given:
    """A rule after its pipelines, the text of its query, and the settings."""

    rule: "SigmaRule | SigmaCorrelationRule"
    index: int
    """Which of the rule's queries it is; most have one."""
    finish: Callable[[str], Any]
    """The query as the backend finishes it for one of its own formats."""
    settings: Settings

    def id(self, query: Any) -> str:
        """The rule's id, and another for each further query. A rule without an id gets one of its query."""
        own = self.rule.id or uuid.uuid5(uuid.NAMESPACE_URL, f"urn:sigma:{self.rule.title}:{query}")
        return str(uuid.uuid5(own, str(self.index)) if self.index else own)

    @property
    def title(self) -> str:
        """The rule's title, with a number for each further query of a rule."""
        title = self.rule.title or "Sigma rule"
        return f"{title} ({self.index + 1})" if self.index else title

    @property
    def level(self) -> str:
        """The level, in lower case; `medium` where neither the settings nor the rule has one."""
        if self.settings.severity is not None:
            return self.settings.severity
        return self.rule.level.name.lower() if self.rule.level else "medium"

    @property
    def window(self) -> int:
        """How far back a run looks, in minutes: if not given, over a correlation's timespan too."""
        span = getattr(self.rule, "timespan", None)
        if span is None or self.settings.given_window is not None:
            return self.settings.window
        return max(self.settings.window, int(span.seconds + 59) // 60 + self.settings.schedule)

    @property
    def fields(self) -> list[str]:
        """The fields that the rule shows, by the names of the target."""
        return list(getattr(self.rule, "fields", None) or [])

    @property
    def attack(self) -> tuple[list[str], list[str]]:
        """The tactics (`command-and-control`) and the techniques (`T1071.001`) of the rule's tags."""
        tags = [tag.name.lower() for tag in self.rule.tags if tag.namespace == "attack"]
        techniques = [name.upper() for name in tags if name[:1] == "t" and name[1:5].isdigit()]
        tactics = [name.replace("_", "-") for name in tags if name.upper() not in techniques]
        return list(dict.fromkeys(tactics)), list(dict.fromkeys(techniques))

    @property
    def indicator(self) -> dict[str, str]:
        """`value`, `type`, `confidence` and `source` of the indicator, as far as the rule says them.

        The source is the producers of the feeds with the names of the feeds; without these the author of the
        rule, who is this package where the feed names nobody.
        """
        said = getattr(self.rule, "custom_attributes", {}).get("socdef")
        if not isinstance(said, dict):
            return {}
        found = {name: str(said[name]) for name in ("value", "type", "confidence") if said.get(name)}
        names = [_source(one) for one in said.get("sources") or []]
        author = _one_line(self.rule.author or "").removeprefix("socdef-sigma")
        source = ", ".join(dict.fromkeys(filter(None, names))) or author or "unknown"
        return {**found, "source": source[:256]}


def _source(said: Any) -> str:
    parts = [said.get("producer"), said.get("feed_name")] if isinstance(said, dict) else [said]
    return ": ".join(dict.fromkeys(_one_line(str(part)) for part in parts if part))


def _one_line(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
