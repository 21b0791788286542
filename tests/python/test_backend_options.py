"""Backend options: known ones are passed on, others are refused, in each command and on each pySigma."""

from pathlib import Path

import pytest

from _harness.command import good, socdef
from socdef_sigma.convert.backend_options import known_options
from socdef_sigma.convert.backends import find, listing

COMMANDS = {
    "convert": ("convert", "feed.txt"),
    "preflight": ("preflight", "feed.txt"),
    "sync": ("sync", "--from", "feed.txt", "--state", "state", "-o", "queries.txt"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "feed.txt").write_text("192.0.2.1\n")
    return tmp_path


@pytest.mark.parametrize("command", list(COMMANDS))
@pytest.mark.parametrize(
    ("target", "option", "hint"),
    [
        ("splunk", "bogus=1", "its options are max_time, min_time"),
        ("splunk", "min_tine=-1d", "did you mean `min_time`"),
        ("lucene", "index_name=a", "did you mean `index_names`"),
        ("kusto", "bogus=1", "it has no options"),
        ("sqlite", "tabel=x", "did you mean `table`"),
    ],
)
def test_an_option_that_the_backend_does_not_know(
    folder: Path, command: str, target: str, option: str, hint: str
) -> None:
    refused = socdef(*COMMANDS[command], "-t", target, "-O", option, cwd=folder)
    error = refused.stderr.decode()
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert f"error[bad_usage]: parameter '{option.partition('=')[0]}' is not supported by backend" in error
    assert hint in error
    assert not (folder / "queries.txt").exists()


@pytest.mark.parametrize("command", list(COMMANDS))
@pytest.mark.parametrize(
    ("target", "option"),
    [
        ("splunk", "min_time=-1d"),
        ("lucene", "index_names=a"),
        ("sqlite", "table=events"),
        ("splunk_spl2", "dataset=x"),
    ],
)
def test_an_option_that_it_knows(folder: Path, command: str, target: str, option: str) -> None:
    good(socdef(*COMMANDS[command], "-t", target, "-O", option, cwd=folder))


def test_an_option_that_a_pipeline_asks_for(folder: Path) -> None:
    """pySigma gives each option to the pipeline as `backend_<name>`."""
    (folder / "mine.yml").write_text(
        "name: mine\npriority: 10\npostprocessing:\n  - type: template\n"
        '    template: "{{ pipeline.vars.backend_prefix }} {{ query }}"\n'
    )
    command = ("convert", "feed.txt", "-t", "splunk", "-p", "mine.yml", "-O")
    assert good(socdef(*command, "prefix=search", cwd=folder)).stdout.startswith(b"search ")
    refused = socdef(*command, "prefex=search", cwd=folder)
    assert b"did you mean `prefix`" in refused.stderr


def test_sync_makes_its_output_anew_with_another_option(folder: Path) -> None:
    command = (*COMMANDS["sync"], "-t", "splunk", "-f", "savedsearches")
    for time in ("-1d", "-2d"):
        good(socdef(*command, "-O", f"min_time={time}", cwd=folder))
        assert f"dispatch.earliest_time = {time}" in (folder / "queries.txt").read_text()


def test_the_options_of_every_installed_backend_can_be_read() -> None:
    known = {name: known_options(backend) for name, backend in listing().classes.items()}
    assert None not in known.values()
    assert {"index_names", "schedule_interval"} <= (known["lucene"] or set())
    assert {"min_time", "max_time", "query_settings", "output_settings"} <= (known["splunk"] or set())


def test_preflight_of_a_format(folder: Path) -> None:
    done = good(socdef("preflight", "-t", "splunk", "-f", "savedsearches", cwd=folder))
    assert b"templates mapped" in done.stdout
    refused = socdef("preflight", "-t", "splunk", "-f", "savedsearch", cwd=folder)
    assert (refused.returncode, b"its formats are " in refused.stderr) == (2, True)
    # A format for alerts is one, too.
    done = good(socdef("preflight", "-f", "analytics_rule", "feed.txt", cwd=folder))
    assert done.stdout.startswith(b"kusto ")
    # Without a target: those that have the format.
    done = good(socdef("preflight", "-f", "savedsearches", "-p", "none", "feed.txt", cwd=folder))
    assert done.stdout.startswith(b"splunk ")
    assert b"lucene" not in done.stdout


def test_a_backend_that_keeps_all_options_takes_all() -> None:
    class Keeping(find("sqlite")[1]):  # type: ignore[misc]
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options)
            self.given = options

    class Passing(find("sqlite")[1]):  # type: ignore[misc]
        def __init__(self, *arguments: object, shade: str = "red", **options: object) -> None:
            super().__init__(*arguments, **options)
            self.hue = options.get("hue")

    assert known_options(Keeping) is None
    assert known_options(Passing) >= {"shade", "hue", "table"}  # type: ignore[operator]
