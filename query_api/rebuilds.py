"""Rebuilds: pages of feeds that are not whole, which are made whole on the way. Asked by feed.py, read from the tables.

A feed is made by one reader of a process at a time; those who come meanwhile wait and read what was made. Where none
can be made, because the store of feeds is away or full, nobody waits for another's reading. Few are read at once, so
that a cache that lost everything does not become a storm on the tables.
"""

import asyncio

from projections.ports import FEED_LIMIT, FeedEntry, Feeds, FeedSlice, TableReads
from query_api.fanin import fan_in
from query_api.turns import WITHIN_S, Turns
from schemas.ids import AccountId

AT_ONCE = 16
"""Feeds that one process reads from the tables at once."""
MOST_WAITING = 512
"""Readers that may wait for that; more are told to come back, 503."""


class Rebuilds:
    """Of one process. Call from one event loop."""

    def __init__(
        self,
        tables: TableReads,
        feeds: Feeds,
        at_once: int = AT_ONCE,
        most_waiting: int = MOST_WAITING,
        within_s: float = WITHIN_S,
    ) -> None:
        self._tables = tables
        self._feeds = feeds
        self.turns = Turns(at_once, most_waiting, "too many feeds are being made, or read from the tables", within_s)
        self._under_way: dict[AccountId, asyncio.Event] = {}

    async def read(self, account: AccountId, limit: int, after: FeedEntry | None) -> FeedSlice:
        """As Feeds.read of a feed that is whole. Raises Unavailable where too many wait for theirs, or it takes too
        long."""
        whole = await self._by_another(account, limit, after)
        if whole is not None:
            return whole
        self.turns.check()
        over = self._under_way[account] = asyncio.Event()
        try:  # begun before its turn: whether there is anything to wait for is known then. Who gives up leaves it begun
            begun = await self._feeds.begin(account)
            if begun is not None:
                async with self.turns.turn():
                    return await self._made(account, begun, limit, after)
        finally:
            del self._under_way[account]
            over.set()
        async with self.turns.turn():
            return FeedSlice(await fan_in(self._tables, account, limit, after), None, merged=True)

    async def _by_another(self, account: AccountId, limit: int, after: FeedEntry | None) -> FeedSlice | None:
        """What they made who are about it. None: nobody is, or nothing came of it."""
        async with self.turns.in_time():
            while (other := self._under_way.get(account)) is not None:
                await other.wait()
                whole = await self._feeds.read(account, limit, after)
                if whole is not None:
                    return whole
        return None

    async def _made(self, account: AccountId, begun: bytes, limit: int, after: FeedEntry | None) -> FeedSlice:
        """Pushes land from `begin` on, so none is missed between it and the fan-in."""
        entries = await fan_in(self._tables, account, FEED_LIMIT, None)
        await self._feeds.complete(account, begun, entries)
        below = [entry for entry in entries if after is None or entry < after]
        return FeedSlice(below[:limit], entries[-1] if len(entries) == FEED_LIMIT else None, merged=True)
