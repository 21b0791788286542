"""The rules of a run, counted by what readers ask for."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._core import _Numbers

__all__ = ["LEVELS", "NO_LEVEL", "NO_TACTIC", "OTHERS", "by", "by_level", "by_tactic"]

LEVELS = ("critical", "high", "medium", "low", "informational")
NO_LEVEL = "none stated"
NO_TACTIC = "none cited"
OTHERS = "others"


def by(numbers: "_Numbers", part: str) -> list[tuple[str, Mapping[str, int]]]:
    """The rules by `type` or `log_source`, each by level, the most first."""
    found: dict[str, dict[str, int]] = {}
    for group in numbers["groups"]:
        levels = found.setdefault(str(group[part]), {})  # type: ignore[literal-required]
        level = group["level"] or NO_LEVEL
        levels[level] = levels.get(level, 0) + group["rules"]
    return sorted(found.items(), key=lambda row: (-sum(row[1].values()), row[0]))


def by_level(numbers: "_Numbers") -> list[tuple[str, int]]:
    """The rules by level, the most urgent first."""
    found: dict[str, int] = {}
    for group in numbers["groups"]:
        level = group["level"] or NO_LEVEL
        found[level] = found.get(level, 0) + group["rules"]
    return [(level, found[level]) for level in (*LEVELS, NO_LEVEL) if level in found]


def by_tactic(numbers: "_Numbers") -> list[tuple[str, int]]:
    """The rules by tactic, the most first; then those that cite none."""
    rows = sorted(
        ((row["tactic"], row["rules"]) for row in numbers["tactics"]), key=lambda row: (-row[1], row[0])
    )
    rest = ((OTHERS, numbers["other_tactics"]), (NO_TACTIC, numbers["without_tactic"]))
    return rows + [row for row in rest if row[1]]
