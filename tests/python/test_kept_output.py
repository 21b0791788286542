"""Good output is never replaced by nothing."""

from pathlib import Path

import pytest

from _harness.command import good, socdef

pytestmark = pytest.mark.pysigma_1_only

GOOD = "198.51.100.7\nevil.example\n"
COMMANDS = (("compile", "feed.txt"), ("convert", "feed.txt", "-t", "splunk"))


def run(folder: Path, feed: str, *command: str, old: str | None = "good") -> tuple[int, str | None, str]:
    """The exit status, what the output holds afterwards, and standard error."""
    (folder / "feed.txt").write_text(feed)
    output = folder / "out"
    output.unlink(missing_ok=True)
    if old is not None:
        output.write_text(old)
    done = socdef(*command, "-q", "-o", "out", cwd=folder)
    return done.returncode, output.read_text() if output.exists() else None, done.stderr.decode()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize(
    ("feed", "code"),
    [
        ("", "empty_input"),
        ("# a comment\n\n", "empty_input"),
        ("<html><body>503 Service Unavailable</body></html>", "nothing_read"),
        ("nothing to see here\n", "nothing_read"),
        ("999.1.1.1\n300.1.1.1\n", "all_refused"),
    ],
)
def test_what_is_empty_or_of_another_kind_replaces_nothing(
    feed: str, code: str, command: tuple[str, ...], tmp_path: Path
) -> None:
    status, output, errors = run(tmp_path, feed, *command)
    assert (status, output) == (1, "good")
    assert errors.startswith(f"error[{code}]: ")
    assert "the output was left as it was\n  --> out\nhint: " in errors


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_an_empty_feed_may_if_it_is_said(command: tuple[str, ...], tmp_path: Path) -> None:
    status, output, _ = run(tmp_path, "", *command, "--allow-empty")
    assert status == 0
    assert output in ("# no rules\n", "", "\n")
    # What is of another kind may not.
    assert run(tmp_path, "nothing to see here\n", *command, "--allow-empty")[:2] == (1, "good")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_where_nothing_was_there_nothing_is_lost(command: tuple[str, ...], tmp_path: Path) -> None:
    status, output, errors = run(tmp_path, "", *command, old=None)
    assert (status, errors) == (0, "")
    assert output is not None
    status, output, errors = run(tmp_path, "nothing to see here\n", *command, old=None)
    assert status == 1
    assert errors.startswith("error[nothing_read]: no indicator was read from the input\n  --> out\nhint: ")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize(
    ("feed", "options"),
    [
        ("10.0.0.1\n", ()),
        (GOOD, ("--type", "sha256")),
        (GOOD, ("--confidence", "high")),
        ("value,last_seen\n198.51.100.7,2020-01-01\n", ("--since", "2026-01-01")),
    ],
    ids=["guard", "type", "confidence", "since"],
)
def test_what_the_user_leaves_out_may_leave_nothing(
    feed: str, options: tuple[str, ...], command: tuple[str, ...], tmp_path: Path
) -> None:
    status, output, errors = run(tmp_path, feed, *command, *options)
    assert (status, errors) == (0, "")
    assert output != "good"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_after_findings_strict_leaves_the_output(command: tuple[str, ...], tmp_path: Path) -> None:
    feed = GOOD + "999.1.1.1\n"
    status, output, errors = run(tmp_path, feed, *command, "--strict")
    assert (status, output) == (1, "good")
    assert "error[findings]: " in errors
    status, output, _ = run(tmp_path, feed, *command)
    assert status == 0
    assert output != "good"


def test_strict_leaves_a_folder_as_well(tmp_path: Path) -> None:
    (tmp_path / "feed.txt").write_text(GOOD + "999.1.1.1\n")
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "of-others.txt").write_text("mine")
    for command in (("compile", "feed.txt"), ("convert", "feed.txt", "-t", "splunk")):
        done = socdef(*command, "--strict", "-q", "-o", "rules/", cwd=tmp_path)
        assert done.returncode == 1
        assert [path.name for path in folder.iterdir()] == ["of-others.txt"]


def test_an_empty_feed_takes_nothing_out_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "feed.txt").write_text(GOOD)
    for command in (("compile", "feed.txt"), ("convert", "feed.txt", "-t", "splunk")):
        (tmp_path / "feed.txt").write_text(GOOD)
        good(socdef(*command, "-q", "-o", "rules/", cwd=tmp_path))
        there = sorted(path.name for path in (tmp_path / "rules").iterdir())
        (tmp_path / "feed.txt").write_text("")
        done = good(socdef(*command, "-q", "-o", "rules/", cwd=tmp_path))
        assert done.stderr == b""
        (tmp_path / "feed.txt").write_text("nothing to see here\n")
        assert socdef(*command, "-q", "-o", "rules/", cwd=tmp_path).returncode == 1
        assert sorted(path.name for path in (tmp_path / "rules").iterdir()) == there


def test_rules_of_which_none_converts_replace_nothing(tmp_path: Path) -> None:
    """Kusto's backend refuses networks of IPv6 where no pipeline writes them."""
    command = ("convert", "feed.txt", "-t", "kusto", "-p", "none")
    status, output, errors = run(tmp_path, "2001:db8:1::/48\n", *command)
    assert (status, output) == (1, "good")
    assert "error[no_queries]: none of the rules could be converted; the output was left as it was" in errors
    # Of two, one is lost: the other is written, and the loss is said though there is no summary.
    status, output, errors = run(tmp_path, "2001:db8:1::/48\n198.51.100.7\n", *command)
    assert status == 0
    assert output != "good"
    assert errors.startswith("warning: the backend refused 1 rule for kusto: ")
    assert errors.count("\n") == 1


def test_sigma_rules_of_which_none_converts_replace_nothing(tmp_path: Path) -> None:
    """A reference to another field, which Kusto's backend does not convert."""
    rule = "title: T\nlogsource: {category: firewall}\ndetection: {a: {dst_ip|fieldref: b}, condition: a}\n"
    (tmp_path / "rule.yml").write_text(rule)
    (tmp_path / "out").write_text("good")
    done = socdef("convert", "rule.yml", "-t", "kusto", "-p", "none", "-q", "-s", "-o", "out", cwd=tmp_path)
    assert b"error[no_queries]: " in done.stderr
    assert (done.returncode, (tmp_path / "out").read_text()) == (1, "good")
