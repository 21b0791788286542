"""PostgreSQL: no backend of pySigma's writes for it, but it takes what the DuckDB library writes.

A server of its own in a temporary folder, reached through a socket there; ended with this process.
"""

import atexit
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from detect.engines.base import ID, NUMBERS, quoted, rows_of
from detect.engines.duckdb import DuckDb
from detect.model import Comparing, Table

# https://www.postgresql.org/docs/current/functions-matching.html: ILIKE disregards case, `=` does not.
_BYTES = Comparing(equal=False, part=True, equal_with="%_")


def _program(name: str) -> str | None:
    """A program of the newest server that is installed: Debian keeps them out of the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


def _run(folder: Path, *command: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program as a user that the server accepts, which root is not."""
    if os.getuid() == 0:
        command = ("runuser", "-u", "postgres", "--", *command)
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False, cwd=folder)


@cache
def _server() -> Path:
    """The folder of a running server."""
    folder = Path(tempfile.mkdtemp(prefix="socdef-pg-"))
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data = str(folder / "data")
    made = _run(
        folder,
        str(_program("initdb")),
        "-D",
        data,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "-U",
        "postgres",
    )
    assert made.returncode == 0, made.stderr
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    control = str(_program("pg_ctl"))
    # It keeps what it inherits: with pipes, nobody would see its end.
    started = _run(folder, control, "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
    assert started.returncode == 0, started.stderr

    def stop() -> None:
        _run(folder, control, "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    return folder


@dataclass(frozen=True, eq=False)
class PostgreSql(DuckDb):
    """The DuckDB library's queries on a temporary table."""

    def missing(self) -> str | None:
        """The server, or the DuckDB backend."""
        if _program("initdb") is None or shutil.which("psql") is None:
            return "postgresql"
        missing = super().missing()
        return missing if missing == "sigma_backend_duckdb" else None

    def version(self) -> str:
        """The server's version."""
        said = subprocess.run(
            [str(_program("postgres")), "--version"], capture_output=True, text=True, check=True
        )
        return said.stdout.split()[2]

    def run(self, table: Table, queries: Sequence[Any]) -> Iterator[frozenset[int] | str]:
        """All queries in one session, each between two marks."""
        lines = [
            f"CREATE TEMPORARY TABLE logs ({ID} integer{self._columns(table)});",
            "COPY logs FROM STDIN;",
        ]
        lines += ["\t".join(_copied(cell) for cell in row) for row in rows_of(table)]
        lines.append("\\.")
        for at, query in enumerate(queries):
            lines += [
                f"\\echo query {at}",
                f"SELECT {ID} FROM ({query}) AS found;",
                "\\if :ERROR",
                "\\echo failed :LAST_ERROR_MESSAGE",
                "\\endif",
            ]
        folder = _server()
        run = _run(
            folder,
            "psql",
            "-h",
            str(folder),
            "-U",
            "postgres",
            "-XAtq",
            "postgres",
            text="\n".join(lines) + "\n",
        )
        answers = re.split(r"(?m)^query \d+\n", run.stdout)[1:]
        assert len(answers) == len(queries), run.stderr
        for answer in answers:
            if answer.startswith("failed "):
                yield answer.removeprefix("failed ").strip()
            else:
                yield frozenset(map(int, answer.split()))

    def _columns(self, table: Table) -> str:
        # The library quotes odd names only, and PostgreSQL writes others small.
        plain = re.compile(r"\w+")
        return "".join(
            f", {name if plain.fullmatch(name) else quoted(name)} {'integer' if name in NUMBERS else 'text'}"
            for name in table.columns
        )


def _copied(cell: str | int | None) -> str:
    if cell is None:
        return "\\N"
    return str(cell).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


ENGINES = (
    PostgreSql("PostgreSQL, `-p socdef_values`", "duckdb", Comparing(), pipelines=("socdef_values",)),
    PostgreSql("PostgreSQL, `-p none`", "duckdb", _BYTES),
)
