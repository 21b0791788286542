"""The processing pipelines of socdef-sigma, as `sigma convert -p` finds them.

Two fit every target, and each table in `tables/` is one.

pySigma imports every module here before any command runs, so this one imports nothing that is slow or can
fail.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from .socdef import socdef_pipeline, socdef_values
from .tables import NAMES
from .targets import target_pipeline

if TYPE_CHECKING:
    from sigma.processing.pipeline import ProcessingPipeline

__all__ = ["pipelines", "socdef_pipeline", "socdef_values"]

pipelines: "dict[str, Callable[[], ProcessingPipeline]]" = {
    "socdef": socdef_pipeline,
    "socdef_values": socdef_values,
    **{name: target_pipeline(name) for name in NAMES},
}


def __getattr__(name: str) -> "Callable[[], ProcessingPipeline]":
    """Each pipeline by its name: `from sigma.pipelines.socdef import socdef_ecs`."""
    try:
        return pipelines[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
