"""The examples of a page in Markdown: `console` blocks of commands, each with what it prints.

In what is shown, a line of `...` stands for lines that are not, and `…` for what is not of a line.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from os import pathsep
from pathlib import Path
from xml.etree import ElementTree


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


def run_page(
    page: Path, folder: Path, home: Mapping[str, str], change: Callable[[str], str] = lambda command: command
) -> int:
    """Run the commands of a page in order, in one folder; each succeeds and prints what stands below it.

    `change` gives the command that is run in place of one of the page. `pip install` is left out, because the
    package under test is installed. Returns how many ran.
    """
    python = Path(sys.executable).parent
    environment = {**home, "PATH": f"{python}{pathsep}{home['PATH']}", "NO_COLOR": "1"}
    ran = 0
    for block in blocks(page, "console"):
        for command, shown in commands(block):
            if command.startswith("pip install"):
                continue
            run_command(command, shown, folder, environment, change(command))
            ran += 1
    return ran


def run_command(
    command: str, shown: str, folder: Path, environment: Mapping[str, str], script: str | None = None
) -> None:
    """Run a command of a page, or a script in its place: it succeeds and prints what the page shows."""
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script or command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    assert matches(shown, done.stdout), f"{command}\n{done.stdout}"


def words_of(picture: Path) -> str:
    """The text of a picture, with one space between words."""
    texts = ElementTree.parse(picture).getroot().itertext()
    return " ".join(" ".join(text.replace("\xa0", " ") for text in texts).split())
