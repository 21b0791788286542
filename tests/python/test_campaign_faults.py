"""Each part of `make attack` finds its fault: in an output that was bent by hand, or in a command that breaks what the real one does."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import exports
import file_names
import growth
import identities
import places
import slow
import stores
from _harness import FULL
from _harness.command import SOCDEF
from lab import FAIL, PASS, Lab, Row
from slow_inputs import Slow, repeated

pytestmark = pytest.mark.pysigma_1_only

at_night = pytest.mark.skipif(not FULL, reason="it runs a broken command; SOCDEF_FULL, at night")

# The real command, and then what breaks its output. `told` are its arguments.
FAKE = """#!{python}
import os, pathlib, subprocess, sys
told = sys.argv[1:]
def after(name):
    return told[told.index(name) + 1] if name in told else ""
{before}
ran = subprocess.run([{real!r}, *told], capture_output=True)
out, status = ran.stdout, ran.returncode
folder = pathlib.Path(after("-o") or "nowhere")
{behind}
sys.stdout.buffer.write(out)
sys.stderr.buffer.write(ran.stderr)
sys.exit(status)
"""


def lab_of(tmp_path: Path, before: str = "", behind: str = "", count: int = 1) -> Lab:
    """A lab with a command that is broken like this."""
    fake = tmp_path / "bin" / "socdef-sigma"
    fake.parent.mkdir()
    fake.write_text(
        FAKE.format(python=sys.executable, real=SOCDEF, before=before, behind=behind), encoding="utf-8"
    )
    fake.chmod(0o755)
    (tmp_path / "work").mkdir()
    return Lab(fake, tmp_path / "work", 0.1, 1, count)


# A rule less as soon as somebody else speaks, the first of them or the longest.
LESS = "out = out.partition(b'\\n---\\n')[2] if sum('.jsonl' in one for one in told) > 1 else out"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two indicators and one thing to say, for these tests do not look for faults of ours."""
    monkeypatch.setattr(growth, "VALUES", {"domain": "grown.example", "ipv4": "198.51.100.7"})
    monkeypatch.setattr(growth, "GROWN", {"tags": growth.GROWN["tags"]})
    monkeypatch.setattr(growth, "LEAST", 1)


@at_night
@pytest.mark.usefixtures("few")
def test_a_rule_that_others_take_away_is_missed(tmp_path: Path) -> None:
    lab = lab_of(tmp_path, behind=LESS)
    for row in (growth.much(lab, 0), growth.filtered(lab, 0)):
        assert row.verdict == FAIL
        assert "1 of 2 rules are gone" in row.figure


@at_night
@pytest.mark.usefixtures("few")
def test_a_rule_that_grows_with_a_feed_is_seen(tmp_path: Path) -> None:
    grows = "sizes = [os.path.getsize(one) for one in told if one.endswith('.jsonl')]; out += b'#' * (max(sizes) if len(sizes) > 1 else 0)"
    row = growth.much(lab_of(tmp_path, behind=grows), 0)
    assert row.verdict == FAIL
    assert "grows to" in row.figure


@at_night
@pytest.mark.usefixtures("few")
def test_the_real_command_keeps_its_rules(tmp_path: Path) -> None:
    lab = lab_of(tmp_path)
    assert [row.verdict for row in (growth.much(lab, 0), growth.filtered(lab, 0))] == [PASS, PASS]


OVERWRITES = """
files = sorted(folder.glob("*.yml")) if folder.is_dir() else []
if len(files) > 1:
    files[1].replace(files[0])
"""
RENAMES = """
files = sorted(folder.glob("*.yml")) if folder.is_dir() else []
if len(files) > 1:
    first, second = files[0].read_bytes(), files[1].read_bytes()
    files[0].write_bytes(second)
    files[1].write_bytes(first)
"""


@at_night
@pytest.mark.parametrize(
    ("broken", "fault"),
    [(OVERWRITES, "has no file"), (RENAMES, "has another value now"), ("", "")],
    ids=["overwritten", "renamed", "the real one"],
)
def test_a_file_of_two_rules_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, fault: str
) -> None:
    monkeypatch.setattr(file_names, "PAIRS", file_names.PAIRS[4:5])
    row = file_names.compiled(lab_of(tmp_path, behind=broken))
    assert row.verdict == (FAIL if fault else PASS), row.figure
    assert fault in row.figure


@at_night
def test_a_pair_that_is_not_alike_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_names, "PAIRS", [("domain", "a.example", "b.example")])
    assert "search for new ones" in file_names.compiled(lab_of(tmp_path)).figure


@pytest.mark.parametrize("name", ["../x.yml", "A.yml", "dns_x.yml.exe", "dns\u202eabcdef.yml"])
def test_a_name_of_another_form_is_seen(name: str) -> None:
    assert file_names.apart({"dns_query_win_a.yml": "a.example"}, ["a.example"], "x") == []
    assert file_names.apart({name: "a.example"}, ["a.example"], "x")


KNOWN: identities.Ids = {"1": ("url", "http://e.example/a.b"), "2": ("domain", "e.example")}


@pytest.mark.parametrize(
    "again",
    [
        KNOWN | {"3": ("url", "http://e.example/a[.]b")},
        {"1": KNOWN["1"]},
        KNOWN | {"2": ("domain", "f.example")},
    ],
    ids=["another id", "not read", "one id of two values"],
)
def test_another_identity_is_seen(again: identities.Ids) -> None:
    assert identities.differing(KNOWN, KNOWN, True) == []
    assert identities.differing(KNOWN, again, True)


@at_night
def test_a_command_that_leaves_brackets_is_seen(tmp_path: Path) -> None:
    """As the first version did: brackets are left in a path, and read as another indicator."""
    half = """
import re
for one in told:
    if told[0] == "compile" and one.endswith((".txt", ".jsonl")) and os.path.isfile(one):
        text = pathlib.Path(one).read_text(encoding="utf-8")
        pathlib.Path(one).write_text(re.sub(r"[\\[({]+\\.[\\])}]+(?=php)", "%5B.%5D", text), encoding="utf-8")
"""
    row = identities.ways(lab_of(tmp_path, before=half, count=1), 0)
    assert row.verdict == FAIL
    assert "undefanged" in row.figure


HEADER = "id,type,value,source_feed,tags\r\n"


@pytest.mark.parametrize(
    "line",
    [
        "1,url,x,=1+1,",
        "1,url,x,\uff1d1,",
        "1,url,x, =1,",
        '1,url,x,"a;=1",',
        "1,url,x,a,b;@c",
        "1,email,+1@e.example,a,",
        "1,url,x,\u202ea,",
        '1,url,x,"\ta",',
        "1,url,x,a",
        '1,url,x,"a\rb",',
    ],
)
def test_a_cell_that_is_a_formula_is_seen(line: str) -> None:
    assert exports.table_faults(HEADER + "1,url,http://e.example/;=1,'=1,a;'=1\r\n") == []
    assert exports.table_faults(HEADER + line + "\r\n")


@pytest.mark.parametrize(
    "html",
    [
        "<script>x</script>",
        "<p onclick=x>",
        "<a href='javascript:x'>",
        "<img src=http://e.example>",
        "<ScRiPt/>",
    ],
)
def test_a_page_that_runs_something_is_seen(html: str) -> None:
    page = exports.Page()
    page.feed("<p title='&lt;script>'>&lt;script&gt;</p>")
    assert page.faults == []
    page.feed(html)
    assert page.faults


@pytest.mark.parametrize("bent", ["[a]b]\nsearch = x\n", "[a]\nsearch = x\nalert = 1\n", "[a]\nx\n", "[a\n"])
def test_a_stanza_that_was_bent_is_seen(bent: str) -> None:
    assert exports.stanza_faults("[a]\nsearch = x \\\n| y\n", {"search"}) == (1, [])
    assert exports.stanza_faults(bent, {"search"})[1]


@pytest.mark.parametrize(
    ("status", "names", "fault"),
    [
        (200, ["old1.example"], ""),
        (401, [], ""),
        (503, [], ""),
        (200, ["new1.example"], "was answered with new"),
        (200, ["old1.example", "new2.example"], "was answered with new, old"),
        (200, [], "was answered with nothing"),
        (500, [], "500"),
    ],
)
def test_a_mixture_of_two_stores_is_seen(status: int, names: list[str], fault: str) -> None:
    seen = stores.Seen()
    body = json.dumps({"data": [{"value": name} for name in names]}).encode()
    stores.judge(seen, "old", status, body)
    assert bool(seen.faults) == bool(fault)
    assert fault in "".join(seen.faults)


def ran(row: Row) -> tuple[str, str]:
    return row.verdict, row.figure


@at_night
@pytest.mark.parametrize(
    ("behind", "fault"),
    [
        ('[path.unlink() for path in folder.glob(".socdef*.tmp")]', "is gone or changed"),
        ("", ""),
    ],
    ids=["removed", "the real one"],
)
def test_a_strangers_file_that_is_removed_is_seen(tmp_path: Path, behind: str, fault: str) -> None:
    row = places.strangers(lab_of(tmp_path, behind=behind))
    assert row.verdict == (FAIL if fault else PASS), row.figure
    assert fault in row.figure


@at_night
@pytest.mark.parametrize(
    ("before", "behind", "fault"),
    [
        ("", "os.path.exists(after('--changes')) and os.chmod(after('--changes'), 0o644)", "has mode 644"),
        (
            "told = [one.replace('env >', 'echo ' + os.environ.get('SOCDEF_API_KEY', '') + ' >') for one in told]",
            "",
            "in the environment",
        ),
    ],
    ids=["a mode", "the key"],
)
def test_what_others_are_told_is_seen(tmp_path: Path, before: str, behind: str, fault: str) -> None:
    # A server is not asked through a command that waits for its end.
    before += f"\nif told[0] == 'serve':\n    os.execv({SOCDEF!r}, ['socdef-sigma', *told])"
    row = places.told(lab_of(tmp_path, before, behind))
    assert row.verdict == FAIL
    assert fault in row.figure


@at_night
def test_an_obstacle_that_is_replaced_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "OBSTACLES", {"a FIFO": places.OBSTACLES["a FIFO"]})
    replaces = """
for path in folder.glob("*.yml") if folder.is_dir() else []:
    if path.is_fifo():
        path.unlink()
        path.write_text("x")
"""
    row = places.obstacles(lab_of(tmp_path, behind=replaces))
    assert row.verdict == FAIL
    assert "it was removed or replaced" in row.figure


@at_night
def test_a_reader_that_is_not_linear_is_seen(tmp_path: Path) -> None:
    """The time of a child's processor counts, so the fake one works for the square of its input."""
    squares = "size = max(os.path.getsize(one) for one in told if os.path.isfile(one)); sum(range(size * size // 4))"
    lab, input_ = lab_of(tmp_path, before=squares), Slow("x", "txt", 8000, repeated("a"))
    assert slow.judge(lab, input_, slow.spent(lab, input_, 1)[0])[1]
