"""The group of commands, and the one place where an exception becomes a message and an exit status.

| status | meaning |
|---|---|
| 0 | done; also if the reader of the output stops reading |
| 1 | done, with findings, under `--strict` |
| 2 | bad usage, or an input or output that cannot be used |
| 3 | API key missing or refused, or its plan does not suffice |
| 4 | network or server |
| 130 | stopped with Ctrl-C |
"""

import os
import sys
import traceback

import click

from .. import __version__
from ..errors import SocdefError
from .base import HELP_ALL, Command, Group
from .console import complain

PROGRAM = "socdef-sigma"
COMPLETION = "_SOCDEF_SIGMA_COMPLETE"
"""With this in the environment, the command answers a shell that asks what can follow."""

EPILOG = """Exit status: 0 done; 1 findings under --strict; 2 bad usage or unreadable input;
3 key or plan; 4 network or server; 130 Ctrl-C.

Data goes to standard output, everything else to standard error; NO_COLOR turns colours off."""


COMMANDS = {
    "compile": ("compile", "command"),
    "convert": ("convert", "command"),
    "preflight": ("preflight", "command"),
    "explain": ("explain", "command"),
    "summary": ("summary", "command"),
    "navigator": ("navigator", "command"),
    "templates": ("templates", "command"),
    "fetch": ("fetch", "command"),
    "sync": ("sync", "command"),
    "serve": ("serve", "command"),
    "ingest": ("store", "ingest"),
    "keys": ("store", "keys"),
    "completion": ("completion", "command"),
}
"""The commands, in the order of the help, and where each is."""


@click.group(
    PROGRAM,
    cls=Group,
    places=COMMANDS,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
@click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
def app() -> None:
    """Compile indicators of compromise into Sigma rules and SIEM queries."""


def invoke(arguments: list[str]) -> int:
    """Run a command line, and give its exit status."""
    try:
        if COMPLETION in os.environ:  # A shell asks what can follow.
            app.main(arguments, prog_name=PROGRAM, complete_var=COMPLETION)
        with app.make_context(PROGRAM, arguments) as context:
            status = app.invoke(context)
        return _flushed(status if isinstance(status, int) else 0)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    except click.exceptions.Exit as stop:
        return _flushed(stop.exit_code)
    except SocdefError as error:
        complain(error)
        return error.exit_status
    except click.ClickException as error:
        return _usage(error)
    except BrokenPipeError:
        return _closed_pipe()
    except (KeyboardInterrupt, click.Abort):
        return 130
    except OSError as error:
        complain(_system_error(error))
        return 2
    except BaseException as error:  # Last resort; a panic in the core is not an `Exception`.
        complain(_internal_error(error))
        return 2


def _usage(error: click.ClickException) -> int:
    if type(error).__name__ == "NoArgsIsHelpError":  # From click 8.2 on; its message is the help.
        click.echo(error.format_message(), err=True)
        return 2
    message = " ".join(error.format_message().split()).rstrip(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context else PROGRAM
    is_long = context is not None and isinstance(context.command, Command) and context.command.first
    complain(
        SocdefError(
            message[:1].lower() + message[1:],
            code="bad_usage",
            hint=f"see `{path} {HELP_ALL if is_long else '--help'}`",
        )
    )
    return 2


def _flushed(status: int) -> int:
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        return _closed_pipe()
    return status


def _closed_pipe() -> int:
    """Nobody reads on, as with `| head`: nothing is wrong. Python must not find out again when it exits."""
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    return 0


def _system_error(error: OSError) -> SocdefError:
    return SocdefError(
        "the operating system refused an operation",
        code="system_error",
        place=str(error.filename) if error.filename else None,
        causes=[error.strerror or str(error)],
    )


def _internal_error(error: BaseException) -> SocdefError:
    frames = traceback.extract_tb(error.__traceback__)
    return SocdefError(
        f"{type(error).__name__}: {' '.join(str(error).split())}",
        code="internal_error",
        place=f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else None,  # noqa: PTH119
        hint=f"this is a bug in {PROGRAM}; please report this message, the command, and the input if you can",
    )
