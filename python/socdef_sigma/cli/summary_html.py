"""The page of `socdef-sigma summary --html`: one file, with no script and nothing from elsewhere.

Texts of feeds and templates are escaped. A content security policy also keeps a browser from loading
anything.
"""

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from .. import __version__, _core
from .console import shown
from .tally import LEVELS, NO_LEVEL, by, by_level, by_tactic

if TYPE_CHECKING:
    from .._core import _Numbers, _Technique

__all__ = ["page"]

_TECHNIQUES = 50
_WIDTH = 1000  # Of a chart, in units of its own.

# The colours of the levels have a contrast of 3 to 1 or more with the background (WCAG 2.2, 1.4.11).
_STYLE = """
:root {
  color-scheme: light dark;
  --back: #ffffff; --text: #1a1f27; --soft: #56606e; --line: #d8dde4; --card: #f5f7f9;
  --bar: #2f6db3; --critical: #8c1546; --high: #c9461f; --medium: #a26b00; --low: #2a7a8c;
  --informational: #6c7684;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #14181e; --text: #e8ebef; --soft: #a7b0bc; --line: #39414c; --card: #1d232b;
    --bar: #6fa8e8; --critical: #e0588f; --high: #f08a5d; --medium: #e0b04a; --low: #5fb9cc;
    --informational: #929cab;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 72rem;
  background: var(--back); color: var(--text); font: 1rem/1.45 system-ui, sans-serif;
}
h1 { margin: 0 0 .25rem; font-size: 1.6rem; line-height: 1.2; }
h2 { margin: 0 0 .5rem; font-size: 1.1rem; }
p { margin: .25rem 0 1rem; color: var(--soft); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(7rem, 1fr)); gap: .75rem; margin: 1rem 0; }
dl div { padding: .6rem .8rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--card); }
dt { color: var(--soft); font-size: .875rem; }
dd { margin: 0; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
main {
  display: grid; gap: 1.5rem 2rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr));
}
section { min-width: 0; }
section.wide { grid-column: 1 / -1; }
ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0 0 1rem; padding: 0; list-style: none; }
li svg { width: .8rem; height: .8rem; margin-right: .35rem; vertical-align: -.05rem; }
table { width: 100%; border-collapse: collapse; font-size: .9375rem; }
th, td {
  padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top;
}
th { font-weight: 500; overflow-wrap: anywhere; }
thead th { color: var(--soft); font-size: .8125rem; font-weight: 400; white-space: nowrap; }
th.id { white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.chart, th.chart { width: 45%; padding-right: 0; }
td.words { overflow-wrap: anywhere; }
td svg { display: block; width: 100%; height: 1.1rem; margin-top: .15rem; }
section.wide .chart { width: 25%; }
rect { fill: var(--bar); }
rect.critical { fill: var(--critical); }
rect.high { fill: var(--high); }
rect.medium { fill: var(--medium); }
rect.low { fill: var(--low); }
rect.informational { fill: var(--informational); }
rect.none { fill: var(--soft); }
footer { margin-top: 2rem; color: var(--soft); font-size: .875rem; }
@media (max-width: 40rem) { section.wide .chart { display: none; } }
@media print { body { max-width: none; } }
"""


def page(report: _core.Report, numbers: "_Numbers") -> str:
    """The page as HTML."""
    counts = report.counts
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    sections = [
        _chart("By type", "type", ((name, levels) for name, levels in by(numbers, "type"))),
        _chart("By log source", "log source", ((name, levels) for name, levels in by(numbers, "log_source"))),
        _chart("By tactic", "tactic", ((name, {"": count}) for name, count in by_tactic(numbers))),
        _chart("By level", "level", ((level, {level: count}) for level, count in by_level(numbers))),
        _techniques(numbers),
        _reasons(report),
    ]
    indicators = "indicator" if counts["kept"] == 1 else "indicators"
    lead = f"{_rules(numbers['rules'])} of {counts['kept']:,} {indicators}."
    if numbers["tactics"]:
        lead += " A rule counts for each tactic and technique that it cites."
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-{digest}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sigma rules in numbers</title>
<style>{_STYLE}</style>
</head>
<body>
<header>
<h1>Sigma rules in numbers</h1>
<p>{lead}</p>
<dl>
{_tiles(counts)}
</dl>
{_legend(numbers)}
</header>
<main>
{"".join(sections)}</main>
<footer>Made by socdef-sigma {_text(__version__)}; ATT&amp;CK {_text(_core.attack_version())}.</footer>
</body>
</html>
"""


def _text(text: str) -> str:
    """Text as HTML, in an element or an attribute."""
    return html.escape(shown(text))


def _name(text: str) -> str:
    """The same of a name, which may be broken after what joins its parts."""
    return re.sub("([/_])", r"\1<wbr>", _text(text))


def _rules(count: int) -> str:
    return f"{count:,} {'rule' if count == 1 else 'rules'}"


def _tiles(counts: Mapping[str, int]) -> str:
    names = ("read", "kept", "merged", "dropped", "refused", "rules")
    return "\n".join(f"<div><dt>{name}</dt><dd>{counts[name]:,}</dd></div>" for name in names)


def _class(level: str) -> str:
    """The class of a level's bars; empty for bars that are of no level."""
    return level if level in LEVELS else ("none" if level == NO_LEVEL else "")


def _legend(numbers: "_Numbers") -> str:
    items = [
        '<li><svg viewBox="0 0 1 1" aria-hidden="true">'
        f'<rect class="{_class(level)}" width="1" height="1"/></svg>{_text(level)}</li>'
        for level, _ in by_level(numbers)
    ]
    return f'<ul aria-label="Levels">{"".join(items)}</ul>' if items else ""


def _section(
    title: str, headings: Sequence[tuple[str, str]], body: str, *, wide: bool = False, note: str = ""
) -> str:
    """A table under a heading. `headings` are the names of its columns, each with a class or nothing."""
    kinds = [(name, f' class="{kind}"' if kind else "") for name, kind in headings]
    cells = "".join(f'<th scope="col"{kind}>{name}</th>' for name, kind in kinds)
    begin = '<section class="wide">' if wide else "<section>"
    return (
        f"{begin}\n<h2>{title}</h2>\n{note}<table>\n"
        f"<thead><tr>{cells}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n</section>\n"
    )


def _chart(title: str, what: str, rows: Iterable[tuple[str, Mapping[str, int]]]) -> str:
    """A table whose last column is a bar of each row's number, in parts by level."""
    rows = list(rows)
    most = max((sum(levels.values()) for _, levels in rows), default=0)
    body = "".join(
        f'<tr><th scope="row">{_name(name)}</th><td class="number">{sum(levels.values()):,}</td>'
        f'<td class="chart">{_bar(name, levels, most)}</td></tr>\n'
        for name, levels in rows
    )
    if not rows:
        body = '<tr><td colspan="3">There are no rules.</td></tr>\n'
    return _section(title, [(what, ""), ("rules", "number"), ("chart", "chart")], body)


def _bar(name: str, levels: Mapping[str, int], most: int) -> str:
    """A bar of parts. Each part is seen, however small: it is two units wide at least."""
    at = 0
    parts = []
    told = []
    for level in (*LEVELS, NO_LEVEL, ""):
        count = levels.get(level, 0)
        if not count:
            continue
        width = max(round(count * _WIDTH / most), 2)
        label = f"{level} {count:,}" if level else _rules(count)
        kind = f' class="{_class(level)}"' if _class(level) else ""
        parts.append(f'<rect{kind} x="{at}" width="{width}" height="10"><title>{_text(label)}</title></rect>')
        told.append(label)
        at += width
    label = f"{name}: {', '.join(told)}"
    return (
        f'<svg viewBox="0 0 {max(_WIDTH, at)} 10" preserveAspectRatio="none" role="img" '
        f'aria-label="{_text(label)}">{"".join(parts)}</svg>'
    )


def _techniques(numbers: "_Numbers") -> str:
    """The techniques that most rules cite, each with its producers."""
    rows = sorted(numbers["techniques"], key=lambda row: (-row["rules"], row["technique"]))
    if not rows:
        return ""
    most = rows[0]["rules"]
    body = "".join(
        f'<tr><th scope="row" class="id">{_text(row["technique"])}</th>'
        f'<td class="number">{row["rules"]:,}</td><td class="words">{_producers(row)}</td>'
        f'<td class="chart">{_bar(row["technique"], {"": row["rules"]}, most)}</td></tr>\n'
        for row in rows[:_TECHNIQUES]
    )
    notes = []
    if numbers["without_technique"]:
        notes.append(f"{_rules(numbers['without_technique'])} without a technique.")
    left = len(rows) - _TECHNIQUES
    if left > 0:
        notes.append(f"The {_TECHNIQUES} that most rules cite; --json has {left:,} more.")
    headings = [("technique", ""), ("rules", "number"), ("producers", ""), ("chart", "chart")]
    note = f"<p>{' '.join(notes)}</p>\n" if notes else ""
    return _section("Techniques", headings, body, wide=True, note=note)


def _producers(row: "_Technique") -> str:
    named = sorted(row["producers"], key=lambda one: (-one["rules"], one["producer"]))
    parts = [f"{_text(one['producer'])} ({one['rules']:,})" for one in named]
    if row["other_producers"]:
        parts.append(f"others ({row['other_producers']:,})")
    if row["without_producer"]:
        parts.append(f"none named ({row['without_producer']:,})")
    return ", ".join(parts)


def _reasons(report: _core.Report) -> str:
    """Merged, dropped and refused values by reason."""
    reasons = report.reasons
    rows = [(reasons[code], of, code, words) for code, of, words in _core.reasons() if code in reasons]
    if not rows:
        return ""
    body = "".join(
        f'<tr><th scope="row">{_text(words)}</th><td>{_text(outcome)}</td><td>{_name(code)}</td>'
        f'<td class="number">{count:,}</td></tr>\n'
        for count, outcome, code, words in sorted(rows, key=lambda row: (-row[0], row[2]))
    )
    headings = [("why", ""), ("outcome", ""), ("code", ""), ("values", "number")]
    return _section("Values without their own rule", headings, body, wide=True)
