"""Elastic Security: detection rules for its import, from what pySigma's backend gives.

Added here, or set right: a severity that the detection engine knows, tactics and techniques that belong
together, no gap between two runs, and the fields to look at first.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...errors import UsageError
from ..form import AlertForm, Given
from ..settings import Settings, read, short

__all__ = ["FORMS"]

# As in Elastic's own rules: every five minutes, over nine.
_DEFAULTS = Settings(schedule=5, overlap=4)

_SEVERITIES = {
    "informational": ("low", 1),
    "low": ("low", 21),
    "medium": ("medium", 47),
    "high": ("high", 73),
    "critical": ("critical", 99),
}
"""The severity and the risk score of each level of Sigma. The engine has four severities."""

_ENTITIES = ("host.name", "user.name", "source.ip")
TAG = "socdef-sigma"
"""The tag that the rules of this package have, by which they are found again."""


def _settings(given: Mapping[str, Any], backend: Any) -> Settings:
    # `-O schedule_interval=10` of the backend sets the schedule as well.
    unit = {"m": 1, "h": 60, "d": 1440}.get(str(getattr(backend, "schedule_interval_unit", "m")))
    interval = getattr(backend, "schedule_interval", _DEFAULTS.schedule)
    schedule = interval * unit if unit and isinstance(interval, int) and interval > 0 else _DEFAULTS.schedule
    settings = read(given, replace(_DEFAULTS, schedule=schedule), without=["threshold"])
    if settings.cron is not None:
        raise UsageError(
            "`--alert schedule`: Elastic takes no cron expression",
            code="bad_usage",
            hint="it runs a rule at intervals such as 5m, 1h or 1d",
        )
    if settings.throttle_fields is not None and len(settings.throttle_fields) > 3:
        raise UsageError("`--alert throttle_fields`: Elastic takes at most 3 fields", code="bad_usage")
    return settings


def _query(given: Given) -> dict[str, Any]:
    rule, settings = given.rule, given.settings
    # The backend takes tags away from the rule.
    attack, is_own = given.attack, "socdef" in getattr(rule, "custom_attributes", {})
    made: dict[str, Any] = dict(given.finish("siem_rule_ndjson"))
    id = given.id(made["query"])
    severity, risk = _SEVERITIES[given.level]
    shown = [*_ENTITIES, *given.fields]
    made |= {
        "id": id,
        "rule_id": id,
        "enabled": settings.enabled,
        "severity": severity,
        "risk_score": risk,
        "interval": short(settings.schedule),
        "from": f"now-{given.window * 60}s",
        "meta": {"from": short(max(given.window - settings.schedule, 1))},
        # An event that arrives late is seen by the run after it, not missed.
        "timestamp_override": "event.ingested",
        "threat": _threat(*attack),
        "tags": list(dict.fromkeys([*made.get("tags", []), *([TAG] if is_own else [])])),
        "investigation_fields": {"field_names": list(dict.fromkeys(shown))},
    }
    if given.index:
        made["name"] = f"{made['name']} ({given.index + 1})"
    if getattr(rule, "license", None) is None:
        # The backend's default is the licence of SigmaHQ's rules.
        made.pop("license", None)
    if settings.throttle is not None:
        made["alert_suppression"] = {
            "group_by": list(settings.throttle_fields or _ENTITIES[:1]),
            "duration": _duration(settings.throttle),
            "missing_fields_strategy": "suppress",
        }
    return made


def _duration(minutes: int) -> dict[str, Any]:
    return {"value": minutes // 60, "unit": "h"} if minutes % 60 == 0 else {"value": minutes, "unit": "m"}


def _threat(tactics: list[str], techniques: list[str]) -> list[dict[str, Any]]:
    """Each tactic with its own techniques. A technique whose tactic is not among them brings it."""
    from sigma.data import mitre_attack

    ids = {name: id for id, name in mitre_attack.mitre_attack_tactics.items()}
    names = mitre_attack.mitre_attack_techniques
    ways = mitre_attack.mitre_attack_techniques_tactics_mapping
    known = [technique for technique in techniques if technique in names]
    named: dict[str, list[str]] = {tactic: [] for tactic in tactics if tactic in ids}
    for technique in known:
        possible = [tactic for tactic in ways.get(technique, []) if tactic in ids]
        for tactic in [tactic for tactic in possible if tactic in named] or possible[:1]:
            named.setdefault(tactic, []).append(technique)
    return [
        {
            "framework": "MITRE ATT&CK",
            "tactic": {
                "id": ids[tactic],
                "name": tactic.replace("-", " ").title().replace(" And ", " and "),
                "reference": f"https://attack.mitre.org/tactics/{ids[tactic]}/",
            },
            "technique": _techniques(chosen, names),
        }
        for tactic, chosen in named.items()
    ]


def _techniques(chosen: list[str], names: Mapping[str, str]) -> list[dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {}
    for technique in chosen:
        id = technique.partition(".")[0]
        if id not in names:
            continue
        parent = made.setdefault(id, {**_technique(id, names), "subtechnique": []})
        if technique != id:
            parent["subtechnique"].append(_technique(technique, names))
    return list(made.values())


def _technique(id: str, names: Mapping[str, str]) -> dict[str, str]:
    page = f"https://attack.mitre.org/techniques/{id.replace('.', '/')}/"
    return {"id": id, "name": names[id], "reference": page}


FORMS = (
    AlertForm(
        name="siem_rule_ndjson",
        title="Detection rules of Elastic Security for its import, one in each line",
        targets=("lucene", "eql", "esql"),
        ending="ndjson",
        settings=_settings,
        query=_query,
        output=lambda settings, alerts: alerts,
    ),
)
"""The formats of this product."""
