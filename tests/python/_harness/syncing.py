"""An output that `sync` keeps up to date, run after run."""

import json
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import yaml

from .command import good, socdef


class Syncing:
    """One output that is kept up to date."""

    def __init__(
        self, folder: Path, home: Mapping[str, str], url: str, key: str, output: str = "rules/"
    ) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.home: dict[str, str] = {**home, "SOCDEF_BASE_URL": url, "SOCDEF_API_KEY": key}
        self.ahead = timedelta()
        """How far our clock is ahead."""
        self.output = folder / output
        self.arguments = [
            "sync",
            "--state",
            "state",
            "-o",
            output,
            "--changes",
            "changes.json",
            "--max-wait",
            "0",
        ]

    def run(self, *options: str) -> subprocess.CompletedProcess[bytes]:
        return socdef(*self.arguments, *options, home=self.home, cwd=self.folder)

    def changes(self, *options: str) -> dict[str, list[str]]:
        """Run well; the values of what changed, by what happened to it."""
        assert good(self.run(*options)).stdout == b""
        changes = json.loads((self.folder / "changes.json").read_text())
        kinds = ("added", "updated", "expired", "removed")
        found = {kind: sorted(one["value"] for one in changes[kind]) for kind in kinds if changes[kind]}
        return {**found, **({"conflicts": changes["conflicts"]} if changes["conflicts"] else {})}

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.output.iterdir()}

    def times(self) -> dict[str, int]:
        return {path.name: path.stat().st_mtime_ns for path in [*self.output.iterdir(), self.output]}

    def values(self) -> list[str]:
        """The indicators of the rules that are there."""
        return sorted(yaml.safe_load(text)["socdef"]["value"] for text in self.files().values())
