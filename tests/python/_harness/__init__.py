"""Helpers shared by the tests: nothing here imports socdef_sigma, so each can be trusted on its own."""

import os
from pathlib import Path

REPO = Path(__file__).resolve().parents[3]
"""The root of the repository."""

DATA = REPO / "tests" / "data"
"""Copies of published data; see the README there."""

FULL = "SOCDEF_FULL" in os.environ
"""Whether the slow proofs run with all that they have, as at night, or with a share that finds mistakes."""
