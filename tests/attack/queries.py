"""Values as queries: a query of a hostile value has the skeleton of a harmless one's, read by a tokeniser of its own."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator

import checker
import feeds
import hostile
from lab import SKIP, Lab, Row, judged, smallest_text

PROMISE = "queries cannot be bent"
TYPES = ("url", "url", "url", "email", "domain", "ipv6", "sha256", "cve")

# One expression a language: what a text is (S), what a word is (W), what stays as it is. Whatever no part of it reads
# is its own token, so a quote that opens and never closes is seen.
STRINGS = {
    "sqlite": r"'(?:[^']|'')*'",
    "splunk": r'"(?:[^"\\]|\\.)*"',
    "kusto": r'"(?:[^"\\\n]|\\.)*"',
    "lucene": r'"(?:[^"\\]|\\.)*"',
}
WORDS = {
    "sqlite": r"`[^`]*`|\w+",
    "splunk": r"[A-Za-z_][\w.]*",
    "kusto": r"[A-Za-z_]\w*",
    # A term: anything but white space and the characters with a meaning, which are escaped.
    "lucene": r"(?:[^\s\\()\[\]{}\"^~:/!&|+*?<>=-]|\\.)+",
}


def tokens(language: str, query: str) -> list[str]:
    """The tokens of a query, its texts as `S`."""
    string, word = STRINGS[language], WORDS[language]
    found = []
    for match in re.finditer(rf"(?P<s>{string})|(?P<w>{word})|(?P<g>\s+)|(?P<o>.)", query, re.DOTALL):
        if match["s"] is not None:
            said = match["s"]
            # A text that ends in a wildcard, or begins with one, is another kind of text.
            found.append("S*" if language in ("splunk",) and wild(said[1:-1]) else "S")
        elif match["w"] is not None:
            found.append(match["w"])
        elif match["o"] is not None:
            found.append(match["o"])
        elif language == "lucene":
            found.append(" ")
        elif "\n" in match["g"]:
            found.append("\\n")
    return lucene(found) if language == "lucene" else found


def wild(said: str) -> bool:
    """Whether an unescaped `*` is in a text."""
    return re.search(r"(?<!\\)(?:\\\\)*\*", said) is not None


FIELD = re.compile(r"[A-Za-z_][\w.]*")


def lucene(found: list[str]) -> list[str]:
    """Terms are texts: a word before a colon is a field, and an operator is one where an operator may stand."""
    made: list[str] = []
    term = False
    for place, token in enumerate(found):
        following = found[place + 1] if place + 1 < len(found) else ""
        if token == " ":
            term = False
        elif (following == ":" and FIELD.fullmatch(token) and not term) or (
            token in ("AND", "OR", "NOT") and not term
        ):
            made.append(token)
        elif token in '():[]{}"^~!&|<>' and len(token) == 1:
            made.append(token)
            term = False
        elif token == "S" or len(token) > 1 or token not in "/+=-":
            text = "S*" if token in "*?" else "S"
            if term and made:
                made[-1] = "S*" if "S*" in (made[-1], text) else "S"
            else:
                made.append(text)
            term = True
        else:
            made.append(token)
    return made


def skeleton(language: str, query: str) -> str:
    """A query without its texts; alternatives that are built alike count once."""
    said = " ".join(tokens(language, query))
    for _ in range(8):
        before = said
        said = re.sub(r"(S\*?)(?: , S\*?)+", r"\1", said)
        said = re.sub(
            r"(\([^()]*\)|(?:[^ ()]+ ){1,7}?S\*?(?: ESCAPE S)?)(?: (?:OR|or) \1)+(?= |$)", r"\1", said
        )
        said = re.sub(r"\b(S\*?)(?: OR S\*?)+", r"\1", said)
        if said == before:
            return said
    return said


def converted(lab: Lab, target: str, values: list[str]) -> tuple[dict[str, str], str]:
    """The query of each rule's file, and what went wrong. SQL and the like for values in plain text."""
    folder = lab.folder(target)
    (folder / "feed.txt").write_bytes("\n".join(values).encode("utf-8", "replace") + b"\n")
    out = folder / "queries"
    ran = lab.run(
        "convert",
        folder / "feed.txt",
        "-t",
        target,
        "--verify-sample",
        "0",
        "-q",
        "-o",
        f"{out}/",
        timeout=120,
    )
    wrong = ran.crashed() or ("no end after 120 s" if ran.stopped else "")
    if "there is no target" in ran.err or "not installed" in ran.err:
        return {}, "absent"
    if not out.is_dir():
        return {}, wrong or f"status {ran.status}: {ran.err[:200]}"
    return {path.name: path.read_text(encoding="utf-8").rstrip("\n") for path in sorted(out.iterdir())}, wrong


def tables(query: str) -> str:
    """What SQLite says of a query: it is explained, never run. Empty where one statement reads the one table."""
    link = sqlite3.connect(":memory:")
    # Each word that stands where a column may is made one, quoted or not.
    names = {
        name
        for name in re.findall(r"`([^`]+)`|\b([A-Za-z_]\w*)\b", re.sub(STRINGS["sqlite"], " ", query))
        for name in name
        if name
    }
    words = {
        "SELECT",
        "FROM",
        "WHERE",
        "AND",
        "OR",
        "NOT",
        "IN",
        "LIKE",
        "ESCAPE",
        "COLLATE",
        "NOCASE",
        "COALESCE",
        "logs",
        "REGEXP",
        "NULL",
        "IS",
        "FALSE",
    }
    columns = ", ".join(f"`{name}` TEXT" for name in sorted(names - words)) or "x"
    read: set[str] = set()
    bad: list[str] = []

    def judge(action: int, first: str | None, second: str | None, *_: object) -> int:
        if action == sqlite3.SQLITE_READ:
            read.add(str(first))
        elif action not in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE):
            bad.append(f"action {action} of {first} {second}")
        return sqlite3.SQLITE_OK

    try:
        link.execute(f"CREATE TABLE logs ({columns})")
        link.set_authorizer(judge)
        link.execute(f"EXPLAIN {query}").fetchall()
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        return f"SQLite: {error}"
    finally:
        link.close()
    if bad or read - {"logs"}:
        return f"SQLite: {bad} {sorted(read)}"
    return ""


def faults_of(target: str, query: str, allowed: set[str]) -> str:
    """What is wrong with one query, or nothing."""
    if seen := checker.invisible(query, lines=True):
        return f"an invisible character raw: {seen}"
    if target != "kusto" and "\n" in query:
        return "a query of two lines"
    if (made := skeleton(target, query)) not in allowed:
        return f"another skeleton: {made[:240]}"
    return tables(query) if target == "sqlite" else ""


def values_of(lab: Lab, first: int, count: int, texts: hostile.Texts) -> list[str]:
    """Values in lines; those of the query languages' own words stand alone in every part of a URL."""
    rows = feeds.records(lab.rng, first, count, TYPES, texts)
    made = [" ".join(row["value"].split("\n")) for row in rows]
    if texts is not hostile.word:
        for place, word in enumerate(
            (
                "OR",
                "AND",
                "NOT",
                "TO",
                "IN",
                "WHERE",
                "by",
                "and",
                "or",
                "&&",
                "||",
                "*",
                "?",
                "-",
                "+",
                '"',
                "'",
                "\\",
                "null",
                "true",
            )
        ):
            host = f"zq{0x800000 + first + place:06x}.example"
            made += [
                f"http://{host}/{word}",
                f"http://{host}/a?{word}",
                f"http://{host}/{word}?{word}=1",
                f"http://{host}?{word}",
            ]
    else:
        for place, path in enumerate(
            (
                "",
                "/",
                "/a",
                "/a?b",
                "/a?b=1",
                "?b",
                "/?b",
                "/a/?",
                "/a%20b",
                "/a%20b?c%20d",
                "/a'b",
                "/é",
                "/a?é",
                "/a#b",
                "/a%2a",
                "/?a?b",
                "/%c3%a9?%c3%a9",
            )
        ):
            for host in (
                "a.example",
                "198.51.100.7",
                "[2001:db8::1]",
                "a.example:8080",
                "u:p@a.example",
                "198.51.100.7:81",
            ):
                made.append(f"http://{host}{path}{place if path not in ('', '/') else ''}")
        # Letters of other alphabets, spaces and escapes are harmless too, but have spellings of their own.
        for place in range(200):
            path, query = (
                "".join(lab.rng.choices(("a", "B", "é", "ß", "例", " ", "_", "%20", "%C3%A9", "."), k=4))
                for _ in "pq"
            )
            made.append(f"http://n{place}.example/{path}{lab.rng.choice(('', '?' + query, '?x=' + query))}")
    return made


def reduced(lab: Lab, target: str, value: str, fault: str, allowed: set[str]) -> str:
    """The shortest value of this host that has the same kind of fault."""
    head, _, tail = value.partition(".example")

    def fails(text: str) -> bool:
        queries, _ = converted(lab, target, [f"{head}.example{text}"])
        return any(faults_of(target, query, allowed)[:9] == fault[:9] for query in queries.values())

    return f"{head}.example{smallest_text(tail, fails, 8) if fails(tail) else tail!r}"


def attack(lab: Lab) -> Iterator[Row]:
    """Each backend that is installed, its harmless skeletons first."""
    targets = list(STRINGS)
    for number, target in enumerate(targets):
        if lab.left() < -60:
            yield Row(PROMISE, target, "no time was left", SKIP)
            continue
        until = lab.left() * (1 - 1 / (len(targets) - number))
        harmless, wrong = converted(lab, target, values_of(lab, 0, 160, hostile.word))
        if wrong == "absent":
            yield Row(PROMISE, target, "its backend is not installed", SKIP)
            continue
        allowed = {skeleton(target, query) for query in harmless.values()}
        told: Counter[str] = Counter({wrong: 1} if wrong else {})
        examples: dict[str, str] = {}
        seen: set[str] = set()
        count, given, first = 0, 0, 1000
        while not given or (lab.left() > until and (lab.count is None or given < lab.count)):
            values = values_of(lab, first, 400, hostile.text)
            first, given = first + 400, given + len(values)
            queries, wrong = converted(lab, target, values)
            if wrong:
                told[wrong] += 1
            count += len(queries)
            for query in queries.values():
                seen.add(skeleton(target, query))
                if fault := faults_of(target, query, allowed):
                    told[fault] += 1
                    marker = feeds.MARKER.search(query)
                    examples.setdefault(
                        fault, next((value for value in values if marker and marker.group() in value), query)
                    )
            lab.say(f"  queries: {target} {count} queries, {sum(told.values())} faults")
        shown = []
        for fault, value in list(examples.items())[:3]:
            shown.append(f"{fault.split(':')[0]}: {reduced(lab, target, value, fault, allowed)}")
        figure = (
            f"{given:,} values, {count:,} queries, {len(seen)} skeletons, {len(allowed)} of harmless values"
        )
        yield judged(
            PROMISE,
            f"{target}: tokens" + (" and EXPLAIN" if target == "sqlite" else ""),
            figure,
            [f"{times} × {fault}" for fault, times in told.items()],
            "\n".join(shown),
        )
