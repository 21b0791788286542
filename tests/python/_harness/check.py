"""Run `sigma check` as a user would, and read what it found."""

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from _harness import REPO

CONFIG = REPO / "python" / "socdef_sigma" / "sigma-check.yml"
"""The configuration that the package ships."""

_ISSUE = re.compile(r"^issue=(?P<name>\w+) severity=(?P<severity>\w+) ", re.MULTILINE)
_FOUND = re.compile(r"^Found (\d+) errors, (\d+) condition errors and (\d+) issues\.$", re.MULTILINE)


@dataclass(frozen=True)
class Issue:
    """One finding: the validator's issue class, its severity, and the whole line."""

    name: str
    severity: str
    line: str


@dataclass(frozen=True)
class Checked:
    """What one run said. `errors` counts rules that could not even be read."""

    exit_code: int
    errors: int
    issues: list[Issue]
    output: str

    @property
    def names(self) -> list[str]:
        """The issue classes found, sorted."""
        return sorted(issue.name for issue in self.issues)


def sigma_check(folder: Path, env: Mapping[str, str], config: Path | None = CONFIG) -> Checked:
    """Check every `.yml` file below `folder`; without a `config`, with all validators.

    One rule a file: the check of the file name's prefix re-reads the whole file for each rule in it.
    """
    if not any(folder.rglob("*.yml")):
        raise ValueError(f"no rule to check in {folder}: a check of nothing finds nothing")
    command = [str(Path(sys.executable).with_name("sigma")), "check", "--fail-on-error", "--fail-on-issues"]
    if config is not None:
        command += ["--validation-config", str(config)]
    run = subprocess.run([*command, str(folder)], env=dict(env), capture_output=True, text=True, check=False)

    found = _FOUND.search(run.stdout)
    if found is None:
        raise RuntimeError(f"sigma check did not finish (exit {run.returncode}):\n{run.stdout}\n{run.stderr}")
    errors, conditions, count = map(int, found.groups())
    issues = [_issue(run.stdout, match) for match in _ISSUE.finditer(run.stdout)]
    if len(issues) != count:
        raise RuntimeError(f"sigma check counted {count} issues, {len(issues)} were read:\n{run.stdout}")
    return Checked(run.returncode, errors + conditions, issues, run.stdout)


def _issue(output: str, match: re.Match[str]) -> Issue:
    line = output[match.start() :].split("\n", 1)[0]
    return Issue(match["name"], match["severity"], line)
