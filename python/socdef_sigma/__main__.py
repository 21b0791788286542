"""`python -m socdef_sigma` is the command `socdef-sigma`."""

from .cli import run

if __name__ == "__main__":
    run()
