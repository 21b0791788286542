"""Alerts that `sync` keeps up to date, in a file and in a folder."""

import json
from pathlib import Path

import pytest

from _harness.endpoint import Store, serving
from _harness.syncing import Syncing
from alerts.conf import stanzas
from socdef_sigma.convert import backends

VALUES = ("192.0.2.1", "evil.example")
FORMS = [("splunk", "savedsearches", "conf"), ("kusto", "analytics_rule", "json")]


def _count(text: str) -> int:
    return len(json.loads(text)["resources"]) if text.startswith("{") else len(stanzas(text))


@pytest.mark.parametrize(("target", "form", "ending"), FORMS)
def test_alerts_come_change_and_go(
    target: str, form: str, ending: str, tmp_path: Path, sigma_home: dict[str, str]
) -> None:
    if target not in backends.listing().classes:
        pytest.skip(f"the backend for the target `{target}` is not installed")
    home = {name: value for name, value in sigma_home.items() if not name.startswith("SOCDEF_")}
    (tmp_path / "store").mkdir()
    store = Store(tmp_path / "store", home)
    store.feed("\n".join(VALUES))
    options = ("-t", target, "-f", form)
    with serving(store) as endpoint:
        key = store.key("pro")
        file = Syncing(tmp_path / "file", home, endpoint.url, key, f"alerts.{ending}")
        folder = Syncing(tmp_path / "folder", home, endpoint.url, key, "alerts/")
        for one in (file, folder):
            assert one.changes(*options) == {"added": sorted(VALUES)}
            assert one.changes(*options) == {}
        assert _count(file.output.read_text()) == 2
        assert {Path(name).suffix for name in folder.files()} == {f".{ending}"}
        # Other settings, other alerts of the same rules.
        before = file.output.read_bytes()
        file.changes(*options, "--alert", "schedule=6h")
        assert file.output.read_bytes() != before
        store.feed(VALUES[1])
        file.changes(*options, "--alert", "schedule=6h", "--full")
        folder.changes(*options, "--full")
        assert _count(file.output.read_text()) == 1
        assert [_count(text.decode()) for text in folder.files().values()] == [1]
