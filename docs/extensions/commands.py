"""The directive `commands`: each command of the command line, with what `--help` says of it.

Options are a list of definitions, in the sections of the help: they wrap, and each has an address.
"""

from collections.abc import Iterator
from typing import Any

import click
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from socdef_sigma.cli.app import app as command_line

NAME = "socdef-sigma"
HELP = ("help", "help_all")


class Commands(SphinxDirective):
    """A section for each command."""

    def run(self) -> list[nodes.Node]:
        """The sections, in the order of the help."""
        context = click.Context(command_line, info_name=NAME)
        return [self._section(command, path) for command, path in _commands(command_line, context)]

    def _section(self, command: click.Command, context: click.Context) -> nodes.section:
        title = context.command_path.removeprefix(f"{NAME} ")
        section = nodes.section(ids=[f"command-{title.replace(' ', '-')}"], names=[])
        self.state.document.note_explicit_target(section)
        section += nodes.title("", "", nodes.literal("", title))
        usage = command.get_usage(context).removeprefix("Usage: ")
        section += nodes.literal_block("", " ".join(usage.split()), language="text")
        for paragraph in _paragraphs(command.help or ""):
            section += nodes.paragraph("", "", *_inline(paragraph))
        for heading, options in _options(command, context).items():
            section += nodes.rubric("", heading)
            section += nodes.definition_list("", *(self._item(title, *option) for option in options))
        for paragraph in _paragraphs(getattr(command, "notes", "")):
            section += nodes.paragraph("", "", *_inline(paragraph))
        if command.epilog:
            section += nodes.literal_block("", command.epilog, language="text")
        return section

    def _item(self, title: str, names: str, text: str) -> nodes.definition_list_item:
        term = nodes.term("", "", nodes.literal("", _short(names)))
        term["ids"] = [f"{title}-{names.split()[0].strip('-,')}".replace(" ", "-")]
        meaning = nodes.definition("", nodes.paragraph("", "", *_inline(_choices(names) + text)))
        return nodes.definition_list_item("", term, meaning)


def _commands(
    command: click.Command, context: click.Context
) -> Iterator[tuple[click.Command, click.Context]]:
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None and not found.hidden:
                yield from _commands(found, click.Context(found, info_name=name, parent=context))
    else:
        yield command, context


def _options(command: click.Command, context: click.Context) -> dict[str, list[tuple[str, str]]]:
    sections: dict[str, list[tuple[str, str]]] = {}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if (
            record is not None
            and isinstance(parameter, click.Option)
            and parameter.name not in ("help", "help_all")
        ):
            sections.setdefault(getattr(parameter, "section", "Other"), []).append(record)
    return sections


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.replace("\b", "").split("\n\n") if part.strip()]


def _inline(text: str) -> list[nodes.Node]:
    """Text, of which what stands between backticks is code."""
    parts = text.split("`")
    return [nodes.literal("", part) if at % 2 else nodes.Text(part) for at, part in enumerate(parts) if part]


def _short(names: str) -> str:
    """`--type [ipv4|ipv6|…]` as `--type CHOICE`."""
    start, bracket, _ = names.partition(" [")
    return f"{start} CHOICE" if bracket and len(names) > 40 else names


def _choices(names: str) -> str:
    _, bracket, rest = names.partition(" [")
    if not bracket or len(names) <= 40:
        return ""
    return "One of " + ", ".join(f"`{choice}`" for choice in rest.rstrip("]").split("|")) + ". "


def setup(app: Any) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True}
