"""The ports of declared tables, and what goes through them. Named to others by ports.py, with all the rest."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

from schemas.tables import Key, Row, Table

MAX_KEYS = 100
"""Keys that one `get` or `sizes` takes; adapters raise ValueError above it."""
T = TypeVar("T")


def chunks(keys: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many keys at a time as tables take."""
    return (keys[start : start + MAX_KEYS] for start in range(0, len(keys), MAX_KEYS))


class Origin(NamedTuple):
    """Where the event that wrote a row stands in the log."""

    partition: int
    offset: int


class Write(NamedTuple):
    """One row as it is to be stored. `row` None deletes. `number` orders writes of the same key: a later one wins.

    In a counted table `was` says whether the row was present before the event at `origin`, and `lane` in which lane
    of the count that event is counted. `standing`: the stored row's number, if the writer has just read it; 0: no row.
    """

    table: Table
    key: Key
    number: int
    row: Row | None
    origin: Origin = Origin(0, 0)
    was: bool = False
    lane: str = ""
    standing: int | None = None


class Stamp(NamedTuple):
    """What is known of a stored row, present or not: its number, where it came from; for a counted table the rest, and
    of a count its size."""

    number: int
    present: bool
    was: bool
    origin: Origin
    lane: str = ""
    size: int | None = None


@dataclass(frozen=True)
class Stored:
    """One row as it lies there, deleted or not."""

    key: Key
    number: int
    row: Row | None
    """None: deleted."""


@dataclass(frozen=True)
class Head:
    """The beginning of a partition, in declared order."""

    rows: list[Row]
    after: Key | None
    """The order key to read on behind, slice by slice; None: that is all of it."""


class TableReads(Protocol):
    """Reading any declared table. Deleted rows are never seen."""

    async def get(self, table: Table, keys: Sequence[Key]) -> dict[Key, Row]:
        """The rows with these whole keys, at most MAX_KEYS, in one round trip; absent ones are left out."""

    async def slice(self, table: Table, partition: Key, limit: int, after: Key | None = None) -> list[Row]:
        """Up to `limit` rows of a partition in declared order, from the one behind order key `after` on.

        Fewer than `limit` only at the end of the partition.
        """

    async def heads(self, table: Table, partitions: Sequence[Key], most: int) -> dict[Key, Head]:
        """How each of these partitions begins, at most MAX_KEYS of them, `most` rows of each at most."""

    async def sizes(self, table: Table, keys: Sequence[Key]) -> dict[Key, int]:
        """The count of a counted table for each value of its `per` columns, at most MAX_KEYS; 0 where none is."""

    async def stamps(self, table: Table, keys: Sequence[Key]) -> dict[Key, Stamp]:
        """The stamps of these rows, deleted ones included; never-written ones are left out."""


class Tables(TableReads, Protocol):
    """Any declared table, written by processors alone."""

    async def create(self, tables: Sequence[Table]) -> None:
        """Makes storage for these declarations, and for the counts of counted ones; safe to repeat."""

    async def remove(self, tables: Sequence[Table]) -> None:
        """Removes the storage of these and of their counts, with all that is in it; safe to repeat."""

    def stored(self, table: Table) -> AsyncIterator[list[Stored]]:
        """Everything that is stored, some thousand rows at a time, in no order. Of what is written meanwhile it may
        have this or that; what is not written meanwhile is there once."""

    async def write(self, writes: Sequence[Write]) -> None:
        """Stores each write whose number is above the stored row's; of equal numbers the first stands.

        Durable on return, or with the surrounding transaction. Keys in one call are distinct.
        """
