"""How a run ends: whether an output that is there may be replaced, and the exit status."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import _core
from ..errors import OutputError
from .console import complain
from .folder import is_folder
from .run_report import found_something

__all__ = ["Outcome", "is_filled"]

_HINTS = {
    "empty_input": "`--allow-empty` lets an empty input empty it",
    "nothing_read": "`--report FILE` lists what was read, and `--input-format` names the format",
    "all_refused": "`--report FILE` says why, and `--input-format` names the format",
    "no_rules": "`--report FILE` says what is wrong with the templates",
    "no_queries": "the rules that the backend refused are named above; `preflight` shows them in advance",
    "findings": "the summary and `--report FILE` name them; without `--strict` the output is replaced",
}
_ONLY_OVER_ANOTHER = {"empty_input", "all_refused", "no_rules"}
_WORDS = {
    "no_queries": "none of the rules could be converted",
    "findings": "the run has findings, and `--strict` is given",
}


def is_filled(output: str | None) -> bool:
    """Whether an output is a file or a folder with something in it.

    >>> is_filled("no/such/file")
    False
    """
    try:
        if output is None:
            return False
        path = Path(output)
        return any(path.iterdir()) if path.is_dir() else path.is_file() and path.stat().st_size > 0
    except OSError:
        return False


class Outcome:
    """What a run may do to its output, asked before it is written, and what the command says of it then.

    >>> from socdef_sigma import compile, read
    >>> outcome = Outcome("rules.yml", {"strict": False, "allow_empty": False})
    >>> outcome.may_replace(compile(read(b"198.51.100.7")).report)
    True
    >>> outcome.status
    0
    """

    def __init__(self, output: str | None, options: Mapping[str, Any]) -> None:
        self._output = output
        self._caution = {name: options[name] for name in ("strict", "allow_empty")}
        self._was_filled = is_filled(output)
        # From a folder, a file is only removed where that was asked for.
        self._loses_nothing = output is not None and is_folder(output) and not options.get("prune")
        self._code: str | None = None
        self._words = ""

    def may_replace(
        self, report: _core.Report | None, *, lost_all: bool = False, has_losses: bool = False
    ) -> bool:
        """Whether the output may be replaced, by the account of the indicators and that of the queries."""
        why = report.why_kept(**self._caution) if report is not None else None
        if why is not None:
            self._code, self._words = why
        elif lost_all:
            self._code = "no_queries"
        elif has_losses and self._caution["strict"]:
            self._code = "findings"
        # Where nothing was there, nothing is lost.
        if self._code in _ONLY_OVER_ANOTHER and (self._loses_nothing or not self._was_filled):
            has_findings = has_losses or (report is not None and found_something(report, []))
            self._code = "findings" if self._caution["strict"] and has_findings else None
        return not (self._code and self._was_filled)

    def may_replace_rules(self, account: Mapping[str, Any]) -> bool:
        """The same by the account of rules that a server made."""
        if self._caution["strict"] and account["refused"]:
            self._code = "findings"
        elif not account["kept"] and account["refused"]:
            self._code, self._words = "nothing_read", "none of the rules that were received is valid"
        elif not account["kept"] and not self._caution["allow_empty"] and self._was_filled:
            self._code, self._words = "empty_input", "the server has no such rules"
        return not (self._code and self._was_filled)

    @property
    def status(self) -> int:
        """The exit status. Says why the output was left as it was, or why there is nothing in it."""
        if self._code is None:
            return 0
        if self._code == "findings" and not self._was_filled:
            return 1
        kept = "; the output was left as it was" if self._was_filled else ""
        complain(
            OutputError(
                f"{_WORDS.get(self._code, self._words)}{kept}",
                code=self._code,
                place=self._output,
                hint=_HINTS[self._code],
            )
        )
        return 1
