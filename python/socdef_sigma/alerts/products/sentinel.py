"""Microsoft Sentinel: scheduled analytics rules, as an ARM template or as YAML like that of Azure-Sentinel.

The properties are those of Microsoft.SecurityInsights/alertRules, 2024-09-01 (Azure/azure-rest-api-specs).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ...errors import ConversionError, UsageError
from ..form import AlertForm, Given
from ..matched import compared
from ..sentinel_entities import columns_of, entities
from ..settings import Settings, iso, read, short

__all__ = ["FORMS"]

API_VERSION = "2024-09-01"

MOST_CHARACTERS = 10_000
"""The longest query of an analytics rule: https://learn.microsoft.com/azure/sentinel/sentinel-service-limits"""
MOST_RESOURCES = 800
"""The most resources of a template: https://learn.microsoft.com/azure/azure-resource-manager/templates/best-practices"""

_DEFAULTS = Settings(schedule=60, overlap=10, throttle=1440)
# https://learn.microsoft.com/azure/sentinel/scheduled-rules-overview
_SHORTEST, _LONGEST = 5, 14 * 1440

_TACTICS = {
    re.sub("(?!^)([A-Z])", r"-\1", name).lower(): name
    for name in (
        "Reconnaissance",
        "ResourceDevelopment",
        "InitialAccess",
        "Execution",
        "Persistence",
        "PrivilegeEscalation",
        "DefenseEvasion",
        "CredentialAccess",
        "Discovery",
        "LateralMovement",
        "Collection",
        "Exfiltration",
        "CommandAndControl",
        "Impact",
        "ImpairProcessControl",
        "InhibitResponseFunction",
    )
}
"""The tactics of Sentinel by their names in tags: `command-and-control`."""

_DETAILS = {
    "value": "Indicator",
    "type": "IndicatorType",
    "confidence": "IndicatorConfidence",
    "source": "IndicatorSource",
}
"""Custom details, and the columns that hold them: at most 20, of at most 20 characters."""


def _settings(given: Mapping[str, Any], backend: Any) -> Settings:
    settings = read(given, _DEFAULTS, without=["throttle_fields"])
    if settings.cron is not None:
        raise UsageError(
            "`--alert schedule`: Sentinel takes no cron expression",
            code="bad_usage",
            hint="it runs a rule at intervals such as 15m, 1h or 1d",
        )
    for name, value in (("schedule", settings.schedule), ("window", settings.window)):
        if not _SHORTEST <= value <= _LONGEST:
            raise UsageError(
                f"`--alert {name}`: Sentinel takes 5m to 14d, not {short(value)}", code="bad_usage"
            )
    if settings.window >= 2 * 1440 and settings.schedule < 60:
        raise UsageError("`--alert schedule`: over 2d or more, Sentinel takes 1h or longer", code="bad_usage")
    if settings.throttle is not None and not _SHORTEST <= settings.throttle <= 7 * 1440:
        raise UsageError(
            f"`--alert throttle`: Sentinel groups alerts over 5m to 7d, not {short(settings.throttle)}",
            code="bad_usage",
        )
    return settings


def _query(given: Given) -> dict[str, Any]:
    rule = given.rule
    tactics, techniques = given.attack
    text = given.finish("default").strip()
    fields = compared(rule) if hasattr(rule, "detection") else []
    return {
        "id": given.id(text),
        "title": given.title,
        "description": rule.description or "",
        "level": given.level,
        "window": given.window,
        "tactics": [_TACTICS[name] for name in tactics if name in _TACTICS],
        "techniques": techniques,
        "query": text,
        "entities": (found := entities(text, fields, given.fields)),
        "columns": columns_of(found, fields),
        "indicator": given.indicator,
    }


def _fault(alert: dict[str, Any]) -> str | None:
    length = len(_whole_query(alert))
    if length <= MOST_CHARACTERS:
        return None
    return f"Sentinel takes queries of at most {MOST_CHARACTERS:,} characters, and this one has {length:,}"


def _literal(text: str) -> str:
    """A text as a string literal of KQL.

    >>> print(_literal('a "b" \\\\ c'))
    "a \\"b\\" \\\\ c"
    """
    return '"' + "".join(map(_character, text)) + '"'


def _character(one: str) -> str:
    if one in '"\\':
        return f"\\{one}"
    if one.isprintable():
        return one
    units = one.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))


def _whole_query(alert: Mapping[str, Any]) -> str:
    """The query with the columns that entities and custom details refer to."""
    added = [f"{_DETAILS[name]} = {_literal(value)}" for name, value in alert["indicator"].items()]
    added += [f"{name} = {expression}" for name, expression in alert["columns"].items()]
    return f"{alert['query']}\n| extend {', '.join(added)}" if added else alert["query"]


def _common(alert: Mapping[str, Any]) -> dict[str, Any]:
    """What both formats have, under the same names and in the same form."""
    common: dict[str, Any] = {
        "severity": alert["level"].title() if alert["level"] != "critical" else "High",
        "tactics": alert["tactics"],
        "query": _whole_query(alert),
        "entityMappings": alert["entities"],
        "customDetails": {_DETAILS[name]: _DETAILS[name] for name in alert["indicator"]},
        "eventGroupingSettings": {"aggregationKind": "SingleAlert"},
    }
    return {name: value for name, value in common.items() if value != [] and value != {}}


def _incidents(
    settings: Settings, alert: Mapping[str, Any], duration: Callable[[int], str]
) -> dict[str, Any]:
    """Alerts of the same entities are one incident for so long. Suppression would leave out other hosts."""
    incidents: dict[str, Any] = {"createIncident": True}
    if settings.throttle is not None:
        incidents["groupingConfiguration"] = {
            "enabled": True,
            "reopenClosedIncident": False,
            "lookbackDuration": duration(settings.throttle),
            "matchingMethod": "AllEntities" if alert["entities"] else "AnyAlert",
        }
    return incidents


def _properties(settings: Settings, alert: Mapping[str, Any]) -> dict[str, Any]:
    # The stable schema has no place for sub-techniques, and the service refuses them as techniques.
    techniques = list(dict.fromkeys(name.partition(".")[0] for name in alert["techniques"]))
    return {
        "displayName": alert["title"][:256],
        "description": alert["description"][:5000],
        "enabled": settings.enabled,
        **_common(alert),
        "techniques": techniques,
        "queryFrequency": iso(settings.schedule),
        "queryPeriod": iso(alert["window"]),
        "triggerOperator": "GreaterThan",
        "triggerThreshold": settings.threshold,
        "suppressionEnabled": False,
        "suppressionDuration": "PT1H",
        "incidentConfiguration": _incidents(settings, alert, iso),
    }


def _template(settings: Settings, alerts: list[dict[str, Any]]) -> dict[str, Any]:
    if len(alerts) > MOST_RESOURCES:
        raise ConversionError(
            f"an ARM template holds at most {MOST_RESOURCES} resources, and there are {len(alerts):,} rules",
            code="format_failed",
            hint="write one file for each rule into a folder (`-o rules/`), or take fewer indicators",
        )
    _different(alerts)
    provider = "Microsoft.OperationalInsights/workspaces/providers"
    return {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"workspace": {"type": "String"}},
        "resources": [
            {
                "id": f"[concat(resourceId('{provider}', parameters('workspace'), "
                f"'Microsoft.SecurityInsights'),'/alertRules/{alert['id']}')]",
                "name": f"[concat(parameters('workspace'),'/Microsoft.SecurityInsights/{alert['id']}')]",
                "type": f"{provider}/alertRules",
                "kind": "Scheduled",
                "apiVersion": API_VERSION,
                "properties": _inert(_properties(settings, alert)),
            }
            for alert in alerts
        ],
    }


def _different(alerts: list[dict[str, Any]]) -> None:
    """Raise `ConversionError` where two rules would be one in Sentinel."""
    titles: dict[str, str] = {}
    for alert in alerts:
        if alert["id"] in titles:
            raise ConversionError(
                f"two rules have the id {alert['id']}: `{titles[alert['id']]}` and `{alert['title']}`",
                code="format_failed",
                hint="give each rule an id of its own",
            )
        titles[alert["id"]] = alert["title"]


def _inert(value: Any) -> Any:
    """The same, with no text that ARM would evaluate: one in brackets is an expression, but for a second `[`.

    >>> _inert({"a": ["[parameters('b')]", "[b"]})
    {'a': ["[[parameters('b')]", '[b']}
    """
    if isinstance(value, dict):
        return {key: _inert(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_inert(one) for one in value]
    is_expression = isinstance(value, str) and value.startswith("[") and value.rstrip().endswith("]")
    return f"[{value}" if is_expression else value


def _documents(settings: Settings, alerts: list[dict[str, Any]]) -> str:
    import yaml

    _different(alerts)
    dumper, documents = _dumper(), []
    for alert in alerts:
        document = {
            "id": alert["id"],
            "name": alert["title"][:256],
            "kind": "Scheduled",
            "version": "1.0.0",
            "description": alert["description"][:5000],
            "status": "Available",
            "requiredDataConnectors": [],
            **_common(alert),
            "relevantTechniques": alert["techniques"],
            "queryFrequency": short(settings.schedule),
            "queryPeriod": short(alert["window"]),
            "triggerOperator": "gt",
            "triggerThreshold": settings.threshold,
            "incidentConfiguration": _incidents(settings, alert, short),
        }
        documents.append(
            yaml.dump(document, Dumper=dumper, sort_keys=False, allow_unicode=True, width=1 << 30)
        )
    return "---\n".join(documents).rstrip("\n")


def _dumper() -> Any:
    import yaml

    # libyaml's is ten times as fast, and is not in every build of PyYAML.
    base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

    class Dumper(base):  # type: ignore[misc]
        """Texts of several lines as blocks, as people write them."""

    def text(dumper: Any, value: str) -> Any:
        is_plain = value.replace("\n", "").isprintable()
        # PyYAML folds some line ends that are not line feeds, but for texts in double quotes.
        style = ("|" if "\n" in value else None) if is_plain else '"'
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    return Dumper


FORMS = (
    AlertForm(
        name="analytics_rule",
        title="Analytics rules of Microsoft Sentinel as an ARM template",
        targets=("kusto",),
        ending="json",
        settings=_settings,
        query=_query,
        output=_template,
        fault=_fault,
    ),
    AlertForm(
        name="analytics_rule_yaml",
        title="Analytics rules of Microsoft Sentinel as the YAML of its repository",
        targets=("kusto",),
        ending="yaml",
        settings=_settings,
        query=_query,
        output=_documents,
        fault=_fault,
    ),
)
"""The formats of this product."""
