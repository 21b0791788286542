"""The compiler, in Rust: indicators of compromise in, Sigma rules out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from os import PathLike
from typing import IO, Any, Literal, final

from sigma.collection import SigmaCollection

__version__: str

_Confidence = Literal["low", "medium", "high"]

@final
class Indicator:
    """An indicator of compromise in its canonical form, with what its feed says about it."""

    def __new__(
        cls,
        value: str,
        *,
        type: str | None = None,
        confidence: _Confidence | None = None,
        first_seen: datetime | str | None = None,
        last_seen: datetime | str | None = None,
        valid_until: datetime | str | None = None,
        context: str | None = None,
        tags: Sequence[str] = (),
        mitre_techniques: Sequence[str] = (),
        industries: Sequence[str] = (),
        ports: Sequence[int] = (),
        tlp: str | None = None,
        producer: str | None = None,
        references: Sequence[str] = (),
        feed_name: str | None = None,
    ) -> Indicator: ...
    @property
    def type(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def confidence(self) -> str | None: ...
    @property
    def first_seen(self) -> datetime | None: ...
    @property
    def last_seen(self) -> datetime | None: ...
    @property
    def valid_until(self) -> datetime | None: ...
    @property
    def revoked(self) -> bool: ...
    @property
    def context(self) -> list[str]: ...
    @property
    def tags(self) -> list[str]: ...
    @property
    def mitre_techniques(self) -> list[str]: ...
    @property
    def industries(self) -> list[str]: ...
    @property
    def ports(self) -> list[int]: ...
    @property
    def tlp(self) -> str | None: ...
    @property
    def producers(self) -> list[str]: ...
    @property
    def sources(self) -> list[dict[str, str]]: ...
    @property
    def references(self) -> list[str]: ...
    @property
    def place(self) -> str | None: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Indicators:
    """What was read from one or more inputs: the indicators, merged, and an account of everything else."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Indicator]: ...
    @property
    def report(self) -> Report: ...

@final
class Rule:
    """One Sigma rule."""

    @property
    def title(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def tags(self) -> list[str]: ...
    @property
    def logsource(self) -> dict[str, str]: ...
    @property
    def template(self) -> str: ...
    @property
    def indicator(self) -> Indicator: ...
    @property
    def filename(self) -> str: ...
    def yaml(self) -> str: ...
    def dict(self) -> dict[str, Any]: ...

@final
class RuleSet:
    """The rules made of a set of indicators, in the order of the indicators."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Rule]: ...
    def __getitem__(self, index: int, /) -> Rule: ...
    @property
    def report(self) -> Report: ...
    def yaml(self) -> str: ...
    def dicts(self) -> list[dict[str, Any]]: ...
    def write(self, path: str | PathLike[str]) -> None: ...
    def to_pysigma(self) -> SigmaCollection: ...
    def convert(
        self,
        target: str,
        *,
        pipelines: Sequence[str] = (),
        format: str | None = None,
        options: dict[str, str] | None = None,
    ) -> Any: ...

@final
class Report:
    """What became of every value that was read."""

    @property
    def counts(self) -> dict[str, int]: ...
    @property
    def reasons(self) -> dict[str, int]: ...
    @property
    def rules_by_log_source(self) -> list[tuple[str, str, int]]: ...
    @property
    def notes(self) -> list[dict[str, Any]]: ...
    @property
    def entries(self) -> list[dict[str, Any]]: ...
    def json(self) -> str: ...

@final
class Template:
    """A registered template."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def logsource(self) -> str: ...
    @property
    def primary(self) -> bool: ...
    @property
    def source(self) -> str: ...

@final
class Explanation:
    """What becomes of one value, and why."""

    @property
    def value(self) -> str: ...
    @property
    def type(self) -> str | None: ...
    @property
    def canonical(self) -> str | None: ...
    @property
    def verdict(self) -> Literal["keep", "drop", "refuse"]: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def words(self) -> str | None: ...
    @property
    def templates(self) -> list[str]: ...
    @property
    def rule(self) -> str | None: ...

def parse(value: str, type: str | None = None) -> Indicator: ...
def read(
    source: str | PathLike[str] | bytes | IO[bytes] | Sequence[str | PathLike[str]],
    *,
    format: str | None = None,
    producer: str | None = None,
    all_attributes: bool = False,
    keep_entries: bool = True,
    progress: Callable[[str, int], None] | None = None,
) -> Indicators: ...
def compile(
    indicators: Indicators | Iterable[Indicator],
    *,
    types: Sequence[str] = (),
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    confidence: str | None = None,
    min_confidence: str | None = None,
    default_confidence: str | None = None,
    industry: str | None = None,
    limit: int | None = None,
    producer: str | None = None,
    max_tlp: str | None = None,
    guard: bool = True,
    keep_expired: bool = False,
    now: datetime | str | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> RuleSet: ...
def compile_to(
    indicators: Indicators,
    output: str | PathLike[str] | None,
    *,
    types: Sequence[str] = (),
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    confidence: str | None = None,
    min_confidence: str | None = None,
    default_confidence: str | None = None,
    industry: str | None = None,
    limit: int | None = None,
    producer: str | None = None,
    max_tlp: str | None = None,
    guard: bool = True,
    keep_expired: bool = False,
    now: datetime | str | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> Report: ...
def write_output(output: str | PathLike[str], data: bytes) -> None: ...
def explain(
    value: str,
    *,
    now: datetime | str | None = None,
    producer: str | None = None,
    guard: bool = True,
) -> Explanation: ...
def templates() -> list[Template]: ...
def reasons() -> list[tuple[str, str, str]]: ...
def formats() -> list[str]: ...
def types() -> list[str]: ...
