"""What one would write in Python, for comparison. Prints the seconds of the part that counts.

`python benches/peers.py jinja2|csafe COUNT`: rules of made-up domains with all that ours have. Neither
escapes for Sigma, and jinja2 not for YAML.

`python benches/peers.py to_pysigma|from_dicts|from_yaml VALUES`: the rules of a file of values as pySigma's
objects. `equal VALUES` says whether they are the same.

`python benches/peers.py read_rules|safe_load|csafe_load RULES`: a file of Sigma rules, read.
"""

import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "socdef-sigma")
TEMPLATE = """title: 'Threat Intelligence - Malicious Domain Indicator {{ value }}'
id: {{ id }}
status: experimental
description: Detects DNS queries for a malicious domain or a name below it, identified by threat intelligence.
author: socdef-sigma
date: {{ date }}
tags:
  - attack.command-and-control
logsource:
  category: dns_query
  product: windows
detection:
  selection:
    - QueryName: '{{ value }}'
    - QueryName|endswith: '.{{ value }}'
  condition: selection
fields:
  - Image
  - QueryName
  - QueryResults
falsepositives:
  - Unknown
level: medium
socdef:
  type: 'domain'
  value: '{{ value }}'
  confidence: 'medium'
  confidence_stated: false
"""


def jinja2(values: list[str]) -> int:
    """Rules by a template."""
    import jinja2

    template = jinja2.Template(TEMPLATE)
    size = 0
    for value in values:
        rule_id = uuid.uuid5(NAMESPACE, f"domain:{value}")
        size += len(template.render(value=value, id=rule_id, date="2026-05-17"))
    return size


def csafe(values: list[str]) -> int:
    """Rules by PyYAML's fast dumper."""
    import yaml

    size = 0
    for value in values:
        rule = {
            "title": f"Threat Intelligence - Malicious Domain Indicator {value}",
            "id": str(uuid.uuid5(NAMESPACE, f"domain:{value}")),
            "status": "experimental",
            "description": "Detects DNS queries for a malicious domain or a name below it, identified by "
            "threat intelligence.",
            "author": "socdef-sigma",
            "date": "2026-05-17",
            "tags": ["attack.command-and-control"],
            "logsource": {"category": "dns_query", "product": "windows"},
            "detection": {
                "selection": [{"QueryName": value}, {"QueryName|endswith": f".{value}"}],
                "condition": "selection",
            },
            "fields": ["Image", "QueryName", "QueryResults"],
            "falsepositives": ["Unknown"],
            "level": "medium",
            "socdef": {"type": "domain", "value": value, "confidence": "medium", "confidence_stated": False},
        }
        size += len(yaml.dump(rule, Dumper=yaml.CSafeDumper, sort_keys=False))
    return size


def objects(mode: str, path: str) -> Callable[[], Any]:
    """A way from rules to pySigma's objects."""
    from sigma.collection import SigmaCollection

    import socdef_sigma

    rules = socdef_sigma.compile(socdef_sigma.read(Path(path)), now="2026-05-17")
    if mode == "to_pysigma":
        return rules.to_pysigma
    if mode == "from_dicts":
        dicts = rules.dicts()
        return lambda: SigmaCollection.from_dicts(dicts)
    if mode == "from_yaml":
        text = rules.yaml()
        return lambda: SigmaCollection.from_yaml(text)

    def equal() -> None:
        if rules.to_pysigma().rules != SigmaCollection.from_dicts(rules.dicts()).rules:
            raise SystemExit("the rules are not pySigma's")

    return equal


def loaded(mode: str, path: str) -> Callable[[], Any]:
    """A way to read Sigma rules."""
    data = Path(path).read_bytes()
    if mode == "read_rules":
        from socdef_sigma.convert.sigma_rules import read_rules

        return lambda: read_rules(data)
    import yaml

    loader = yaml.SafeLoader if mode == "safe_load" else yaml.CSafeLoader
    return lambda: list(yaml.load_all(data, loader))


def rules_of(mode: str, count: str) -> Callable[[], Any]:
    """A way to make rules."""
    make = {"jinja2": jinja2, "csafe": csafe}[mode]
    values = [f"host{number}.example" for number in range(int(count))]
    make(values[:100])
    return lambda: make(values)


def main() -> None:
    """Time one of them, after what it needs is there."""
    mode, argument = sys.argv[1:]
    prepare = {
        **dict.fromkeys(("to_pysigma", "from_dicts", "from_yaml", "equal"), objects),
        **dict.fromkeys(("read_rules", "safe_load", "csafe_load"), loaded),
    }.get(mode, rules_of)
    work = prepare(mode, argument)
    begin = time.perf_counter()
    work()
    print(time.perf_counter() - begin)


if __name__ == "__main__":
    main()
