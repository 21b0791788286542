"""What is wrong above this package: faults of backends and of pySigma, each with what shows it.

They show where a query is run as the backend writes it. Behind the pipelines of this package nothing is wrong.

A pair of a rule and an event that an engine gets wrong is either one of these or a failure. A fault that no
pair shows any more is a failure too: it is gone upstream, and its entry goes.
"""

import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detect.compare import Wrong
    from detect.engines.base import Engine

PYSIGMA = importlib.metadata.version("pysigma").split(".")[0]


@dataclass(frozen=True)
class Fault:
    """Something known to be wrong."""

    targets: tuple[str, ...]
    engines: str
    """How the names of the engines begin that show it."""
    reason: str
    shows: "Callable[[Wrong], bool]"
    pysigma: str = "12"
    """The generations of pySigma that have it."""


def _is_network(wrong: "Wrong", version: int) -> bool:
    return wrong.ioc.type == f"ipv{version}" and "/" in wrong.ioc.value


def _has(wrong: "Wrong", marks: str) -> bool:
    return any(mark in wrong.ioc.value for mark in marks)


def _is_wildcard(wrong: "Wrong", *marks: str) -> bool:
    return any(f"no wildcard for {mark}" in wrong.why for mark in marks)


FAULTS: tuple[Fault, ...] = (
    Fault(
        ("sqlite", "duckdb"),
        "",
        "an IPv6 network is compared as the text that it begins with, whatever the length of the group "
        "(pySigma 1)",
        lambda wrong: _is_network(wrong, 6) and not wrong.is_missed,
        pysigma="1",
    ),
    Fault(
        ("sqlite", "duckdb"),
        "",
        "an IPv6 network is compared as text, and a small one is not found in Sysmon's spelling",
        lambda wrong: _is_network(wrong, 6) and wrong.is_missed and "Sysmon" in wrong.why,
    ),
    Fault(
        ("duckdb",),
        "",
        "a `%` or `_` of the value is a wildcard: the backend writes ILIKE without escaping it",
        lambda wrong: (
            not wrong.is_missed
            and (_is_wildcard(wrong, "a percent sign", "an underscore") or _has(wrong, "%"))
        ),
    ),
    Fault(
        ("duckdb",),
        "PostgreSQL",
        "a backslash of a pattern is ILIKE's escape in PostgreSQL, and the library writes it as it is",
        lambda wrong: ("\\" in wrong.ioc.value and wrong.is_missed) or wrong.ioc.type == "filename",
    ),
    Fault(
        ("clickhouse", "databricks"),
        "",
        "the field of a network is not quoted, so `c-ip` is `c` minus `ip`, and the query fails",
        lambda wrong: wrong.logsource == "webserver" and "/" in wrong.ioc.value and "`c`" in wrong.message,
    ),
    Fault(
        ("clickhouse",),
        "",
        "a `%` or `_` of a value in a list is escaped as for LIKE, but compared by IN, and never found",
        lambda wrong: wrong.is_missed and wrong.ioc.type == "url" and _has(wrong, "%_"),
    ),
)


def faults_of(engine: "Engine") -> list[Fault]:
    """The faults that an engine must show: none behind a pipeline of this package."""
    return [
        fault
        for fault in FAULTS
        if engine.is_bare
        and engine.target in fault.targets
        and engine.name.startswith(fault.engines)
        and PYSIGMA in fault.pysigma
    ]


def fault_of(engine: "Engine", wrong: "Wrong") -> Fault | None:
    """The fault that a wrong answer comes of."""
    return next((fault for fault in faults_of(engine) if fault.shows(wrong)), None)


NO_PLACE: dict[str, frozenset[tuple[str, str]]] = {
    "socdef_ecs": frozenset({("ja4", "zeek/ssl")}),
    "socdef_ocsf": frozenset(
        {
            ("registry_key", "registry_set/windows"),
            ("named_pipe", "pipe_created/windows"),
            ("imphash", "process_creation/windows"),
            ("imphash", "image_load/windows"),
            ("imphash", "driver_load/windows"),
            ("ja3", "zeek/ssl"),
            ("ja3s", "zeek/ssl"),
            ("ja4", "zeek/ssl"),
            ("service_name", "windows/system"),
            ("scheduled_task", "windows/security"),
        }
    ),
}
"""What pipelines refuse, as their tables say why: types in log sources."""


def no_place(engine: "Engine") -> frozenset[tuple[str, str]]:
    """What an engine's pipeline has no place for."""
    return frozenset().union(*(NO_PLACE.get(name, frozenset()) for name in engine.pipelines))
