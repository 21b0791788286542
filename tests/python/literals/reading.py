"""What PyYAML (both its loaders) and pySigma read in a rule."""

from typing import Any

import yaml
from sigma.collection import SigmaCollection
from sigma.modifiers import SigmaContainsModifier, SigmaEndswithModifier
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule
from sigma.types import SigmaCIDRExpression, SigmaString, SpecialChars

import socdef_sigma
from literals.forms import Fields, Selections

NOW = "2026-05-17"
"""The day on which the rules are made."""

STAR = SpecialChars.WILDCARD_MULTI


def plain(item: SigmaDetectionItem, value: object) -> str:
    """The literal of one value of a detection item; anything that is a wildcard of its own is an error."""
    if isinstance(value, SigmaCIDRExpression):
        return value.cidr
    assert isinstance(value, SigmaString)
    parts = list(value.s)
    if SigmaContainsModifier in item.modifiers or SigmaEndswithModifier in item.modifiers:
        assert parts.pop(0) == STAR
    if SigmaContainsModifier in item.modifiers:
        assert parts.pop() == STAR
    (text,) = parts
    assert isinstance(text, str)
    return text


def selections_of(rule: SigmaRule) -> Selections:
    """The selections as pySigma understands them."""

    def alternatives(detection: SigmaDetection) -> list[Fields]:
        nested = [item for item in detection.detection_items if isinstance(item, SigmaDetection)]
        if nested:
            assert len(nested) == len(detection.detection_items)
            return [fields for item in nested for fields in alternatives(item)]
        return [[field(item) for item in detection.detection_items if isinstance(item, SigmaDetectionItem)]]

    def field(item: SigmaDetectionItem) -> tuple[str, list[str]]:
        names = [
            modifier.__name__.removeprefix("Sigma").removesuffix("Modifier").lower()
            for modifier in item.modifiers
        ]
        assert item.field is not None
        return "|".join([item.field, *names]), [plain(item, value) for value in item.value]

    return {name: alternatives(detection) for name, detection in rule.detection.detections.items()}


def read_one(text: str) -> dict[str, Any]:
    """The one document of a YAML text, the same by both of PyYAML's loaders."""
    (document,) = yaml.safe_load_all(text)
    if hasattr(yaml, "CSafeLoader"):
        assert list(yaml.load_all(text, Loader=yaml.CSafeLoader)) == [document]
    assert isinstance(document, dict)
    return document


def pysigma_rule(text: str) -> SigmaRule:
    """The one rule of a YAML text, as pySigma reads it."""
    (rule,) = SigmaCollection.from_yaml(text).rules
    assert isinstance(rule, SigmaRule)
    assert rule.errors == []
    return rule


def compile_one(indicator: socdef_sigma.Indicator) -> socdef_sigma.Rule:
    """The one rule of an indicator."""
    # Documentation ranges aside, random addresses are private at times.
    (rule,) = socdef_sigma.compile([indicator], now=NOW, guard=False)
    return rule
