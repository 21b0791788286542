"""Splunk: scheduled searches, as a `savedsearches.conf`.

The names of the settings are those of the specification of savedsearches.conf that ships with Splunk 9.0.1.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...errors import ConversionError, UsageError
from ..form import AlertForm, Given
from ..matched import matched
from ..settings import LEVELS, Settings, read, short

__all__ = ["FORMS"]

_DEFAULTS = Settings(schedule=60, overlap=10, throttle=1440)

# What every event has in the first two places, and most have in the third.
_ALWAYS = ("_time", "host", "user")
_ENTITIES = ("src", "src_ip", "src_user")
"""Whose event it is, where `host` is what reported it, such as a firewall."""

_NAMES = re.compile(
    r"action\.[\w-]+(\.[\w.-]+)?|alert_condition|allow_skew|counttype"
    r"|alert\.(digest_mode|display_view|expires|managedBy|severity|track"
    r"|suppress|suppress\.(fields|group_name|period))"
    r"|defer_scheduled_searchable_idxc|description|disabled|dispatchAs|displayview|enableSched|is_visible"
    r"|dispatch\.(allow_partial_results|auto_cancel|auto_pause|buckets|earliest_time|index_earliest"
    r"|index_latest|indexedRealtime|indexedRealtimeMinSpan|indexedRealtimeOffset|latest_time|lookups"
    r"|max_count|max_time|rate_limit_retry|reduce_freq|rt_backfill|rt_maximum_span|sample_ratio"
    r"|spawn_process|time_format|ttl)"
    r"|durable\.(backfill_type|lag_time|max_backfill_intervals|track_time_type)"
    r"|max_concurrent|precalculate_required_fields_for_alerts|quantity|realtime_schedule|relation"
    r"|request\.(ui_dispatch_app|ui_dispatch_view)|restart_on_searchpeer_add|run_n_times|run_on_startup"
    r"|schedule_as|schedule_priority|schedule_window|skip_scheduled_realtime_idxc|workload_pool"
)
"""The settings of the product that a user may give."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Controls but for line feeds, at which a search goes on, and tabs."""

_ARE_STANZAS = ("default",)
"""Names that mean all searches of the file."""


def _settings(given: Mapping[str, Any], backend: Any) -> Settings:
    named = {"schedule" if name == "cron_schedule" else name: value for name, value in given.items()}
    settings = read(named, _DEFAULTS, is_own=lambda name: _NAMES.fullmatch(name) is not None)
    # `-O min_time=-7d` of the backend sets the window as well.
    said = {"dispatch.earliest_time": "-30d", "dispatch.latest_time": "now"}
    times = {
        name: value
        for name, value in getattr(backend, "output_settings", {}).items()
        if said.get(name) != value and not (name == "dispatch.earliest_time" and settings.given_window)
    }
    own = {**times, **settings.own}
    if settings.cron is None:
        _cron(settings.schedule)
    elif settings.given_window is None and "dispatch.earliest_time" not in own:
        raise UsageError(
            "`--alert schedule`: with a cron expression, the window has no default",
            code="bad_usage",
            hint="give it too, as long as the longest time between two runs: `--alert window=1d`",
        )
    return replace(settings, own=own)


def _cron(every: int) -> str:
    """A cron expression that runs so often.

    >>> _cron(15), _cron(60), _cron(360), _cron(1440)
    ('*/15 * * * *', '0 * * * *', '0 */6 * * *', '0 0 * * *')
    """
    if every < 60 and 60 % every == 0:
        return "* * * * *" if every == 1 else f"*/{every} * * * *"
    hours, rest = divmod(every, 60)
    if rest == 0 and hours and 24 % hours == 0:
        return {1: "0 * * * *", 24: "0 0 * * *"}.get(hours, f"0 */{hours} * * *")
    raise UsageError(
        f"`--alert schedule`: cron has no expression for every {short(every)}",
        code="bad_usage",
        hint="a part of an hour or of a day such as 15m, 1h or 6h, or the cron expression itself, does",
    )


def _query(given: Given) -> dict[str, Any]:
    rule = given.rule
    shown = given.fields
    if shown:
        more = given.settings.throttle_fields or ()
        rule.fields = list(dict.fromkeys([*_ALWAYS, *shown, *more]))
    try:
        search = given.finish("default")
    finally:
        if shown:
            rule.fields = shown
    grouped = getattr(rule, "group_by", None)
    if hasattr(rule, "detection"):
        # A field that some matches lack would not hold them together.
        sure = matched(rule, given.index)
        same = [field for field in sure if field in shown or not shown]
        same += ["host", *(field for field in _ENTITIES if field in shown)]
    else:
        same = list(grouped or [])
    return {
        "id": given.id(search),
        "title": given.title,
        "description": rule.description or "",
        "search": search,
        "level": given.level,
        "window": given.window,
        "same": list(dict.fromkeys(same)),
    }


def _fault(alert: dict[str, Any]) -> str | None:
    search = alert["search"]
    odd = _CONTROL.search(search)
    if odd is not None:
        return f"savedsearches.conf cannot hold the control character U+{ord(odd[0]):04X} of the search"
    if search.rstrip().endswith("\\"):
        return "savedsearches.conf cannot hold a search that ends in a backslash"
    return None


def _output(settings: Settings, alerts: list[dict[str, Any]]) -> str:
    names = [_name(alert["title"], alert["id"]) for alert in alerts]
    count = Counter(names)
    stanzas: dict[str, str] = {}
    for name, alert in zip(names, alerts, strict=True):
        # Two stanzas of one name would be one alert.
        unique = name if count[name] == 1 else f"{name} {alert['id']}"
        if unique in stanzas:
            raise ConversionError(
                f"two rules have the title and the id of `{unique}`",
                code="format_failed",
                hint="give each rule an id of its own",
            )
        lines = [f"{key} = {value}" for key, value in _stanza(settings, alert).items()]
        stanzas[unique] = "\n".join([f"[{unique}]", *lines])
    return "\n\n".join(stanzas.values())


def _name(title: str, id: str) -> str:
    """The name of a stanza: the title, without brackets and on one line. A changed one gets a part of the id.

    >>> _name("a title", "0ba7150e"), _name("[a]", "0ba7150e"), _name("default", "0ba7150e")
    ('a title', 'a 0ba7150e', 'default 0ba7150e')
    """
    # A bracket ends the name, and a backslash at the end of a line joins the next one.
    name = _text(re.sub(r"[\[\]\\]", " ", title))
    return name if name == title and name.lower() not in _ARE_STANZAS else f"{name} {id[:8]}".strip()


def _text(text: str) -> str:
    """A text on one line, without controls and characters that nobody can see."""
    plain = text if text.isprintable() else "".join(one if one.isprintable() else " " for one in text)
    return " ".join(plain.split())


def _stanza(settings: Settings, alert: Mapping[str, Any]) -> dict[str, str]:
    # It ends in the id, so no text of a feed is the end of the line, where a backslash would join the next.
    description = f"{_text(alert['description'])} Sigma rule {alert['id']}".strip()
    same = settings.throttle_fields or alert["same"]
    stanza = {
        "description": description,
        "search": alert["search"].strip().replace("\n", "\\\n"),
        "disabled": "0" if settings.enabled else "1",
        "enableSched": "1",
        "cron_schedule": settings.cron or _cron(settings.schedule),
        # Searches of one schedule do not all start at once.
        "allow_skew": "50%",
        "schedule_window": "auto",
        "dispatch.earliest_time": f"-{short(alert['window'])}@m",
        "dispatch.latest_time": "now",
        "counttype": "number of events",
        "relation": "greater than",
        "quantity": str(settings.threshold),
        "alert.track": "1",
        "alert.severity": str(LEVELS.index(alert["level"]) + 1),
        # Each result is an alert of its own, as throttling by field requires; else all results are one.
        "alert.digest_mode": "0" if same else "1",
        "alert.suppress": "0",
    }
    if settings.throttle is not None:
        stanza["alert.suppress"] = "1"
        stanza["alert.suppress.period"] = f"{settings.throttle}m"
        if stanza["alert.digest_mode"] == "0":
            stanza["alert.suppress.fields"] = ",".join(same)
    return {**stanza, **settings.own}


FORMS = (
    AlertForm(
        name="savedsearches",
        title="Scheduled alerts as a savedsearches.conf file",
        targets=("splunk",),
        ending="conf",
        settings=_settings,
        query=_query,
        output=_output,
        fault=_fault,
    ),
)
"""The formats of this product."""
