"""The pipelines for targets. Each is a table in `tables/`; what they have in common is here.

Plain functions on purpose, as in `socdef.py`.
"""

# As in `socdef.py`: pySigma evaluates the annotations below.
try:
    from sigma.processing.pipeline import ProcessingPipeline
except ImportError:
    ProcessingPipeline = None  # type: ignore[assignment, misc]

__all__ = [
    "socdef_asim",
    "socdef_ecs",
    "socdef_ocsf",
    "socdef_splunk_cim",
    "socdef_splunk_sysmon",
    "socdef_xdr",
]


def socdef_splunk_cim() -> ProcessingPipeline:
    """Splunk's Common Information Model: tags and fields, and data models with `-f data_model`.

    >>> socdef_splunk_cim().name
    'socdef_splunk_cim'
    """
    return _pipeline("socdef_splunk_cim")


def socdef_splunk_sysmon() -> ProcessingPipeline:
    """Sysmon's events in Splunk as they are: source, `EventCode` and Sysmon's own fields.

    >>> socdef_splunk_sysmon().name
    'socdef_splunk_sysmon'
    """
    return _pipeline("socdef_splunk_sysmon")


def socdef_ecs() -> ProcessingPipeline:
    """The Elastic Common Schema, for Lucene, EQL and ES|QL.

    >>> socdef_ecs().name
    'socdef_ecs'
    """
    return _pipeline("socdef_ecs")


def socdef_asim() -> ProcessingPipeline:
    """Microsoft Sentinel's Advanced Security Information Model: the built-in parsers `_Im_…`.

        >>> socdef_asim().name
        'socdef_asim'

    The variable `socdef_asim_parsers: workspace` in another pipeline asks for those deployed by hand, `im…`.
    """
    return _pipeline("socdef_asim")


def socdef_xdr() -> ProcessingPipeline:
    """The tables of Microsoft Defender XDR's advanced hunting.

    >>> socdef_xdr().name
    'socdef_xdr'
    """
    return _pipeline("socdef_xdr")


def socdef_ocsf() -> ProcessingPipeline:
    """The Open Cybersecurity Schema Framework, as Amazon Security Lake and others have it.

    >>> socdef_ocsf().name
    'socdef_ocsf'
    """
    return _pipeline("socdef_ocsf")


def _pipeline(name: str) -> ProcessingPipeline:
    from sigma.processing.pipeline import ProcessingItem, QueryPostprocessingItem

    from .mapping import MapLogSource, WriteTable
    from .tables import load

    return ProcessingPipeline(
        name=name,
        priority=20,
        allowed_backends=load(name).backends,
        items=[ProcessingItem(identifier=name, transformation=MapLogSource(name))],
        postprocessing_items=[
            QueryPostprocessingItem(identifier=f"{name}_table", transformation=WriteTable())
        ],
    )
