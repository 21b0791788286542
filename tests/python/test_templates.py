"""Templates of the user's on the command line: where they come from, what wins, and what `check`, `new` and `show` do."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

import socdef_sigma
from _harness import REPO
from _harness.command import good, socdef
from _harness.schema import load_rules, schema_errors
from socdef_sigma.cli import sync

pytestmark = pytest.mark.pysigma_1_only

EXAMPLES = REPO / "examples" / "templates"
BODY = """title: {{ rule_title("Malicious Domain Indicator in Acme Logs") }}
id: {{ id }}
logsource: {{ logsource }}
detection:
  selection:
    host: {{ value|sigma }}
  condition: selection
level: {{ level }}
"""


def drop_in(product: str, name: str = "acme", body: str = BODY) -> str:
    return f"---\nname: {name}\ntypes: [domain]\nlogsource:\n  product: {product}\n---\n{body}"


def folder(path: Path, product: str, **more: str) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    (path / "acme.yml.j2").write_text(drop_in(product, **more))
    return path


def package(site: Path, name: str, value: str, product: str, code: str = "") -> None:
    """A package as pip installs it: a module with a template beside it, and the metadata of a distribution."""
    module = name.replace("-", "_")
    folder(site / module, product)
    (site / module / "__init__.py").write_text(code)
    metadata = site / f"{module}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[socdef_sigma.templates]\n{name} = {value}\n")


def product(*arguments: str | Path, **variables: Any) -> str:
    """The product that the rules of `domain/acme` read."""
    command = ("compile", "-", "-q", "--logsource", "domain/acme", *arguments)
    done = good(socdef(*command, stdin=b"evil.example\n", **variables))
    (rule,) = yaml.safe_load_all(done.stdout)
    return str(rule["logsource"]["product"])


def test_an_option_a_variable_and_a_package_and_which_wins(tmp_path: Path) -> None:
    site = tmp_path / "site"
    package(site, "acme-a", "acme_a", "package-a")
    package(site, "acme-b", "acme_b:where", "package-b", "def where():\n    return __path__[0]\n")
    first, second = folder(tmp_path / "1", "first"), folder(tmp_path / "2", "second")
    installed: dict[str, Any] = {"PYTHONPATH": str(site)}
    named: dict[str, Any] = {
        **installed,
        "SOCDEF_SIGMA_TEMPLATES": os.pathsep.join(map(str, (first, second))),
    }
    assert product(**installed) == "package-b"  # The later name.
    assert product(**named) == "second"
    assert product("--templates", first, **named) == "first"
    assert product("--templates", first, "--templates", second, **named) == "second"
    assert product("--templates", second / "acme.yml.j2", "--templates", first) == "first"
    listed = good(socdef("templates", "list", **installed)).stdout.decode()
    assert f"package acme-b: {site / 'acme_b' / 'acme.yml.j2'}" in listed
    listed = good(socdef("templates", "list", "--templates", first, **named)).stdout.decode()
    assert f"--templates: {first / 'acme.yml.j2'}" in listed
    shown = good(socdef("templates", "show", "domain/acme", **named)).stdout.decode()
    assert shown == (second / "acme.yml.j2").read_text()


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ("acme_a", "raise RuntimeError('no')", "RuntimeError: no"),
        ("acme_a:nothing", "", "AttributeError"),
        ("acme_a:where", "where = 7", "TypeError"),
    ],
)
def test_a_package_that_does_not_work_is_named(tmp_path: Path, value: str, code: str, words: str) -> None:
    package(tmp_path, "acme-a", value, "x", code)
    done = socdef("compile", "-", stdin=b"evil.example\n", PYTHONPATH=str(tmp_path))
    assert done.returncode == 2
    told = done.stderr.decode()
    assert told.startswith("error[broken_template]: the package `acme-a`")
    assert words in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    "command",
    [
        ["compile", "feed.txt"],
        ["convert", "-t", "sqlite", "feed.txt"],
        ["explain", "evil.example"],
        ["templates", "list"],
        ["templates", "show", "url/proxy"],
        ["sync", "--state", "state", "-o", "rules/"],
        ["fetch", "iocs"],
    ],
)
def test_every_command_takes_templates_and_says_what_is_wrong_with_them(
    tmp_path: Path, command: list[str]
) -> None:
    (tmp_path / "feed.txt").write_text("evil.example\n")
    broken = tmp_path / "acme.yml.j2"
    broken.write_text(drop_in("x").replace("types", "typs"))
    key: dict[str, Any] = {"SOCDEF_API_KEY": "sk_live_" + "0" * 60, "SOCDEF_BASE_URL": "http://127.0.0.1:9"}
    done = socdef(*command, "--templates", broken, cwd=tmp_path, **key)
    assert done.returncode in (2, 4)
    if done.returncode == 2:
        told = done.stderr.decode()
        assert told.startswith("error[broken_template]: the front matter has no key `typs`")
        assert f"--> {broken}:3\n" in told
        assert "\nhint: the keys are name, types, logsource" in told
    else:  # The server is asked first.
        assert command[0] in ("fetch", "sync")


def test_a_broken_template_costs_its_own_rules_only(tmp_path: Path) -> None:
    folder(tmp_path, "acme", body=BODY.replace("{{ level }}", "{{ no_such_name }}"))
    arguments = ("--templates", tmp_path, "--logsource", "primary", "--logsource", "domain/acme")
    done = good(socdef("compile", "-", *arguments, stdin=b"evil.example\n198.51.100.7\n"))
    assert len(list(yaml.safe_load_all(done.stdout))) == 2
    assert f"{tmp_path / 'acme.yml.j2'}:14" in done.stderr.decode()
    assert socdef("compile", "-", "--strict", *arguments, stdin=b"evil.example\n").returncode == 1
    alone = ("--templates", tmp_path, "--logsource", "domain/acme")
    done = socdef("compile", "-", "--strict", *alone, stdin=b"evil.example\n")
    assert (done.returncode, done.stdout) == (1, b"# no rules\n")
    told = good(socdef("explain", *arguments, "evil.example")).stdout.decode()
    assert "error      the template does not render" in told
    assert "QueryName|endswith" in told


def test_a_template_that_is_not_asked_for_is_said(tmp_path: Path) -> None:
    folder(tmp_path, "acme")
    done = good(socdef("compile", "-", "--templates", tmp_path, stdin=b"evil.example\n"))
    assert "note: domain/acme makes no rules without `--logsource acme`" in done.stderr.decode()
    done = good(
        socdef("compile", "-", "--templates", tmp_path, "--logsource", "all", stdin=b"evil.example\n")
    )
    assert "note:" not in done.stderr.decode()


def test_check_shows_each_mistake_and_its_exit_status_says_so(tmp_path: Path) -> None:
    path = folder(tmp_path, "acme", body=BODY.replace("value|sigma", "value")) / "acme.yml.j2"
    done = socdef("templates", "check", path)
    assert done.returncode == 1
    assert done.stderr.decode() == (
        "error[broken_template]: a value in the detection goes through `|sigma`, or its `*`, `?` and `\\` are wildcards\n"
        f"  --> {path}:12\nhint: write `{{{{ value|sigma }}}}`\n1 template: 1 mistake\n"
    )
    done = socdef("templates", "check", "--format", "json", path)
    assert done.returncode == 1
    (mistake,) = json.loads(done.stdout)["mistakes"]
    assert (mistake["line"], mistake["template"]) == (12, "domain/acme")
    done = good(socdef("templates", "check", EXAMPLES))
    assert done.stderr == b"2 templates: 0 mistakes\n"
    tests = "level: {% if value == 'evil.example' %}high{% else %}low{% endif %}"
    path = folder(tmp_path, "acme", body=BODY.replace("level: {{ level }}", tests)) / "acme.yml.j2"
    why = "line 14: it tests or loops over `value`"
    done = good(socdef("templates", "check", path))
    note = f"note: domain/acme is rendered in full for each indicator, about 20 times slower: {why}"
    assert done.stderr.decode() == f"{note}\n1 template: 0 mistakes\n"
    done = good(socdef("templates", "check", "--format", "json", path))
    assert json.loads(done.stdout)["rendered_in_full"] == [{"template": "domain/acme", "why": why}]
    assert socdef("templates", "check", tmp_path / "missing").returncode == 2


def test_new_passes_the_check_and_replaces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "my.yml.j2"
    command = ("templates", "new", "my_zeek", "--type", "ipv4", "--logsource", "zeek/conn", "-o", path)
    good(socdef(*command))
    text = path.read_text()
    assert "id.resp_h" in text
    good(socdef("templates", "check", path))
    done = socdef(*command)
    assert done.returncode == 2
    assert "never replaced" in done.stderr.decode()
    assert path.read_text() == text
    assert socdef("templates", "new", "My Name", "--type", "ipv4", "--logsource", "x").returncode == 2


def test_the_functions_of_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder(tmp_path, "acme")
    indicators = socdef_sigma.read(b"evil.example\n")
    rules = socdef_sigma.compile(indicators, templates=[path], logsources=["domain/acme"])
    assert [rule.logsource for rule in rules] == [{"product": "acme"}]
    monkeypatch.setenv("SOCDEF_SIGMA_TEMPLATES", str(path))
    # A caller says what to load: only the command line looks at the environment.
    assert "domain/acme" not in [template.name for template in socdef_sigma.templates()]
    paths = socdef_sigma.template_paths()
    assert "domain/acme" in [template.name for template in socdef_sigma.templates(paths)]


@pytest.mark.pysigma_1_and_2
def test_many_rules_of_a_drop_in_are_those_that_are_rendered_one_by_one(tmp_path: Path) -> None:
    """From the third indicator on, the command line fills the shape of the rules before."""
    feed = "".join(f"evil{number}.example\n" for number in range(9)).encode()
    names = ("zeek_ssl", "crowdstrike_dns")
    asked = [part for name in names for part in ("--logsource", name)]
    done = good(socdef("compile", "-", "-q", "--templates", EXAMPLES, *asked, stdin=feed))
    indicators = socdef_sigma.read(feed, format="txt")
    rules = socdef_sigma.compile(
        indicators, templates=[EXAMPLES], logsources=names, now="2026-05-17T12:00:00Z"
    )
    assert len(rules) == 18
    assert done.stdout.decode() == rules.yaml()


def test_sync_makes_everything_anew_for_another_text_of_a_template(tmp_path: Path) -> None:
    options: dict[str, Any] = dict.fromkeys(
        ("target", "pipelines", "format", "base_url", "feeds", "backend_options", "alert")
    )
    path = folder(tmp_path, "acme") / "acme.yml.j2"

    def filters() -> str:
        asked = {**options, "templates": (str(path),)}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("socdef_sigma.cli.sync.api_filters", lambda _: {})
            patch.setattr(
                "socdef_sigma.cli.sync.local_settings", lambda given: {"templates": given["templates"]}
            )
            return sync._filters(asked)

    first = filters()
    assert filters() == first
    path.write_text(path.read_text().replace("level: {{ level }}", "level: low"))
    assert filters() != first


@pytest.mark.parametrize("name", ["domain/zeek_ssl", "domain/crowdstrike_dns"])
def test_the_rules_of_the_examples_are_valid_by_the_schema(name: str) -> None:
    done = good(
        socdef("compile", "-", "-q", "--templates", EXAMPLES, "--logsource", name, stdin=b"evil.example\n")
    )
    (rule,) = load_rules(done.stdout.decode())
    assert not schema_errors(rule)


@pytest.mark.parametrize(
    "more",
    [
        "falsepositives: [x]",
        "related: [{id: x, type: derived}]",
        "related: [{id: 8f0e9a52-0c5e-5d5c-9d55-8b6a0a0f6c10, type: like}]",
        "name: 7",
        "taxonomy: [a]",
        "license: {a: b}",
        "scope: [x]",
        "status: new",
        "tags: [attack]",
        "references: [a, a]",
        "fields: a",
        "author: [a]",
        "modified: 1.2.2026",
    ],
)
def test_what_the_schema_refuses_the_check_refuses(tmp_path: Path, more: str) -> None:
    path = folder(tmp_path, "acme", body=f"{BODY}{more}\n")
    text = f"title: x\nlogsource: {{product: a}}\ndetection: {{a: {{b: c}}, condition: a}}\n{more}\n"
    assert schema_errors(load_rules(text)[0])
    done = socdef("templates", "check", path / "acme.yml.j2")
    assert done.returncode == 1
    assert "acme.yml.j2:15" in done.stderr.decode()
