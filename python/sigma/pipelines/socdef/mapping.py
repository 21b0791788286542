"""The transformation that carries a rule into the words of a target, and the one that writes its table."""

from dataclasses import dataclass
from typing import Any

from sigma.conditions import SigmaCondition
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaTransformationError
from sigma.processing.postprocessing import QueryPostprocessingTransformation
from sigma.processing.transformations.base import ConditionTransformation
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule

from .forms import NoTargetField, apply
from .tables import Entry, Table, load
from .values import forms_of

__all__ = ["MapLogSource", "WriteTable"]

# A leading underscore keeps it out of `1 of them` and `all of them`.
_NAME = "_socdef_log_source"
TABLE = "query_table"
"""The key of the pipeline's state for what stands before a query, as in Kusto's own pipelines."""


@dataclass
class MapLogSource(ConditionTransformation):
    """Map fields and values of a rule by the table of this name, or refuse the rule by name."""

    table: str = ""

    def apply(self, rule: SigmaRule | SigmaCorrelationRule) -> None:
        """Change `rule` in place. Raises `SigmaTransformationError` where the target has no place for it."""
        if not isinstance(rule, SigmaRule):
            raise SigmaTransformationError(
                f"{self.table} does not map the fields of correlation rules, only those of the rules in them"
            )
        if self.processing_item is not None and rule.was_processed_by(self.processing_item.identifier or ""):
            return
        table = load(self.table)
        entry = self._entry(table, rule)
        in_model = self._variables.get("output_format") == "data_model"
        self._used: set[str] = set()
        for name in [name for name in entry.without if name in rule.detection.detections]:
            del rule.detection.detections[name]
        for detection in rule.detection.detections.values():
            self._map(detection, table, entry, in_model)
        shown = _shown(entry)
        rule.fields = list(dict.fromkeys(shown[field] for field in rule.fields if field in shown))
        self._set_state(table, entry, in_model)
        if entry.conditions and not in_model:
            added = SigmaDetection.from_definition(entry.conditions)
            rule.detection.detections[_NAME] = added
            self.processing_item_applied(added)
            super().apply(rule)
        elif self.processing_item is not None:
            rule.add_applied_processing_item(self.processing_item)

    def apply_condition(self, cond: SigmaCondition) -> None:
        """Require what makes the events those of the log source."""
        cond.condition = f"{_NAME} and ({cond.condition})" if cond.condition else _NAME

    @property
    def _variables(self) -> dict[str, Any]:
        return {} if self._pipeline is None else self._pipeline.vars

    def _entry(self, table: Table, rule: SigmaRule) -> Entry:
        entry = table.entry(rule.logsource)
        if entry is None:
            raise SigmaTransformationError(
                f"{table.name} has no log source `{_label(rule)}`: it maps those of the built-in templates; "
                "`-p none` or a pipeline of your own converts the rule"
            )
        if entry.refused:
            instead = f"; {entry.instead}" if entry.instead else ""
            raise SigmaTransformationError(
                f"{table.name} has no place for `{_label(rule)}`: {entry.refused}{instead}"
            )
        return entry

    def _map(self, detection: SigmaDetection, table: Table, entry: Entry, in_model: bool) -> None:
        dataset = f"{entry.table.partition('.')[2]}." if in_model else ""
        settings = {**table.settings, "backend": str(self._variables.get("backend", ""))}
        for number, item in enumerate(detection.detection_items):
            if isinstance(item, SigmaDetection):
                self._map(item, table, entry, in_model)
                continue
            mapped = entry.fields.get(item.field or "")
            if mapped is None:
                raise SigmaTransformationError(_no_field(table, entry, item))
            try:
                made = apply(item, mapped, lambda column: f"{dataset}{column}", settings)
            except NoTargetField as error:
                raise SigmaTransformationError(
                    f"{table.name} has no place for a value in `{entry.label}`: {error}"
                ) from error
            # What the schema has in lower case needs no function that keeps the target from its index.
            if not mapped.options.get("lower"):
                forms_of(settings["backend"]).write(made)
            self._used.update(mapped.all_columns)
            detection.detection_items[number] = made
            self.processing_item_applied(made)

    def _set_state(self, table: Table, entry: Entry, in_model: bool) -> None:
        if self._pipeline is None:
            return
        if in_model:
            dataset = entry.table.partition(".")[2]
            columns = dict.fromkeys([*_columns(entry), *entry.output.values()])
            self._pipeline.state["data_model_set"] = entry.table
            self._pipeline.state["fields"] = [f"{dataset}.{column}" for column in columns]
        elif entry.prefix:
            first, *more = entry.prefix.split("\n")
            variants = table.settings.get("variants", {})
            chosen = variants.get(self._variables.get(variants.get("variable")), {})
            # What a rule does not ask for need not be calculated.
            needed = [line for line in more if line.split()[2] in self._used]
            self._pipeline.state[TABLE] = "\n".join([chosen.get(first, first), *needed])


def _label(rule: SigmaRule) -> str:
    source = rule.logsource
    return "/".join(part for part in (source.category, source.product, source.service) if part)


def _columns(entry: Entry) -> list[str]:
    return [column for mapped in entry.fields.values() for column in mapped.all_columns]


def _shown(entry: Entry) -> dict[str, str]:
    """The column of each field that may be shown."""
    first = {name: mapped.all_columns[0] for name, mapped in entry.fields.items()}
    return {**first, **entry.output}


def _no_field(table: Table, entry: Entry, item: SigmaDetectionItem) -> str:
    if item.field is None:
        return f"{table.name} has no place for keywords: `{entry.label}` can only be searched by field"
    why = entry.missing.get(item.field)
    return (
        f"{table.name} has no column for `{item.field}` of `{entry.label}`"
        f"{f': {why}' if why else ''}; its fields are {', '.join(entry.fields)}"
    )


@dataclass
class WriteTable(QueryPostprocessingTransformation):
    """Write the table before the conditions: `Table | where …`, as Kusto has it."""

    def apply(self, rule: SigmaRule | SigmaCorrelationRule, query: str) -> str:
        """The query with its table, where the pipeline has set one and no other has written it."""
        table = None if self._pipeline is None else self._pipeline.state.get(TABLE)
        if table is None or query.startswith(f"{table}\n| where "):
            return query
        return f"{table}\n| where {query}"
