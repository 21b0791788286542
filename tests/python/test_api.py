"""The Python package: what it exports, its examples, and its exceptions."""

import doctest
import importlib
import inspect
import io
import pickle
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import socdef_sigma
from _harness.command import NOW
from _harness.endpoint import Store, serving
from socdef_sigma import (
    InputError,
    OutputError,
    Refused,
    SocdefError,
    UsageError,
    _core,
    errors,
)

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(socdef_sigma.__path__, "socdef_sigma.")
    if not module.name.endswith("__main__")
)


PUBLIC = [
    "socdef_sigma",
    "socdef_sigma.convert",
    "socdef_sigma.errors",
    "socdef_sigma.preflight",
    "socdef_sigma.pysigma",
]
"""The modules for users, each with `__all__`."""


@pytest.fixture(scope="module")
def _endpoint(sigma_home: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The endpoint that the examples of `Client` ask."""
    store = Store(tmp_path_factory.mktemp("store"), sigma_home)
    store.feed("198.51.100.7\n")
    with serving(store) as endpoint, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOCDEF_BASE_URL", endpoint.url)
        patch.setenv("SOCDEF_API_KEY", store.key("pro"))
        yield


def _documented(name: str) -> Iterator[tuple[str, str]]:
    """The name and the docstring of each function, class and method that a module exports.

    Attributes are not among them: the example of their class shows them. Nor are methods that Python calls.
    """
    module = importlib.import_module(name)
    for exported in module.__all__:
        thing = getattr(module, exported)
        if not callable(thing):
            continue
        yield exported, inspect.getdoc(thing) or ""
        if not inspect.isclass(thing):
            continue
        for base in thing.__mro__:
            if not base.__module__.startswith("socdef_sigma"):
                continue
            for method, value in vars(base).items():
                if inspect.isroutine(value) and not method.startswith("_"):
                    yield f"{exported}.{method}", inspect.getdoc(value) or ""


@pytest.mark.parametrize("name", ["socdef_sigma", *MODULES, "sigma.pipelines.socdef.socdef"])
@pytest.mark.usefixtures("_endpoint")
def test_examples(name: str) -> None:
    """Every example in a docstring is run."""
    module = importlib.import_module(name)
    results = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert results.failed == 0


@pytest.mark.parametrize("name", PUBLIC)
@pytest.mark.usefixtures("_endpoint")
def test_what_is_exported_has_a_docstring_with_an_example(name: str) -> None:
    documented = dict(_documented(name))
    assert documented
    assert [exported for exported, doc in documented.items() if ">>>" not in doc] == []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for exported, doc in documented.items():
        # The finder of doctest does not look into what is compiled. An example there imports what it uses.
        thing = getattr(importlib.import_module(name), exported.partition(".")[0])
        names = dict(vars(importlib.import_module(thing.__module__)))
        runner.run(doctest.DocTestParser().get_doctest(doc, names, exported, None, 0))
    assert runner.summarize(verbose=False).failed == 0


def test_methods_are_seen() -> None:
    """Compiled, written in Python, and inherited."""
    assert "RuleSet.write" in dict(_documented("socdef_sigma"))
    assert "InputError.report" in dict(_documented("socdef_sigma.errors"))
    assert "Converter.twin" in dict(_documented("socdef_sigma.convert"))


def test_all_names_are_there() -> None:
    for name in socdef_sigma.__all__:
        assert hasattr(socdef_sigma, name)
    classes = [
        value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, SocdefError)
    ]
    assert {value.__name__ for value in classes} <= set(socdef_sigma.__all__)
    assert Path(inspect.getfile(socdef_sigma)).with_name("py.typed").exists()


def test_an_error_reports_place_causes_and_hint() -> None:
    error = InputError("it broke", code="broken_input", place="feed.csv:3", causes=["a", "b"], hint="mend it")
    assert error.report().split("\n") == [
        "error[broken_input]: it broke",
        "  --> feed.csv:3",
        "  caused by: a",
        "  caused by: b",
        "hint: mend it",
    ]
    assert str(error) == "it broke (feed.csv:3)"
    error.causes = ["a\n  b\r\nc"]
    assert "\n  caused by: a b c\n" in error.report()
    assert SocdefError("it broke", code="x").report() == "error[x]: it broke"


def test_errors_survive_pickling() -> None:
    """As they must between processes."""
    error = Refused("no", code="invalid_domain", place="a", causes=["b"], hint="c")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is Refused
    assert again.report() == error.report()


def test_a_bad_value_is_refused_with_the_code_of_the_reason() -> None:
    for make in (socdef_sigma.parse, socdef_sigma.Indicator):
        with pytest.raises(Refused) as caught:
            make("not an indicator")
        assert isinstance(caught.value, ValueError)
        assert caught.value.code in {code for code, _, _ in _core.reasons()}


def test_the_core_raises_these_classes(tmp_path: Path) -> None:
    with pytest.raises(InputError) as missing:
        socdef_sigma.read(tmp_path / "nothing")
    assert missing.value.code == "unreadable_input"
    assert missing.value.place == str(tmp_path / "nothing")
    assert missing.value.causes
    rules = socdef_sigma.compile(socdef_sigma.read(b"192.0.2.1"), now=NOW)
    with pytest.raises(OutputError) as unwritable:
        rules.write(tmp_path / "no" / "rules.yml")
    assert unwritable.value.code == "unwritable_output"
    with pytest.raises(UsageError) as usage:
        socdef_sigma.compile(socdef_sigma.read(b"192.0.2.1"), since="yesterday")
    assert usage.value.code == "bad_usage"
    assert usage.value.exit_status == 2


def test_reading_counts_everything() -> None:
    indicators = socdef_sigma.read(b"192.0.2.1\n192[.]0.2.1\n10.0.0.1\n192.0.2.256\n")
    report = socdef_sigma.compile(indicators, now=NOW).report
    assert report.counts == {"read": 4, "kept": 1, "merged": 1, "dropped": 1, "refused": 1, "rules": 1}
    assert report.reasons == {"duplicate": 1, "private_address": 1, "invalid_address": 1}


def test_an_exception_of_a_file_object_comes_out_as_it_is() -> None:
    """A caller can catch what it raised itself, and Ctrl-C stays Ctrl-C."""

    class Broken(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        socdef_sigma.read(Broken())  # type: ignore[arg-type]
