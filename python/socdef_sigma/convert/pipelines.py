"""Processing pipelines by name, file or folder, as `sigma convert -p` resolves them.

The resolving is pySigma's own: names before files, and an order by priority. Only the register of names is
ours, because pySigma's imports every pipeline there is.
"""

import builtins
import importlib
import inspect
import os
import pkgutil
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..errors import ConversionError
from ..near import did_you_mean
from .backends import named

if TYPE_CHECKING:
    from sigma.processing.pipeline import ProcessingPipeline

__all__ = ["KNOWN", "default_for", "defaults", "known", "names", "resolve", "why_not"]

KNOWN: dict[str, str] = {
    "azure_monitor": "azuremonitor",
    "ecs_kubernetes": "elasticsearch",
    "ecs_macos_esf": "elasticsearch",
    "ecs_windows": "elasticsearch",
    "ecs_windows_old": "elasticsearch",
    "ecs_zeek_beats": "elasticsearch",
    "ecs_zeek_corelight": "elasticsearch",
    "microsoft_365_defender": "microsoft365defender",
    "microsoft_xdr": "microsoftxdr",
    "sentinel_asim": "sentinelasim",
    "splunk_cim": "splunk",
    "splunk_sysmon_acceleration": "splunk",
    "splunk_windows": "splunk",
    "sysmon": "sysmon",
    "windows-audit": "windows",
    "windows-logsources": "windows",
}
"""Known pipelines of others, with the module below `sigma.pipelines`. Any other is searched for."""


_VALUES_ONLY = ("clickhouse", "loki", "panther", "quickwit", "secops", "sqlite", "victoria_logs")
"""Targets without a schema of their own whose backends write some values wrongly."""


@cache
def defaults() -> dict[str, str]:
    """The pipeline for rules of this package where none is named, by target.

        >>> defaults()["splunk"]
        'socdef_splunk_cim'

    It is that of the schema which the vendor's own content is written for; docs/pipelines.md says why.
    """
    from sigma.pipelines.socdef.tables import NAMES, header

    mapped = {target: name for name in NAMES for target in header(name).default_for}
    return dict.fromkeys(_VALUES_ONLY, "socdef_values") | mapped


def known() -> list[str]:
    """The names of the known pipelines, this package's own among them, without importing any.

    >>> "socdef_ecs" in known()
    True
    """
    from sigma.pipelines.socdef.tables import NAMES

    return sorted([*KNOWN, "socdef", "socdef_values", *NAMES])


def default_for(given: str, target: str, required: bool) -> str | None:
    """The pipeline for rules of this package, for a target as it was given and as pySigma calls it.

    >>> default_for("sentinel", "kusto", False)
    'socdef_asim'
    >>> default_for("defender", "kusto", False)
    'socdef_xdr'
    >>> default_for("crowdstrike", "log_scale", False)
    """
    known_defaults = defaults()
    chosen = next((known_defaults[name] for name in (*named(given), target) if name in known_defaults), None)
    return chosen or ("socdef" if required else None)


def resolve(specs: Sequence[str], target: str | None) -> "ProcessingPipeline":
    """One pipeline made of those named, in the order of their priorities.

        >>> resolve(["socdef"], "splunk").items[0].identifier
        'socdef_event_id'

    With a `target`, each must be meant for it. Raises `ConversionError` where a pipeline does not exist, is
    broken, or is not meant for the target.
    """
    from sigma.exceptions import SigmaPipelineNotAllowedForBackendError, SigmaPipelineNotFoundError
    from sigma.processing.resolver import ProcessingPipelineResolver

    try:
        return ProcessingPipelineResolver(_Register()).resolve(list(specs), target)
    except SigmaPipelineNotFoundError as error:
        raise ConversionError(
            f"the pipeline '{error.spec}' was not found",
            code="unknown_pipeline",
            hint=_advice(error.spec),
        ) from error
    except SigmaPipelineNotAllowedForBackendError as error:
        raise ConversionError(
            f"the pipeline '{error.wrong_pipeline}' is not intended to be used with the target {target}",
            code="pipeline_not_allowed",
            hint="if you know what you are doing, disable this check with --disable-pipeline-check",
        ) from error
    except Exception as error:  # A file may be broken in any way, and a plugin do anything.
        raise ConversionError(
            f"a pipeline cannot be read: {', '.join(specs)}",
            code="broken_pipeline",
            causes=[f"{type(error).__name__}: {error}"],
        ) from error


def names() -> list[str]:
    """The names of all installed pipelines, sorted. Imports all of them."""
    found: set[str] = set()
    for module in _modules():
        try:
            found.update(pipelines_of(importlib.import_module(f"sigma.pipelines.{module}")))
        except Exception:  # A plugin that cannot be imported has no pipelines.
            continue
    return sorted(found)


def _advice(spec: str) -> str:
    """What to do about a pipeline that was not found."""
    installed = names()
    meant = did_you_mean(spec, [*installed, "none"])
    known = f"the installed pipelines are {', '.join(installed)}; other names are paths of YAML files"
    return f"{meant} {known}".lstrip()


class _Register(dict[str, Any]):
    """Names and their pipelines, looked up only when asked for."""

    def __missing__(self, name: str) -> "Callable[[], ProcessingPipeline]":
        module = "socdef" if name.startswith("socdef") else KNOWN.get(name)
        candidates = [module] if module else []
        # Neither is part of any name; and a file in this folder may well be called like a pipeline.
        if not (os.sep in name or name.endswith((".yml", ".yaml"))):
            candidates += [other for other in _modules() if other != module]
        for candidate in candidates:
            pipeline = _from_module(candidate, name)
            if pipeline is not None:
                return pipeline
        raise KeyError(name)


def _from_module(name: str, pipeline: str) -> "Callable[[], ProcessingPipeline] | None":
    """A pipeline of a module, or None where the module is not there, fails, or has no such pipeline."""
    try:
        module = importlib.import_module(f"sigma.pipelines.{name}")
        found = pipelines_of(module).get(pipeline)
        if _stands_for_another(found, module):
            # Run the decorators of this module once more, to make them the last.
            for loaded in [key for key in sys.modules if key.startswith(f"{module.__name__}.")]:
                importlib.reload(sys.modules[loaded])
            found = pipelines_of(importlib.reload(module)).get(pipeline)
    except (
        Exception
    ):  # Whatever a plugin does. Only one that is asked for may stop the run, by not being found.
        return None
    return found


def _stands_for_another(pipeline: Any, module: ModuleType) -> bool:
    """Whether a decorated pipeline is not what its name says.

    pySigma before 2.0 keeps one instance for all functions under `@Pipeline`: each stands for the last one.
    """
    function = getattr(pipeline, "func", None)
    return inspect.isfunction(function) and not f"{function.__module__}.".startswith(f"{module.__name__}.")


def pipelines_of(module: ModuleType) -> "dict[str, Callable[[], ProcessingPipeline]]":
    """The pipelines in a module by the names that `InstalledSigmaPlugins` gives them."""
    from sigma.pipelines.base import Pipeline

    contents = vars(module)
    listed: dict[str, Any] = contents.get("pipelines", {})
    exported = contents.get("__all__")
    named = dict(listed)
    for name, value in contents.items():
        public = not name.startswith("_") if exported is None else name in exported
        if public and name not in vars(builtins) and not any(value is other for other in listed.values()):
            named[name] = value
    found: dict[str, Any] = {}
    for name, value in named.items():
        if inspect.isclass(value) and issubclass(value, Pipeline) and value is not Pipeline:
            found[name.replace("_pipeline", "")] = value()
        elif isinstance(value, Pipeline) or inspect.isfunction(value):
            found[name.replace("_pipeline", "")] = value
    return found


def _modules() -> list[str]:
    """The names of the modules below `sigma.pipelines`, without those of pySigma itself."""
    namespace = importlib.import_module("sigma.pipelines")
    own = {"base", "common", "test"}
    return [module.name for module in pkgutil.iter_modules(namespace.__path__) if module.name not in own]


# Parts that look at the values of a rule, or at what differs from rule to rule, and treats some otherwise.
_CHOOSY = frozenset(
    {
        "CommandPlaceholderTransformation",
        "ConvertTypeTransformation",
        "ExtractFieldsTransformation",
        "MapStringTransformation",
        "MatchStringCondition",
        "MatchValueCondition",
        "RegexTransformation",
        "ReplaceStringTransformation",
        "RuleAttributeCondition",
        "RuleContainsDetectionItemCondition",
    }
)


def why_not(pipeline: Any, trusted: bool) -> str | None:
    """Why rules cannot be filled after this pipeline, in a line; None where they can.

    A pipeline may treat one value otherwise than all others of its kind, which no sample shows. The known
    ones do so only for fields that no placeholder stands in; others must be made of parts that do not look.
    """
    if trusted:
        return None
    for part in _parts(pipeline.items, set()):
        cls = type(part)
        if cls.__name__ in _CHOOSY or not cls.__module__.startswith("sigma.processing."):
            return f"the pipeline has a {cls.__name__}, which may treat some values otherwise than others"
    return None


def _parts(items: Iterable[Any], seen: set[int]) -> "Iterable[Any]":
    """The transformations and conditions of a pipeline, nested ones too."""
    for item in items:
        if id(item) in seen:
            continue
        seen.add(id(item))
        transformation = getattr(item, "transformation", None)
        if transformation is not None:
            yield transformation
            nested = getattr(transformation, "items", None)
            if isinstance(nested, list):
                yield from _parts(nested, seen)
        for name in ("rule_conditions", "detection_item_conditions", "field_name_conditions"):
            conditions = getattr(item, name, None) or []
            yield from conditions.values() if isinstance(conditions, dict) else conditions
