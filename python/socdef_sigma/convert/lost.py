"""Rules that did not become queries."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sigma.correlations import SigmaCorrelationRule
    from sigma.rule import SigmaRule

    AnyRule = SigmaRule | SigmaCorrelationRule

__all__ = ["LostRule", "lost_rule"]


@dataclass(frozen=True)
class LostRule:
    """A rule that did not become a query.

    >>> from socdef_sigma import compile, read
    >>> lost = []
    >>> len(compile(read(b"192.0.2.1")).convert("sqlite", on_lost=lost.append)), lost
    (1, [])
    >>> LostRule("A Rule", None, "no such field", "rules.yml").place
    'rules.yml'
    """

    title: str
    """The rule's title."""
    id: str | None
    """The rule's id, where it has one."""
    reason: str
    """Why, in the backend's words."""
    place: str | None = None
    """The file of the rule, where it was read from one."""

    def as_dict(self) -> dict[str, str]:
        """The entry of the report.

        >>> LostRule("A Rule", None, "no such field").as_dict()
        {'title': 'A Rule', 'reason': 'no such field'}
        """
        parts = {"title": self.title, "id": self.id, "reason": self.reason, "file": self.place}
        return {name: part for name, part in parts.items() if part is not None}


def lost_rule(rule: "AnyRule", error: Exception) -> LostRule:
    """The rule that a backend refused with an error."""
    # The Databricks backend gives the message in the place of the rule.
    misplaced = getattr(error, "rule", None)
    text = str(error.args[0]) if error.args else type(error).__name__
    if not error.args and isinstance(misplaced, str):
        text = misplaced
    # pySigma adds this to errors that are not its own.
    text = " ".join(text.split(" (while ", 1)[0].split())
    if isinstance(error, NotImplementedError):
        text = f"feature required for conversion is not supported by the backend: {text}"
    return LostRule(
        title=rule.title or "without a title",
        id=str(rule.id) if rule.id else None,
        reason=text,
        place=str(rule.source.path) if rule.source else None,
    )
