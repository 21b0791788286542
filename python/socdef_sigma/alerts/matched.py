"""Which fields every match of a rule has, and which of them it compares."""

from typing import Any

__all__ = ["compared", "matched"]


def matched(rule: Any, index: int) -> list[str]:
    """The fields that every event has which matches a condition of the rule, after its pipelines.

    >>> from socdef_sigma import compile, read
    >>> [rule] = compile(read(b"192.0.2.1")).to_pysigma().rules
    >>> matched(rule, 0)
    ['DestinationIp']
    """
    return _required(rule.detection.parsed_condition[index].parsed)


def _required(condition: Any) -> list[str]:
    from sigma.conditions import ConditionAND, ConditionFieldEqualsValueExpression, ConditionOR
    from sigma.types import SigmaExists, SigmaNull

    if isinstance(condition, ConditionFieldEqualsValueExpression):
        # These match what lacks the field.
        return [] if isinstance(condition.value, (SigmaNull, SigmaExists)) else [condition.field]
    if isinstance(condition, ConditionAND):
        return list(dict.fromkeys(field for part in condition.args for field in _required(part)))
    if isinstance(condition, ConditionOR):
        first, *others = [_required(part) for part in condition.args]
        return [field for field in dict.fromkeys(first) if all(field in other for other in others)]
    return []


def compared(rule: Any) -> list[str]:
    """All fields that the rule compares, in their order.

    >>> from socdef_sigma import compile, read
    >>> [rule] = compile(read(b"192.0.2.1")).to_pysigma().rules
    >>> compared(rule)
    ['DestinationIp']
    """
    found: dict[str, None] = {}

    def visit(items: Any) -> None:
        for item in items:
            if hasattr(item, "detection_items"):
                visit(item.detection_items)
            elif item.field:
                found.setdefault(item.field)

    visit(rule.detection.detections.values())
    return list(found)
