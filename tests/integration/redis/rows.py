"""A row that is cached, the processes that read and change it, and wires that break.

Rows are a variable here, changed before Redis is told, as processors do.
"""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from infra.redis.address import RedisAddress
from infra.redis.feeds import RedisFeeds
from projections.ports import FeedEntry
from projections.site import Share, SiteRows
from tests.believing import SHARE, Believing, Seconds, believing
from tests.faulty_wire import FaultyWire
from tests.integration.redis.redis_stores import (
    KEY,
    READER,
    TTL_S,
    caches_of,
)
from tests.redis_server import RedisProcess

THEIRS = Share("likes@v1", "photolog.engagement", 3)
OLD, NEW = b"the old row", b"the new row"


@dataclass
class Site:
    """A server, the site's rows, and a row that is cached."""

    server: RedisProcess
    rows: SiteRows
    clock: Seconds
    opened: AsyncExitStack
    row: bytes = OLD

    async def process(
        self,
        *shares: Share,
        address: RedisAddress | None = None,
        rows: SiteRows | None = None,
        clock: Seconds | None = None,
    ) -> Believing:
        """Another process of the site, a worker if it has shares."""
        return await self.opened.enter_async_context(
            believing(rows or self.rows, address or self.server.address, clock or self.clock, shares)
        )

    async def shown(self, process: Believing) -> bytes:
        """The row as a reader of this process sees it: from the cache, or from the store, and then it fills."""
        caches = caches_of(process)
        found, leases = await caches.get([KEY], TTL_S)
        if KEY not in found:
            found[KEY] = self.row
            await caches.fill(dict.fromkeys(leases, self.row), TTL_S)
        return found[KEY]

    async def change(self, process: Believing, share: Share = SHARE, row: bytes = NEW) -> None:
        """A worker writes the row, and tells the cache, or has it that nobody believes it."""
        self.row = row
        await process.reach.tell(share, lambda: caches_of(process).drop([KEY]))


def break_(wire: FaultyWire) -> None:
    wire.run(wire.broken()).result()


def mend(wire: FaultyWire) -> None:
    wire.run(wire.open()).result()


async def complete_with(feeds: RedisFeeds, content: list[FeedEntry]) -> None:
    building = await feeds.begin(READER)
    assert building is not None
    await feeds.complete(READER, building, content)
