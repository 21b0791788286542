"""What the pages below docs/ show is what happens, and the files in examples/ are good."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from _harness import REPO
from _harness.command import SOCDEF, environment, good, run, socdef
from _harness.docs import blocks, commands, run_command, run_page
from _harness.endpoint import Endpoint, Store, serving
from socdef_sigma.drop_ins import ENTRY_POINTS

pytestmark = pytest.mark.pysigma_1_only

DOCS = REPO / "docs"
PAGE = DOCS / "endpoint.md"
TUTORIAL = DOCS / "tutorial.md"
ADDRESS = "http://127.0.0.1:8080"
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

PAGES = [page for page in sorted(DOCS.glob("*.md")) if page != PAGE and blocks(page, "console")]
"""Pages with commands; that on the endpoint needs a server."""

PYTHON = [(page, code) for page in (DOCS / "api.md", DOCS / "lookups.md") for code in blocks(page, "python")]
"""Python blocks that print something. `test_upstream.py` runs those of its page."""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page shows curl")
def test_the_page_on_the_endpoint(tmp_path: Path, sigma_home: dict[str, str], stack: ExitStack) -> None:
    """Its commands in order, in one folder; the server is one of the tests' own, on a free port."""
    home = {name: value for name, value in sigma_home.items() if not name.startswith("SOCDEF_")}
    home = environment({**home, "PATH": PATH, "no_proxy": "127.0.0.1"})
    endpoint: Endpoint | None = None
    ran = 0
    for block in blocks(PAGE, "console"):
        for command, shown in commands(block):
            if command.startswith("socdef-sigma serve "):
                assert shown == f"{ADDRESS}\n"
                endpoint = stack.enter_context(serving(Store(tmp_path, home)))
                continue
            script = command if endpoint is None else command.replace(ADDRESS, endpoint.url)
            exported = re.match(r"export (SOCDEF_\w+)=", command)
            if exported:
                script += f'\nprintf %s "${exported[1]}" > exported'
            run_command(command, shown, tmp_path, home, script)
            if exported:
                home[exported[1]] = (tmp_path / "exported").read_text()
            ran += 1
    assert ran > 10


@pytest.mark.pysigma_1_and_2
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_of_a_page(page: Path, tmp_path: Path, sigma_home: dict[str, str]) -> None:
    """In order, in one folder. The tutorial reads its two files from here, and needs curl."""
    if page == TUTORIAL and shutil.which("curl") is None:
        pytest.skip("the page shows curl")
    home = {name: value for name, value in sigma_home.items() if not name.startswith("SOCDEF_")}
    home = environment({**home, "CLONE": str(REPO)})
    ran = run_page(
        page, tmp_path, home, lambda command: "true" if command.startswith("export CLONE=") else command
    )
    assert ran >= 2


def test_there_are_pages_with_commands() -> None:
    names = {page.stem for page in PAGES}
    assert names >= {
        "cli",
        "convert",
        "coverage",
        "formats",
        "lists",
        "lookups",
        "pipelines",
        "rules",
        "templates",
        "tutorial",
    }


@pytest.mark.pysigma_1_and_2
@pytest.mark.parametrize(("page", "code"), PYTHON, ids=lambda value: getattr(value, "stem", "code"))
def test_the_python_of_a_page(page: Path, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each block runs, and prints something."""
    exec(compile(code, str(page), "exec"), {"__name__": "page"})
    assert capsys.readouterr().out


def test_the_package_of_the_page_on_templates() -> None:
    """It has the entry point that is looked for."""
    (package,) = blocks(DOCS / "templates.md", "toml")
    assert f'[project.entry-points."{ENTRY_POINTS}"]\n' in package


def test_the_configuration_file_of_the_page(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    (text,) = blocks(PAGE, "yaml")
    config = tmp_path / "serve.yml"
    config.write_text(text)
    store = Store(tmp_path, sigma_home)
    store.feed("192.0.2.1\n")
    key = store.key("team", "--config", str(config))
    with serving(store, "--config", config) as endpoint:
        status, headers, body = endpoint.get("/api/v1/iocs", key)
    assert (status, headers["x-ratelimit-limit"]) == (200, "5000")
    assert yaml.safe_load(body)["meta"]["source"] == "Example CERT"


def test_the_demo(tmp_path: Path, sigma_home: dict[str, str]) -> None:
    """It works offline, shows each step, and leaves no server behind and no key in what it prints."""
    home = {**sigma_home, "PATH": PATH, "TMPDIR": str(tmp_path)}
    done = good(run(["bash", REPO / "examples" / "demo.sh"], home))
    shown = done.stdout.decode()
    assert "12 rules served, synced and converted" in shown
    assert 'tag="network" tag="communicate" dest_ip="203.0.113.42"' in shown
    assert not re.search(r"sk_live_(local)?[0-9a-f]{13}", shown + done.stderr.decode())
    (url,) = re.findall(r"^http://127\.0\.0\.1:\d+$", shown, re.MULTILINE)
    gone = socdef("fetch", "iocs", "--base-url", url, "--max-wait", "0", SOCDEF_API_KEY="sk_live_" + "0" * 60)
    assert gone.returncode == 4


def test_the_lines_for_cron_and_the_unit_are_commands(sigma_home: dict[str, str], tmp_path: Path) -> None:
    """The options that they name are there: the runs get as far as the server."""
    cron = (REPO / "examples" / "cron" / "socdef-sigma").read_text()
    unit = (REPO / "examples" / "systemd" / "socdef-sigma.service").read_text()
    lines = re.findall(r"(socdef-sigma sync .*?) 2>&1", cron)
    lines += re.findall(r"exec (socdef-sigma sync .*?)'$", unit, re.MULTILINE)
    assert len(lines) == 3
    key = tmp_path / "key"
    key.write_text("sk_live_" + "0" * 60)
    key.chmod(0o600)
    home = {**sigma_home, "SOCDEF_BASE_URL": "http://127.0.0.1:9", "SOCDEF_API_KEY": key.read_text()}
    for line in lines:
        command = line.replace("socdef-sigma", SOCDEF, 1).split()
        done = run([*command, "--max-wait", "0"], home, cwd=tmp_path)
        assert (done.returncode, done.stderr[:15]) == (4, b"error[network]:"), line


def test_the_lines_for_a_feed_on_disk(sigma_home: dict[str, str], tmp_path: Path) -> None:
    """From cron and from the unit: rules of the file that they name."""
    cron = (REPO / "examples" / "cron" / "socdef-sigma-feed").read_text()
    unit = (REPO / "examples" / "systemd" / "socdef-sigma-feed.service").read_text()
    lines = re.findall(r"(socdef-sigma sync --from .*?) 2>&1", cron)
    lines += re.findall(r"^ExecStart=(socdef-sigma sync .*)$", unit, re.MULTILINE)
    assert len(lines) == 2
    for number, line in enumerate(lines):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "isac.csv").write_text("ip\n192.0.2.1\n192.0.2.2\n")
        feed = re.sub(r"(?<=--from )\S+", "isac.csv", line)
        good(run([SOCDEF, *feed.split()[1:]], sigma_home, cwd=folder))
        assert len(list((folder / "rules").iterdir())) == 2


def test_the_unit_of_the_server(sigma_home: dict[str, str], tmp_path: Path) -> None:
    """It starts, as its comment says how to fill it, and answers the key."""
    unit = (REPO / "examples" / "systemd" / "socdef-sigma-serve.service").read_text()
    (line,) = re.findall(r"^ExecStart=(socdef-sigma serve .*)$", unit, re.MULTILINE)
    before = re.findall(r"^#   sudo -u socdef (socdef-sigma .*)$", unit, re.MULTILINE)
    assert [command.split()[1] for command in before] == ["ingest", "keys"]
    (tmp_path / "feed.csv").write_text("ip\n192.0.2.1\n")
    made = [
        good(
            run(
                [SOCDEF, *command.replace("/var/lib/socdef-serve/", "").split()[1:]], sigma_home, cwd=tmp_path
            )
        )
        for command in before
    ]
    key = made[1].stdout.decode().strip()
    command = [SOCDEF, *line.replace(":8080", ":0").split()[1:], "--log", "none"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, cwd=tmp_path, env=environment(sigma_home)
    ) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().decode().strip()
            home = {**sigma_home, "SOCDEF_API_KEY": key, "SOCDEF_BASE_URL": url}
            assert b"192.0.2.1" in good(run([SOCDEF, "fetch", "iocs"], home, cwd=tmp_path)).stdout
        finally:
            server.terminate()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
@pytest.mark.parametrize(
    "unit", sorted((REPO / "examples" / "systemd").iterdir()), ids=lambda path: path.name
)
def test_systemd_reads_the_units(unit: Path) -> None:
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if "not executable" not in line]
    assert said == []
