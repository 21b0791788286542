"""Commands and options whose help is grouped."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

__all__ = ["Command", "Group", "Option", "option"]

_F = TypeVar("_F", bound=Callable[..., Any])


class Option(click.Option):
    """An option that stands in a section of its command's help."""

    def __init__(self, *args: Any, section: str = "Other", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section


def option(section: str, *names: str, **settings: Any) -> Callable[[_F], _F]:
    """`click.option`, in a section of the help."""
    return click.option(*names, cls=Option, section=section, **settings)


class Command(click.Command):
    """A command whose help lists its options by section, in the order of their first options."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                sections.setdefault(getattr(parameter, "section", "Other"), []).append(record)
        sections["Other"] = sections.pop("Other", [])
        for section, records in sections.items():
            if records:
                with formatter.section(section):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the epilog as it stands: examples must not be filled up into paragraphs."""
        if self.epilog:
            formatter.write_paragraph()
            for line in self.epilog.splitlines():
                formatter.write(f"{line}\n")


class Group(click.Group):
    """A group of such commands, listed in the order in which they were added."""

    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands."""
        return list(self.commands)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the epilog as it stands."""
        Command.format_epilog(self, ctx, formatter)  # type: ignore[arg-type]
