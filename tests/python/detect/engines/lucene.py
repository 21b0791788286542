"""Lucene, which Elasticsearch is made of: Debian's `liblucene8-java` under a small program, `Lucene.java`.

Fields are mapped as an index template for these logs would: addresses to `ip`, everything else to
`keyword`, once as it is and once with a normalizer that writes small letters.
"""

import base64
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from detect.columns import ADDRESS_COLUMNS
from detect.engines.base import Engine
from detect.model import Comparing, Table
from detect.schemas import ECS_ADDRESSES, ecs

PARTS = ("core", "analyzers-common", "queryparser", "misc")


@cache
def _jars() -> list[Path]:
    """Debian's, whose names have the version."""
    return [
        jar for part in PARTS for jar in sorted(Path("/usr/share/java").glob(f"lucene-{part}-8.*.jar"))[-1:]
    ]


@cache
def _classes() -> str:
    """The class path with the compiled program; the compiler is in the JDK."""
    folder = tempfile.mkdtemp(prefix="socdef-lucene-")
    jars = ":".join(map(str, _jars()))
    source = Path(__file__).with_name("Lucene.java")
    subprocess.run(["javac", "-cp", jars, "-d", folder, str(source)], check=True)
    return f"{folder}:{jars}"


def _encoded(*texts: str) -> str:
    return "\t".join(base64.b64encode(text.encode()).decode() for text in texts)


@dataclass(frozen=True, eq=False)
class Lucene(Engine):
    """The backend's `query_string` queries."""

    analyzer: str = "keyword"
    addresses: frozenset[str] = ADDRESS_COLUMNS
    """Fields of type `ip`."""
    is_ecs: bool = False
    """Whether events have the fields of the Elastic Common Schema."""

    def missing(self) -> str | None:
        """A Java compiler, or Debian's package."""
        if shutil.which("javac") is None:
            return "javac"
        return None if len(_jars()) == len(PARTS) else "liblucene8-java"

    def version(self) -> str:
        """From the file's name."""
        return _jars()[0].stem.removeprefix("lucene-core-")

    def with_pipeline(self, name: str) -> Engine | None:
        """One that maps the fields has its own."""
        return None if self.is_ecs else super().with_pipeline(name)

    def run(self, table: Table, queries: Sequence[Any]) -> Iterator[frozenset[int] | str]:
        """All queries in one process."""
        lines = [f"analyzer\t{self.analyzer}"]
        lines += [f"address\t{_encoded(name)}" for name in sorted(self.addresses)]
        for event in table.events:
            lines.append("event")
            fields = ecs(table.logsource, event.fields) if self.is_ecs else event.fields
            lines += [f"field\t{_encoded(name, value)}" for name, value in fields.items()]
        lines += [f"query\t{_encoded(query)}" for query in queries]
        run = subprocess.run(
            ["java", "-Xmx512m", "-cp", _classes(), "Lucene"],
            input="\n".join(lines),
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        answers = run.stdout.splitlines()
        assert len(answers) == len(queries)
        for answer in answers:
            verdict, *rest = answer.split("\t")
            if verdict == "found":
                yield frozenset(map(int, rest))
            else:
                yield base64.b64decode(rest[0]).decode()


# https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/keyword: exact values, unless a
# normalizer is set.
ENGINES = (
    Lucene("Lucene, `-p none`", "lucene", Comparing(equal=False, part=False, addresses=True)),
    Lucene(
        "Lucene, `-p none`, normalizer `lowercase`",
        "lucene",
        Comparing(addresses=True),
        analyzer="lowercase",
    ),
    # Elastic writes hashes in small letters, and the pipeline asks for these: their case is the same
    # everywhere.
    Lucene(
        "Lucene, `-p socdef_ecs`",
        "lucene",
        Comparing(equal=False, part=False, addresses=True, hashes=True, ports=False),
        pipelines=("socdef_ecs",),
        addresses=ECS_ADDRESSES,
        is_ecs=True,
    ),
)
