"""The ports of tables, search and positions, of the versions meant: between adapters and whoever names none."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from projections.live import Live, Meant
from projections.ports import Head, Hit, Positions, Progress, SearchReads, Stamp, Stored, Tables, Write
from schemas.positions import Partition, Position
from schemas.tables import Key, Row, Table
from schemas.words import Term


@dataclass(frozen=True)
class VersionedTables:
    """The Tables port."""

    tables: Tables
    meant: Callable[[], Awaitable[Meant]]

    async def create(self, tables: Sequence[Table]) -> None:
        """See the port."""
        meant = await self.meant()
        await self.tables.create([meant.table(table) for table in tables])

    async def remove(self, tables: Sequence[Table]) -> None:
        """See the port."""
        meant = await self.meant()
        await self.tables.remove([meant.table(table) for table in tables])

    async def get(self, table: Table, keys: Sequence[Key]) -> dict[Key, Row]:
        """See the port."""
        meant = (await self.meant()).table(table)
        return {key: _whole(table, meant, row) for key, row in (await self.tables.get(meant, keys)).items()}

    async def slice(self, table: Table, partition: Key, limit: int, after: Key | None = None) -> list[Row]:
        """See the port."""
        meant = (await self.meant()).table(table)
        return [_whole(table, meant, row) for row in await self.tables.slice(meant, partition, limit, after)]

    async def heads(self, table: Table, partitions: Sequence[Key], most: int) -> dict[Key, Head]:
        """See the port."""
        meant = (await self.meant()).table(table)
        heads = await self.tables.heads(meant, partitions, most)
        return {key: replace(one, rows=[_whole(table, meant, row) for row in one.rows]) for key, one in heads.items()}

    async def sizes(self, table: Table, keys: Sequence[Key]) -> dict[Key, int]:
        """See the port."""
        return await self.tables.sizes((await self.meant()).table(table), keys)

    async def stamps(self, table: Table, keys: Sequence[Key]) -> dict[Key, Stamp]:
        """See the port."""
        return await self.tables.stamps((await self.meant()).table(table), keys)

    async def stored(self, table: Table) -> AsyncIterator[list[Stored]]:
        """See the port."""
        async for rows in self.tables.stored((await self.meant()).table(table)):
            yield rows

    async def write(self, writes: Sequence[Write]) -> None:
        """See the port."""
        meant = await self.meant()
        stored = {table.name: meant.table(table) for table in {one.table.name: one.table for one in writes}.values()}
        await self.tables.write(
            [
                Write(stored[table.name], key, number, row, origin, was, lane, standing)
                for table, key, number, row, origin, was, lane, standing in writes
            ]
        )


@dataclass(frozen=True)
class VersionedSearch:
    """The SearchReads port."""

    search: SearchReads
    meant: Callable[[], Awaitable[Meant]]

    async def find(self, table: Table, terms: Sequence[Term], limit: int, after: Hit | None = None) -> list[Hit]:
        """See the port."""
        return await self.search.find((await self.meant()).table(table), terms, limit, after)


@dataclass(frozen=True)
class LivePositions:
    """The Positions port, for who waits for what is live."""

    positions: Positions
    live: Live

    async def progress(self, subscriber: str) -> dict[Partition, Progress]:
        """See the port."""
        return await self.positions.progress((await self.live()).subscriber(subscriber))

    async def next_offsets(self, projection: str) -> dict[Partition, int]:
        """See the port."""
        return await self.positions.next_offsets((await self.live()).subscriber(projection))

    async def advance(self, projection: str, last: Position, event_id: str, finished: int | None = None) -> None:
        """See the port."""
        await self.positions.advance((await self.live()).subscriber(projection), last, event_id, finished)

    async def finish(self, subscriber: str, partition: Partition, finished: int) -> None:
        """See the port."""
        await self.positions.finish((await self.live()).subscriber(subscriber), partition, finished)

    async def forget(self, subscriber: str) -> None:
        """See the port."""
        await self.positions.forget((await self.live()).subscriber(subscriber))

    async def wait(
        self,
        projections: Sequence[str],
        positions: Sequence[Position],
        timeout: float,
        finished: Sequence[Position] = (),
    ) -> bool:
        """See the port."""
        meant = await self.live()
        return await self.positions.wait(list(map(meant.subscriber, projections)), positions, timeout, finished)

    def known(self, projection: str) -> Mapping[Partition, Progress]:
        """Of what was live when anybody asked last."""
        return self.positions.known(self.live.last.subscriber(projection))


def _whole(table: Table, meant: Table, row: Row) -> Row:
    """A row with every column of the table that was asked, whatever shape it was made by."""
    return row if meant.columns is table.columns else {**table.lacking(meant), **row}
