"""`socdef-sigma completion`."""

import click
from click.shell_completion import get_completion_class

from .base import Command
from .console import write_stdout

EPILOG = """Examples:
  bash: socdef-sigma completion bash \\
          > ~/.local/share/bash-completion/completions/socdef-sigma
  zsh:  socdef-sigma completion zsh > "${fpath[1]}/_socdef-sigma"
  fish: socdef-sigma completion fish \\
          > ~/.config/fish/completions/socdef-sigma.fish"""


@click.command("completion", cls=Command, epilog=EPILOG)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion script for SHELL."""
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"there is no completion for `{shell}`")
    from .app import COMPLETION

    root = context.find_root()
    # Filled in here: `source` would first run a bash to ask for its version.
    parts = kind(root.command, {}, "socdef-sigma", COMPLETION).source_vars()
    write_stdout((kind.source_template % parts).encode() + b"\n")
