"""Commands and options whose help is grouped."""

import importlib
import os
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from ..near import did_you_mean
from .console import say, shown
from .folder import is_folder

__all__ = ["HELP_ALL", "Command", "Group", "Option", "option"]

_F = TypeVar("_F", bound=Callable[..., Any])

HELP_ALL = "--help-all"

_PATHS = re.compile(r"\b(?:FILE|DIR|PATH|INPUT)\b")
"""The metavar of a parameter whose value is a path."""


class Option(click.Option):
    """An option that stands in a section of its command's help."""

    def __init__(self, *args: Any, section: str = "Other", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section


def option(section: str, *names: str, **settings: Any) -> Callable[[_F], _F]:
    """`click.option`, in a section of the help."""
    return click.option(*names, cls=Option, section=section, **settings)


class Command(click.Command):
    """A command whose help lists its options by section, in the order of their first options.

    `left` says what is left where Ctrl-C ends the command, for one that keeps a state.

    A command with many options names those that most people use in `first`: `--help` shows only these, each
    with the first sentence of its text. `--help-all` shows all options by section, and the `notes`.
    """

    def __init__(
        self, *args: Any, first: Sequence[str] = (), notes: str = "", left: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.first = tuple(first)
        self.notes = notes
        self.left = left
        self.params.append(
            Option(
                [HELP_ALL],
                section="Other",
                is_flag=True,
                is_eager=True,
                expose_value=False,
                hidden=not self.first,
                callback=_show_all,
                help="Show all options and exit.",
            )
        )

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; an empty path is an error."""
        rest = super().parse_args(ctx, args)
        for parameter in self.get_params(ctx):
            if _PATHS.search(parameter.metavar or ""):
                given = ctx.params.get(parameter.name or "")
                if given == "" or (isinstance(given, tuple) and "" in given):
                    raise click.BadParameter("the path is empty", ctx, parameter)
        return rest

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; Ctrl-C says what it left."""
        output = ctx.params.get("output")
        before = _identity(output)
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            if (self.left or "output" in ctx.params) and not ctx.params.get("quiet"):
                say(f"stopped: {shown(self.left or _left(output, before))}")
            raise

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options."""
        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        if self._is_short(ctx):
            by_name = {name: one for one in options for name in one.opts}
            with formatter.section("Options"):
                formatter.write_dl([_short_record(by_name[name], ctx) for name in self.first])
            return
        sections: dict[str, list[tuple[str, str]]] = {}
        for one in options:
            record = one.get_help_record(ctx)
            if record is not None:
                sections.setdefault(getattr(one, "section", "Other"), []).append(record)
        for section, records in sections.items():
            with formatter.section(section):
                formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write notes and examples."""
        is_short = self._is_short(ctx)
        _write_lines(formatter, "" if is_short else self.notes, self.epilog)
        if is_short:
            _write_lines(formatter, f"`{ctx.command_path} {HELP_ALL}` shows all options.")

    def _is_short(self, ctx: click.Context) -> bool:
        return bool(self.first) and not ctx.meta.get(HELP_ALL)


def _identity(output: str | None) -> tuple[int, int] | None:
    """What tells a file from the one that takes its place."""
    try:
        status = os.stat(output) if output else None  # noqa: PTH116
    except OSError:
        return None
    return (status.st_ino, status.st_mtime_ns) if status else None


def _left(output: str | None, before: tuple[int, int] | None) -> str:
    """What there is of an output that was not finished."""
    if output in (None, "-"):
        return "what was printed is not complete"
    if is_folder(output):
        return f"the files in {output} are complete, but some may be missing"
    if (after := _identity(output)) == before:
        return f"{output} was not written" if after is None else f"{output} is as it was"
    return f"{output} is complete"


def _show_all(ctx: click.Context, parameter: click.Parameter, is_given: bool) -> None:
    if is_given and not ctx.resilient_parsing:
        ctx.meta[HELP_ALL] = True
        click.echo(ctx.get_help(), color=ctx.color)
        ctx.exit()


def _short_record(one: click.Option, ctx: click.Context) -> tuple[str, str]:
    """The names of an option, and the first sentence of its text."""
    names, text = one.get_help_record(ctx) or ("", "")
    sentence, dot, _ = text.partition(". ")
    return names, sentence + dot.rstrip() + (" [required]" if dot and one.required else "")


def _write_lines(formatter: click.HelpFormatter, *texts: str | None) -> None:
    for paragraph in "\n\n".join(filter(None, texts)).split("\n\n"):
        lines = paragraph.splitlines()
        if lines:
            formatter.write_paragraph()
        # Examples and lists stand as they are; the rest is filled up.
        if not any(line.startswith(" ") for line in lines):
            lines = textwrap.wrap(" ".join(lines), formatter.width, break_on_hyphens=False)
        for line in lines:
            formatter.write(f"{line}\n")


class Group(click.Group):
    """A group of such commands, listed in the order in which they were added.

    Those in `places` come first, and are imported when they are asked for: by name, the module below this
    package and what in it is the command.
    """

    command_class = Command

    def __init__(
        self, *args: Any, places: Mapping[str, tuple[str, str]] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._places = places or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands."""
        return list(dict.fromkeys([*self._places, *self.commands]))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name."""
        if cmd_name not in self.commands and cmd_name in self._places:
            module, name = self._places[cmd_name]
            found = importlib.import_module(f"{__package__}.{module}")
            self.add_command(getattr(found, name), cmd_name)
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is asked for; a name that is nearly right gets a suggestion."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            meant = did_you_mean(args[0], self.list_commands(ctx))
            if args[0].startswith("-") or not meant or "did you mean" in error.message.lower():
                raise
            raise click.UsageError(f"{error.message.rstrip('.')}; {meant}", ctx) from error

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the epilog as it stands."""
        _write_lines(formatter, self.epilog)
