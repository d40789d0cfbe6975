"""BoundedTables: the tables as queries read them, no more at once than a process may. Wired around the adapter."""

from collections.abc import Sequence
from dataclasses import dataclass

from projections.ports import Head, Stamp, TableReads
from query_api.turns import Turns
from schemas.tables import Key, Row, Table


@dataclass(frozen=True)
class BoundedTables:
    """The TableReads port. Raises Unavailable where too many wait."""

    tables: TableReads
    turns: Turns

    async def get(self, table: Table, keys: Sequence[Key]) -> dict[Key, Row]:
        """See the port."""
        async with self.turns.turn():
            return await self.tables.get(table, keys)

    async def slice(self, table: Table, partition: Key, limit: int, after: Key | None = None) -> list[Row]:
        """See the port."""
        async with self.turns.turn():
            return await self.tables.slice(table, partition, limit, after)

    async def heads(self, table: Table, partitions: Sequence[Key], most: int) -> dict[Key, Head]:
        """See the port."""
        async with self.turns.turn():
            return await self.tables.heads(table, partitions, most)

    async def sizes(self, table: Table, keys: Sequence[Key]) -> dict[Key, int]:
        """See the port."""
        async with self.turns.turn():
            return await self.tables.sizes(table, keys)

    async def stamps(self, table: Table, keys: Sequence[Key]) -> dict[Key, Stamp]:
        """See the port."""
        async with self.turns.turn():
            return await self.tables.stamps(table, keys)
