"""`socdef-sigma templates`."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import click

from .. import _core
from ..drop_ins import Source, sources, template_paths
from ..errors import OutputError, TemplateError
from ..near import did_you_mean
from .base import Command, Group, option
from .console import complain, print_table, say, shown, write_stdout
from .options import templates_option
from .own_pipeline import FORMS, own_pipeline

CHECK_EPILOG = """Examples:
  socdef-sigma templates check my_templates/
  socdef-sigma templates check acme_edr.yml.j2 --format json

Exit status: 1 if there are mistakes; 2 if a file cannot be read."""

NEW_EPILOG = """Examples:
  socdef-sigma templates new acme_edr --type ipv4 --type ipv6 \\
    --logsource product=acme,service=edr
  socdef-sigma templates new my_zeek --type domain --logsource zeek/dns \\
    -o my_zeek.yml.j2
  socdef-sigma templates new acme_edr --type ipv4 \\
    --logsource product=acme,service=edr -o acme_edr.yml.j2 \\
    --pipeline acme_edr.yml -t splunk --table edr"""


@click.group("templates", cls=Group)
def command() -> None:
    """List, show, check and create the templates that rules are made from."""


@command.command("list", cls=Command)
@templates_option()
def list_templates(templates: tuple[str, ...]) -> None:
    """List all templates: name, type, log source, whether it is primary, and its origin."""
    known = sources(templates)
    rows = [("NAME", "TYPE", "LOG SOURCE", "PRIMARY", "ORIGIN")]
    rows += [
        (t.name, t.type, t.logsource, "yes" if t.primary else "no", _origin(t, known))
        for t in _core.templates([source.path for source in known])
    ]
    print_table(table(rows))


@command.command("show", cls=Command)
@click.argument("name")
@templates_option()
def show(name: str, templates: tuple[str, ...]) -> None:
    """Print the template NAME, such as url/proxy, as a file that can replace it."""
    known = {template.name: template for template in _core.templates(template_paths(templates))}
    if name not in known:
        meant = did_you_mean(name, known, most=1)
        raise click.UsageError(f"there is no template `{name}`" + (meant and f"; {meant}"))
    write_stdout(known[name].drop_in.encode())


@command.command("check", cls=Command, epilog=CHECK_EPILOG)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path())
@option(
    "Output",
    "--format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="The format of the findings. JSON goes to standard output.",
)
@option("Output", "-q", "--quiet", is_flag=True, help="Print nothing if there are no mistakes.")
def check(paths: tuple[str, ...], format: str, quiet: bool) -> int:
    """Check the templates in PATH, files or folders, and say how to fix mistakes.

    Each template is rendered for benign and hostile values of each of its types, together with the other
    installed templates.
    """
    names, mistakes, in_full = _core.check_templates(list(paths), template_paths())
    keys = ("file", "line", "template", "message", "instead")
    if format == "json":
        found = [{key: getattr(mistake, key) for key in keys} for mistake in mistakes]
        full = [{"template": name, "why": why} for name, why in in_full]
        document = json.dumps({"templates": names, "mistakes": found, "rendered_in_full": full}, indent=2)
        write_stdout(f"{document}\n".encode())
    else:
        for mistake in mistakes:
            place = f"{mistake.file}:{mistake.line}"
            complain(
                TemplateError(mistake.message, code="broken_template", place=place, hint=mistake.instead)
            )
    if not quiet and format == "text":
        for name, why in in_full:
            say(f"note: {name} is rendered in full for each indicator, about 20 times slower: {why}")
        say(f"{_count(len(names), 'template')}: {_count(len(mistakes), 'mistake')}")
    return 1 if mistakes else 0


@command.command("new", cls=Command, epilog=NEW_EPILOG)
@click.argument("name")
@option(
    "Template",
    "--type",
    "types",
    metavar="TYPE",
    type=click.Choice(_core.types()),
    multiple=True,
    required=True,
    help=f"The type of its indicators. Can be given several times. One of {', '.join(_core.types())}.",
)
@option(
    "Template",
    "--logsource",
    required=True,
    metavar="NAME",
    help="The log source of the template, as in `templates list`, or its parts: product=acme,service=edr.",
)
@option(
    "Output",
    "-o",
    "--output",
    metavar="FILE",
    help="Write to this file instead of standard output. An existing file is never replaced.",
)
@option(
    "Pipeline",
    "--pipeline",
    metavar="FILE",
    help="Also write the pySigma pipeline with which rules of this log source convert for --target. An "
    "existing file is never replaced.",
)
@option(
    "Pipeline",
    "-t",
    "--target",
    metavar="TARGET",
    help=f"The target of the pipeline. One of {', '.join(FORMS)}, and their other names.",
)
@option(
    "Pipeline",
    "--table",
    metavar="NAME",
    help="The index or table that the log source is in. [default: NAME of the template]",
)
def new(
    name: str,
    types: tuple[str, ...],
    logsource: str,
    output: str | None,
    pipeline: str | None,
    target: str | None,
    table: str | None,
) -> None:
    """Write a starter template NAME. It passes `templates check`."""
    if (pipeline is None) != (target is None):
        raise click.UsageError("`--pipeline` and `--target` are given together")
    text = _core.new_template(name, types, logsource)
    mapping = None
    if pipeline is not None and target is not None:
        mapping = own_pipeline(name, _logsource(text), target, table or name)
    if output in (None, "-"):
        write_stdout(text.encode())
    else:
        _write(output, text, "the template")
    if pipeline is not None and mapping is not None:
        _write(pipeline, mapping, "the pipeline")
        say(f"convert with `-t {target} -p socdef_values -p {shown(pipeline)}`")


def _logsource(text: str) -> dict[str, str]:
    """The log source that a starter template declares, each part plain or quoted as in JSON.

    >>> _logsource('---\\nlogsource:\\n  product: acme\\n  service: "on"\\n---\\n')
    {'product': 'acme', 'service': 'on'}
    """
    head = text.split("---\n")[1]
    parts = re.findall(r"^  (category|product|service): (.+)$", head, re.MULTILINE)
    return {part: json.loads(value) if value.startswith('"') else value for part, value in parts}


def _write(path: str, text: str, what: str) -> None:
    try:
        with Path(path).open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise OutputError(
            f"cannot write {what}",
            code="unwritable_output",
            place=path,
            causes=[error.strerror or str(error)],
            hint="an existing file is never replaced" if isinstance(error, FileExistsError) else None,
        ) from error


def _origin(template: _core.Template, known: Sequence[Source]) -> str:
    """The origin of a template: its file, and who named it."""
    if template.file is None:
        return "built-in"
    file = Path(template.file)
    for source in reversed(known):
        if Path(source.path) in (file, *file.parents):
            return f"{source.origin}: {template.file}"
    return template.file


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows as aligned columns, without blanks at the ends of lines.

    >>> print(table([("a", "b"), ("long", "c")]), end="")
    a     b
    long  c
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join(lines) + "\n"
