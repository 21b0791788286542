"""The bridge to pySigma: rules as its objects, without YAML on the way.

Reading YAML is most of what pySigma's own loading costs (a millisecond for a rule); from dictionaries it is
a tenth or less, and the objects are the same.
"""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from .installed import require_pysigma

if TYPE_CHECKING:
    from sigma.collection import SigmaCollection
    from sigma.rule import SigmaRule

    from .._core import Rule, RuleSet

__all__ = ["batches", "collector_paused", "to_collection", "to_rule", "to_rules"]

_T = TypeVar("_T")


def to_collection(rules: "RuleSet | Iterable[Rule]") -> "SigmaCollection":
    """The rules as a `SigmaCollection`, equal to what pySigma reads from their YAML.

        >>> from socdef_sigma import compile, read
        >>> collection = to_collection(compile(read(b"198.51.100.7")))
        >>> collection.rules[0].detection.detections["selection"].detection_items[0].field
        'DestinationIp'

    Pipelines change rules in place, so make a new collection for each conversion. Raises `ConversionError`
    where pySigma is not installed.
    """
    require_pysigma()
    from sigma.collection import SigmaCollection

    with collector_paused():
        return SigmaCollection([*to_rules(list(rules))])


def to_rules(rules: "list[Rule]") -> "list[SigmaRule]":
    """Rules as `SigmaRule`s: one of each kind by pySigma, and the others after it.

    >>> from socdef_sigma import compile, read
    >>> [rule.title[-12:] for rule in to_rules(list(compile(read(b"198.51.100.7"))))]
    ['198.51.100.7']
    """
    from .._core import take_apart
    from .prototypes import Prototype

    forms, apart = take_apart(rules)
    prototypes: list[Prototype | None] = [None] * len(forms)
    made = []
    for place, texts in apart:
        prototype = prototypes[place]
        if prototype is None:
            prototype = prototypes[place] = Prototype(forms[place], texts)
        made.append(prototype.make(texts))
    return made


def to_rule(rule: "Rule") -> "SigmaRule":
    """One rule as a `SigmaRule`.

    >>> from socdef_sigma import compile, read
    >>> str(to_rule(compile(read(b"198.51.100.7"))[0]).level)
    'medium'
    """
    from sigma.rule import SigmaRule

    return SigmaRule.from_dict(rule.dict())


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the garbage collector, which otherwise walks through all live rules again and again.

        >>> with collector_paused():
        ...     gc.isenabled()
        False

    A collection at the end covers the new objects, since pySigma's objects refer to each other.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect(0)


def batches(items: Iterable[_T], size: int = 1000) -> Iterator[list[_T]]:
    """The items in lists of `size`.

    >>> list(batches("abc", 2))
    [['a', 'b'], ['c']]
    """
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
