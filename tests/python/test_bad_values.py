"""Values that are made to break a rule."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sigma.collection import SigmaCollection
from sigma.types import SigmaString, SpecialChars

from _harness.hostile import VALUE
from _harness.measured import MIB
from socdef_sigma import compile, read
from socdef_sigma.errors import InputError

pytestmark = pytest.mark.pysigma_1_only


BASE = "http://evil.example/a"

HOSTILE = {**VALUE, "a mebibyte": "b" * MIB, "almost 8 KiB": "b" * 8000}


def literals(rule: Any) -> Iterator[str]:
    """What the values of a pySigma rule match, letter by letter; nothing may stand for more."""
    for detection in rule.detection.detections.values():
        stack = list(detection.detection_items)
        while stack:
            item = stack.pop()
            if hasattr(item, "detection_items"):
                stack.extend(item.detection_items)
                continue
            for value in item.value:
                assert isinstance(value, SigmaString)
                assert not any(isinstance(part, SpecialChars) for part in value.s)
                yield "".join(str(part) for part in value.s)


@pytest.mark.pysigma_1_and_2
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("format", ["json", "strings", "csv", "txt", "misp", "stix"])
def test_hostile_values(name: str, format: str, tmp_path: Path) -> None:
    """Refused or dropped with a reason, or one rule with exactly that literal, to PyYAML and to pySigma."""
    value = BASE + HOSTILE[name]
    quoted = value.replace('"', '""')
    pattern = value.replace("\\", "\\\\").replace("'", "\\'")
    content = {
        "json": json.dumps({"data": [{"type": "url", "value": value}]}),
        "strings": json.dumps([value]),
        "csv": f'value,type\n"{quoted}",url\n',
        "txt": f"{value}\n",
        "misp": json.dumps(
            {"Event": {"info": "S", "Attribute": [{"type": "url", "to_ids": True, "value": value}]}}
        ),
        "stix": json.dumps(
            {
                "type": "bundle",
                "id": "bundle--1",
                "objects": [
                    {
                        "type": "indicator",
                        "id": "indicator--1",
                        "pattern_type": "stix",
                        "pattern": f"[url:value = '{pattern}']",
                    }
                ],
            }
        ),
    }[format]
    path = tmp_path / f"feed.{'csv' if format == 'csv' else 'txt' if format == 'txt' else 'json'}"
    path.write_bytes(content.encode())
    if name == "nul" and format in ("txt", "csv"):
        # Text has no NUL; in JSON it can be written as an escape.
        with pytest.raises(InputError, match="the content is binary"):
            read(path)
        return
    made = compile(read(path), now="2026-05-17")
    rules = made.yaml()
    lost = [entry for entry in made.report.entries if entry["outcome"] in ("refused", "dropped")]
    documents = [rule for rule in yaml.safe_load_all(rules) if rule is not None]
    # A fragment is sent to no server, and a space is sent as `%20`. In a list or a cell several values may stand, each
    # of which ends where the next one, a note or a mark that no address ends with begins.
    wanted = {value, value.split("#")[0].rstrip(), value.replace(" ", "%20")}
    if format in ("txt", "csv"):
        first = value.split()[0]
        wanted |= {value.splitlines()[0], first.rstrip(","), first.rstrip("?:{")}
    for rule in documents:
        assert rule["socdef"]["value"] in wanted
        assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in rule["socdef"]["value"])
        assert rule["detection"]["condition"] == "1 of selection_*" or rule["detection"][
            "condition"
        ].startswith("selection")
    for rule in SigmaCollection.from_yaml(rules).rules if documents else []:
        assert documents[0]["socdef"]["value"] in set(literals(rule))
    if format in ("txt", "csv"):
        assert documents or lost
    else:
        assert len(documents) + len(lost) == 1
