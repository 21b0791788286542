"""What one would write in Python, for comparison.

`python benches/peers.py jinja2|csafe COUNT` prints seconds. The rule is that of a domain, with all that ours
has. Neither peer escapes for Sigma, and jinja2 not for YAML.
"""

import sys
import time
import uuid

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


def main() -> None:
    """Time one of them, after a warm-up."""
    peer = {"jinja2": jinja2, "csafe": csafe}[sys.argv[1]]
    values = [f"host{number}.example" for number in range(int(sys.argv[2]))]
    peer(values[:100])
    begin = time.perf_counter()
    peer(values)
    print(time.perf_counter() - begin)


if __name__ == "__main__":
    main()
