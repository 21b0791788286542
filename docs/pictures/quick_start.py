"""Make quick-start.svg: the README's quick start as a terminal shows it.

Run it with the package, its extras `splunk` and `kusto`, and rich installed, from any folder:

    python docs/pictures/quick_start.py

It runs each command of the block in a new folder, and keeps what the README does not show out of the picture.
"""

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

HERE = Path(__file__).resolve().parent
COLUMNS = 88


def quick_start() -> list[tuple[str, int | None]]:
    """The commands of the README's second console block, and how many lines it shows of those it cuts."""
    page = (HERE.parents[1] / "README.md").read_text(encoding="utf-8")
    block = re.findall(r"^```console\n(.*?)^```$", page, re.M | re.S)[1]
    found: list[tuple[str, int | None]] = []
    for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
        command, *shown = part.splitlines()
        found.append((command, shown.index("...") if "..." in shown else None))
    return found


def main() -> None:
    """Run the commands, and write the picture."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "SOURCE_DATE_EPOCH": "1779019200",
        "COLUMNS": str(COLUMNS),
    }
    with tempfile.TemporaryDirectory() as folder:
        for command, most in quick_start():
            console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=True,
            )
            for line in done.stdout.splitlines()[:most]:
                console.print(Text.from_ansi(line))
    console.print()
    # Fonts of the reader's own: a picture fetches nothing.
    style = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.S)
    style = style.replace("Fira Code, monospace", "ui-monospace, Menlo, Consolas, monospace")
    svg = console.export_svg(title="socdef-sigma", code_format=style, unique_id="quick-start")
    lines = (line.rstrip() for line in svg.splitlines())
    (HERE / "quick-start.svg").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
