"""Whether pySigma is there."""

import importlib

from ..errors import ConversionError

__all__ = ["require_pysigma"]


def require_pysigma() -> None:
    """Raise a helpful `ConversionError` where pySigma is not installed."""
    try:
        importlib.import_module("sigma.collection")
    except ImportError as error:
        raise ConversionError(
            "pySigma, which converts rules to queries, is not installed",
            code="pysigma_not_installed",
            causes=[str(error)],
            hint="pip install 'socdef-sigma[splunk]' (or elastic, kusto, sqlite, all)",
        ) from error
