"""The pipelines for targets. Each is a table in `tables/`; what they have in common is here.

Plain functions on purpose, as in `socdef.py`.
"""

from collections.abc import Callable

# As in `socdef.py`: pySigma evaluates the annotations below.
try:
    from sigma.processing.pipeline import ProcessingPipeline
except ImportError:
    ProcessingPipeline = None  # type: ignore[assignment, misc]

__all__ = ["target_pipeline"]


def target_pipeline(name: str) -> Callable[[], ProcessingPipeline]:
    """The function that makes the pipeline of a table.

    >>> target_pipeline("socdef_xdr")().name
    'socdef_xdr'
    """

    def make() -> ProcessingPipeline:
        from sigma.processing.pipeline import ProcessingItem, QueryPostprocessingItem

        from .mapping import MapLogSource, WriteTable
        from .tables import header

        return ProcessingPipeline(
            name=name,
            priority=20,
            allowed_backends=header(name).backends,
            items=[ProcessingItem(identifier=name, transformation=MapLogSource(name))],
            postprocessing_items=[
                QueryPostprocessingItem(identifier=f"{name}_table", transformation=WriteTable())
            ],
        )

    make.__name__ = make.__qualname__ = name
    return make
