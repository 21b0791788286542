"""What a person sees: eighty columns, colours, suggestions, completion, and what Ctrl-C left."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from _harness.command import SOCDEF, environment, run, socdef
from socdef_sigma.cli import console
from socdef_sigma.cli.app import COMMANDS

pytestmark = pytest.mark.pysigma_1_only

BELOW = {
    "templates": ("list", "show", "check", "new"),
    "fetch": ("rules", "iocs"),
    "keys": ("create", "list", "revoke"),
}
"""The groups among the commands."""

PAGES = [
    [],
    *([name] for name in COMMANDS),
    *([group, name] for group, names in BELOW.items() for name in names),
]

FEED = "203.0.113.7\nevil.example\nhttps://evil.example/a\n"


def on_terminal(*arguments: str, cwd: Path, columns: int = 80, **changes: str) -> str:
    """What a command shows on a terminal, standard output and error together."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    settings = {**environment(os.environ), "TERM": "xterm-256color", **changes}
    settings.pop("COLUMNS")
    with subprocess.Popen(
        [SOCDEF, *arguments], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, cwd=cwd, env=settings
    ):
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux says so of a terminal that nobody has open any more.
                break
            if not part:
                break
            shown += part
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def widest(text: str) -> int:
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    return max(len(line.rpartition("\r")[2]) for line in plain.split("\n"))


@pytest.mark.parametrize("page", PAGES, ids=" ".join)
@pytest.mark.parametrize("columns", [80, 200])
def test_no_help_is_wider_than_eighty_columns(page: list[str], columns: int) -> None:
    for option in ("--help", "--help-all"):
        done = socdef(*page, option, COLUMNS=str(columns))
        if done.returncode:  # A group has no --help-all.
            assert option == "--help-all", done.stderr
            continue
        assert widest(done.stdout.decode()) <= 80


@pytest.mark.parametrize(
    "command", ["convert -t list", "templates list", "preflight -t splunk -t kusto", "summary feed.txt"]
)
def test_no_list_is_wider_than_the_terminal(command: str, tmp_path: Path) -> None:
    (tmp_path / "feed.txt").write_text(FEED)
    shown = on_terminal(*command.split(), cwd=tmp_path)
    assert len(shown.splitlines()) > 5
    assert widest(shown) <= 80, shown


def test_verdicts_and_losses_have_colours(tmp_path: Path) -> None:
    (tmp_path / "feed.txt").write_text(FEED)
    verdicts = on_terminal("preflight", "-t", "splunk", "--logsource", "all", cwd=tmp_path)
    assert "\x1b[32mmapped\x1b[0m" in verdicts
    (tmp_path / "networks.txt").write_text("2a02:1234::/48\n")
    losses = on_terminal("convert", "-t", "kusto", "-p", "none", "-o", "q.txt", "networks.txt", cwd=tmp_path)
    assert "\x1b[33mrefused\x1b[0m by the backend" in losses, losses
    for command in (["preflight", "-t", "splunk"], ["convert", "-t", "kusto", "feed.txt"]):
        assert "\x1b[" not in on_terminal(*command, cwd=tmp_path, NO_COLOR="1")
    assert b"\x1b[" not in socdef("preflight", "-t", "splunk").stdout


def test_no_colour_of_a_feed_reaches_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for has_colours in (True, False):
        monkeypatch.setattr(console, "_has_colours", lambda _, answer=has_colours: answer)
        console.say("  loss  \x1b[5mblink\x1b[0m")
    assert capsys.readouterr().err == "  \x1b[31mloss\x1b[0m  blink\n  loss  blink\n"


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [
        (["conver"], "did you mean `convert`?"),
        (["templates", "lst"], "did you mean `list`?"),
        (["templates", "show", "ipv4/firewal"], "did you mean `ipv4/firewall`?"),
        (["compile", "--loglevel-source", "x"], "--logsource"),
        (["convert", "-t", "splnuk", "feed.txt"], "did you mean `splunk`"),
        (
            ["convert", "-t", "splunk", "-p", "socdef_splunk_cmi", "feed.txt"],
            "did you mean `socdef_splunk_cim`",
        ),
    ],
)
def test_a_name_that_is_nearly_right(arguments: list[str], suggestion: str, tmp_path: Path) -> None:
    (tmp_path / "feed.txt").write_text(FEED)
    done = run([SOCDEF, *arguments], cwd=tmp_path)
    assert done.returncode == 2
    assert suggestion in done.stderr.decode()
    assert done.stdout == b""


def test_a_name_that_is_far_off_has_no_suggestion() -> None:
    assert b"did you mean" not in socdef("qqqqqq").stderr


def complete(*words: str) -> set[str]:
    """What bash offers for the last word."""
    done = run(
        [SOCDEF],
        _SOCDEF_SIGMA_COMPLETE="bash_complete",
        COMP_WORDS="\n".join(["socdef-sigma", *words]),
        COMP_CWORD=str(len(words)),
    )
    assert done.stderr == b""
    return {line.partition(",")[2] for line in done.stdout.decode().splitlines()}


def test_completion_knows_log_sources_pipelines_and_formats() -> None:
    assert {"firewall", "firewall/cisco"} & complete("compile", "--logsource", "firew")
    assert complete("compile", "--logsource", "pri") == {"primary"}
    assert "socdef_splunk_cim" in complete("convert", "-t", "splunk", "-p", "socdef_sp")
    for command in ("convert", "sync"):
        assert complete(command, "-t", "splunk", "-f", "save") == {"savedsearches"}
        assert "splunk" in complete(command, "-t", "spl")
    assert complete("convert", "-t", "nonsense", "-f", "") == {""}  # Nothing.


def test_dates_may_be_ages(tmp_path: Path) -> None:
    feed = tmp_path / "feed.csv"
    feed.write_text(
        "value,last_seen\n203.0.113.1,2026-05-17T11:30:00Z\n203.0.113.2,2026-05-16\n203.0.113.3,2026-05-01\n"
    )
    for option, age, expected in [
        ("--since", "90m", {1}),
        ("--since", "7d", {1, 2}),
        ("--since", "3w", {1, 2, 3}),
        ("--since", "99999999w", {1, 2, 3}),
        ("--until", "24h", {2, 3}),
    ]:
        done = socdef("compile", option, age, feed)  # The time of the tests is 2026-05-17T12:00:00Z.
        assert done.returncode == 0, done.stderr
        found = {int(number) for number in re.findall(r"203\.0\.113\.(\d)'?$", done.stdout.decode(), re.M)}
        assert found == expected, (option, age)
    for wrong in ("7x", "d", "-7d", "7 days", "1e3d"):
        done = socdef("compile", f"--since={wrong}", feed)
        assert done.returncode == 2
        assert b"or 7d for the last seven days" in done.stderr
