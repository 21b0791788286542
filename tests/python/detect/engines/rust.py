"""Two evaluators of Sigma written in Rust, by others: the crates sigma-rust and rsigma-eval.

They read the rules as they are, without a conversion. `tests/evaluate/evaluate.rs` is the program around
them, which `cargo test` builds too.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from _harness import REPO
from _harness.programs import program
from detect.engines.base import NUMBERS, Engine
from detect.model import Comparing, Table

if TYPE_CHECKING:
    import socdef_sigma


@dataclass(frozen=True, eq=False)
class Evaluator(Engine):
    """One of the two."""

    crate: str = ""

    def missing(self) -> str | None:
        """Rust's cargo."""
        return None if shutil.which("cargo") else "cargo"

    def version(self) -> str:
        """The crate's version."""
        lock = (REPO / "Cargo.lock").read_text(encoding="utf-8")
        found = re.search(rf'name = "{self.crate}"\nversion = "([^"]+)"', lock)
        assert found is not None
        return found[1]

    def with_pipeline(self, name: str) -> Engine | None:
        """A pipeline changes a conversion, and there is none."""
        return None

    def convert(self, rules: "socdef_sigma.RuleSet", refused: dict[str, str]) -> list[Any]:
        """The rules themselves."""
        return [rule.yaml() for rule in rules]

    def convert_texts(self, texts: Sequence[str]) -> list[Any]:
        """The rules themselves."""
        return list(texts)

    def run(self, table: Table, queries: Sequence[Any]) -> Iterator[frozenset[int] | str]:
        """All rules at once."""
        events = [
            {name: int(value) if name in NUMBERS else value for name, value in event.fields.items()}
            for event in table.events
        ]
        job = json.dumps({"engine": self.target, "rules": queries, "events": events})
        run = subprocess.run([program("evaluate")], input=job, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        answers = json.loads(run.stdout)
        assert len(answers) == len(queries)
        return (answer if isinstance(answer, str) else frozenset(answer) for answer in answers)


# https://github.com/SigmaHQ/sigma-specification: values are compared without regard to case. Both crates do.
ENGINES = (
    Evaluator("sigma-rust", "sigma-rust", Comparing(), crate="sigma-rust"),
    Evaluator("rsigma", "rsigma", Comparing(), crate="rsigma-eval"),
)
