"""The Tables port with an index of what is searched: between an adapter and whoever writes, for every version alike.

Rows go first: the index is a copy of them, and whoever writes them again after a crash writes it again.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from projections.search_ports import Search
from projections.table_ports import Head, Stamp, Stored, Tables, Write
from schemas.tables import Key, Row, Table


@dataclass(frozen=True)
class SearchedTables:
    """Tables of one adapter, whose index may be another's."""

    tables: Tables
    search: Search

    async def create(self, tables: Sequence[Table]) -> None:
        """See the port."""
        await self.tables.create(tables)
        await self.search.create([table for table in tables if table.searched])

    async def remove(self, tables: Sequence[Table]) -> None:
        """See the port."""
        await self.search.remove([table for table in tables if table.searched])
        await self.tables.remove(tables)

    async def write(self, writes: Sequence[Write]) -> None:
        """See the port."""
        await self.tables.write(writes)
        if searched := [write for write in writes if write.table.searched]:
            await self.search.write(searched)

    async def get(self, table: Table, keys: Sequence[Key]) -> dict[Key, Row]:
        """See the port."""
        return await self.tables.get(table, keys)

    async def slice(self, table: Table, partition: Key, limit: int, after: Key | None = None) -> list[Row]:
        """See the port."""
        return await self.tables.slice(table, partition, limit, after)

    async def heads(self, table: Table, partitions: Sequence[Key], most: int) -> dict[Key, Head]:
        """See the port."""
        return await self.tables.heads(table, partitions, most)

    async def sizes(self, table: Table, keys: Sequence[Key]) -> dict[Key, int]:
        """See the port."""
        return await self.tables.sizes(table, keys)

    async def stamps(self, table: Table, keys: Sequence[Key]) -> dict[Key, Stamp]:
        """See the port."""
        return await self.tables.stamps(table, keys)

    async def stored(self, table: Table) -> AsyncIterator[list[Stored]]:
        """See the port."""
        async for rows in self.tables.stored(table):
            yield rows
