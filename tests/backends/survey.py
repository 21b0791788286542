"""What every installed backend makes of every template: `python survey.py OUT.json`.

Run in each environment, twice, by `make test-backends`. What is counted as this project's fault, and ends the
run with status 1, is an exception that escapes; whatever a backend refuses or says is written down.
"""

import hashlib
import importlib.metadata
import json
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

from _harness import caches
from socdef_sigma import SocdefError, compile, read
from socdef_sigma.convert import Converter, render
from socdef_sigma.convert.backends import listing
from socdef_sigma.pysigma import to_rule

FEED = """\
{"type": "ipv4", "value": "203.0.113.42"}
{"type": "ipv6", "value": "2001:db8::42"}
{"type": "domain", "value": "evil.example"}
{"type": "url", "value": "http://evil.example/cgi-bin/a_b.php?id=1%20c", "tags": ["exploit"]}
{"type": "md5", "value": "9e107d9d372bb6826bd81d3542a419d6"}
{"type": "sha1", "value": "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"}
{"type": "sha256", "value": "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592"}
{"type": "cve", "value": "CVE-2021-44228"}
{"type": "email", "value": "a@evil.example"}
"""
OTHERS = r"""type,value
filename,evil_one.exe
filepath,C:\ProgramData\Evil\one.exe
registry_key,HKLM\SOFTWARE\Evil\One
named_pipe,\\.\pipe\evil_one
imphash,0f343b0931126a20f133d67c2b018a3b
ja3,1f343b0931126a20f133d67c2b018a3b
ja3s,2f343b0931126a20f133d67c2b018a3b
ja4,t13d1516h2_8daaf6152771_b186095e22b6
user_agent,Evil/1.0 (one)
service_name,EvilOneService
scheduled_task,\Evil\One
"""
"""The types that are compiled when asked for."""
PIPELINES: dict[str, tuple[str, ...]] = {"none": ("none",), "picked": ()}
"""Without a pipeline, and with the one that `convert` picks by itself."""


def survey() -> dict[str, Any]:
    """Everything, with no network and in a home of its own."""
    with tempfile.TemporaryDirectory() as home:
        caches.prime(Path(home))
        found = [*read(FEED.encode(), format="socdef"), *read(OTHERS.encode(), format="csv")]
        rules = list(compile(found, types=["all"], logsources=["all"], now="2026-05-17"))
        installed = listing()
        results = [
            _converted(target, form, pipeline, rules)
            for target, backend in sorted(installed.classes.items())
            for form in backend.formats
            for pipeline in PIPELINES
        ]
    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        "packages": dict(sorted(_packages())),
        "broken": installed.broken,
        "discovery": _discovery(),
        "needs_pipeline": sorted(n for n, cls in installed.classes.items() if cls.requires_pipeline),
        "packages_of": {name: _package_of(cls.__module__) for name, cls in sorted(installed.classes.items())},
        "templates": [rule.template for rule in rules],
        "results": results,
    }


def _packages() -> Iterator[tuple[str, str]]:
    for found in importlib.metadata.distributions():
        name = str(found.metadata["Name"]).lower()
        if name.startswith("pysigma") or name == "sigma-cli":
            yield name, found.version


def _package_of(module: str) -> str | None:
    """The package that a module is from, by the files that each lists."""
    path = module.replace(".", "/")
    for found in importlib.metadata.distributions():
        for file in found.files or ():
            if str(file).startswith((f"{path}/", f"{path}.py")):
                return str(found.metadata["Name"]).lower()
    return None


def _discovery() -> dict[str, Any]:
    """What pySigma itself finds: `sigma` does nothing at all where this fails."""
    from sigma.plugins import InstalledSigmaPlugins

    try:
        plugins = InstalledSigmaPlugins.autodiscover()
    except BaseException as error:  # It stops at whatever a plugin does.
        return {"error": _line(error)}
    return {
        "backends": sorted(plugins.backends),
        "pipelines": sorted(plugins.pipelines),
        "validators": len(plugins.validators),
    }


def _converted(target: str, form: str, pipeline: str, rules: list[Any]) -> dict[str, Any]:
    """One target, format and pipeline: how many rules it converts, why not the others, and a digest."""
    result: dict[str, Any] = {"target": target, "format": form, "pipeline": pipeline}
    lost: dict[str, list[str]] = {}
    queries: list[Any] = []
    try:
        converter = Converter(target, pipelines=PIPELINES[pipeline], format=form, own_rules=True)
        result["pipelines"] = list(converter.pipelines)
        made = 0
        for rule in rules:
            of_rule = [query for _, some in converter.convert([to_rule(rule)]) for query in some]
            made += bool(of_rule)
            queries += of_rule
            for refused in converter.lost:
                lost.setdefault(refused.reason, []).append(rule.template)
            if not of_rule and not converter.lost:
                lost.setdefault("no query, and no reason", []).append(rule.template)
            converter.lost.clear()
        data = render(converter.finish(queries), "utf-8", None)
        result |= {"converted": made, "digest": hashlib.sha256(data).hexdigest()}
    except SocdefError as error:
        result |= {"error": " ".join([error.message, *error.causes])}
    except BaseException as error:
        result |= {"escaped": _line(error)}
    return {**result, "lost": lost}


def _line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


if __name__ == "__main__":
    found = survey()
    Path(sys.argv[1]).write_text(json.dumps(found, indent=1), encoding="utf-8")
    escaped = [result for result in found["results"] if "escaped" in result]
    for result in escaped:
        print(
            f"{result['target']} {result['format']} {result['pipeline']}: {result['escaped']}",
            file=sys.stderr,
        )
    with suppress(KeyError):
        print(f"pySigma does not find its plugins: {found['discovery']['error']}", file=sys.stderr)
        escaped.append(found["discovery"])
    sys.exit(1 if escaped else 0)
