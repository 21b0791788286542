"""Writes the licence texts of all crates that are linked into the wheel, from their sources, to the file that the wheel and the sdist carry.

    python .ci/licences.py > LICENSES-THIRD-PARTY.txt

Needs `cargo` and the sources of the crates (`cargo fetch`), nothing else. tests/it/licences.rs holds the file against `cargo metadata`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

LICENCE_FILE = re.compile(r"(?i)^(licen[cs]e|copying|notice|copyright|unlicense)([-_.].*)?$")
# Sources and pictures beside a licence are not its text.
OTHER_FILE = re.compile(r"(?i)\.(rs|toml|py|png|svg|html)$")


def metadata(*extra: str) -> dict:
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--features", "python", *extra]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def linked(found: dict) -> list[dict]:
    """The crates of any platform that end up in the binary: neither for tests, nor for builds, nor macros that run in the compiler."""
    packages = {package["id"]: package for package in found["packages"]}
    nodes = {node["id"]: node for node in found["resolve"]["nodes"]}
    root = found["resolve"]["root"]
    seen, todo = {root}, [root]
    while todo:
        for dep in nodes[todo.pop()]["deps"]:
            is_linked = any(kind["kind"] is None for kind in dep["dep_kinds"])
            kinds = {kind for target in packages[dep["pkg"]]["targets"] for kind in target["kind"]}
            if is_linked and "proc-macro" not in kinds and dep["pkg"] not in seen:
                seen.add(dep["pkg"])
                todo.append(dep["pkg"])
    crates = [packages[crate] for crate in seen - {root}]
    return sorted(crates, key=lambda crate: (crate["name"], crate["version"]))


def texts(crate: dict) -> list[str]:
    folder = Path(crate["manifest_path"]).parent
    files = {
        path
        for path in folder.iterdir()
        if LICENCE_FILE.match(path.name) and not OTHER_FILE.search(path.name)
    }
    if named := crate.get("license_file"):
        files.add(folder / named)
    found = []
    for path in sorted(files):
        inner = sorted(path.iterdir()) if path.is_dir() else [path]
        found += [
            text.read_text(encoding="utf-8", errors="replace").strip() for text in inner if text.is_file()
        ]
    return [text for text in found if text]


def main() -> None:
    crates = linked(metadata())
    holders: dict[str, list[str]] = {}
    full: dict[str, str] = {}
    without = []
    for crate in crates:
        name = f"{crate['name']} {crate['version']}"
        of_crate = texts(crate)
        if not of_crate:
            without.append(
                f"{name}, by {', '.join(crate['authors']) or 'its contributors'}: {crate['repository'] or ''}".rstrip(
                    ": "
                )
            )
        for text in of_crate:
            # The same text in other lines is the same text.
            key = " ".join(text.split())
            full.setdefault(key, text)
            if name not in holders.setdefault(key, []):
                holders[key].append(name)
    out = [
        "The compiled module of socdef-sigma holds the crates below, each on one platform at least. Each is under its own licence; the texts follow.",
        "Written by `make licences` from the sources of the crates; do not edit.",
        "",
        "Crates",
        "======",
        "",
        *(f"{crate['name']} {crate['version']}: {crate['license'] or 'see its text'}" for crate in crates),
        "",
    ]
    if without:
        out += [
            "These carry no text of their own. Their licence is one of the texts below, as the list above names it:",
            "",
            *without,
            "",
        ]
    for key in sorted(holders, key=lambda key: (-len(holders[key]), holders[key])):
        out += ["-" * 100, f"Of {', '.join(holders[key])}:", "", full[key].replace("\r\n", "\n"), ""]
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    print("\n".join(line.rstrip() for line in "\n".join(out).split("\n")).rstrip())


if __name__ == "__main__":
    main()
