"""The directive `python-api`: what `socdef_sigma` exports, by autodoc, and the options of its stub."""

import ast
import inspect
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

import socdef_sigma

STUB = Path(socdef_sigma.__file__).with_name("_core.pyi")


class PythonApi(SphinxDirective):
    """A section each for functions, their options, classes and errors."""

    def run(self) -> list[nodes.Node]:
        """The sections; names are in the order of the alphabet."""
        functions, classes, errors = [], [], []
        for name in socdef_sigma.__all__:
            found = getattr(socdef_sigma, name)
            if inspect.isclass(found):
                part = errors if issubclass(found, Exception) else classes
                part += [f".. autoclass:: socdef_sigma.{name}", "   :members:", ""]
            elif callable(found):
                functions += [f".. autofunction:: socdef_sigma.{name}", ""]
        return [
            self._section("Functions", functions),
            self._section("Options", _options()),
            self._section("Classes", classes),
            self._section("Errors", errors),
        ]

    def _section(self, heading: str, text: list[str]) -> nodes.section:
        section = nodes.section(ids=[f"api-{heading.lower()}"], names=[])
        self.state.document.note_explicit_target(section)
        section += nodes.title("", heading)
        content = StringList(["```{eval-rst}", *text, "```"], source=self.get_source_info()[0])
        self.state.nested_parse(content, self.content_offset, section)
        return section


def _options() -> list[str]:
    """What the stub says of each of `**options`: its name, its type and its docstring."""
    (options,) = (
        part
        for part in ast.parse(STUB.read_text(encoding="utf-8")).body
        if isinstance(part, ast.ClassDef) and part.name == "_Options"
    )
    lines = ["What `**options` takes. An option that is absent or None chooses nothing.", ""]
    for option, text in zip(options.body[1::2], options.body[2::2], strict=True):
        assert isinstance(option, ast.AnnAssign)
        assert isinstance(text, ast.Expr)
        lines += [f"`{ast.unparse(option.target)}`", f"   {ast.literal_eval(text.value)}", ""]
    return lines


def setup(app: Any) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("python-api", PythonApi)
    return {"parallel_read_safe": True}
