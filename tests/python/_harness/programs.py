"""Programs in Rust that tests run: built by make beforehand, or here."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path

from . import REPO

BUILT = "SOCDEF_PROGRAMS"
"""The folder with the programs, where make has built them.

The wheel's library has the name of the tests' library, so whichever comes later is compiled once more.
"""


@cache
def program(kind: str, name: str) -> Path:
    """The program of a `--bench` or an `--example`, built as the tests of Rust are."""
    if BUILT in os.environ:
        return Path(os.environ[BUILT], name)
    command = ["cargo", "build", "--locked", "--quiet", f"--{kind}", name, "--message-format=json"]
    run = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    messages = [json.loads(line) for line in run.stdout.splitlines()]
    [made] = [
        message["executable"]
        for message in messages
        if message.get("executable") and message["target"]["name"] == name
    ]
    return Path(made)
