"""Programs in Rust that tests run, built as the tests of Rust are: by make beforehand, or on demand.

`python -m _harness.programs FOLDER` builds them all into a folder.
"""

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from . import REPO

BUILT = "SOCDEF_PROGRAMS"
"""The variable with the folder of programs that make has built.

The wheel's library has the name of the tests' library, so whichever comes later is compiled once more.
"""

PROGRAMS = {"work": "--bench", "evaluate": "--example"}
"""Each program, and what it is to cargo."""


@cache
def program(name: str) -> Path:
    """The path of a program."""
    if BUILT in os.environ:
        return Path(os.environ[BUILT], name)
    command = ["cargo", "build", "--locked", "--quiet", PROGRAMS[name], name, "--message-format=json"]
    run = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    messages = [json.loads(line) for line in run.stdout.splitlines()]
    [made] = [
        message["executable"]
        for message in messages
        if message.get("executable") and message["target"]["name"] == name
    ]
    return Path(made)


def main(folder: Path) -> None:
    """Build every program, and copy it to the folder under its name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PROGRAMS:
        shutil.copy2(program(name), folder / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
