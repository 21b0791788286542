"""Why a test may be left out where CI runs. Any other reason fails the run: nothing is left out unseen."""

import re

ALLOWED: tuple[tuple[str, str], ...] = (
    (r".*: `make test-engines` runs it", "the engines are large; `make test-engines`, weekly"),
    (r".*: chdb is not installed", "the same"),
    (r"no backend for .*", "`make test-backends` installs every backend, nightly"),
    (r"the backend for the target `.*` is not installed", "the same"),
    (r"No module named 'sigma\..*", "the same"),
    (r"the page is of pySigma 1", "the pySigma 1 environment looks at it"),
    (r"every third indicator is tried, and all at night", "SOCDEF_FULL, nightly"),
    (r"it is written in this run", "`make test-engines` writes the page, and does not look at the old one"),
    (r"waits for a minute; SOCDEF_TEST_SLOW=1", "a minute of waiting, nightly"),
    (r"the shared feeds are not here: .*", "they are not a part of the repository"),
    (r"the shared specifications are not here: .*", "they are not a part of the repository"),
    (r"root may (read|write) every(thing|where)", "the test asks what a user may not"),
    (r"(zsh|fish) is not installed|the page shows curl", "a program that need not be there"),
    (r"it takes the optimised build and minutes; SOCDEF_FULL, at night", "SOCDEF_FULL, nightly"),
    (r"it (runs a broken command|compares times); SOCDEF_FULL, at night", "SOCDEF_FULL, nightly"),
    (r"no valgrind", "CI installs it where it can; elsewhere the counts of CI hold"),
    (r"recorded for .*, and this is .*", "another compiler or machine than that of the recorded counts"),
    (r"the real feed .* is not there", "they are not a part of the repository"),
)
"""Patterns of reasons, and why each is good."""


def is_allowed(reason: str) -> bool:
    """Whether a test may be left out for this reason."""
    return any(re.fullmatch(pattern, reason) for pattern, _ in ALLOWED)
