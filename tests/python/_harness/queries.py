"""The query of one indicator in the words of a target."""

import json

import socdef_sigma
from socdef_sigma.convert import LostRule, convert


def query(value: str, log_source: str, target: str, pipeline: str, format: str | None = None) -> str:
    """The one query of an indicator, or `refused: ` and the reason."""
    indicator = json.dumps({"type": "email" if "@" in value else None, "value": value, "tags": ["exploit"]})
    indicators = socdef_sigma.read(indicator.replace('"type": null, ', "").encode())
    rules = socdef_sigma.compile(indicators, logsources=[log_source], now="2026-05-17")
    lost: list[LostRule] = []
    made = convert(rules, target, pipelines=[pipeline], format=format, on_lost=lost.append)
    if lost:
        return f"refused: {lost[0].reason}"
    (text,) = made
    return str(text)
