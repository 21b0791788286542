"""The `EventID` of each windows category, and the transformation that adds it."""

from collections.abc import Iterator
from dataclasses import dataclass

from sigma.conditions import SigmaCondition
from sigma.correlations import SigmaCorrelationRule
from sigma.processing.transformations.base import (
    ConditionTransformation,
    FieldMappingTransformationBase,
    ValueTransformation,
)
from sigma.processing.transformations.condition import AddConditionTransformation
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule

SYSMON_EVENT_IDS: dict[str, int | list[int]] = {
    "process_creation": 1,
    "file_change": 2,
    "network_connection": 3,
    "sysmon_status": [4, 16],
    "process_termination": 5,
    "driver_load": 6,
    "image_load": 7,
    "create_remote_thread": 8,
    "raw_access_thread": 9,
    "process_access": 10,
    "file_event": 11,
    "registry_add": 12,
    "registry_delete": 12,
    "registry_set": 13,
    "registry_rename": 14,
    "registry_event": [12, 13, 14],
    "create_stream_hash": 15,
    "pipe_created": [17, 18],
    "wmi_event": [19, 20, 21],
    "dns_query": 22,
    "file_delete": 23,
    "clipboard_capture": 24,
    "process_tampering": 25,
    "file_delete_detected": 26,
    "file_block_executable": 27,
    "file_block_shredding": 28,
    "file_executable_detected": 29,
    "sysmon_error": 255,
}
"""All of Sysmon's events: the categories and numbers of the Sigma taxonomy 2.1.0, section "Windows Folder".

https://github.com/SigmaHQ/sigma-specification/blob/v2.1.0/specification/sigma-appendix-taxonomy.md, and the
events as Sysmon lists them: https://learn.microsoft.com/sysinternals/downloads/sysmon#events
"""

# A leading underscore keeps it out of `1 of them` and `all of them`.
_NAME = "_socdef_event_id"


@dataclass
class AddEventID(ConditionTransformation):
    """Require the event id of the rule's category, unless the rule requires one already."""

    def apply(self, rule: SigmaRule | SigmaCorrelationRule) -> None:
        """Change `rule` in place."""
        if not isinstance(rule, SigmaRule):
            return
        source = rule.logsource
        # The same categories exist in other logs (4688 in `security`), with other numbers.
        if source.product != "windows" or source.service not in (None, "sysmon"):
            return
        event_id = SYSMON_EVENT_IDS.get(source.category or "")
        if event_id is None or self._is_added_later(rule):
            return
        added = SigmaDetection.from_definition({"EventID": event_id})
        self._catch_up(added)
        names = {"EventID", *_fields(added)}
        if any(
            field in names for detection in rule.detection.detections.values() for field in _fields(detection)
        ):
            return
        rule.detection.detections[_NAME] = added
        self.processing_item_applied(added)
        super().apply(rule)

    def apply_condition(self, cond: SigmaCondition) -> None:
        """Require it beside whatever the rule requires."""
        cond.condition = f"{_NAME} and ({cond.condition})" if cond.condition else _NAME

    def _catch_up(self, added: SigmaDetection) -> None:
        """Give the new field the name and type that earlier items would have given it, had it been there."""
        if self._pipeline is None:
            return
        # `applied` grows while the pipeline runs, so it ends just before this item.
        for item, applied in zip(self._pipeline.items, self._pipeline.applied, strict=False):
            transformation = item.transformation
            if applied and isinstance(transformation, FieldMappingTransformationBase | ValueTransformation):
                transformation.apply_detection(added)

    def _is_added_later(self, rule: SigmaRule) -> bool:
        """Whether a pipeline that was appended to this one, such as `sysmon`, adds an event id of its own."""
        if self._pipeline is None:
            return False
        return any(
            isinstance(item.transformation, AddConditionTransformation)
            and "EventID" in item.transformation.conditions
            and item.match_rule_conditions(rule)
            for item in self._pipeline.items[len(self._pipeline.applied) + 1 :]
        )


def _fields(detection: SigmaDetection) -> Iterator[str | None]:
    for item in detection.detection_items:
        if isinstance(item, SigmaDetectionItem):
            yield item.field
        else:
            yield from _fields(item)
