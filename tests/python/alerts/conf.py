"""A reader of Splunk's `.conf` files, by the rules of its documentation and of nothing in this package.

A line that ends in a backslash goes on in the next one, and the value has the line end. A line that begins
with `#` is a comment. `[name]` begins a stanza, and `key = value` is a setting of it; spaces around both do
not count.
"""


def stanzas(text: str) -> list[tuple[str, dict[str, str]]]:
    """Each stanza with its settings, in order. Settings before the first have the name ''."""
    found: list[tuple[str, dict[str, str]]] = []
    for line in _lines(text):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            name, bracket, rest = line[1:].partition("]")
            assert (bracket, rest.strip()) == ("]", ""), f"not the head of a stanza: {line!r}"
            found.append((name, {}))
            continue
        key, equals, value = line.partition("=")
        assert equals, f"not a setting: {line!r}"
        if not found:
            found.append(("", {}))
        assert key.strip() not in found[-1][1], f"twice in a stanza: {key!r}"
        found[-1][1][key.strip()] = value.strip()
    return found


def _lines(text: str) -> list[str]:
    lines: list[str] = []
    goes_on = False
    # Splunk reads lines that end in a line feed, with or without a carriage return.
    for line in text.replace("\r\n", "\n").split("\n"):
        if goes_on:
            lines[-1] += f"\n{line}"
        else:
            lines.append(line)
        goes_on = line.endswith("\\")
        if goes_on:
            lines[-1] = lines[-1][:-1]
    return lines
