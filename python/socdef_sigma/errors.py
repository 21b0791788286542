"""Errors as exceptions: each with a stable code, the place, the causes and a hint.

    >>> error = InputError("no such file", code="unreadable_input", place="feed.csv", hint="check the path")
    >>> print(error.report())
    error[unreadable_input]: no such file
      --> feed.csv
    hint: check the path

The compiled core raises the same classes. Catch `SocdefError` for all of them, or compare `code`, which
does not change between releases; messages may.
"""

import re
from collections.abc import Sequence

__all__ = [
    "AccessError",
    "ConversionError",
    "FetchError",
    "InputError",
    "OutputError",
    "Refused",
    "ServeError",
    "SocdefError",
    "TemplateError",
    "UsageError",
]


class SocdefError(Exception):
    """Anything that ends a run; the base of all exceptions of this package.

    >>> try:
    ...     raise SocdefError("it broke", code="internal_error")
    ... except SocdefError as error:
    ...     print(error.code, error.exit_status)
    internal_error 2
    """

    exit_status = 2
    """What the command line exits with."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        place: str | None = None,
        causes: Sequence[str] = (),
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        """The message, in one line."""
        self.code = code
        """The stable name of what is wrong, such as `unreadable_input`."""
        self.place = place
        """Where, if that is known: a file, `file:line`, or a path into a document."""
        self.causes = list(causes)
        """What led to it, the nearest cause first."""
        self.hint = hint
        """How to fix it, if that is known."""

    def __str__(self) -> str:
        return f"{self.message} ({self.place})" if self.place else self.message

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions are rebuilt from their positional arguments, and `code` is not one.
        return _rebuild, (type(self), self.message, self.code, self.place, self.causes, self.hint)

    def report(self) -> str:
        """The whole error as the command line prints it, without a newline at the end.

        >>> print(UsageError("no such type: `ip`", code="bad_usage").report())
        error[bad_usage]: no such type: `ip`
        """
        lines = [f"error[{self.code}]: {self.message}"]
        if self.place:
            lines.append(f"  --> {self.place}")
        lines.extend(f"  caused by: {cause}" for cause in self.causes)
        if self.hint:
            lines.append(f"hint: {self.hint}")
        # Causes come from anywhere, and may have lines of their own.
        return "\n".join(re.sub(r"\s*[\r\n]\s*", " ", line) for line in lines)


class UsageError(SocdefError):
    """An option, an argument or a combination of them makes no sense.

    >>> from socdef_sigma import compile, read
    >>> try:
    ...     compile(read(b"198.51.100.7"), since="yesterday")
    ... except UsageError as error:
    ...     print(error.code)
    bad_usage
    """


class InputError(SocdefError):
    """An input cannot be read, or is in no format that has a reader.

    >>> from socdef_sigma import read
    >>> try:
    ...     read("no-such-feed.csv")
    ... except InputError as error:
    ...     print(error.code, error.place)
    unreadable_input no-such-feed.csv
    """


class TemplateError(SocdefError):
    """A template does not parse, does not render, or does not give one Sigma rule.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from socdef_sigma import templates
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "mine.yml.j2")
    ...     _ = path.write_text("title: without a front matter")
    ...     try:
    ...         templates([path])
    ...     except TemplateError as error:
    ...         print(error.code)
    broken_template
    """


class OutputError(SocdefError):
    """The output cannot be written.

    >>> from socdef_sigma import compile, read
    >>> try:
    ...     compile(read(b"198.51.100.7")).write("no-such-folder/rules.yml")
    ... except OutputError as error:
    ...     print(error.code)
    unwritable_output
    """


class ConversionError(SocdefError):
    """Rules cannot be converted: no such backend, one that is not installed, or rules that it refuses.

    >>> from socdef_sigma import compile, read
    >>> try:
    ...     compile(read(b"198.51.100.7")).convert("no_such_target")
    ... except ConversionError as error:
    ...     print(error.code)
    unknown_target
    """

    @property
    def reason(self) -> str | None:
        """What the backend says, where it refuses a rule; else the first cause.

        >>> ConversionError("it is refused", code="rule_refused", causes=["no regular expressions"]).reason
        'no regular expressions'
        """
        return self.causes[0] if self.causes else None

    def __str__(self) -> str:
        """The message and the reason."""
        text = super().__str__()
        return f"{text}: {self.reason}" if self.reason else text


class AccessError(SocdefError):
    """The API key is missing or malformed, others can read its file, or the server refuses it or its plan.

    >>> from socdef_sigma import Client
    >>> try:
    ...     Client(api_key="my key")
    ... except AccessError as error:
    ...     print(error.code, error.exit_status)
    bad_key 3
    """

    exit_status = 3


class FetchError(SocdefError):
    """A service cannot be reached, fails, has used up our rate limit, or does not give everything.

    >>> from socdef_sigma import Client
    >>> client = Client(api_key="sk_live_0123456789", base_url="http://127.0.0.1:9", max_wait=0)
    >>> try:
    ...     client.rules()
    ... except FetchError as error:
    ...     print(error.code, error.exit_status)
    network 4
    """

    exit_status = 4


class ServeError(SocdefError):
    """The endpoint's store cannot be read or written, or the endpoint cannot take connections.

    >>> from socdef_sigma import _core
    >>> try:
    ...     _core.serve("no-such-store.db")
    ... except ServeError as error:
    ...     print(error.code)
    broken_store
    """


class Refused(SocdefError, ValueError):
    """A value is not an indicator; `code` is the reason's, as in a report.

    >>> Refused("not a valid domain name", code="invalid_domain").code
    'invalid_domain'
    """


def _rebuild(
    kind: type[SocdefError],
    message: str,
    code: str,
    place: str | None,
    causes: Sequence[str],
    hint: str | None,
) -> SocdefError:
    return kind(message, code=code, place=place, causes=causes, hint=hint)
