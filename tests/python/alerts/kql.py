"""A reader of KQL's string literals, by its documentation."""

import re

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_LITERAL = re.compile(r'@"(?:[^"]|"")*"|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'')


def literals(query: str) -> tuple[str, list[str]]:
    """The query with `$` for each literal, and the value of each. Quotes that no literal has are an error."""
    values: list[str] = []

    def take(found: re.Match[str]) -> str:
        values.append(_value(found[0]))
        return "$"

    rest = _LITERAL.sub(take, query)
    assert '"' not in rest, f"a quote is not closed: {query!r}"
    return rest, values


def _value(literal: str) -> str:
    if literal.startswith("@"):
        return literal[2:-1].replace('""', '"')
    units = re.sub(
        r"\\(?:u([0-9a-fA-F]{4})|(.))",
        lambda found: chr(int(found[1], 16)) if found[1] else _ESCAPES.get(found[2], found[2]),
        literal[1:-1],
    )
    # Two escapes may be one character.
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
