"""The command `socdef-sigma`.

Slow modules (rich, pySigma, a backend) are imported where they are used: `--help` does not need them.
"""

import sys
import warnings
from typing import NoReturn

__all__ = ["main", "run"]


def run() -> NoReturn:
    """Run the command with the arguments of this process, and exit as it says."""
    if not sys.warnoptions:
        # Plugins are imported here. The user cannot fix what Python warns of in them.
        warnings.simplefilter("ignore")
    sys.exit(main(sys.argv[1:]))


def main(arguments: list[str]) -> int:
    """Run the command with these arguments, and give its exit status; nothing is ever raised.

    >>> main(["no-such-command"])
    2
    """
    try:
        from .app import invoke

        return invoke(arguments)
    except KeyboardInterrupt:  # While importing: there is no handler yet.
        return 130
