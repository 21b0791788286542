"""The Python package as a person uses it: help, mistakes, data frames, other names of targets."""

import inspect
from datetime import datetime, timezone
from pathlib import Path

import pytest

import socdef_sigma
from _harness.command import good, socdef
from socdef_sigma import ConversionError, _core, compile, explain, read
from socdef_sigma.convert import backends, pipelines

OPTIONS = {
    "types",
    "since",
    "until",
    "confidence",
    "min_confidence",
    "default_confidence",
    "industry",
    "limit",
    "producer",
    "max_tlp",
    "guard",
    "keep_expired",
    "warninglists",
    "allow",
    "logsources",
    "templates",
    "now",
}
FEED = b"ip,confidence,tags,first_seen,tlp\n198.51.100.7,high,c2,2026-01-02,green\n192.0.2.9,,,,\n"


@pytest.mark.pysigma_1_only
@pytest.mark.parametrize("name", ["compile", "explain", "explain_all", "summarize"])
def test_help_shows_each_option_with_its_type(name: str) -> None:
    function = getattr(socdef_sigma, name)
    assert set(inspect.signature(function).parameters) >= OPTIONS
    documented = inspect.getdoc(function) or ""
    for option in OPTIONS:
        assert any(option in line.partition(":")[0].split(", ") for line in documented.splitlines()), option


@pytest.mark.pysigma_1_only
def test_the_core_takes_what_help_shows() -> None:
    """Each option of the signature is taken, and with its default nothing changes."""
    assert set(inspect.signature(_core.compile_to).parameters) >= OPTIONS
    indicators = read(FEED)
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(compile).parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }
    now = "2026-05-17"
    assert compile(indicators, **{**defaults, "now": now}).yaml() == compile(indicators, now=now).yaml()


@pytest.mark.pysigma_1_only
def test_a_wrong_keyword_is_named_with_the_right_one() -> None:
    wrong = {"min_confidense": "high"}
    with pytest.raises(
        TypeError, match=r"no keyword argument 'min_confidense'; did you mean `min_confidence`"
    ):
        compile(read(FEED), **wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"no keyword argument 'zzz'$"):
        explain("198.51.100.7", **{"zzz": 1})  # type: ignore[arg-type]


@pytest.mark.pysigma_1_only
def test_one_item_stands_for_a_list(tmp_path: Path) -> None:
    indicators = read(b"198.51.100.7\nevil.example\n")
    for types in ("domain", ["domain"], ("domain",), {"domain"}):
        assert [rule.indicator.value for rule in compile(indicators, types=types)] == ["evil.example"]  # type: ignore[arg-type]
    assert compile(indicators, logsources="firewall", types="ipv4")[0].template == "ipv4/firewall"
    own = tmp_path / "own.txt"
    own.write_text("evil.example\n")
    for allow in (own, str(own), [own]):
        assert len(compile(indicators, allow=allow)) == 1
    with pytest.raises(TypeError, match="`types` takes a list"):
        compile(indicators, types=7)  # type: ignore[arg-type]
    with pytest.raises(socdef_sigma.UsageError, match="`read` makes them"):
        compile("198.51.100.7")  # type: ignore[arg-type]


@pytest.mark.pysigma_1_only
def test_rows_are_flat_and_alike() -> None:
    indicators = read(FEED)
    rows = indicators.to_dicts()
    assert len({tuple(row) for row in rows}) == 1
    assert (rows[0]["value"], rows[0]["confidence"], rows[0]["tags"], rows[0]["tlp"]) == (
        "198.51.100.7",
        "high",
        ["c2"],
        "green",
    )
    assert rows[0]["first_seen"] == datetime(2026, 1, 2, tzinfo=timezone.utc)
    assert rows[1]["confidence"] is rows[1]["first_seen"] is None
    rules = compile(indicators)
    made = rules.to_dicts()
    assert len({tuple(row) for row in made}) == 1
    assert [row["id"] for row in made] == [rule.id for rule in rules]
    assert [row["filename"] for row in made] == rules.filenames
    assert made[0]["yaml"] == rules[0].yaml()
    assert not any(isinstance(value, dict) for row in [*rows, *made] for value in row.values())


@pytest.mark.pysigma_1_only
@pytest.mark.parametrize(
    ("name", "target", "pipeline"),
    [
        ("kql", "kusto", "socdef_asim"),
        ("defender", "kusto", "socdef_xdr"),
        ("spl", "splunk", "socdef_splunk_cim"),
        ("es|ql", "esql", "socdef_ecs"),
    ],
)
def test_the_names_that_people_use(name: str, target: str, pipeline: str) -> None:
    assert backends.find(name)[0] == target
    assert pipelines.default_for(name, target, False) == pipeline
    assert compile(read(b"192.0.2.1")).convert(name) == compile(read(b"192.0.2.1")).convert(
        target, pipelines=[pipeline]
    )


def test_every_other_name_leads_to_a_target() -> None:
    for name in backends.ALIASES:
        *_, target = backends.named(name)
        assert target in backends.TARGETS, name
        assert name not in backends.TARGETS, name


@pytest.mark.pysigma_1_only
def test_a_refused_rule_says_why() -> None:
    rules = compile(read(b"2001:db8::/32"))
    with pytest.raises(ConversionError) as caught:
        rules.convert("kusto", pipelines=["none"])
    assert caught.value.code == "rule_refused"
    assert caught.value.reason
    assert caught.value.reason in str(caught.value)


@pytest.mark.pysigma_1_only
@pytest.mark.parametrize(
    ("target", "query"),
    [
        ("splunk", 'index="edr logs" client_ip="198.51.100.7"'),
        ("sentinel", 'edr logs\n| where client_ip =~ "198.51.100.7"'),
        ("sqlite", "SELECT * FROM `edr logs` WHERE client_ip='198.51.100.7'"),
        ("esql", "from edr logs metadata"),
    ],
)
def test_an_own_log_source_converts(target: str, query: str, tmp_path: Path) -> None:
    template, pipeline = tmp_path / "own.yml.j2", tmp_path / "own.yml"
    made = good(
        socdef(
            *("templates", "new", "own_edr", "--type", "ipv4", "--logsource", "product=Acme,service=on"),
            *("-o", template, "--pipeline", pipeline, "--target", target, "--table", "edr logs"),
        )
    )
    assert f"-t {target} -p socdef_values -p {pipeline}" in made.stderr.decode()
    template.write_text(template.read_text().replace("field_of_the_address", "client_ip"))
    feed = tmp_path / "feed.txt"
    feed.write_text("198.51.100.7\n")
    convert = ("convert", feed, "--templates", template, "--logsource", "own_edr", "-t", target)
    done = good(socdef(*convert, "-p", "socdef_values", "-p", pipeline, "-q"))
    assert query in done.stdout.decode()
    assert done.stderr == b""
    # A file that is there is not replaced.
    again = socdef(
        *("templates", "new", "own_edr", "--type", "ipv4", "--logsource", "product=Acme"),
        *("--pipeline", pipeline, "--target", target),
    )
    assert again.returncode == 2
    unknown = socdef(
        *("templates", "new", "x", "--type", "ipv4", "--logsource", "product=Acme"),
        *("--pipeline", tmp_path / "x.yml", "--target", "loki"),
    )
    assert unknown.returncode == 2
    assert not (tmp_path / "x.yml").exists()
