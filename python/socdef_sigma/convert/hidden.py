"""Characters of a query that nobody can see: a rule that brings one is refused by name.

They hide what a query looks for, or turn one line into two. Feeds bring none: a value that has one is
refused, and the percent-encoded spelling of a URL stays as it is. A rule of others may look for one on
purpose, as SigmaHQ's does for the right-to-left override, so only ends of lines are refused there.
"""

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .lost import AnyRule

__all__ = ["hidden_in"]

# Those of the emitter of rules. Of the controls only what counts as a line end: some encodings of Sigma
# bring others.
_HIDDEN = re.compile(
    "[\x85\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)


_LINE_ENDS = re.compile("[\x85\u2028\u2029]")


def hidden_in(rule: "AnyRule", queries: list[Any], *, own: bool) -> str | None:
    """Why a rule must not become these queries, in a line; None where it may.

    `own`: it was compiled here. Titles and descriptions are not looked at.
    """
    looked_for = _HIDDEN if own else _LINE_ENDS
    for query in queries:
        text = query if isinstance(query, str) else json.dumps(query, ensure_ascii=False, default=str)
        if text.isascii() or not looked_for.search(text):
            continue
        for words in filter(None, (rule.title, rule.description, rule.author)):
            # In JSON its quotes and backslashes are escaped.
            written = words if isinstance(query, str) else json.dumps(words, ensure_ascii=False)[1:-1]
            text = text.replace(written, "")
        found = looked_for.search(text)
        if found:
            return f"the query would hold U+{ord(found[0]):04X}, which nobody can see"
    return None
