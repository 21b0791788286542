"""The examples of a page in Markdown: `console` blocks of commands, each with what it prints.

In what is shown, a line of `...` stands for lines that are not, and `…` for what is not of a line.
"""

import re
from pathlib import Path


def blocks(page: Path, language: str) -> list[str]:
    """The blocks of a page in a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)


def commands(block: str) -> list[tuple[str, str]]:
    """Each command of a block, with the output that the block shows for it."""
    pairs: list[tuple[str, str]] = []
    heredoc = ""
    for line in block.splitlines(keepends=True):
        command, shown = pairs[-1] if pairs else ("", "")
        if heredoc:
            pairs[-1] = (command + line, shown)
            if line.strip() == heredoc:
                heredoc = ""
        elif command.endswith("\\\n") and not shown:
            pairs[-1] = (command + line.removeprefix("> "), shown)
        elif line.startswith("$ "):
            pairs.append((line[2:], ""))
            opening = re.search(r"<<'(\w+)'", line)
            heredoc = opening.group(1) if opening else ""
        else:
            pairs[-1] = (command, shown + line)
    return pairs


def matches(shown: str, printed: str) -> bool:
    """Whether a command printed what the page shows."""
    lines = shown.splitlines(keepends=True)
    pattern = "".join(".*" if line == "...\n" else re.escape(line).replace(r"…", "[^\n]*") for line in lines)
    return re.fullmatch(pattern, printed, re.S) is not None
