"""The words of the project: plain English in every text that somebody reads.

Reads the string literals and the comments of the sources, and the pages, for phrases that are hard to read.
A failure names the file, the line, and what to write instead.
"""

import ast
import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from _harness import REPO

pytestmark = pytest.mark.pysigma_1_only


class Phrase(NamedTuple):
    """Words that are not written here, what to write instead, and an example of each."""

    name: str
    pattern: str
    instead: str
    wrong: tuple[str, ...]
    right: tuple[str, ...]


PHRASES = (
    Phrase(
        "is no X",
        r"\b(?<!there )(is|are|was|were|be|being|been) no\b(?! (longer|more|better|less|worse|later|earlier|wider)\b)",
        "is not a X",
        ("`x` is no date", "the files are no lists", "what is no more text is no table"),
        (
            "there is no key",
            "There are no rules",
            "it is no longer valid",
            "a link is no better",
            "is not a date",
        ),
    ),
    Phrase(
        "is none",
        r"\b(?<!there )(is|are|was|were) none\b",
        "is not one; is not one of …; there are no …",
        ("a date that is none", "`x` is none of a, b", "which are\n/// none of ours"),
        ("where there is none", "there are none", "none is given", "`is-none`"),
    ),
    Phrase(
        "of which none",
        r"\b(of (which|whom) none|none (is|are) (like|equal))\b",
        "none of which",
        ("records of which none gave a value", "none are like them"),
        ("none of which gave a value", "where none is given", "None is a keyword"),
    ),
    Phrase(
        "is had",
        r"\b(is|are|was|were|be|been|being|can|could) (be )?had\b",
        "is available; can be read",
        ("where the bytes cannot be had", "more than can be had from it", "what is had"),
        ("it has had a rule", "the address had a port"),
    ),
    Phrase(
        "is told",
        r"\b(is|are|was|were|be|been|being) told\b",
        "receives; is given; can be distinguished",
        ("where that can be told", "the user is told"),
        ("told apart", "it told the user"),
    ),
    Phrase(
        "is said",
        r"\b(is|are|was|were|be|been|being) said\b|\band said\b",
        "is reported",
        ("is left out and said", "this is said to be right", "what is said of it"),
        ("it said so",),
    ),
    Phrase(
        "mend",
        r"\bmend(s|ed|ing)?\b",
        "fix; repair; correct",
        ("a difference, mended by pySigma", "nothing to mend"),
        ("recommended", "amended", "mendacious"),
    ),
    Phrase(
        "What is X is Y",
        r"\b(?-i:What) (is|was|comes|came|stands|follows|becomes|became|cannot|does|did|looks|had|goes) [^?]*?(\.( |$)|$)",
        "a noun as the subject",
        (
            "What is no list is refused.",
            "Nothing. What stands before it is a label.",
            "What became of the rules.",
        ),
        ("What is it?", "It knows what is a list.", "Whatever is a list"),
    ),
    Phrase("anew", r"\banew\b", "again; restart", ("the run begins anew",), ("a new run",)),
)

# A blank may be the end of a line.
_FOUND = [(phrase, re.compile(phrase.pattern.replace(" ", "[ \n]"), re.IGNORECASE)) for phrase in PHRASES]

SKIPPED: tuple[str, ...] = ("STYLE.md",)
"""It shows what not to write."""

_RUST = re.compile(
    r"""//[/!]?(?P<comment>[^\n]*)
      | /\*(?P<block>.*?)\*/
      | \bb?r(?P<hashes>\#*)"(?P<raw>.*?)"(?P=hashes)
      | "(?P<text>(?:[^"\\]|\\.)*)"
      | '(?:[^'\\\n]|\\'|\\[^'\n]+)'""",
    re.DOTALL | re.VERBOSE,
)


class Text(NamedTuple):
    """A text of a file, and the line in which it begins."""

    line: int
    text: str


def _joined(comments: Iterable[Text]) -> Iterator[Text]:
    """Comments in lines that follow each other as one text: a phrase may go on in the next line."""
    lines: list[str] = []
    first = 0
    for comment in comments:
        if lines and comment.line != first + len(lines):
            yield Text(first, "\n".join(lines))
            lines = []
        first = first if lines else comment.line
        lines.append(comment.text)
    if lines:
        yield Text(first, "\n".join(lines))


def _rust(source: str) -> Iterator[Text]:
    """The literals and comments of Rust."""
    starts = [0, *(match.end() for match in re.finditer("\n", source))]
    found = [(bisect_right(starts, match.start()), match) for match in _RUST.finditer(source)]
    yield from _joined(Text(line, match["comment"]) for line, match in found if match["comment"] is not None)
    for line, match in found:
        for name in ("block", "raw", "text"):
            if match[name] is not None:
                yield Text(line, match[name])


def _python(source: str) -> Iterator[Text]:
    """The literals and comments of Python."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = (token for token in tokens if token.type == tokenize.COMMENT)
    yield from _joined(Text(token.start[0], token.string.lstrip("#:")) for token in comments)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
            yield Text(node.lineno, "".join(map(str, parts)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield Text(node.lineno, node.value)


def _table(source: str) -> Iterator[Text]:
    """The comments of YAML and templates, and each other line."""
    lines = [Text(number, line.strip()) for number, line in enumerate(source.split("\n"), 1)]
    yield from _joined(Text(line, text.lstrip("#")) for line, text in lines if text.startswith("#"))
    yield from (line for line in lines if not line.text.startswith("#"))


def _page(source: str) -> Iterator[Text]:
    """The paragraphs of Markdown."""
    yield from _joined(
        Text(number, line) for number, line in enumerate(source.split("\n"), 1) if line.strip()
    )


_READERS = {".rs": _rust, ".py": _python, ".pyi": _python, ".md": _page}


def findings(name: str, source: str) -> list[str]:
    """The phrases in a file, each with its place and the plain words."""
    found = {}
    for line, text in _READERS.get(Path(name).suffix, _table)(source):
        # One character for each end of a line; in Rust, a literal goes on after a backslash.
        text = re.sub(r"[ \t]*\\?\n[ \t]*", "\n", text)
        for phrase, pattern in _FOUND:
            for match in pattern.finditer(text):
                at = line + text.count("\n", 0, match.start())
                around = " ".join(text[max(0, match.start() - 30) : match.end() + 20].split())
                found[at, phrase.name, around] = (
                    f"{name}:{at}: {around!r}: {phrase.name!r}; write {phrase.instead!r}"
                )
    return [found[key] for key in sorted(found)]


def files() -> list[str]:
    """The files to check, by their names in the repository."""
    patterns = (
        "src/**/*.rs",
        "python/**/*.py",
        "python/**/*.pyi",
        "python/**/*.yml",
        "templates/**/*.j2",
        "docs/**/*.md",
        "*.md",
    )
    found = {path.relative_to(REPO).as_posix() for pattern in patterns for path in REPO.glob(pattern)}
    return sorted(name for name in found if not name.startswith(SKIPPED))


@pytest.mark.parametrize("folder", ["src/", "python/", "templates/", ""])
def test_texts_are_plain(folder: str) -> None:
    names = [name for name in files() if (name.startswith(folder) if folder else name.endswith(".md"))]
    assert names
    found = [line for name in names for line in findings(name, (REPO / name).read_text(encoding="utf-8"))]
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.name)
def test_each_phrase_is_found(phrase: Phrase) -> None:
    for wrong in phrase.wrong:
        one = wrong.replace("\n/// ", " ")
        for name, source in (
            ("x.rs", f"fn a() {{}}\n/// {wrong}.\nfn b() {{}}\n"),
            ("x.rs", f'fn a() {{}}\nlet b = "{one}";\n'),
            ("x.rs", f'fn a() {{}}\nlet b = r#"{one}"#;\n'),
            ("x.py", f'a = 1\nb = "{one}"\n'),
            ("x.py", f"a = 1\nb = f'{{a}} {one} {{a}}'\n"),
            ("x.py", f"a = 1\n# {one}\n"),
            ("x.md", f"# A\n{one}\n"),
            ("x.rs", "\n/// " + "\n/// ".join(one.split())),
            ("x.py", "\nb = (" + "\n".join(f'"{word} "' for word in one.split()) + ")\n"),
        ):
            found = [line for line in findings(name, source) if repr(phrase.name) in line]
            assert found, (wrong, source)
            assert int(found[0].split(":")[1]) >= 2
            assert phrase.instead in found[0]
    for right in phrase.right:
        for name, source in (("x.rs", f"/// {right}\n"), ("x.py", f'"""{right}"""\n'), ("x.md", right)):
            assert not [line for line in findings(name, source) if repr(phrase.name) in line], right


def test_only_texts_are_read() -> None:
    assert not findings("x.rs", "let is = 'n'; if is no { mend('\"', anew) } // fine\n")
    assert not findings("x.py", "mend = anew\n")
    # Two literals with code between them are not one text.
    assert not findings("x.rs", 'f("a b is",\n  1,\n);\nf("no way");\n')
