"""Indicators of compromise in, Sigma rules and SIEM queries out.

    >>> import socdef_sigma
    >>> indicators = socdef_sigma.read(b"hxxps://evil[.]example/a.php?id=1\\n198.51.100[.]7\\n")
    >>> rules = socdef_sigma.compile(indicators, now="2026-05-17")
    >>> rules[1].title
    'Threat Intelligence - Malicious IPv4 Indicator 198.51.100.7'
    >>> rules.convert("splunk")[1].partition(" | ")[0]
    'tag="network" tag="communicate" dest_ip="198.51.100.7"'
    >>> indicators.report.counts["refused"]
    0

`read` takes files, folders, bytes and binary streams; `compile` makes a rule of each indicator that its
guard lets pass; `RuleSet` writes YAML, and hands over to pySigma. Errors are `SocdefError`s.
"""

from pathlib import Path

from ._core import (
    Client,
    Explanation,
    FeedRecord,
    FetchedRules,
    Indicator,
    Indicators,
    Report,
    Rule,
    RuleSet,
    Summary,
    Template,
    __version__,
    compile,
    explain,
    explain_all,
    parse,
    read,
    summarize,
    templates,
)
from .drop_ins import template_paths
from .errors import (
    AccessError,
    ConversionError,
    FetchError,
    InputError,
    OutputError,
    Refused,
    ServeError,
    SocdefError,
    TemplateError,
    UsageError,
)

SIGMA_CHECK = Path(__file__).with_name("sigma-check.yml")
"""The configuration of `sigma check` with which the rules give no issues."""

__all__ = [
    "SIGMA_CHECK",
    "AccessError",
    "Client",
    "ConversionError",
    "Explanation",
    "FeedRecord",
    "FetchError",
    "FetchedRules",
    "Indicator",
    "Indicators",
    "InputError",
    "OutputError",
    "Refused",
    "Report",
    "Rule",
    "RuleSet",
    "ServeError",
    "SocdefError",
    "Summary",
    "Template",
    "TemplateError",
    "UsageError",
    "__version__",
    "compile",
    "explain",
    "explain_all",
    "parse",
    "read",
    "summarize",
    "template_paths",
    "templates",
]
