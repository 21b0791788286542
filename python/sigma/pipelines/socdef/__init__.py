"""The processing pipeline `socdef`, as `sigma convert -p socdef` finds it.

pySigma imports every module here before any command runs, so this one imports nothing that is slow or can
fail.
"""

from .socdef import socdef_pipeline

__all__ = ["socdef_pipeline"]

pipelines = {"socdef": socdef_pipeline}
