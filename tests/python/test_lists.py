"""`--warninglist` and `--allow`, and the arguments of the same meaning: what they hold never becomes a rule."""

import json
from pathlib import Path

import pytest

import socdef_sigma
from _harness import REPO
from _harness.command import good, socdef
from _harness.endpoint import Store, serving
from socdef_sigma import compile, explain, read

pytestmark = pytest.mark.pysigma_1_only

REAL = REPO / "tests" / "data" / "warninglists"
FEED = b"8.8.8.8\ngithub.com\nhttps://github.com/evil/a.ps1\nvpn.corp.example\nevil.example\n"


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    """A folder of warninglists, with an allow list beside it."""
    for name, kind, entry in (("dns", "cidr", "8.8.8.8"), ("top", "hostname", "github.com")):
        path = tmp_path / "lists" / name / "list.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"name": name, "version": 3, "type": kind, "list": [entry]}))
    (tmp_path / "ours.txt").write_text("corp[.]example # ours\n")
    (tmp_path / "feed.txt").write_bytes(FEED)
    return tmp_path


def values(rules: socdef_sigma.RuleSet) -> list[str]:
    return [rule.indicator.value for rule in rules]


def test_the_arguments_of_compile(lists: Path) -> None:
    kept = ["https://github.com/evil/a.ps1", "evil.example"]
    for guard in (True, False):
        rules = compile(
            read(FEED), warninglists=[lists / "lists"], allow=[str(lists / "ours.txt")], guard=guard
        )
        assert values(rules) == kept
        assert rules.report.reasons == {"warninglisted": 2, "allowed": 1}
    files = sorted(lists.glob("lists/*/list.json"))
    assert values(compile(read(FEED), warninglists=files)) == [
        "https://github.com/evil/a.ps1",
        "vpn.corp.example",
        "evil.example",
    ]
    assert len(compile(read(FEED), warninglists=[], allow=None)) == 5


def test_explain_names_the_entry(lists: Path) -> None:
    explained = explain("8.8.0.0/16", warninglists=[lists / "lists"])
    assert (explained.verdict, explained.reason) == ("drop", "warninglisted")
    assert explained.words == "on a warninglist: `8.8.8.8` in `dns`, version 3, which its rule would match"
    assert explained.rules  # What would have been.
    explained = explain("vpn.corp.example", allow=[lists / "ours.txt"])
    assert explained.reason == "allowed"
    assert explain("evil.example", allow=[lists / "ours.txt"]).verdict == "keep"


@pytest.mark.parametrize("command", [["compile"], ["convert", "-t", "splunk", "-p", "socdef"]])
def test_the_options_of_a_command(command: list[str], lists: Path) -> None:
    done = good(
        socdef(
            *command,
            "feed.txt",
            "--warninglist",
            "lists/dns/list.json",
            "--warninglist",
            "lists/top",
            "--allow",
            "ours.txt",
            "--no-guard",
            "--report",
            "report.json",
            cwd=lists,
        )
    )
    assert b"evil.example" in done.stdout
    assert b"8.8.8.8" not in done.stdout
    assert b"corp.example" not in done.stdout
    report = json.loads((lists / "report.json").read_text())
    assert [(entry["line"], entry["reason"], entry["words"]) for entry in report["entries"]] == [
        (1, "warninglisted", "on a warninglist: `8.8.8.8` in `dns`, version 3"),
        (2, "warninglisted", "on a warninglist: `github.com` in `top`, version 3"),
        (4, "allowed", "on the user's own allow list: `corp[.]example` in `ours.txt`"),
    ]


def test_fetch_and_sync_have_the_options(lists: Path, sigma_home: dict[str, str]) -> None:
    home = {name: value for name, value in sigma_home.items() if not name.startswith("SOCDEF_")}
    (lists / "store").mkdir()
    store = Store(lists / "store", home)
    store.feed(FEED.decode())
    with serving(store) as endpoint:
        home = {**home, "SOCDEF_BASE_URL": endpoint.url, "SOCDEF_API_KEY": store.key("pro")}
        options = ("--warninglist", "lists", "--allow", "ours.txt")
        fetched = good(socdef("fetch", "iocs", *options, home=home, cwd=lists))
        assert fetched.stdout.count(b"title:") == 2
        sync = ("sync", "--state", "state", "-o", "rules/", "--changes", "changes.json")
        assert b"5 added" in good(socdef(*sync, home=home, cwd=lists)).stderr
        # Lists that are given now end the rules that are there.
        good(socdef(*sync, *options, home=home, cwd=lists))
        changes = json.loads((lists / "changes.json").read_text())
        removed = sorted(change["value"] for change in changes["removed"])
        assert removed == ["8.8.8.8", "github.com", "vpn.corp.example"]
        assert len(list((lists / "rules").iterdir())) == 2
        # A list that grows does, too: the run asks only for what is new, and nothing is.
        with (lists / "ours.txt").open("a") as ours:
            ours.write("evil.example\n")
        good(socdef(*sync, *options, home=home, cwd=lists))
        changes = json.loads((lists / "changes.json").read_text())
        assert [change["value"] for change in changes["removed"]] == ["evil.example"]


@pytest.mark.parametrize(
    ("name", "text", "option", "error"),
    [
        ("list.json", '{"name": "a", "list": [', "--warninglist", "error[broken_input]: the file is no"),
        ("list.json", "{}", "--warninglist", "error[broken_input]: the file is not a warninglist"),
        (
            "list.json",
            '{"name": "a", "type": "x", "list": []}',
            "--warninglist",
            "error[broken_input]: `x` is not a type of warninglist; the types are string, substring, hostname, "
            "cidr, regex\n  --> list.json: type",
        ),
        (
            "other.json",
            "{}",
            "--warninglist",
            "error[unreadable_input]: cannot read the list\n  --> list.json",
        ),
        (
            "ours.txt",
            "corp.example\nnot a value\n",
            "--allow",
            "error[broken_input]: `not a value` is not an indicator that a list can allow\n  --> ours.txt:2",
        ),
    ],
)
def test_a_list_that_cannot_be_used_ends_the_run(
    name: str, text: str, option: str, error: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text)
    path = "ours.txt" if option == "--allow" else "list.json"
    for command in (["compile", "-", "-o", "rules.yml"], ["explain", "evil.example"]):
        done = socdef(*command, option, path, cwd=tmp_path, stdin=b"evil.example\n")
        assert (done.returncode, done.stdout) == (2, b"")
        assert done.stderr.decode().startswith(error)
        assert not (tmp_path / "rules.yml").exists()


def test_an_entry_that_cannot_be_used_is_a_note(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    entries = ["/evil(?=x)/", "/^bad\\./"]
    path.write_text(json.dumps({"name": "Patterns", "version": 1, "type": "regex", "list": entries}))
    rules = compile(read(b"bad.example\nevil.example\n"), warninglists=[path])
    assert values(rules) == ["evil.example"]
    (note,) = rules.report.notes
    assert (note["note"], note["file"], note["path"]) == ("unusable_entry", str(path), "list[0]")
    assert note["about"] == "look-around is not supported: `/evil(?=x)/` in `Patterns`, version 1"
    done = good(socdef("compile", "-", "--warninglist", str(path), stdin=b"bad.example\n"))
    assert b"unusable_entry: an entry of a warninglist cannot be used" in done.stderr


def test_the_lists_of_misp(tmp_path: Path) -> None:
    """Python's own `ipaddress` says which of the addresses are in the lists' networks."""
    from ipaddress import ip_address, ip_network

    nets = [
        ip_network(entry)
        for path in REAL.glob("lists/*/list.json")
        for document in [json.loads(path.read_text())]
        if document["type"] == "cidr"
        for entry in document["list"]
    ]
    addresses = [f"{first}.{second}.17.1" for first in range(100, 240, 3) for second in range(0, 256, 16)]
    rules = compile(read("\n".join(addresses).encode()), guard=False, warninglists=[REAL])
    expected = [address for address in addresses if not any(ip_address(address) in net for net in nets)]
    assert values(rules) == expected
    assert 0 < len(expected) < len(addresses)
