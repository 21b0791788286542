"""The compiler, in Rust: indicators of compromise in, Sigma rules out."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from os import PathLike
from typing import IO, Any, Literal, Protocol, final

from sigma.collection import SigmaCollection
from typing_extensions import TypedDict, Unpack

from socdef_sigma.convert import LostRule
from socdef_sigma.errors import InputError

__all__ = [
    "BatchConverter",
    "Client",
    "Explanation",
    "FeedRecord",
    "FetchedRules",
    "Indicator",
    "Indicators",
    "Ingested",
    "Key",
    "Mistake",
    "Report",
    "Rule",
    "RuleSet",
    "Skeleton",
    "Summary",
    "Sync",
    "SyncPlan",
    "Template",
    "TypeFacts",
    "__version__",
    "attack_version",
    "check_templates",
    "compile",
    "compile_to",
    "explain",
    "explain_all",
    "formats",
    "ingest",
    "keys_create",
    "keys_list",
    "keys_revoke",
    "new_template",
    "openapi",
    "parse",
    "plans",
    "read",
    "read_feed",
    "read_rules",
    "reasons",
    "serve",
    "summarize",
    "take_apart",
    "templates",
    "type_facts",
    "types",
    "write_in_folder",
    "write_output",
]

__version__: str

_Confidence = Literal["low", "medium", "high"]
_Moment = datetime | date | str
# `Rule.dict` hides the type of the same name inside the class.
_Dict = dict[str, Any]
_Names = dict[str, str]

class _Options(TypedDict, total=False):
    """The options of `compile`. A parameter that is absent or None does nothing."""

    types: str | Sequence[str]
    """Only these types; all if it is empty."""
    since: _Moment | None
    """Only indicators last seen at this moment or later; `7d` is seven days ago. Those without dates pass."""
    until: _Moment | None
    """Only indicators last seen at this moment or earlier, a day to its end; those without dates pass."""
    confidence: _Confidence | None
    """Only indicators of exactly this confidence."""
    min_confidence: _Confidence | None
    """Only indicators of at least this confidence."""
    default_confidence: _Confidence | None
    """The confidence of indicators whose feed does not state one; by default `medium`."""
    industry: str | None
    """Only indicators aimed at this sector, a slug of CISA's sixteen."""
    limit: int | None
    """Only the first so many indicators."""
    producer: str | None
    """The producer, instead of the one that the feed names."""
    max_tlp: str | None
    """Only indicators with this TLP label or a less strict one. Those without a label pass."""
    guard: bool
    """Whether the guard drops indicators that would match too much."""
    keep_expired: bool
    """Whether indicators that their producer calls revoked or expired pass."""
    warninglists: str | PathLike[str] | Sequence[str | PathLike[str]] | None
    """Indicators that must never alert, also without the guard: MISP warninglists, as files or folders."""
    allow: str | PathLike[str] | Sequence[str | PathLike[str]] | None
    """The same, by files with one value a line and `#` before comments."""
    logsources: str | Sequence[str]
    """Log sources to make rules for (`firewall`, `zeek`, `network_connection/linux`), `primary` or `all`."""
    templates: str | PathLike[str] | Sequence[str | PathLike[str]]
    """Files and folders of templates of your own; `template_paths()` has those of the command line."""
    now: _Moment | None
    """The current time; by default `SOURCE_DATE_EPOCH`, else the clock."""

@final
class Indicator:
    """An indicator of compromise in its canonical form, with what its feed says about it."""

    def __new__(
        cls,
        value: str,
        *,
        type: str | None = None,
        confidence: _Confidence | None = None,
        first_seen: _Moment | None = None,
        last_seen: _Moment | None = None,
        valid_until: _Moment | None = None,
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
    def vulnerability(self) -> _Dict | None: ...
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
    """The content of one or more inputs: the merged indicators, and a report on everything else."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Indicator]: ...
    @property
    def report(self) -> Report: ...
    @property
    def fetched(self) -> _Dict | None: ...
    def to_dicts(self) -> list[_Dict]: ...

@final
class Client:
    """The authenticated client of a service that publishes rules and indicators."""

    def __new__(
        cls,
        *,
        api_key: str | None = None,
        api_key_file: str | PathLike[str] | None = None,
        base_url: str | None = None,
        ca_file: str | PathLike[str] | None = None,
        connect_timeout: float = 10.0,
        read_timeout: float = 60.0,
        total_timeout: float = 600.0,
        max_wait: float = 300.0,
        max_bytes: int = 1073741824,
        allow_truncated: bool = False,
    ) -> Client: ...
    @property
    def base_url(self) -> str: ...
    def rules(
        self,
        *,
        type: str | None = None,
        since: _Moment | None = None,
        confidence: _Confidence | None = None,
        industry: str | None = None,
        industry_raw: bool = False,
        limit: int | None = None,
        progress: Callable[[str, int], None] | None = None,
    ) -> FetchedRules: ...
    def iocs(
        self,
        *,
        type: str | None = None,
        since: _Moment | None = None,
        confidence: _Confidence | None = None,
        industry: str | None = None,
        industry_raw: bool = False,
        limit: int | None = None,
        keep_entries: bool = True,
        progress: Callable[[str, int], None] | None = None,
    ) -> Indicators: ...

@final
class FetchedRules:
    """The rules of a service, byte for byte, each id once."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[str]: ...
    def __getitem__(self, index: int, /) -> str: ...
    @property
    def ids(self) -> list[str]: ...
    @property
    def filenames(self) -> list[str]: ...
    @property
    def report(self) -> _Dict: ...
    def yaml(self) -> str: ...
    def write(self, path: str | PathLike[str]) -> None: ...

@final
class Rule:
    """One Sigma rule."""

    @property
    def title(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def level(self) -> str | None: ...
    @property
    def tags(self) -> list[str]: ...
    @property
    def logsource(self) -> _Names: ...
    @property
    def template(self) -> str: ...
    @property
    def indicator(self) -> Indicator: ...
    @property
    def filename(self) -> str: ...
    def yaml(self) -> str: ...
    def dict(self) -> _Dict: ...

@final
class RuleSet:
    """The rules for a set of indicators, in the order of the indicators."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Rule]: ...
    def __getitem__(self, index: int, /) -> Rule: ...
    @property
    def report(self) -> Report: ...
    @property
    def filenames(self) -> list[str]: ...
    def yaml(self) -> str: ...
    def dicts(self) -> list[_Dict]: ...
    def to_dicts(self) -> list[_Dict]: ...
    def write(self, path: str | PathLike[str]) -> None: ...
    def to_pysigma(self) -> SigmaCollection: ...
    def convert(
        self,
        target: str,
        *,
        pipelines: Sequence[str] = (),
        format: str | None = None,
        options: Mapping[str, Any] | None = None,
        alert: Mapping[str, Any] | bool = True,
        on_lost: Callable[[LostRule], None] | None = None,
    ) -> Any: ...

@final
class Skeleton:
    """The common part of similar rules."""

    @property
    def sorts(self) -> list[tuple[Literal["text", "day", "sigma"], str]]: ...
    def dict(self, texts: Sequence[str]) -> _Dict: ...

class _Oracle(Protocol):
    """Converts rules, given as values or YAML, each with the number of its source.

    Gives None for a rule that the backend refuses.
    """

    def probe(self, rules: list[tuple[Any, int]], /) -> list[list[str] | None]: ...
    def convert(self, rules: list[tuple[Any, int]], /) -> list[list[str] | None]: ...

class _Tally(TypedDict):
    """The counts of rules."""

    filled: int
    """Rules whose queries came from a skeleton."""
    converted: dict[str, int]
    """Rules that went through pySigma, by the reason."""
    verified: int
    """Comparisons: rules that were converted both ways."""
    differences: int
    """Comparisons in which the two differed."""

@final
class BatchConverter:
    """Converts rules to queries: from skeletons where these prove correct, otherwise through pySigma."""

    def __new__(cls, sample: int, *, verify: bool = False) -> BatchConverter: ...
    def convert(self, rules: Sequence[Rule], oracle: _Oracle) -> list[list[str] | None]: ...
    def documents(
        self,
        sources: Sequence[tuple[str, bytes]],
        oracle: _Oracle,
        progress: Callable[[str, int], object] | None,
    ) -> bool: ...
    def stream(
        self,
        source: Any,
        oracle: _Oracle,
        *,
        format: str | None = None,
        all_attributes: bool = False,
        keep_entries: bool = True,
        progress: Callable[[str, int], object] | None = None,
        **options: Unpack[_Options],
    ) -> Report: ...
    @property
    def count(self) -> int: ...
    def queries(self, most: int | None = None) -> list[str]: ...
    def write(self, output: str | PathLike[str] | None, separator: str) -> bool: ...
    def fill_none(self, why: str) -> None: ...
    def settle(self, oracle: _Oracle) -> bool: ...
    @property
    def tally(self) -> _Tally: ...

@final
class Report:
    """The report on every value that was read."""

    @property
    def counts(self) -> dict[str, int]: ...
    @property
    def formats(self) -> dict[str, int]: ...
    @property
    def records(self) -> dict[str, int]: ...
    @property
    def reasons(self) -> dict[str, int]: ...
    @property
    def note_counts(self) -> dict[str, int]: ...
    @property
    def rules_by_log_source(self) -> list[tuple[str, str, int]]: ...
    @property
    def notes(self) -> list[dict[str, Any]]: ...
    @property
    def entries(self) -> list[dict[str, Any]]: ...
    @property
    def earlier(self) -> tuple[int, int] | None: ...
    def why_kept(self, *, strict: bool = False, allow_empty: bool = False) -> tuple[str, str] | None: ...
    def json(self) -> str: ...

class _Group(TypedDict):
    """The rules of one type, log source and level; None where a rule states no level."""

    type: str
    log_source: str
    level: str | None
    rules: int

class _Tactic(TypedDict):
    """The rules that cite a tactic."""

    tactic: str
    rules: int

class _Producer(TypedDict):
    """The rules of a producer."""

    producer: str
    rules: int

class _Technique(TypedDict):
    """The rules that cite a technique."""

    technique: str
    is_known: bool
    """Whether ATT&CK has it."""
    rules: int
    producers: list[_Producer]
    """The first ones, by name."""
    other_producers: int
    """How often it was cited by producers that are not among these."""
    without_producer: int

class _Numbers(TypedDict):
    """The numbers of rules."""

    rules: int
    groups: list[_Group]
    tactics: list[_Tactic]
    other_tactics: int
    without_tactic: int
    techniques: list[_Technique]
    other_techniques: int
    without_technique: int

@final
class Summary:
    """The numbers of rules of a run, with the report on its values."""

    @property
    def report(self) -> Report: ...
    def dict(self) -> _Numbers: ...

@final
class Template:
    """A template: registered or a drop-in."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def logsource(self) -> str: ...
    @property
    def primary(self) -> bool: ...
    @property
    def description(self) -> str | None: ...
    @property
    def file(self) -> str | None: ...
    @property
    def source(self) -> str: ...
    @property
    def drop_in(self) -> str: ...

@final
class Mistake:
    """A mistake in a drop-in."""

    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def template(self) -> str | None: ...
    @property
    def message(self) -> str: ...
    @property
    def instead(self) -> str: ...

@final
class Explanation:
    """The outcome for one value, and the reason."""

    @property
    def value(self) -> str: ...
    @property
    def type(self) -> str | None: ...
    @property
    def canonical(self) -> str | None: ...
    @property
    def verdict(self) -> Literal["keep", "drop", "refuse", "absent"]: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def words(self) -> str | None: ...
    @property
    def confidence(self) -> str | None: ...
    @property
    def confidence_stated(self) -> bool: ...
    @property
    def tlp(self) -> str | None: ...
    @property
    def level(self) -> str | None: ...
    @property
    def records(self) -> list[FeedRecord] | None: ...
    @property
    def unlisted(self) -> int: ...
    @property
    def read(self) -> int: ...
    @property
    def notes(self) -> list[_Dict]: ...
    @property
    def templates(self) -> list[str]: ...
    @property
    def rules(self) -> list[str]: ...
    @property
    def errors(self) -> list[str]: ...

@final
class FeedRecord:
    """One record of a feed that has a value."""

    @property
    def place(self) -> str | None: ...
    @property
    def file(self) -> str | None: ...
    @property
    def line(self) -> int | None: ...
    @property
    def producers(self) -> list[str]: ...
    @property
    def feed(self) -> str | None: ...
    @property
    def confidence(self) -> str | None: ...
    @property
    def tlp(self) -> str | None: ...
    @property
    def first_seen(self) -> datetime | None: ...
    @property
    def last_seen(self) -> datetime | None: ...
    @property
    def valid_until(self) -> datetime | None: ...
    @property
    def revoked(self) -> bool: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def words(self) -> str | None: ...

@final
class Sync:
    """A state folder, open and locked, with the output that it keeps up to date."""

    def __new__(cls, state: str | PathLike[str], output: str | PathLike[str]) -> Sync: ...
    def follow(self, feed: Sequence[str | PathLike[str]] | None = None, *, full: bool = False) -> None: ...
    def since(
        self, filters: str, *, now: datetime, full: bool = False, overlap: int = 0
    ) -> datetime | None: ...
    def misses(self, last_removal: _Moment) -> bool: ...
    def plan(
        self,
        indicators: Indicators,
        *,
        server_time: _Moment,
        local_time: tuple[datetime, datetime],
        ttl: Sequence[str] = (),
        mark_expired: bool = False,
        complete: bool = False,
        whole: bool = True,
        feed: tuple[bool, bool, bool] | None = None,
        **options: Unpack[_Options],
    ) -> SyncPlan: ...
    def commit(self, plan: SyncPlan, output: dict[str, bytes], filters: str) -> dict[str, Any]: ...
    def dry_run(self, plan: SyncPlan, output: dict[str, bytes]) -> dict[str, Any]: ...
    def close(self) -> None: ...

@final
class SyncPlan:
    """The changes of a run: made by `Sync.plan`, and used once by `Sync.commit` or `Sync.dry_run`."""

    def texts(self) -> dict[str, str]: ...
    @property
    def clock_warning(self) -> str | None: ...
    @property
    def hold(self) -> tuple[str, str, int] | None: ...
    @property
    def report(self) -> Report: ...

@final
class Ingested:
    """The result of one input of `ingest`."""

    @property
    def input(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def report(self) -> Report: ...
    @property
    def added(self) -> int: ...
    @property
    def changed(self) -> int: ...
    @property
    def unchanged(self) -> int: ...
    @property
    def removed(self) -> int: ...

@final
class Key:
    """An API key in a store, without its secret."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str | None: ...
    @property
    def plan(self) -> str: ...
    @property
    def created(self) -> datetime: ...
    @property
    def expires(self) -> datetime | None: ...
    @property
    def revoked(self) -> datetime | None: ...

def parse(value: str, type: str | None = None) -> Indicator: ...
def read(
    source: str | PathLike[str] | bytes | IO[bytes] | Sequence[str | PathLike[str] | IO[bytes]],
    *,
    format: str | None = None,
    producer: str | None = None,
    all_attributes: bool = False,
    keep_entries: bool = True,
    progress: Callable[[str, int], None] | None = None,
) -> Indicators: ...
def read_feed(
    sources: Sequence[str | PathLike[str] | IO[bytes]],
    *,
    format: str | None = None,
    all_attributes: bool = False,
    keep_entries: bool = True,
    progress: Callable[[str, int], None] | None = None,
) -> tuple[Indicators, list[InputError]]: ...
def compile(
    indicators: Indicators | Iterable[Indicator],
    *,
    progress: Callable[[str, int], None] | None = None,
    **options: Unpack[_Options],
) -> RuleSet: ...
def compile_to(
    source: Indicators | str | PathLike[str] | bytes | IO[bytes] | Sequence[str | PathLike[str] | IO[bytes]],
    output: str | PathLike[str] | None,
    *,
    format: str | None = None,
    all_attributes: bool = False,
    merge: bool = True,
    keep_entries: bool = True,
    strict: bool = False,
    allow_empty: bool = False,
    prune: bool = False,
    progress: Callable[[str, int], None] | None = None,
    **options: Unpack[_Options],
) -> Report: ...
def summarize(
    source: Indicators | str | PathLike[str] | bytes | IO[bytes] | Sequence[str | PathLike[str] | IO[bytes]],
    *,
    format: str | None = None,
    all_attributes: bool = False,
    merge: bool = True,
    keep_entries: bool = True,
    progress: Callable[[str, int], None] | None = None,
    **options: Unpack[_Options],
) -> Summary: ...
def attack_version() -> str: ...
def write_output(output: str | PathLike[str], data: bytes, *, private: bool = False) -> None: ...
def write_in_folder(output: str | PathLike[str], data: bytes) -> None: ...
def explain(
    value: str,
    source: str | PathLike[str] | bytes | IO[bytes] | Sequence[str | PathLike[str] | IO[bytes]] | None = None,
    *,
    format: str | None = None,
    all_attributes: bool = False,
    progress: Callable[[str, int], None] | None = None,
    **options: Unpack[_Options],
) -> Explanation: ...
def explain_all(
    text: str | Sequence[str],
    source: str | PathLike[str] | bytes | IO[bytes] | Sequence[str | PathLike[str] | IO[bytes]] | None = None,
    *,
    format: str | None = None,
    all_attributes: bool = False,
    progress: Callable[[str, int], None] | None = None,
    **options: Unpack[_Options],
) -> list[Explanation]: ...
def templates(templates: Sequence[str | PathLike[str]] = ()) -> list[Template]: ...
def check_templates(
    paths: Sequence[str | PathLike[str]], templates: Sequence[str | PathLike[str]] = ()
) -> tuple[list[str], list[Mistake], list[tuple[str, str]]]: ...
def new_template(name: str, types: Sequence[str], logsource: str) -> str: ...
def read_rules(name: str, text: str) -> list[Any]: ...
def take_apart(rules: Sequence[Rule]) -> tuple[list[Skeleton], list[tuple[int, list[str]]]]: ...
def reasons() -> list[tuple[str, str, str]]: ...
def formats() -> list[str]: ...
def types() -> list[str]: ...

@final
class TypeFacts:
    """An indicator type: its names, its default lifetime in days, and sample values."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def is_default(self) -> bool: ...
    @property
    def ttl_days(self) -> int | None: ...
    @property
    def samples(self) -> list[str]: ...

def type_facts() -> list[TypeFacts]: ...
def ingest(
    db: str | PathLike[str],
    source: str | PathLike[str] | bytes | IO[bytes] | Sequence[str | PathLike[str]],
    *,
    format: str | None = None,
    all_attributes: bool = False,
    replace_source: str | None = None,
    allow_empty: bool = False,
    keep_entries: bool = True,
    progress: Callable[[str, int], None] | None = None,
    **options: Unpack[_Options],
) -> list[Ingested]: ...
def keys_create(
    db: str | PathLike[str],
    plan: str,
    *,
    name: str | None = None,
    expires: _Moment | None = None,
    config: str | PathLike[str] | None = None,
) -> tuple[str, Key]: ...
def keys_list(db: str | PathLike[str]) -> list[Key]: ...
def keys_revoke(db: str | PathLike[str], key: str) -> str: ...
def plans(config: str | PathLike[str] | None = None) -> list[str]: ...
def openapi() -> _Dict: ...
def serve(
    db: str | PathLike[str],
    listen: str = "127.0.0.1:8080",
    *,
    metrics_bind: str | None = None,
    tls_cert: str | PathLike[str] | None = None,
    tls_key: str | PathLike[str] | None = None,
    insecure_http: bool = False,
    config: str | PathLike[str] | None = None,
    log: Literal["text", "json"] | None = None,
    ready: Callable[[str], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> None: ...
