"""Names that are nearly right."""

from collections.abc import Iterable

__all__ = ["did_you_mean"]


def did_you_mean(name: str, known: Iterable[str], most: int = 3) -> str:
    """The question which of the known names was meant; empty where none is near.

    >>> did_you_mean("splnuk", ["splunk", "lucene"])
    'did you mean `splunk`?'
    >>> did_you_mean("xyz", ["splunk", "lucene"])
    ''
    """
    import difflib  # Slow to load, and needed for mistakes only.

    by_plain = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(name.casefold(), by_plain, n=most)
    return f"did you mean {' or '.join(f'`{by_plain[one]}`' for one in near)}?" if near else ""
