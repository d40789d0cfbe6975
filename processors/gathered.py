"""Gathered reads: rows, sizes and followers that several reactions ask for at about the same time are read together.

A follow asks for three rows, each by itself, and many follows are under way at once; a query of one row costs a worker
as much as one of fifty. None is read before it was asked for, so who has written still sees what was there before.
"""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from commands.all_ended import all_ended
from processors.waves import Waves
from projections.ports import MAX_KEYS, Head, Stamp, TableReads
from schemas.tables import Key, Row, Table

T = TypeVar("T")
Found = dict[Key, T]
Read = Callable[[Table, Sequence[Key]], Awaitable[Found[T]]]


@dataclass(frozen=True)
class GatheredReads:
    """The reads of the Tables port, of one loop."""

    tables: TableReads
    _waves: dict[Hashable, Waves[Sequence[Key], Found[Any]]] = field(default_factory=dict, init=False)

    async def get(self, table: Table, keys: Sequence[Key]) -> dict[Key, Row]:
        """With those of others."""
        return await self._gathered("get", self.tables.get, table, keys)

    async def sizes(self, table: Table, keys: Sequence[Key]) -> dict[Key, int]:
        """With those of others."""
        return await self._gathered("sizes", self.tables.sizes, table, keys)

    async def slice(self, table: Table, partition: Key, limit: int, after: Key | None = None) -> list[Row]:
        """By itself."""
        return await self.tables.slice(table, partition, limit, after)

    async def heads(self, table: Table, partitions: Sequence[Key], most: int) -> dict[Key, Head]:
        """With those of others who ask for as many rows."""
        return await self._gathered(("heads", most), partial(self.tables.heads, most=most), table, partitions)

    async def stamps(self, table: Table, keys: Sequence[Key]) -> dict[Key, Stamp]:
        """By themselves."""
        return await self.tables.stamps(table, keys)

    async def _gathered(self, what: Hashable, read: Read[T], table: Table, keys: Sequence[Key]) -> Found[T]:
        if len(keys) > MAX_KEYS:
            raise ValueError(f"{len(keys)} keys at once; at most {MAX_KEYS}")
        if (what, table) not in self._waves:
            self._waves[what, table] = Waves(partial(_read, read, table))
        found: Found[T] = await self._waves[what, table]([keys])
        return {key: found[key] for key in keys if key in found}


async def _read(read: Read[T], table: Table, asked: Sequence[Sequence[Key]]) -> Found[T]:
    found: Found[T] = {}
    for some in await all_ended(read(table, keys) for keys in _together(asked)):
        found |= some
    return found


def _together(asked: Sequence[Sequence[Key]]) -> list[list[Key]]:
    """At most MAX_KEYS each; what one asks for stays together."""
    lots: list[dict[Key, None]] = [{}]
    for keys in asked:
        if len(lots[-1]) + len(keys) > MAX_KEYS:
            lots.append({})
        lots[-1].update(dict.fromkeys(keys))
    return [list(lot) for lot in lots if lot]
