"""Queries filled from the skeleton of their class, and converted by pySigma where that has none."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..pysigma import batches
from .converter import Converter
from .lost import LostRule
from .oracle import SAMPLE, Oracle

if TYPE_CHECKING:
    from .._core import Report, Rule
    from .sigma_rules import Source


__all__ = ["BatchConversion"]


class BatchConversion:
    """Rules of this package to queries: by the skeletons of their classes where these prove right.

        >>> from socdef_sigma import compile, read
        >>> conversion = BatchConversion(Converter("sqlite"))
        >>> conversion.finish(conversion.convert(compile(read(b"192.0.2.1"))))
        ["SELECT * FROM logs WHERE DestinationIp='192.0.2.1'"]

    The output is what the converter alone would give: same queries, same order.
    """

    ATTEMPTS = 8
    """Restarts after a difference before all rules go through pySigma."""
    BATCH = 8192
    """How many rules are looked at together."""

    def __init__(
        self,
        converter: Converter,
        *,
        sample: int = SAMPLE,
        verify: bool = False,
        is_patient: bool = True,
        sources: "Sequence[Source]" = (),
    ) -> None:
        from .._core import BatchConverter

        self._converter = converter
        self._batch = BatchConverter(sample, verify=verify)
        self._is_patient = is_patient
        self._sources = sources
        self._attempts = 0
        self._refused: set[int] = set()
        self._oracle = self._new_oracle()
        self.why_not = converter.why_not_filled
        """Why no rule may be filled, in a line."""

    def _new_oracle(self) -> Oracle:
        oracle = Oracle(self._converter.twin, self._sources)
        if not self._is_patient:
            oracle.converter.on_lost = self._converter.on_lost
        return oracle

    def forget(self) -> None:
        """Count nothing of what was converted so far.

        >>> conversion = BatchConversion(Converter("sqlite"))
        >>> report = conversion.stream(b"192.0.2.1\\n10.0.0.1\\n", rewind=lambda: None)
        >>> conversion.forget()
        >>> conversion.count
        0
        """
        from .._core import BatchConverter

        self._batch = BatchConverter(0)
        self._refused.clear()

    @property
    def tally(self) -> "Mapping[str, Any]":
        """The counts of rules: `filled`, `converted` by the reason, `verified`, `differences`."""
        return self._batch.tally

    def convert(
        self, rules: "Iterable[Rule]", progress: Callable[[str, int], None] = lambda stage, count: None
    ) -> list[list[Any] | None]:
        """The queries of each rule; None for one that the backend refuses, after a call of `on_lost`.

        >>> from socdef_sigma import compile, read
        >>> BatchConversion(Converter("sqlite")).convert(compile(read(b"192.0.2.1")))
        [["SELECT * FROM logs WHERE DestinationIp='192.0.2.1'"]]
        """
        everything = list(rules)
        made = self._attempt(everything, progress)
        while made is None:
            made = self._attempt(everything, progress)
        for lost in self._oracle.converter.lost:
            self._converter.on_lost(lost)
        return [None if self._is_refused(queries or []) else queries for queries in made]

    def _attempt(
        self, rules: "list[Rule]", progress: Callable[[str, int], None]
    ) -> list[list[Any] | None] | None:
        oracle = self._begin()
        made: list[list[Any] | None] = []
        for batch in batches(rules, self.BATCH):
            for texts in self._batch.convert(batch, oracle):
                made.append(None if texts is None else [oracle.query(text) for text in texts])
            progress("converting", len(made))
        some = [query for queries in made[:50] for query in queries or []]
        return made if self._is_right(some) else None

    def documents(self, progress: "Callable[[str, int], None] | None" = None) -> bool:
        """Convert the rules of the sources, for `write`.

        False where a document is not a rule that stands alone: pySigma must read them all.

        >>> from socdef_sigma import compile, read
        >>> from socdef_sigma.convert.sigma_rules import Source
        >>> rules = compile(read(b"192.0.2.1")).yaml().encode()
        >>> conversion = BatchConversion(Converter("sqlite"), sources=[Source("rules.yml", rules)])
        >>> conversion.documents(), conversion.count
        (True, 1)
        """
        given = [(source.name, source.data) for source in self._sources]
        while self._batch.documents(given, self._begin(), progress):
            if self._is_right(self._some()):
                self._say_lost()
                return True
        return False

    def _begin(self) -> Oracle:
        self._oracle = self._new_oracle()
        self._attempts += 1
        if self._attempts > self.ATTEMPTS:
            self.why_not = "too many filled queries differed from pySigma's"
        if self.why_not is not None:
            self._batch.fill_none(self.why_not)
        return self._oracle

    def _is_right(self, some: list[Any]) -> bool:
        """Whether an attempt stands; the next one will know more."""
        if not self._batch.settle(self._oracle):
            return False
        if self.tally["filled"] and not self._oracle.is_stateless(some):
            self.why_not = "the output depends on more than its queries"
            return False
        return True

    def stream(self, sources: Any, rewind: Callable[[], None], **options: Any) -> "Report":
        """Read indicators and convert their rules without an object for each, for `write`; `rewind` makes the
        sources begin again. Gives the account of the indicators.

        >>> conversion = BatchConversion(Converter("sqlite"))
        >>> report = conversion.stream(b"192.0.2.1\\n10.0.0.1\\n", rewind=lambda: None)
        >>> report, conversion.count
        (<Report: 2 read, 1 kept, 0 merged, 1 dropped, 0 refused, 1 rules>, 1)
        """
        while True:
            report = self._batch.stream(sources, self._begin(), **options)
            if self._is_right(self._some()):
                break
            rewind()
        self._say_lost()
        return report

    def _say_lost(self) -> None:
        """Report the rules of a stream that are lost, those that the product does not take included."""
        for lost in self._oracle.converter.lost:
            self._converter.on_lost(lost)
        if self._converter.fault is not None:
            for number, text in enumerate(self._batch.queries()):
                if self._is_refused([self._oracle.query(text)]):
                    self._refused.add(number)

    def _is_refused(self, queries: list[Any]) -> bool:
        fault = self._converter.fault
        for query in queries if fault is not None else ():
            why = fault(query) if fault is not None else None
            if why is not None:
                self._converter.on_lost(LostRule(query["title"], query["id"], why))
                return True
        return False

    def _some(self) -> list[Any]:
        return [self._oracle.query(text) for text in self._batch.queries(50)]

    @property
    def count(self) -> int:
        """How many queries the stream gave."""
        return self._batch.count - len(self._refused)

    def write(self, output: str | None, encoding: str) -> bool:
        """Write what the stream gave as `render` would; False where it takes `output`: nothing is written.

        >>> import tempfile
        >>> from pathlib import Path
        >>> conversion = BatchConversion(Converter("sqlite"))
        >>> report = conversion.stream(b"192.0.2.1\\n10.0.0.1\\n", rewind=lambda: None)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "queries.txt")
        ...     conversion.write(str(path), "utf-8"), path.read_text()
        (True, "SELECT * FROM logs WHERE DestinationIp='192.0.2.1'\\n")
        """
        some = self._some()
        backend = self._oracle.converter.backend
        plain = encoding.lower().replace("_", "-") in {"utf-8", "utf8"} and not getattr(
            backend.last_processing_pipeline, "finalizers", None
        )
        # A list of the queries as they are is what most formats give.
        if not (plain and some and self._oracle.converter.finish(list(some)) == some):
            return False
        return self._batch.write(output, "\n\n")

    def output(self) -> Any:
        """What the stream gave, put together in the output format.

        >>> conversion = BatchConversion(Converter("sqlite"))
        >>> report = conversion.stream(b"192.0.2.1\\n10.0.0.1\\n", rewind=lambda: None)
        >>> conversion.output()
        ["SELECT * FROM logs WHERE DestinationIp='192.0.2.1'"]
        """
        made = [self._oracle.query(text) for text in self._batch.queries()]
        return self._oracle.converter.finish(
            [query for number, query in enumerate(made) if number not in self._refused]
        )

    def finish(self, made: list[list[Any] | None]) -> Any:
        """Put the queries together in the output format.

        >>> BatchConversion(Converter("sqlite")).finish([["SELECT 1"], None, ["SELECT 2"]])
        ['SELECT 1', 'SELECT 2']
        """
        return self._oracle.converter.finish([query for queries in made for query in queries or []])
