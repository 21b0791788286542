"""Rule documents against the official JSON schema of Sigma."""

import json
from typing import Any

import jsonschema
import yaml

from _harness import DATA


class _Loader(yaml.SafeLoader):
    """Leaves dates as the strings that they are in the text, which is what the schema describes."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

_VALIDATOR = jsonschema.Draft202012Validator(
    json.loads((DATA / "sigma-detection-rule-schema.json").read_text(encoding="utf-8")),
    format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
)


def load_rules(text: str) -> list[dict[str, Any]]:
    """The documents of a YAML text, with dates as strings."""
    return list(yaml.load_all(text, Loader=_Loader))


def schema_errors(rule: object) -> list[str]:
    """What the schema says against one rule document, each with its place; empty for a valid one."""
    return [f"{error.json_path}: {error.message}" for error in _VALIDATOR.iter_errors(rule)]
