"""Sigma YAML is read as PyYAML reads it, only faster; what could eat the machine is refused."""

import datetime
import os
import random
import string
from pathlib import Path
from typing import Any

import pytest
import yaml

from _harness import REPO
from _harness.command import NOW, good, socdef
from socdef_sigma import Indicator, InputError, compile
from socdef_sigma.convert.sigma_rules import read_rules

ALL = ["198.51.100.7", "2001:db8::7", "198.51.100.0/24", "evil.example", "http://evil.example/a?b=c*", "x@evil.example",
       "d41d8cd98f00b204e9800998ecf8427e", "a" * 40, "b" * 64, "CVE-2026-1234"]  # fmt: skip


def by_pyyaml(text: str | bytes) -> Any:
    found = [document for document in yaml.safe_load_all(text) if document is not None]
    return [inner for document in found for inner in (document if isinstance(document, list) else [document])]


def same(text: str) -> None:
    # The representation tells 1 from True, and a date from text.
    assert repr(read_rules(text.encode())) == repr(by_pyyaml(text))


def rules() -> str:
    indicators = [Indicator(text, references=["https://example.com/a"]) for text in ALL for _ in range(2)]
    return compile(indicators, now=NOW, guard=False, logsources=["all"]).yaml()


TRICKS = [
    "a: no\nb: Off\nc: ~\nd:\ne: ''\nf: y\ng: 012\nh: 0x1f\ni: 1_000\nj: 1:30\nk: 1e3\nl: 1.5\nm: .5\nn: +1\no: -0\n",
    "a: 2026-05-17\nb: 2026-05-17T10:00:00Z\nc: '2026-05-17'\nd: 2026-5-7\n2026-05-17: e\n",
    "a: 198.51.100.7\nb: 1.2.3\nc: 0.5.\nd: 12345678901234567890123\ne: 0b11\nf: 1__0\ng: -.inf\nh: .nan\n",
    "a: |\n  one\n   two\n\nb: >-\n  one\n  two\n\n  three\nc: 'it''s\n  folded'\nd: \"\\x41\\u00e9 \\\n  on\"\n",
    "a: plain text over\n  two lines\nb: x # a comment\nc: 'x # none'\nd: http://a.b/c#d\ne: a:b\n",
    "a: &x {b: 1}\nc: *x\nd: [*x, *x]\n",
    "a: {b: [1, 'two', three], ? c : d}\n? e\n: f\n",
    "a: 1\na: 2\nb: 3\n",
    "- title: one\n- title: two\n---\n- 3\n",
    "---\na: 1\n...\n---\nb: 2\n",
    "%YAML 1.1\n---\na: 1\n",
    "--- {a: 1}\n--- # nothing\n---\nb: 2\n",
    "\ufeffa: 1\n",
    "a: 1\r\nb: 'x'\r\n---\r\nc: 2\r\n",
    "a: caf\u00e9\nb: '\U0001f600'\nc: 'x\u2028y'\n",
    "a: 'b\tc'\nd: 0x1F\n",
    "1: a\non: b\nnull: c\n",
    "<<: {a: 1}\nb: 2\n",
    "a: !!str 1\nb: !!int '2'\n",
    '[{"title": "a", "b": [1, true, null], "c": "\\u00e9"}]',
    "",
    "# nothing\n",
    "a: |\n  x",
    "a:\n- b\n- c: d\n  e: f\n-\n  - g\n",
]  # fmt: skip


@pytest.mark.parametrize("text", TRICKS, ids=range(len(TRICKS)))
def test_as_pyyaml_does(text: str) -> None:
    same(text)


def test_our_own_rules() -> None:
    text = rules()
    assert len(by_pyyaml(text)) > 30
    same(text)


def test_rules_with_one_line_changed() -> None:
    """Each document is almost of a known form."""
    rng = random.Random(11)
    documents = rules().split("---\n")
    changed = []
    for _ in range(600):
        lines = rng.choice(documents).splitlines()
        at = rng.randrange(len(lines))
        kind = rng.randrange(6)
        if kind == 0:
            lines[at] = lines[at].replace("'", "", 2)
        elif kind == 1:
            lines[at] = lines[at].replace("'", '"', 2)
        elif kind == 2:
            lines[at] += rng.choice([" # comment", " ", "", " x", "''"])
        elif kind == 3:
            lines.insert(at, lines[at])
        elif kind == 4:
            letter = rng.choice(string.printable[:95])
            place = rng.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:place] + letter + lines[at][place:]
        else:
            del lines[at]
        text = "\n".join(lines) + "\n"
        try:
            by_pyyaml(text)
        except yaml.YAMLError:
            continue
        except ValueError:  # A day that is none.
            continue
        changed.append(text)
    assert len(changed) > 300
    refused = 0
    for text in changed:
        try:
            read_rules(text.encode())
        except InputError:
            refused += 1
        else:
            same(text)
    # YAML 1.1 takes some that 1.2 does not.
    assert refused < 10
    fine = [text for text in changed if _is_read(text)]
    same("---\n".join(fine))


def _is_read(text: str) -> bool:
    try:
        read_rules(text.encode())
    except InputError:
        return False
    return True


OTHERS = Path(os.environ.get("SOCDEF_SHARED") or REPO.parent / "shared") / "feeds" / "sigma-rules"


@pytest.mark.skipif(not OTHERS.is_dir(), reason="the shared feeds are not here: feeds/sigma-rules")
def test_rules_of_others() -> None:
    paths = sorted(OTHERS.glob("*.yml"))
    assert paths
    for path in paths:
        same(path.read_text())


def test_other_encodings() -> None:
    assert read_rules("a: caf\u00e9\n".encode("utf-16")) == [{"a": "caf\u00e9"}]
    with pytest.raises(InputError, match="not valid YAML"):
        read_rules(b"a: \xff\xfe\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("title: a\n---\ntitle: 'b\n", 3),
        ("title: a\n---\n\ntitle: b: c\n", 4),
        ("a: " + "[" * 100 + "]" * 100, 1),
        (
            "a: &a [1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]\n",
            3,
        ),
        ("a: *b\n", 1),
        ("a: &a [*a]\n", 1),
        ("x: 0x1F\na: b\tc\n---\nz: 0x1F\nb: &b [*b]\n", 5),
    ],
)
def test_what_is_refused_and_where(text: str, line: int, tmp_path: Path, sigma_home: dict[str, str]) -> None:
    (tmp_path / "rules.yml").write_text(text)
    process = socdef("convert", "-t", "splunk", "-p", "none", "rules.yml", home=sigma_home, cwd=tmp_path)
    assert process.returncode == 2
    assert process.stdout == b""
    error = process.stderr.decode()
    assert "broken_input" in error
    assert any(f"rules.yml:{at}" in error for at in (line, line + 1)), error


def test_an_alias_bomb_takes_no_memory(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    lines = ["title: a", "detection: {condition: b}", "x0: &x0 [" + ",".join(["lol"] * 9) + "]"]
    lines += [f"x{n}: &x{n} [" + ",".join([f"*x{n - 1}"] * 9) + "]" for n in range(1, 12)]
    (tmp_path / "rules.yml").write_text("\n".join(lines) + "\n")
    process = socdef("convert", "-t", "splunk", "-p", "none", "rules.yml", home=sigma_home, cwd=tmp_path)
    assert process.returncode == 2
    assert b"its aliases expand to more than the document itself" in process.stderr


def test_a_date_is_a_date() -> None:
    assert read_rules(b"date: 2026-05-17\n") == [{"date": datetime.date(2026, 5, 17)}]


def test_many_rules_read_the_same_whole_and_apart(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    """More rules than are looked at together, and a list of feeds' files besides."""
    values = "".join(f"host{number}.evil.example\n" for number in range(9000))
    (tmp_path / "values.txt").write_text(values)
    good(socdef("compile", "values.txt", "-o", "rules.yml", "--now", NOW, home=sigma_home, cwd=tmp_path))
    text = (tmp_path / "rules.yml").read_text()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    assert read_rules(text.encode()) == list(yaml.load_all(text, loader))
