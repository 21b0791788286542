"""pySigma objects of many rules that are alike: one is made by pySigma, and the others after it.

A `Prototype` is the object that pySigma makes of a rule with probes for its texts, written out as a
function that makes such an object with other texts. What pySigma keeps in its objects, and where, is found
rather than known: so a prototype is compared with pySigma before it is used, and given up where it is not the
same.
"""

import datetime
import enum
import re
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sigma.rule import SigmaRule

    from .._core import Skeleton

__all__ = ["Prototype", "same"]

_Make = Callable[[Sequence[str]], "SigmaRule"]


class Prototype:
    """Makes the `SigmaRule` of each rule of a skeleton.

    >>> from socdef_sigma import compile, read
    >>> from socdef_sigma._core import take_apart
    >>> [skeleton], [(_, texts)] = take_apart(list(compile(read(b"192.0.2.1"), guard=False)))
    >>> Prototype(skeleton, texts).make(texts).title
    'Threat Intelligence - Malicious IPv4 Indicator 192.0.2.1'
    """

    CHECKED = 3
    """How many rules of one skeleton are compared with pySigma's own before the others are made."""

    def __init__(self, skeleton: "Skeleton", like: Sequence[str]) -> None:
        from sigma.rule import SigmaRule

        self._form = skeleton
        self._by_pysigma = SigmaRule.from_dict
        self._left = self.CHECKED
        probes = [_probe_value(text, number) for number, text in enumerate(like)]
        writer = _Writer(skeleton.sorts, probes)
        self._fast: _Make | None = None
        try:
            self._fast = writer.function(SigmaRule.from_dict(skeleton.dict(probes)))
        except Exception:  # Whatever it is: pySigma itself makes all of them.
            self._left = 0

    def make(self, texts: Sequence[str]) -> "SigmaRule":
        """The rule with these texts, equal to what pySigma makes of it."""
        if self._fast is not None and not self._left:
            return self._fast(texts)
        rule = self._by_pysigma(self._form.dict(texts))
        if self._fast is not None:
            self._left -= 1
            if not same(rule, self._fast(texts)):
                self._fast = None
        return rule


_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _probe_value(like: str, number: int) -> str:
    """A text that stands nowhere else, of the kind of another one, with what Sigma strings escape."""
    if _DAY.fullmatch(like):
        return f"{1200 + number}-05-17"
    if _UUID.fullmatch(like):
        return str(uuid.UUID(int=0x5AFE_0000 << 96 | 4 << 76 | 8 << 60 | number))
    return f"z{number}*\\x{number}q"


class _ForeignError(Exception):
    """A value of which no copy can be written."""


_SHARED = (str, int, float, bool, type(None), type, enum.Enum, uuid.UUID, datetime.date)
"""What never changes, so that rules may share it."""


class _Writer:
    """Writes the function of a prototype, as `dataclasses` writes `__init__`."""

    def __init__(self, sorts: Sequence[tuple[str, str]], probes: Sequence[str]) -> None:
        self._placeholders: dict[Any, str] = {}
        for number, ((sort, head), text) in enumerate(zip(sorts, probes, strict=True)):
            placeholder = f"t[{number}]"
            if sort == "sigma":
                self._placeholders[head + text] = f"{head!r}+{placeholder}" if head else placeholder
                self._placeholders[head + _escaped(text)] = (
                    f"{head!r}+escaped({placeholder})" if head else f"escaped({placeholder})"
                )
            elif _UUID.fullmatch(text):
                self._placeholders[uuid.UUID(text)] = f"UUID({placeholder})"
            else:
                self._placeholders[text] = placeholder
                if _DAY.fullmatch(text):
                    self._placeholders[datetime.date.fromisoformat(text)] = f"day({placeholder})"
        self._constants: dict[str, Any] = {
            "new": object.__new__,
            "UUID": uuid.UUID,
            "day": datetime.date.fromisoformat,
            "escaped": _escaped,
        }
        self._names: dict[int, str] = {}
        self._new: list[str] = []
        self._set: list[str] = []

    def function(self, rule: "SigmaRule") -> _Make:
        """The function that makes such a rule."""
        name = self._value(rule)
        body = "\n  ".join([*self._new, *self._set, f"return {name}"])
        # All of the text is ours: values of the rule stand in it by their names, or by `repr` of a head.
        exec(f"def make(t):\n  {body}", self._constants)
        make: _Make = self._constants["make"]
        return make

    def _value(self, value: Any) -> str:
        """An expression for a value."""
        if isinstance(value, _SHARED):
            if value is None or isinstance(value, bool):
                return repr(value)
            placeholder = None if isinstance(value, enum.Enum) else self._placeholders.get(value)
            return placeholder or self._constant(value)
        if type(value) is list:
            return f"[{', '.join(map(self._value, value))}]"
        if type(value) is dict:
            # A key that is a name is quicker as a literal.
            keys = [repr(key) if key.isidentifier() else self._constant(key) for key in value]
            values = map(self._value, value.values())
            return f"{{{', '.join(f'{key}: {item}' for key, item in zip(keys, values, strict=True))}}}"
        if type(value) is set and not value:
            return "set()"
        return self._object(value)

    def _constant(self, value: Any) -> str:
        name = f"c{len(self._constants)}"
        self._constants[name] = value
        return name

    def _object(self, value: Any) -> str:
        """The name of an object; each is made once, however often it is referred to."""
        cls = type(value)
        if not cls.__module__.startswith("sigma.") or not hasattr(value, "__dict__"):
            raise _ForeignError(cls)
        if getattr(cls, "__dataclass_params__", None) and cls.__dataclass_params__.frozen:
            if not all(
                isinstance(field, _SHARED) and field not in self._placeholders
                for field in vars(value).values()
            ):
                raise _ForeignError(cls)
            return self._constant(value)
        name = self._names.get(id(value))
        if name is None:
            name = self._names[id(value)] = f"o{len(self._names)}"
            self._new.append(f"{name} = new({self._constant(cls)})")
            self._set.append(f"{name}.__dict__ = {self._value(vars(value))}")
        return name


def _escaped(text: str) -> str:
    """A text as it is written in a Sigma string."""
    return text.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")


def same(one: Any, other: Any, seen: set[tuple[int, int]] | None = None) -> bool:
    """Whether two objects are the same in all that they hold, what `==` leaves out included.

    >>> same([1, {"a": "b"}], [1, {"a": "b"}]), same([1], [True])
    (True, False)
    """
    seen = set() if seen is None else seen
    if type(one) is not type(other):
        return False
    if isinstance(one, _SHARED):
        return bool(one == other)
    if (id(one), id(other)) in seen:
        return True
    seen.add((id(one), id(other)))
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(same(a, b, seen) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key], seen) for key in one)
    if isinstance(one, set):
        return bool(one == other)
    return hasattr(one, "__dict__") and same(vars(one), vars(other), seen)
