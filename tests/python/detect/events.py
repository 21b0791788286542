"""Events that an indicator's rule must find, must just miss, and must find where case does not count.

Each indicator gets a few of the variants of its type in each of its log sources, in turn, so that every
variant is there for some indicator. What is expected of an event is not said here but found by the scan:
one indicator's near miss may be another's hit.
"""

from collections.abc import Sequence
from itertools import cycle, islice

from detect.columns import COLUMNS, rest
from detect.model import Event, Ioc, Table
from detect.scan import LOGSOURCES
from detect.variants import variants


def tables(iocs: Sequence[Ioc], each: int = 3) -> list[Table]:
    """The events of every log source, `each` for every indicator that has a rule there."""
    made: dict[str, list[Event]] = {logsource: [] for logsource in COLUMNS}
    starts: dict[tuple[str, str], int] = {}
    for ioc in iocs:
        for logsource in LOGSOURCES[ioc.type]:
            options = list(variants(ioc, logsource))
            start = starts.get((ioc.type, logsource), 0) % len(options)
            # There are few networks, paths and keys, and much to get wrong about each.
            some = (
                options
                if ("/" in ioc.value and ioc.type.startswith("ip"))
                or ioc.type in ("filepath", "registry_key")
                else islice(cycle(options), start, start + each)
            )
            for one in some:
                made[logsource].append(Event({**rest(logsource), **one.fields}, one.why, one.kind, ioc))
            starts[ioc.type, logsource] = start + each
    return [Table(logsource, tuple(events), COLUMNS[logsource]) for logsource, events in made.items()]
