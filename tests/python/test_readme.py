"""The README's examples do what the README shows.

Every `console` block is run, in order and in one folder; `...` stands for lines that are not shown. Python blocks are run too.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"


def blocks(language: str) -> list[str]:
    """The blocks of the README in a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README.read_text(encoding="utf-8"), re.M | re.S)


def commands(block: str) -> list[tuple[str, str]]:
    """Each command of a block, here-documents included, with the output that the block shows for it."""
    pairs: list[tuple[str, str]] = []
    heredoc = ""
    for line in block.splitlines(keepends=True):
        if heredoc:
            command, shown = pairs[-1]
            pairs[-1] = (command + line, shown)
            if line.strip() == heredoc:
                heredoc = ""
        elif line.startswith("$ "):
            pairs.append((line[2:], ""))
            opening = re.search(r"<<'(\w+)'", line)
            heredoc = opening.group(1) if opening else ""
        else:
            command, shown = pairs[-1]
            pairs[-1] = (command, shown + line)
    return pairs


def test_console_blocks(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    """Each command succeeds and prints what stands below it."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**sigma_home, "PATH": path, "NO_COLOR": "1"}
    ran = 0
    for block in blocks("console"):
        for command, shown in commands(block):
            if command.startswith("pip install"):
                continue  # The package under test is installed.
            done = subprocess.run(
                ["bash", "-o", "pipefail", "-c", command],
                cwd=tmp_path,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}"
            pattern = "".join(".*" if line == "...\n" else re.escape(line) for line in shown.splitlines(True))
            assert re.fullmatch(pattern, done.stdout, re.S), f"{command}\n{done.stdout}"
            ran += 1
    assert ran >= 8


@pytest.mark.parametrize("code", blocks("python"))
def test_python_blocks(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each block runs, and prints something."""
    exec(compile(code, str(README), "exec"), {"__name__": "readme"})
    assert capsys.readouterr().out
