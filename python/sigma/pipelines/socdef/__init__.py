"""The processing pipelines of socdef-sigma, as `sigma convert -p` finds them.

pySigma imports every module here before any command runs, so this one imports nothing that is slow or can
fail.
"""

from .socdef import socdef_pipeline, socdef_values
from .targets import (
    socdef_asim,
    socdef_ecs,
    socdef_ocsf,
    socdef_splunk_cim,
    socdef_splunk_sysmon,
    socdef_xdr,
)

__all__ = [
    "socdef_asim",
    "socdef_ecs",
    "socdef_ocsf",
    "socdef_pipeline",
    "socdef_splunk_cim",
    "socdef_splunk_sysmon",
    "socdef_values",
    "socdef_xdr",
]

pipelines = {
    "socdef": socdef_pipeline,
    "socdef_asim": socdef_asim,
    "socdef_ecs": socdef_ecs,
    "socdef_ocsf": socdef_ocsf,
    "socdef_splunk_cim": socdef_splunk_cim,
    "socdef_splunk_sysmon": socdef_splunk_sysmon,
    "socdef_values": socdef_values,
    "socdef_xdr": socdef_xdr,
}
