"""Ringing: telling the phones of everybody who has a bell on an author of a new post. Asked for by
processors/pushes.py, whose pushes these are; who has a bell is read from the tables, some at a time.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from events.delivery import Delivery
from processors.followers import rows_of
from processors.pushes import Pushing, Ring
from projections.bells import BELLS_BY_FOLLOWEE, told
from projections.ports import MAX_KEYS, TableReads
from schemas.errors import Unavailable
from schemas.ids import AccountId

logger = logging.getLogger("photolog.push")
MOST = 10_000
"""Bells that one post rings: what it can cost, and so for how long it can hold its partition up once the window behind
it is full. The list of notifications, which nobody is told by, knows no such limit."""


@dataclass(frozen=True)
class Ringing:
    """Pushes to whoever has had a bell since before the post."""

    pushing: Pushing
    tables: TableReads
    caught_up: Callable[[], Awaitable[None]]
    """Returns once `tables` have every bell that was there before."""
    most: int = MOST
    at_once: int = MAX_KEYS

    async def apply(self, ring: Ring, delivery: Delivery, cut_short: int) -> None:
        """A push to each device that was not told yet. Raises Unavailable, when all were tried, if one failed."""
        until = self.pushing.until(ring.published_at)
        if not self.pushing.is_due(until):
            return
        await asyncio.gather(self.caught_up(), self.pushing.caught_up())
        failed: Unavailable | None = None
        left = self.most
        async for rows in rows_of(self.tables, BELLS_BY_FOLLOWEE, ring.author_id):
            rung = [AccountId(row["follower_id"]) for row in rows if row["bell_since"] <= ring.published_at]
            for start in range(0, min(left, len(rung)), self.at_once):
                some = rung[start : min(left, start + self.at_once)]
                told_of = [told(one, ring.author_id, ring.post_id, ring.published_at) for one in some]
                try:
                    await self.pushing.tell(told_of, delivery.recorded.id, until)
                except Unavailable as failure:
                    failed = failure
            left -= len(rung)
            if left < 0:
                logger.warning("a post rings the first %s bells on its author alone", self.most)
                break
        if failed is not None:
            raise failed
