"""The ports of tables and positions, of the versions that are meant: between their adapters and whoever names none."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from projections.live import Live, Meant
from projections.ports import Head, Positions, Progress, Stamp, Stored, Tables, Write
from schemas.positions import Partition, Position
from schemas.tables import Key, Row, Table


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
        return await self.tables.get((await self.meant()).table(table), keys)

    async def slice(self, table: Table, partition: Key, limit: int, after: Key | None = None) -> list[Row]:
        """See the port."""
        return await self.tables.slice((await self.meant()).table(table), partition, limit, after)

    async def heads(self, table: Table, partitions: Sequence[Key], most: int) -> dict[Key, Head]:
        """See the port."""
        return await self.tables.heads((await self.meant()).table(table), partitions, most)

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
        await self.tables.write([replace(write, table=meant.table(write.table)) for write in writes])


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
