"""The tables of the pipelines for targets: pages, columns, and a place or a reason for every template."""

import datetime
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from _harness import REPO
from sigma.pipelines.socdef import pipelines
from sigma.pipelines.socdef.tables import NAMES, load
from socdef_sigma import _core
from socdef_sigma.preflight import sample_rules

TABLES = REPO / "python" / "sigma" / "pipelines" / "socdef" / "tables"


def raw_tables() -> Iterator[tuple[str, dict[str, Any]]]:
    """The files as YAML has them, without the loader under test."""
    for path in sorted(TABLES.glob("*.yml")):
        header, table = yaml.safe_load_all(path.read_text(encoding="utf-8"))
        yield path.stem, header | table


def test_there_is_a_table_for_each_pipeline() -> None:
    assert (
        {f"socdef_{stem}" for stem, _ in raw_tables()}
        == set(NAMES)
        == set(pipelines) - {"socdef", "socdef_values"}
    )
    for stem, data in raw_tables():
        assert data["name"] == f"socdef_{stem}"


@pytest.mark.parametrize(("stem", "data"), list(raw_tables()))
def test_every_page_says_what_was_read_and_when(stem: str, data: dict[str, Any]) -> None:
    for page in data["pages"].values():
        assert set(page) == {"url", "read", "text", "checked"}
        assert page["url"].startswith("https://")
        assert isinstance(page["read"], datetime.date)
        assert isinstance(page["checked"], bool)
        # What was not seen must not look as if it was.
        assert page["checked"] != ("not seen" in page["text"]), page
    described = {page for tables in data["schema"].values() for page in tables}
    assert described == set(data["pages"])


@pytest.mark.parametrize(("stem", "data"), list(raw_tables()))
def test_every_column_is_described_by_a_page(stem: str, data: dict[str, Any]) -> None:
    """Of the fields that are asked for, those that are shown, and those of conditions; by a walk of the YAML alone."""
    columns = 0
    for entry in data["log_sources"]:
        if "refused" in entry:
            assert entry["refused"]
            assert "fields" not in entry
            continue
        described = {name for names in data["schema"][entry["table"]].values() for name in names}
        described |= set(entry.get("calculated", ()))
        wanted = set(entry.get("output", {}).values())
        wanted |= {key.partition("|")[0] for key in entry.get("conditions", {})} - {"tag"}
        for value in entry["fields"].values():
            if isinstance(value, dict):
                named = [value.get(key, []) for key in ("columns", "path", "query", "MD5", "SHA1", "SHA256")]
                wanted |= {name for names in named for name in ([names] if isinstance(names, str) else names)}
            else:
                wanted |= {value} if isinstance(value, str) else set(value)
        assert wanted <= described, (entry["log_source"], wanted - described)
        columns += len(wanted)
    assert columns > 15


@pytest.mark.parametrize("name", NAMES)
def test_every_template_has_a_column_or_a_reason(name: str) -> None:
    """All fields of all templates' rules, as their YAML has them: mapped by name, or the log source is refused."""
    table = load(name)
    seen = set()
    for rule in sample_rules():
        document = yaml.safe_load(rule.yaml())
        source = document["logsource"]
        entry = table.entry(
            type("LogSource", (), {**dict.fromkeys(("category", "product", "service")), **source})
        )
        assert entry is not None, source
        detections = [part for key, part in document["detection"].items() if key != "condition"]
        items = itertools.chain.from_iterable(
            part if isinstance(part, list) else [part] for part in detections
        )
        for field in {key.partition("|")[0] for item in items for key in item}:
            assert entry.refused or field in entry.fields or entry.missing.get(field), (rule.template, field)
        seen.add(rule.template)
    assert seen == {template.name for template in _core.templates()}
