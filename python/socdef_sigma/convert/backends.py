"""Which package provides which conversion target, and how to import that one alone.

pySigma has no register of backends: it imports every module below `sigma.backends` and looks what is in it,
which takes a second or two and fails when any one of them fails. Here a table says where the known targets
are, and the search is for the others.
"""

import importlib
import importlib.util
import inspect
import pkgutil
import re
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from ..errors import ConversionError
from ..near import did_you_mean
from ..pysigma.installed import require_pysigma

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sigma.conversion.base import Backend

__all__ = ["ALIASES", "TARGETS", "Backends", "Target", "find", "listing", "named", "require_pysigma"]


class Target(NamedTuple):
    """A known target: the module below `sigma.backends` that has it, and what to install for it."""

    module: str
    package: str
    language: str


def _target(module: str, language: str, package: str | None = None) -> Target:
    return Target(module, package or f"pysigma-backend-{module}", language)


TARGETS: dict[str, Target] = {
    "splunk": _target("splunk", "Splunk SPL", "socdef-sigma[splunk]"),
    "splunk_spl2": _target("splunk", "Splunk SPL2", "socdef-sigma[splunk]"),
    "lucene": _target("elasticsearch", "Elasticsearch Lucene", "socdef-sigma[elastic]"),
    "eql": _target("elasticsearch", "Elasticsearch EQL", "socdef-sigma[elastic]"),
    "esql": _target("elasticsearch", "Elasticsearch ES|QL", "socdef-sigma[elastic]"),
    "elastalert": _target("elasticsearch", "ElastAlert", "socdef-sigma[elastic]"),
    "kusto": _target("kusto", "Microsoft Kusto (Sentinel, Defender XDR)", "socdef-sigma[kusto]"),
    "sqlite": _target("sqlite", "SQLite and Zircolite", "socdef-sigma[sqlite]"),
    "carbon_black": _target("carbonblack", "Carbon Black"),
    "clickhouse": _target("clickhouse", "ClickHouse"),
    "cortex_xdr": _target("cortexxdr", "Cortex XDR"),
    "databricks": _target("databricks", "Databricks"),
    "log_scale": _target("crowdstrike", "CrowdStrike LogScale"),
    "logpoint": _target("logpoint", "Logpoint"),
    "loki": _target("loki", "Grafana Loki"),
    "net_witness": _target("netwitness", "NetWitness"),
    "open_search_ppl": _target("opensearch", "OpenSearch PPL"),
    "opensearch_lucene": _target("opensearch", "OpenSearch Lucene"),
    "panther": _target("panther", "Panther"),
    "qradar-aql-community": _target("QRadarAQL", "IBM QRadar AQL", "pysigma-backend-qradar-community"),
    "quickwit": _target("quickwit", "Quickwit"),
    "secops": _target("secops", "Google SecOps"),
    "sentinel_one_pq": _target("sentinelone_pq", "SentinelOne PowerQuery", "pysigma-backend-sentinelone-pq"),
    "sumologic_cse": _target("sumologic", "Sumo Logic Cloud SIEM"),
    "victoria_logs": _target("victorialogs", "VictoriaLogs"),
}
"""The known targets, by the names that `sigma convert -t` has for them."""

ALIASES: dict[str, str] = {
    "elastic": "lucene",
    "es|ql": "esql",
    "sentinel": "kusto",
    "microsoft_sentinel": "sentinel",
    "azure_sentinel": "sentinel",
    "kql": "sentinel",
    "xdr": "kusto",
    "defender": "xdr",
    "defender_xdr": "xdr",
    "mde": "xdr",
    "spl": "splunk",
    "spl2": "splunk_spl2",
    "logscale": "log_scale",
    "humio": "log_scale",
    "falcon": "log_scale",
    "aql": "qradar-aql-community",
    "chronicle": "secops",
    "google_secops": "secops",
    "opensearch": "opensearch_lucene",
    "ppl": "open_search_ppl",
    "carbonblack": "carbon_black",
    "cortex": "cortex_xdr",
    "netwitness": "net_witness",
    "sentinelone": "sentinel_one_pq",
    "sumologic": "sumologic_cse",
    "victorialogs": "victoria_logs",
    "logql": "loki",
    "grafana": "loki",
}
"""Other names for targets, and for these names. `qradar` is one too: for any of its backends."""


def named(target: str) -> "Iterator[str]":
    """A name of a target and the names that it stands for, the target's own at the end.

    >>> list(named("kql"))
    ['kql', 'sentinel', 'kusto']
    """
    name: str | None = target
    while name is not None:
        yield name
        name = ALIASES.get(name)


@dataclass(frozen=True)
class Backends:
    """The installed targets with their classes, and the modules that cannot be imported."""

    classes: "dict[str, type[Backend]]"
    broken: dict[str, str]


def find(target: str) -> "tuple[str, type[Backend]]":
    """The name of a target as `sigma convert` has it, and its backend class; imports only that backend.

        >>> find("elastic")[0]
        'lucene'

    Raises `ConversionError` where there is no such target, or its backend is not installed.
    """
    require_pysigma()
    if target == "qradar":
        return _find_qradar()
    *_, name = named(target)
    known = TARGETS.get(name)
    if known is not None:
        found = _in_module(known.module, name)
        if found is not None:
            return name, found
    # Another package may have it, under a module of that name or any other.
    for module in sorted(_modules(), key=lambda module: _plain(module) not in _plain(name)):
        try:
            backend = targets_of(_import(module)).get(name)
        except ConversionError:
            continue
        if backend is not None:
            return name, backend
    raise _not_found(target, name)


def listing() -> Backends:
    """Every installed backend. Imports all of them; one that fails is noted, and hurts nobody."""
    require_pysigma()
    classes: dict[str, type[Backend]] = {}
    broken: dict[str, str] = {}
    for module in _modules():
        try:
            found = targets_of(_import(module))
        except ConversionError as error:
            broken[module] = error.causes[0]
            continue
        for name, backend in found.items():
            classes.setdefault(name, backend)
    return Backends(classes, broken)


def targets_of(module: ModuleType) -> "dict[str, type[Backend]]":
    """The backends in a module by the names that pySigma gives them."""
    from sigma.conversion.base import Backend

    found: dict[str, type[Backend]] = {}
    for name, value in vars(module).items():
        if inspect.isclass(value) and issubclass(value, Backend):
            found.setdefault(_identifier(value, name), value)
    return found


def _identifier(backend: "type[Backend]", default: str) -> str:
    """A backend's name, by the rules of `InstalledSigmaPlugins`, whose module is slow to load."""
    given = (
        getattr(backend, "identifier", None) or getattr(backend, "__identifier__", None) or backend.__name__
    )
    if not isinstance(given, str):
        return default
    stem = given.removesuffix("Backend").removesuffix("backend").removesuffix("_")
    words = re.findall(r"[A-Z](?:[A-Z0-9]*(?![a-z0-9])|[a-z0-9]*)", stem)
    name = "_".join(words).lower() if words else stem.lower()
    return backend.__module__.rpartition(".")[2].lower() if name == "base" else name


def _in_module(module: str, name: str) -> "type[Backend] | None":
    if importlib.util.find_spec(f"sigma.backends.{module}") is None:
        return None
    return targets_of(_import(module)).get(name)


def _import(module: str) -> ModuleType:
    try:
        return importlib.import_module(f"sigma.backends.{module}")
    except Exception as error:  # Whatever a plugin does.
        raise ConversionError(
            f"the backend `sigma.backends.{module}` cannot be imported",
            code="broken_backend",
            causes=[f"{type(error).__name__}: {error}"],
            hint="its package may be made for another version of pySigma; see `pip check`",
        ) from error


def _modules() -> "Iterator[str]":
    """The names of the modules below `sigma.backends`, without pySigma's own test backend."""
    try:
        namespace = importlib.import_module("sigma.backends")
    except ImportError:
        return
    yield from (module.name for module in pkgutil.iter_modules(namespace.__path__) if module.name != "test")


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())


def _find_qradar() -> "tuple[str, type[Backend]]":
    for module in _modules():
        if "qradar" in _plain(module):
            # What the module imports from others is in it, too.
            found = {
                name: backend
                for name, backend in targets_of(_import(module)).items()
                if "qradar" in _plain(name)
            }
            if found:
                return next(iter(found.items()))
    raise _not_installed("qradar", TARGETS["qradar-aql-community"].package)


def _not_found(target: str, name: str) -> ConversionError:
    known = TARGETS.get(name)
    if known is not None:
        return _not_installed(target, known.package)
    # The name of a package is not the name of a target, but says which are meant.
    meant = [
        n for n, known in TARGETS.items() if _plain(target) in {_plain(known.module), _plain(known.package)}
    ]
    suggestion = (
        f"did you mean {' or '.join(f'`{name}`' for name in meant)}?"
        if meant
        else did_you_mean(target, [*TARGETS, *ALIASES, "qradar"])
    )
    return ConversionError(
        f"there is no target `{target}`",
        code="unknown_target",
        hint=f"{suggestion} `socdef-sigma convert -t list` shows all targets".lstrip(),
    )


def _not_installed(target: str, package: str) -> ConversionError:
    return ConversionError(
        f"the backend for the target `{target}` is not installed",
        code="backend_not_installed",
        hint=f"pip install '{package}'",
    )
