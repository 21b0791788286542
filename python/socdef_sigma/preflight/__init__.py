"""Whether the rules of each template work in a target, before anything is deployed.

A rule of each template is converted, and its fields are looked up in the target's schema. A rule that
converts to a field that does not exist is a loss, as much as one that is refused.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from ..convert import Converter
from ..errors import ConversionError, UsageError
from ..pysigma import collector_paused, to_rule
from .faults import Fault, faults_of
from .schemas import pipelines_for, problem

if TYPE_CHECKING:
    from .._core import Report, Rule

__all__ = [
    "MAPPED",
    "REFUSED",
    "UNMAPPED",
    "Check",
    "Loss",
    "check",
    "losses_of",
    "sample_rules",
    "with_cure",
]

MAPPED, UNMAPPED, REFUSED = "mapped", "unmapped", "refused"

# Values of the types that are compiled where none is asked for: one of each form that a target may see.
# Other types have samples of their own.
_SAMPLES = """\
{"type": "ipv4", "value": "198.51.100.7"}
{"type": "ipv4", "value": "203.0.113.0/24"}
{"type": "ipv6", "value": "2001:db8::1"}
{"type": "ipv6", "value": "2001:db8::/32"}
{"type": "domain", "value": "evil.example"}
{"type": "url", "value": "http://evil.example:8080/a_b.php?id=1%20x", "tags": ["exploit"]}
{"type": "url", "value": "http://evil.example/cgi-bin/a.php", "tags": ["exploit"]}
{"type": "md5", "value": "44d88612fea8a8f36de82e1278abb02f"}
{"type": "sha1", "value": "3395856ce81f2b7382dee72602f798b642f14140"}
{"type": "sha256", "value": "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"}
{"type": "cve", "value": "CVE-2017-1188"}
{"type": "email", "value": "billing@evil.example"}
"""


@dataclass(frozen=True)
class Check:
    """The outcome for the rules of a template.

    >>> from socdef_sigma import compile, read
    >>> [found] = check(compile(read(b"198.51.100.7")), "sqlite")
    >>> found.state, found.rules, found.lost
    ('mapped', 1, 0)
    """

    template: str
    target: str
    pipelines: tuple[str, ...]
    state: str
    """`mapped`; `unmapped`: it converts, and asks for fields that are not there; or `refused`."""
    why: str = ""
    """Why it is not mapped, in a line."""
    cure: str = ""
    """What to do about it, in a line."""
    rules: int = 0
    """How many rules there are."""
    lost: int = 0
    """How many of them find nothing."""
    faults: tuple[Fault, ...] = field(default=(), repr=False)
    """Faults of the backend or the target that matter."""
    query: str = field(default="", repr=False)
    """The first query."""

    def as_dict(self) -> dict[str, Any]:
        """The entry of the JSON output.

        >>> lost = Check("ipv4/firewall", "sqlite", (), REFUSED, why="no such field", rules=1, lost=1)
        >>> lost.as_dict()["state"]
        'refused'
        """
        return {
            "template": self.template,
            "target": self.target,
            "pipelines": list(self.pipelines),
            "state": self.state,
            "why": self.why,
            "cure": self.cure,
            "rules": self.rules,
            "lost": self.lost,
            "warnings": [f"{fault.fault}: {fault.effect} ({fault.upstream})" for fault in self.faults],
        }


@dataclass(frozen=True)
class Loss:
    """Rules of a template that find nothing in the target.

    >>> Loss("ipv4/firewall", 2, "no such field", "use another pipeline").words
    'no such field; use another pipeline'
    """

    template: str
    rules: int
    why: str
    cure: str
    is_certain: bool = True
    """Whether it is all of them, and not only those with values of some kind."""

    @property
    def words(self) -> str:
        """The reason with the cure, in a line."""
        return with_cure(self.why, self.cure)

    def as_dict(self) -> dict[str, Any]:
        """The entry of the report.

        >>> Loss("ipv4/firewall", 2, "no such field", "use another pipeline").as_dict()["rules"]
        2
        """
        return {"template": self.template, "rules": self.rules, "why": self.why, "cure": self.cure}


def with_cure(why: str, cure: str) -> str:
    """Both in a line, unless the reason names the cure itself.

    >>> with_cure("no place: `-p other` has one", "`-p other` maps it")
    'no place: `-p other` has one'
    """
    named = cure[1:].partition("`")[0] if cure.startswith("`") else ""
    return why if not cure or (named and named in why) else f"{why}; {cure}"


def sample_rules(templates: "Sequence[Any]" = ()) -> "list[Rule]":
    """A rule of each template there is, and of each form that it has.

    >>> len({rule.template for rule in sample_rules()}) >= 53
    True
    """
    from .._core import compile, read, type_facts

    others = [
        json.dumps({"type": known.name, "value": value})
        for known in type_facts()
        if not known.is_default
        for value in known.samples
    ]
    samples = _SAMPLES + "\n".join(others)
    return list(
        compile(
            read(samples.encode()), types=["all"], logsources=["all"], templates=templates, now="2026-01-01"
        )
    )


def check(
    rules: "Iterable[Rule]",
    target: str,
    pipelines: Sequence[str] = (),
    format: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> list[Check]:
    """The outcome for the rules in a target, by template in the order of their names.

        >>> from socdef_sigma import compile, read
        >>> [found] = check(compile(read(b"198.51.100.7")), "sqlite")
        >>> found.template, found.state
        ('ipv4/network_connection_windows', 'mapped')

    Without `pipelines`, the one that `convert` chooses. `format` is an output format of the target, and
    `options` are those of its backend. A rule that does not fit the format is refused. Raises what
    `Converter` raises.
    """
    groups = _groups(rules)
    converter = Converter(target, pipelines=pipelines, format=format, options=options, own_rules=True)
    found = _check(groups, converter)
    return [_cured(one, groups[one.template], format) for one in found]


def losses_of(report: "Report", converter: Converter, templates: "Sequence[Any]" = ()) -> list[Loss]:
    """The losses of a conversion: of the templates in use, those whose rules all find nothing.

    >>> from socdef_sigma import compile, read
    >>> losses_of(compile(read(b"198.51.100.7")).report, Converter("sqlite", own_rules=True))
    []
    """
    from .._core import templates as known

    used = {(kind, log_source): count for kind, log_source, count in report.rules_by_log_source}
    names = {
        one.name: used[one.type, one.logsource]
        for one in known(templates)
        if (one.type, one.logsource) in used
    }
    groups = _groups(rule for rule in sample_rules(templates) if rule.template in names)
    losses = []
    for one in _check(groups, converter.twin()):
        if one.rules == one.lost:
            cured = _cured(one, groups[one.template], converter.format)
            losses.append(Loss(one.template, names[one.template], cured.why, cured.cure))
        for fault in one.faults:
            if fault.loses:
                losses.append(_faulty(one.template, names[one.template], fault))
    return losses


def _faulty(template: str, rules: int, fault: Fault) -> Loss:
    why = f"of some, {fault.effect}: {fault.fault}"
    return Loss(template, rules, why, f"it is in {fault.upstream}", is_certain=False)


def _groups(rules: "Iterable[Rule]") -> "dict[str, dict[str, list[Rule]]]":
    """The rules by template, and in it by what a backend may treat otherwise."""
    groups: dict[str, dict[str, list[Rule]]] = {}
    for rule in rules:
        value = rule.indicator.value
        marks = "".join(mark for mark in "?*%_\"/'" if mark in value)
        groups.setdefault(rule.template, {}).setdefault(marks, []).append(rule)
    return dict(sorted(groups.items()))


def _check(groups: "Mapping[str, Mapping[str, list[Rule]]]", converter: Converter) -> list[Check]:
    checks = []
    with collector_paused():
        for template, alike in groups.items():
            checks.append(_check_template(template, alike, converter))
    return checks


def _check_template(template: str, alike: "Mapping[str, list[Rule]]", converter: Converter) -> Check:
    possible = faults_of(converter.target, converter.pipelines, template)
    faults: list[Fault] = []
    states: list[tuple[str, str]] = []
    rules = lost = 0
    query = ""
    for group in alike.values():
        state, why, text = _check_rule(group[0], converter)
        rules += len(group)
        query = query or text
        found = [fault for fault in possible if any(fault.hits(rule.indicator.value) for rule in group)]
        faults += [fault for fault in found if fault not in faults]
        if state != MAPPED:
            states.append((state, why))
            lost += len(group)
        elif any(fault.loses for fault in found):
            lost += sum(
                any(fault.loses and fault.hits(rule.indicator.value) for fault in found) for rule in group
            )
    state, why = max(states, default=(MAPPED, ""), key=lambda one: one[0] == REFUSED)
    return Check(
        template, converter.target, converter.pipelines, state, why, "", rules, lost, tuple(faults), query
    )


def _check_rule(rule: "Rule", converter: Converter) -> tuple[str, str, str]:
    ready = to_rule(rule)
    for _, queries in converter.convert([ready]):
        state = converter.backend.last_processing_pipeline.state
        own = _is_mapped_by_user(rule, converter.pipelines)
        missing = None if own else problem(ready, state, converter.target, converter.pipelines)
        try:
            if converter.format != "default":
                converter.finish(list(queries))
        except ConversionError as error:
            return REFUSED, ": ".join([error.message, *error.causes]), ""
        text = str(queries[0]) if queries else ""
        return (MAPPED, "", text) if missing is None else (UNMAPPED, missing, text)
    return REFUSED, converter.lost[-1].reason, ""


def _is_mapped_by_user(rule: "Rule", pipelines: Sequence[str]) -> bool:
    """Whether a rule is for a log source of the user's own, and a pipeline of theirs says how it converts.

    Nobody else knows the fields there.
    """
    parts = (rule.logsource.get(part) for part in ("category", "product", "service"))
    label = "/".join(part for part in parts if part)
    has_file = any(name.endswith((".yml", ".yaml")) for name in pipelines)
    return has_file and label not in _own_log_sources()


@cache
def _own_log_sources() -> frozenset[str]:
    """The log sources that this package has templates for."""
    from .._core import templates as known

    return frozenset(template.logsource for template in known())


def _cured(found: Check, alike: "Mapping[str, list[Rule]]", format: str | None) -> Check:
    """The same, with another pipeline that maps all of it, if there is one."""
    from dataclasses import replace

    if found.state == MAPPED:
        return found
    for name in pipelines_for(found.target):
        if name in found.pipelines:
            continue
        try:
            other = Converter(found.target, pipelines=[name], format=format)
        except (ConversionError, UsageError):
            continue
        if _check_template(found.template, alike, other).state == MAPPED:
            return replace(found, cure=f"`-p {name}` maps it")
    return replace(found, cure="no pipeline of this package maps it")
