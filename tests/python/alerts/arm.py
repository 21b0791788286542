"""What Azure Resource Manager makes of a template, as far as its documentation says it of texts.

A text that begins with `[` and ends with `]` is an expression, unless it begins with `[[`: then it is the
text without the first bracket.
"""

from typing import Any


def evaluated(value: Any) -> tuple[Any, list[str]]:
    """The value as the service sees it, and the expressions that it was given, which stay as they are."""
    found: list[str] = []

    def visit(one: Any) -> Any:
        if isinstance(one, dict):
            return {key: visit(item) for key, item in one.items()}
        if isinstance(one, list):
            return [visit(item) for item in one]
        if isinstance(one, str) and one.startswith("[") and one.endswith("]"):
            if one.startswith("[["):
                return one[1:]
            found.append(one)
        return one

    return visit(value), found
