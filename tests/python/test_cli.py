"""The command as a whole: help, errors, exit statuses, and what goes where."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from _harness.command import good, run, socdef

COMMANDS = ("compile", "convert", "preflight", "explain", "summary", "navigator", "templates", "completion")
REPORT = re.compile(r"error\[[a-z_]+\]: [^\n]+\n(  --> [^\n]+\n)?(  caused by: [^\n]+\n)*(hint: [^\n]+\n)?")


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "feed.txt"
    path.write_text("evil.example\n192.0.2.1\n192[.]0.2.1\n10.0.0.1\n192.0.2.256\n2001:db8::/32\n")
    return path


def error_of(process: subprocess.CompletedProcess[bytes]) -> str:
    """The one error that a process printed, which must have the form of all errors; and nothing on stdout."""
    assert process.stdout == b""
    text = process.stderr.decode()
    assert REPORT.fullmatch(text), text
    return text


def test_version_and_module() -> None:
    version = good(socdef("--version")).stdout
    assert re.fullmatch(rb"socdef-sigma \d+\.\d+\.\d+\n", version)
    assert good(run([sys.executable, "-m", "socdef_sigma", "--version"])).stdout == version


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command(command: str) -> None:
    assert f"\n  {command} " in good(socdef("--help")).stdout.decode()
    for flag in ("-h", "--help"):
        process = good(socdef(command, flag))
        assert process.stdout.startswith(f"Usage: socdef-sigma {command} ".encode())
        assert process.stderr == b""


def every_command() -> list[tuple[str, ...]]:
    """All commands, and those below them."""
    from click import Context, Group

    from socdef_sigma.cli.app import app

    found: list[tuple[str, ...]] = []

    def walk(group: Group, path: tuple[str, ...]) -> None:
        with Context(group) as context:
            for name in group.list_commands(context):
                command = group.get_command(context, name)
                if isinstance(command, Group):
                    walk(command, (*path, name))
                else:
                    found.append((*path, name))

    walk(app, ())
    return found


@pytest.mark.parametrize("command", every_command(), ids=" ".join)
def test_the_first_screen_is_short_and_names_the_rest(command: tuple[str, ...]) -> None:
    first = good(socdef(*command, "--help")).stdout.decode()
    assert len(first.splitlines()) <= 45
    if "--help-all" not in first:
        assert len(re.findall(r"^  -", first, re.MULTILINE)) <= 13
        assert good(socdef(*command, "--help-all")).stdout.decode() == first
        return
    assert first.splitlines()[-1] == f"`socdef-sigma {' '.join(command)} --help-all` shows all options."
    assert 7 <= len(re.findall(r"^  -", first, re.MULTILINE)) <= 12
    whole = good(socdef(*command, "--help-all")).stdout.decode()
    assert whole.splitlines()[0] == first.splitlines()[0]
    # What the first screen says of an option, the other says too.
    for names in re.findall(r"^  (-.*?)(?:  |\n)", first, re.MULTILINE):
        assert f"  {names}" in whole
    assert "shows all options." not in whole
    for example in re.findall(r"^  socdef-sigma .*", first, re.MULTILINE):
        assert example in whole


@pytest.mark.parametrize("command", ["compile", "convert", "summary", "navigator"])
def test_help_lists_every_option_in_its_section(command: str) -> None:
    text = good(socdef(command, "--help-all")).stdout.decode()
    sections = dict(re.findall(r"^(\w+):\n(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL))
    wanted = {
        "Input": ["--input-format", "--producer", "--all-attributes"],
        "Selection": [
            "--type",
            "--since",
            "--until",
            "--confidence",
            "--min-confidence",
            "--industry",
            "--limit",
        ],
        "Guard": ["--no-guard", "--keep-expired", "--warninglist", "--allow"],
        "Rules": ["--default-confidence", "--now"],
        "Output": ["-o, --output", "--strict", "--report", "-q, --quiet"],
    }
    for section, options in wanted.items():
        for option in options:
            assert re.search(rf"^  {option}\b", sections[section], re.MULTILINE), option
    assert "--max-tlp" in sections["Selection"]


def test_without_a_command_it_helps() -> None:
    process = socdef()
    assert b"Commands:" in process.stdout + process.stderr
    assert process.returncode == (2 if process.stderr else 0)  # The latter before click 8.2.


def test_help_imports_nothing_that_is_slow() -> None:
    script = (
        "import sys; from socdef_sigma.cli import main; main(['convert', '--help'])\n"
        "slow = {'rich', 'sigma', 'yaml', 'requests', 'importlib.metadata', 'zipfile'} & set(sys.modules)\n"
        "assert not slow, slow"
    )
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["frobnicate"], "no such command 'frobnicate'"),
        (["compile"], "missing argument 'INPUT...'"),
        (["convert", "feed.txt"], "missing option '-t' / '--target'"),
        (["convert", "-t", "splunk"], "missing argument 'INPUT...'"),
        (["compile", "--frobnicate", "feed.txt"], "no such option"),
        (["compile", "--type", "ip", "feed.txt"], "'ip' is not one of 'ipv4'"),
        (["compile", "--limit", "-1", "feed.txt"], "-1 is not in the range"),
        (["compile", "--since", "yesterday", "feed.txt"], "`since` is not a date: `yesterday`"),
        (["compile", "--industry", "gaming", "feed.txt"], "`gaming` is not a known sector"),
        (["compile", "--report", "-", "feed.txt"], "name a file"),
        (["navigator", "--report", "-", "feed.txt"], "name a file"),
        (["summary", "--html", "-", "--json", "feed.txt"], "name a file"),
        (["convert", "-t", "splunk", "-O", "x", "feed.txt"], "value 'x' has not format key=value"),
        (["templates", "show", "nonsense"], "there is no template `nonsense`"),
        (["templates", "show", "url/prox"], "did you mean `url/proxy`?"),
        (["completion", "tcsh"], "'tcsh' is not one of 'bash'"),
        (["explain"], "missing argument 'VALUE...'"),
        (["convert", "-t", "sqlite", "-o", "a", "--output-dir", "b", "feed.txt"], "cannot be used together"),
    ],
)
def test_bad_usage(arguments: list[str], words: str, feed: Path) -> None:
    process = socdef(*arguments, cwd=feed.parent)
    text = error_of(process)
    assert process.returncode == 2
    assert text.startswith("error[bad_usage]: ")
    assert words in text


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["frobnicate"], "hint: see `socdef-sigma --help`\n"),
        (["compile", "--frobnicate"], "hint: see `socdef-sigma compile --help-all`\n"),
        (["completion", "--frobnicate"], "hint: see `socdef-sigma completion --help`\n"),
        (["fetch", "iocs", "--frobnicate"], "hint: see `socdef-sigma fetch iocs --help-all`\n"),
        (["explain"], "hint: see `socdef-sigma explain --help-all`\n"),
    ],
)
def test_bad_usage_names_the_help(arguments: list[str], hint: str) -> None:
    assert error_of(socdef(*arguments)).endswith(hint)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["compile", "missing.txt"], "unreadable_input"),
        (["convert", "-t", "sqlite", "missing.txt"], "unreadable_input"),
        (["convert", "-t", "sqlite", "broken.yml"], "broken_input"),
        (["convert", "-t", "sqlite", "no-rule.yml"], "broken_input"),
        (["convert", "-t", "sqlite", "--filter", "no-rule.yml", "feed.txt"], "broken_input"),
        (["compile", "unknown.json"], "unknown_format"),
        (["compile", "binary.txt"], "unknown_format"),
        (["compile", "rule.yml"], "bad_usage"),
        (["navigator", "rule.yml"], "bad_usage"),
        (["navigator", "missing.txt"], "unreadable_input"),
        (["navigator", "feed.txt", "-o", "missing/layer.json"], "unwritable_output"),
        (["summary", "rule.yml"], "bad_usage"),
        (["summary", "unknown.json"], "unknown_format"),
        (["summary", "feed.txt", "--html", "missing/page.html"], "unwritable_output"),
        (["compile", "/dev/stdin"], "bad_usage"),
        (["convert", "feed.txt", "-t", "splunk", "-p", "scanner.yml"], "broken_pipeline"),
        (["compile", "feed.txt", "-o", "missing/rules.yml"], "unwritable_output"),
        (["convert", "feed.txt", "-t", "sqlite", "-o", "missing/queries.txt"], "unwritable_output"),
        (["convert", "feed.txt", "-t", "sqlite", "-o", "feed.txt/"], "unwritable_output"),
        (["compile", "feed.txt", "--report", "missing/report.json", "-o", "rules.yml"], "unwritable_output"),
        (["convert", "feed.txt", "-t", "nonsense"], "unknown_target"),
        (["convert", "feed.txt", "-t", "loki"], "backend_not_installed"),
        (["convert", "feed.txt", "-t", "splunk", "-p", "nonsense"], "unknown_pipeline"),
        (["convert", "feed.txt", "-t", "splunk", "-p", "broken.yml"], "broken_pipeline"),
        (["convert", "feed.txt", "-t", "splunk", "-p", "ecs_windows"], "pipeline_not_allowed"),
        (["convert", "feed.txt", "-t", "splunk", "-f", "nonsense"], "bad_usage"),
        (["convert", "rule.yml", "-t", "splunk"], "pipeline_required"),
    ],
)
def test_errors_have_one_form(arguments: list[str], code: str, feed: Path) -> None:
    (feed.parent / "broken.yml").write_text("title: a\ndetection: [\n")
    (feed.parent / "unknown.json").write_text('{"menu": ["soup"]}')
    (feed.parent / "binary.txt").write_bytes(bytes(range(256)) * 8)
    (feed.parent / "no-rule.yml").write_text("just text\n")
    (feed.parent / "rule.yml").write_text(
        "title: A\ndetection: {a: {b: c}, condition: a}\nlogsource: {category: dns}\n"
    )
    (feed.parent / "scanner.yml").write_text("a: 'b")
    process = socdef(*arguments, "--quiet", cwd=feed.parent, stdin=(feed.parent / "rule.yml").read_bytes())
    assert process.returncode == 2
    assert error_of(process).startswith(f"error[{code}]: ")


def test_an_unreadable_file_is_named(feed: Path) -> None:
    process = socdef("compile", "missing.txt", cwd=feed.parent)
    assert error_of(process) == (
        "error[unreadable_input]: cannot read the input\n"
        "  --> missing.txt\n"
        "  caused by: No such file or directory\n"
    )


def test_what_comes_from_outside_cannot_control_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "feed.txt").write_text("evil\x1b[2J\u202e.example\n")
    process = good(socdef("compile", "feed.txt", cwd=tmp_path))
    assert b"\x1b" not in process.stderr
    assert "\u202e" not in process.stderr.decode()
    assert rb"\x1b[2J" in process.stderr
    missing = socdef("compile", "a\x1b[2Jb", cwd=tmp_path)
    assert b"\x1b" not in missing.stderr
    explained = good(socdef("explain", "a\x1b[2Jb", cwd=tmp_path))
    assert b"\x1b" not in explained.stdout


def test_a_bug_is_reported_without_a_traceback(feed: Path) -> None:
    """A backend that breaks where none may."""
    module = feed.parent / "sigma" / "backends" / "broken"
    module.mkdir(parents=True)
    (module / "__init__.py").write_text(
        "from sigma.backends.sqlite import sqliteBackend\n"
        "class Meta(type(sqliteBackend)):\n"
        "    @property\n"
        "    def requires_pipeline(cls): return 1 // 0\n"
        "class BrokenBackend(sqliteBackend, metaclass=Meta): identifier = 'broken'\n"
    )
    process = socdef("convert", "-t", "broken", "feed.txt", cwd=feed.parent, PYTHONPATH=str(feed.parent))
    text = error_of(process)
    assert process.returncode == 2
    assert text.startswith("error[internal_error]: ZeroDivisionError: ")
    assert "please report" in text


def test_strict_is_about_findings(feed: Path) -> None:
    """A refused entry is one; what the guard drops is none."""
    for command in ("compile", "summary", "navigator"):
        assert socdef(command, "--strict", "feed.txt", cwd=feed.parent).returncode == 1
        assert socdef(command, "feed.txt", cwd=feed.parent).returncode == 0
    feed.write_text("192.0.2.1\n192[.]0.2.1\n10.0.0.1\nco.uk\n")
    process = good(socdef("compile", "--strict", "feed.txt", cwd=feed.parent))
    assert b"1 merged, 2 dropped, 0 refused" in process.stderr
    feed.write_text("192.0.2.1\n2001:db8::/32\n")
    lost = socdef("convert", "-t", "kusto", "-p", "none", "--strict", "feed.txt", cwd=feed.parent)
    assert lost.returncode == 1
    assert lost.stdout == b'DestinationIp =~ "192.0.2.1"\n'


def test_explain(feed: Path) -> None:
    process = good(
        socdef("explain", "198[.]51[.]100[.]7:443", "10.0.0.1", "foo bar", "--producer", "Example")
    )
    kept, dropped, refused = re.split(r"^(?=\S)", process.stdout.decode(), flags=re.MULTILINE)[1:]
    assert "  type       ipv4\n  canonical  198.51.100.7\n  verdict    keep\n" in kept
    assert (
        "  templates  ipv4/firewall, ipv4/network_connection_linux, ipv4/network_connection_windows, " in kept
    )
    assert kept.count("detection:") == 1
    assert "    DestinationIp: '198.51.100.7'\n" in kept
    assert "Example - Malicious IPv4" in kept
    assert "date: 2026-05-17" in kept
    assert "verdict    drop: a private address: 10.0.0.0/8 (private_address)" in dropped
    assert (
        refused == "foo bar\n  verdict    refuse: the value is not of a known indicator type (unknown_type)\n"
    )
    assert "verdict    keep" in good(socdef("explain", "10.0.0.1", "--no-guard")).stdout.decode()
    assert "date: 2026-05-20" in good(socdef("explain", "192.0.2.1", "--now", "2026-05-20")).stdout.decode()
    assert socdef("explain", "--strict", "10.0.0.1").returncode == 0
    assert socdef("explain", "--strict", "foo bar").returncode == 1


def test_templates() -> None:
    listed = good(socdef("templates", "list")).stdout.decode().splitlines()
    assert listed[0].split() == ["NAME", "TYPE", "LOG", "SOURCE", "PRIMARY", "ORIGIN"]
    names = [line.split()[0] for line in listed[1:]]
    assert names == sorted(names)
    assert "url/proxy" in names
    shown = good(socdef("templates", "show", "url/proxy")).stdout.decode()
    assert "logsource:\n  category: proxy\n" in shown


@pytest.mark.parametrize("arguments", [["--version"], ["compile", "--help"]])
def test_a_command_imports_no_other(arguments: list[str]) -> None:
    script = (
        "import sys; from socdef_sigma.cli import main; main(sys.argv[1:])\n"
        "names = {'convert', 'explain', 'navigator', 'numbers', 'preflight', 'templates', 'fetch', 'sync', 'serve', 'store', 'completion'}\n"
        "loaded = {name for name in names if f'socdef_sigma.cli.{name}' in sys.modules}\n"
        "assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", script, *arguments], check=True, stdout=subprocess.DEVNULL)


def test_each_command_is_called_what_it_calls_itself() -> None:
    from click import Context

    from socdef_sigma.cli.app import app

    with Context(app) as context:
        names = app.list_commands(context)
        commands = [app.get_command(context, name) for name in names]
    assert [command and command.name for command in commands] == names
