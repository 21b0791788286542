"""Which file takes names from which: the `use` of Rust and the `import` of Python, read as text.

A re-export (`pub use`, an import in `__init__.py`) is not an edge: who imports through it takes from the file
that defines the name.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

Graph = dict[str, set[str]]
"""Each file with the files that it takes names from; paths with `/`, relative to the root that was given."""


def circles(graph: Graph) -> list[list[str]]:
    """The groups of files that reach each other."""
    reached = {file: _reachable(graph, file) for file in graph}
    groups = {
        tuple(sorted(other for other in reached[file] if file in reached.get(other, ())))
        for file in graph
        if file in reached[file]
    }
    return sorted(map(list, groups))


def _reachable(graph: Graph, start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        file = waiting.pop()
        if file not in seen:
            seen.add(file)
            waiting += graph.get(file, ())
    return seen


# --- Rust

_TRIVIA = re.compile(
    r"""//[^\n]*|/\*.*?\*/|r(?P<marks>\#*)".*?"(?P=marks)|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\\n])'""", re.DOTALL
)
_TEST_MODULE = re.compile(r"#\[cfg\((?:all\()?test\b[^]]*\]\s*(?:pub(?:\(\w+\))? )?mod (\w+)\s*([;{])")
_USE = re.compile(r"(?P<public>\bpub(?:\([^)]*\))?\s+)?\buse\s+(?P<tree>[^;]+);")
_DEFINES = r"\b(?:fn|struct|enum|union|trait|type|const|static|macro_rules!|mod)\s+{}\b"
_PATH = re.compile(r"(?<![\w:])(?:\$?crate|self|super|[a-z]\w*)(?:\s*::\s*\w+)+")
_CHILD = re.compile(r"\bmod (\w+);")

Path_ = tuple[str, ...]


class Crate:
    """The modules of a crate, and the files that they stand in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.text: dict[Path_, str] = {}
        self.file: dict[Path_, str] = {}
        for file in sorted(folder.rglob("*.rs")):
            name = file.relative_to(folder)
            if "tests" in name.parts or name.stem == "tests":
                continue
            path = (
                name.parent.parts if name.stem in ("mod", "lib", "main") else (*name.parent.parts, name.stem)
            )
            self.text[path] = _without_tests(_TRIVIA.sub(_blank, file.read_text(encoding="utf-8")))
            self.file[path] = name.as_posix()
        self.exports = {path: dict(self._exports(path)) for path in self.text}
        self.macros = {
            name: path
            for path, text in self.text.items()
            for name in re.findall(r"macro_rules!\s+(\w+)", text)
        }

    def _exports(self, path: Path_) -> Iterator[tuple[str, Path_]]:
        for use in _USE.finditer(self.text[path]):
            if use["public"]:
                for target, name in _leaves(use["tree"]):
                    absolute = self._absolute(path, target)
                    if absolute:
                        yield name, absolute

    def _absolute(self, path: Path_, target: list[str]) -> Path_ | None:
        """The path from the root of the crate, or `None` for a name of another crate."""
        base, rest = path, target
        if rest[0] in ("crate", "$crate"):
            base, rest = (), rest[1:]
        elif rest[0] in ("self", "super"):
            while rest and rest[0] in ("self", "super"):
                base = base[:-1] if rest[0] == "super" else base
                rest = rest[1:]
        elif (*base, rest[0]) not in self.text:
            return None
        return (*base, *rest)

    def origin(self, target: Path_, seen: frozenset[Path_] = frozenset()) -> Path_ | None:
        """The module that defines what stands at `target`."""
        if target in seen:
            return None
        seen |= {target}
        module: Path_ = ()
        for at, name in enumerate(target):
            if (*module, name) in self.text:
                module = (*module, name)
                continue
            if name in self.exports[module]:
                return self.origin((*self.exports[module][name], *target[at + 1 :]), seen)
            for wild, through in self.exports[module].items():
                if wild.startswith("*"):
                    found = self.origin((*through, name), seen)
                    if found is not None and re.search(_DEFINES.format(name), self.text[found]):
                        return found
            if module == () and name in self.macros:
                return self.macros[name]
            return module
        return module

    def takes(self, path: Path_) -> Iterator[Path_]:
        """The modules that a module takes names from."""
        text = self.text[path]
        targets = [
            target for use in _USE.finditer(text) if not use["public"] for target, _ in _leaves(use["tree"])
        ]
        rest = _USE.sub("", text)
        targets += [re.split(r"\s*::\s*", found[0]) for found in _PATH.finditer(rest)]
        for target in targets:
            absolute = self._absolute(path, target)
            origin = self.origin(absolute) if absolute else None
            if origin is not None and origin != path:
                yield origin


def _blank(found: re.Match[str]) -> str:
    return " " if found[0].startswith("/") else '""'


def _without_tests(text: str) -> str:
    while found := _TEST_MODULE.search(text):
        end = found.end()
        depth = 1 if found[2] == "{" else 0
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        text = text[: found.start()] + text[end:]
    return text


def _leaves(tree: str) -> Iterator[tuple[list[str], str]]:
    """Each path of a `use`, with the name that it has from there on; a wildcard's name begins with `*`."""
    tree = " ".join(tree.split())
    brace = tree.find("{")
    if brace < 0:
        path, _, renamed = tree.partition(" as ")
        parts = [part.strip() for part in path.split("::")]
        if parts[-1] == "self" and len(parts) > 1:
            parts.pop()
        name = renamed.strip() or parts[-1]
        if parts[-1] == "*":
            parts.pop()
            name = "*" + "::".join(parts)
        yield parts, name
        return
    before = [part for part in (part.strip() for part in tree[:brace].split("::")) if part]
    for branch in _split(tree[brace + 1 : tree.rindex("}")]):
        for parts, name in _leaves(branch):
            if parts == ["self"]:
                yield before, name if name != "self" else before[-1]
            else:
                yield before + parts, name


def _split(branches: str) -> Iterator[str]:
    depth, start = 0, 0
    for at, char in enumerate(branches):
        depth += {"{": 1, "}": -1}.get(char, 0)
        if char == "," and depth == 0:
            yield branches[start:at]
            start = at + 1
    if branches[start:].strip():
        yield branches[start:]


def rust(folder: Path) -> Graph:
    """The graph of a crate, whose root is in `folder`."""
    crate = Crate(folder)
    return {
        crate.file[path]: {
            crate.file[origin] for origin in crate.takes(path) if crate.file[origin] != "lib.rs"
        }
        for path in crate.text
    }


# --- Python


def python(folders: Iterable[Path]) -> Graph:
    """The graph of the packages in these folders. Imports inside functions and for types count too."""
    modules = {_module(folder, file): file for folder in folders for file in sorted(folder.rglob("*.py"))}
    trees = {name: ast.parse(file.read_text(encoding="utf-8")) for name, file in modules.items()}
    exports = {
        name: {
            alias.asname or alias.name: (source, alias.name)
            for source, alias in _imported(name, modules[name], tree)
            if alias
        }
        for name, tree in trees.items()
        if modules[name].name == "__init__.py"
    }

    def origin(source: str, item: str) -> str | None:
        if f"{source}.{item}" in modules:
            return f"{source}.{item}"
        if item in exports.get(source, {}):
            return origin(*exports[source][item])
        return source if source in modules else None

    graph: Graph = {}
    for name, tree in trees.items():
        if modules[name].name == "__init__.py" and not _has_code(tree):
            graph[name] = set()
            continue
        found = {
            origin(source, alias.name) if alias else (source if source in modules else None)
            for source, alias in _imported(name, modules[name], tree)
        }
        graph[name] = {other for other in found if other not in (None, name)}
    return graph


def _has_code(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in tree.body)


def _module(folder: Path, file: Path) -> str:
    parts = file.relative_to(folder).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(name: str, file: Path, tree: ast.Module) -> Iterator[tuple[str, ast.alias | None]]:
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, None
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")
            base = base[: len(base) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield source, alias
