"""SqliteHistory: infra.history.source.Source over the file of an embedded site, whose server may be running or not.

Opened read-only: nothing is defined, locked or written.
"""

import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from commands.ports import Entry
from events.topics import partitions_of
from infra.history.source import Offsets, in_order
from infra.sqlite.errors import translated
from infra.sqlite.log import END, READ, UNSAID, entry_of_row
from projections.site import PARTITIONS
from schemas.positions import TOPICS, Partition

ROUND = 4_000
"""Entries that all partitions give together before each gives some more."""
CHOSEN = "SELECT content FROM site_rows WHERE name = ?"


class SqliteHistory:
    """One read-only connection."""

    def __init__(self, path: Path) -> None:
        """Raises FileNotFoundError where there is no log."""
        if not path.exists():
            raise FileNotFoundError(path)
        self._connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self.partitions = self._chosen()
        """How many each topic has."""
        self._places = [
            Partition(topic, one) for topic in TOPICS for one in range(partitions_of(topic, self.partitions))
        ]

    async def ends(self) -> Offsets:
        """One look at the primary key for each partition."""
        with translated():
            ends = {place: self._connection.execute(END, place).fetchone()[0] for place in self._places}
        return {place: end for place, end in ends.items() if end}

    async def read(self, starts: Offsets, ends: Offsets) -> AsyncIterator[Sequence[Entry]]:
        """In rounds, in which each partition gives as large a part of what it has left as the others."""
        at = {place: starts.get(place, 0) for place in ends}
        while left := {place: ends[place] - at[place] for place in ends if at[place] < ends[place]}:
            for place, number in shares(left, ROUND):
                with translated():
                    rows = self._connection.execute(READ, (*place, at[place], number)).fetchall()
                if not rows:
                    raise LookupError(f"{place} ends at {at[place]} and not at {ends[place]}")
                in_order(place, at[place], rows[0]["offset"])
                at[place] = rows[-1]["offset"] + 1
                yield [entry_of_row(row) for row in rows]

    async def close(self) -> None:
        self._connection.close()

    def _chosen(self) -> int:
        with suppress(sqlite3.OperationalError):  # a log from before the table has the number of before, too
            row = self._connection.execute(CHOSEN, (PARTITIONS,)).fetchone()
            if row is not None:
                return int(row[0])
        return UNSAID


def shares(left: Offsets, together: int) -> Iterator[tuple[Partition, int]]:
    """How many entries each partition gives in a round, of what it has left: at least one."""
    total = sum(left.values())
    for place, number in left.items():
        yield place, min(number, max(1, number * together // total))
