"""An event in the making, and small changes of a text."""

from collections.abc import Iterator
from dataclasses import dataclass

from detect.model import Fields, Kind


@dataclass(frozen=True)
class Variant:
    """An event in the making."""

    why: str
    kind: Kind
    fields: Fields


def swapped(text: str) -> str:
    """A text in another case: every second letter the other way round."""
    return "".join(char.swapcase() if at % 2 == 0 else char for at, char in enumerate(text))


def changed(text: str) -> Iterator[tuple[str, str]]:
    """The text with something that no engine may take for a wildcard, but might, in another way."""
    for name, mark, other in (
        ("a question mark", "?", "x"),
        ("an asterisk", "*", "xyz"),
        ("a percent sign", "%", "xyz"),
        ("an underscore", "_", "x"),
        ("a backslash", "\\", "x"),
        ("a dot", ".", "x"),
        ("a bracket", "[", "x"),
    ):
        if mark in text:
            yield f"no wildcard for {name}", text.replace(mark, other, 1)
