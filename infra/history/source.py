"""Source: a whole log to be read, many partitions side by side, by somebody who changes nothing.

Adapters: infra/sqlite/history.py and infra/kafka/history.py. Opened by infra/wiring/history.py.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from commands.ports import Entry
from infra.history.refusals import Refused
from schemas.positions import Partition

Offsets = Mapping[Partition, int]
"""An offset of each partition; 0 is left out."""


class Source(Protocol):
    """The log, as its readers have it. Creates nothing and needs no key."""

    async def ends(self) -> Offsets:
        """Of every partition, the offset that its next event will get. Raises Unavailable."""

    def read(self, starts: Offsets, ends: Offsets) -> AsyncIterator[Sequence[Entry]]:
        """Everything from `starts` on and below `ends`, once each: lists of one partition each, in its order.

        All partitions come forward together, so that what happened at about one time comes at about one time. Raises
        Unavailable, and Refused where the log begins later by now.
        """

    async def close(self) -> None:
        """Lets go of it."""


def in_order(place: Partition, due: int, found: int) -> None:
    """Raises Refused where the log has given another offset than the one that was due: nothing is left out silently."""
    if found != due:
        raise Refused(f"{place} of the log begins at {found}, not at {due}: what is archived is read with --archive")
