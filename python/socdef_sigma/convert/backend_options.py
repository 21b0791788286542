"""The options that a backend knows.

pySigma hands every option to the backend, and most backends ignore the ones that they do not know. So the
known ones are read from the backend: the arguments that it names, those that it takes out of its keyword
arguments, and those that the pipeline asks for as `backend_<name>`.
"""

import ast
import functools
import inspect
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from types import CodeType
from typing import Any

from ..errors import UsageError
from ..near import did_you_mean

__all__ = ["check_options", "known_options"]

_NOT_OPTIONS = {"self", "name", "args", "kwargs", "processing_pipeline", "collect_errors", "pipeline"}

_TAKEN = re.compile(
    r"""\b(?:kwargs|options|backend_options)\b\s*
        (?:\.\s*(?:get|pop|setdefault)\s*\(\s*|\[\s*)
        ["'](\w+)["']""",
    re.VERBOSE,
)
_ASKED = re.compile(r"""["'](\w+)["']\s+(?:not\s+)?in\s+(?:self\.)?(?:kwargs|options|backend_options)\b""")
_VARIABLE = re.compile(r"\bbackend_(\w+)")


def known_options(backend_class: type[Any]) -> frozenset[str] | None:
    """The options of a backend class; None if it keeps all that it is given, for a use that cannot be seen.

    >>> from socdef_sigma.convert.backends import find
    >>> sorted(known_options(find("splunk")[1]))
    ['max_time', 'min_time', 'output_settings', 'query_settings']
    """
    known: set[str] = set()
    for one in backend_class.__mro__:
        if one is object or one.__module__.startswith("sigma.conversion"):
            continue
        if _keeps_all(one):
            return None
        known |= _arguments(one)
        known |= _taken(one.__module__)
        known |= {name for name in _constants(one) if name[:1] != "_" and hasattr(backend_class, name)}
    return frozenset(known - _NOT_OPTIONS)


def check_options(backend_class: type[Any], target: str, pipeline: Any, options: Iterable[str]) -> None:
    """Raise `UsageError` if the backend and the pipeline do not know one of these options.

    >>> from socdef_sigma.convert.backends import find
    >>> try:
    ...     check_options(find("splunk")[1], "splunk", None, ["min_tine"])
    ... except UsageError as error:
    ...     print(error.hint)
    did you mean `min_time`? its options are max_time, min_time, output_settings, query_settings
    """
    options = list(options)
    of_backend = known_options(backend_class) if options else None
    if of_backend is None:
        return
    known = of_backend | set(_VARIABLE.findall(repr(pipeline)))
    for name in options:
        if name in known:
            continue
        names = f"its options are {', '.join(sorted(known))}" if known else "it has no options"
        raise UsageError(
            f"parameter '{name}' is not supported by backend '{target}'",
            code="bad_usage",
            hint=f"{did_you_mean(name, sorted(known), most=1)} {names}".lstrip(),
        )


def _arguments(one: type[Any]) -> set[str]:
    made = one.__dict__.get("__init__")
    if made is None:
        return set()
    try:
        parameters = inspect.signature(made).parameters.values()
    except (TypeError, ValueError):
        return set()
    return {
        parameter.name
        for parameter in parameters
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    }


def _keeps_all(one: type[Any]) -> bool:
    """Whether its keyword arguments go anywhere as a whole, and not only to the class above."""
    made = one.__dict__.get("__init__")
    try:
        parameters = inspect.signature(made).parameters.values() if made else ()
        rest = {parameter.name for parameter in parameters if parameter.kind is parameter.VAR_KEYWORD}
        tree = ast.parse(textwrap.dedent(inspect.getsource(made))) if made and rest else None
    except (OSError, TypeError, ValueError, SyntaxError):
        return True
    if tree is None:
        return False
    used = {id(node): node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in rest}
    for node in ast.walk(tree):
        taken: list[ast.expr] = []
        if (isinstance(node, ast.keyword) and node.arg is None) or isinstance(
            node, ast.Attribute | ast.Subscript
        ):
            taken = [node.value]
        elif isinstance(node, ast.Compare):
            taken = node.comparators
        for part in taken:
            used.pop(id(part), None)
    return bool(used)


def _constants(one: type[Any]) -> set[str]:
    """The texts in the code that makes a backend: some set any of their attributes by an option."""
    code = getattr(one.__dict__.get("__init__"), "__code__", None)
    return set(_texts(code)) if isinstance(code, CodeType) else set()


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, CodeType):
        yield from _texts(value.co_consts)
    elif isinstance(value, tuple | frozenset):
        for part in value:
            yield from _texts(part)


@functools.cache
def _taken(module: str) -> frozenset[str]:
    """The names that the code of a module takes out of its keyword arguments."""
    try:
        source = inspect.getsource(sys.modules[module])
    except (OSError, TypeError, KeyError):
        return frozenset()
    return frozenset({*_TAKEN.findall(source), *_ASKED.findall(source)})
