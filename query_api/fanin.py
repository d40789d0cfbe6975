"""Fan-in: the newest posts of everybody an account follows, merged from their authors' partitions.

A k-way merge (Knuth, TAOCP 3, 5.4.1) that reads each author only as far as the merge gets. Rebuilds feeds, and serves
what lies below a trimmed one.
"""

import asyncio
import heapq
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from projections.feed import FOLLOWING, POSTS_BY_AUTHOR
from projections.ports import FeedEntry, TableReads
from schemas.ids import AccountId, PostId
from schemas.tables import Key

CHUNK = 50
AT_ONCE = 64
"""Authors that are read side by side at first."""


@dataclass
class _Author:
    """One author's posts below the start, newest first, read chunk by chunk."""

    tables: TableReads
    id: AccountId
    after: Key | None
    ahead: list[FeedEntry] = field(default_factory=list)
    ended: bool = False

    async def pop(self) -> FeedEntry | None:
        if not self.ahead and not self.ended:
            await self.read()
        return self.ahead.pop() if self.ahead else None

    async def read(self) -> None:
        rows = await self.tables.slice(POSTS_BY_AUTHOR, (self.id,), CHUNK, self.after)
        self.ended = len(rows) < CHUNK
        if rows:
            self.after = (rows[-1]["published_at"], rows[-1]["post_id"])
        self.ahead = [FeedEntry(row["published_at"], PostId(row["post_id"]), self.id) for row in reversed(rows)]


async def fan_in(tables: TableReads, account: AccountId, limit: int, after: FeedEntry | None) -> list[FeedEntry]:
    """Up to `limit` entries below `after`, newest first."""
    start = None if after is None else (after.published_at, after.post_id)
    authors = [_Author(tables, followee, start) async for followee in _followees(tables, account)]
    for first in range(0, len(authors), AT_ONCE):
        await asyncio.gather(*(author.read() for author in authors[first : first + AT_ONCE]))
    heap: list[tuple[int, tuple[int, ...], int, FeedEntry]] = []

    async def offer(index: int) -> None:
        entry = await authors[index].pop()
        if entry is not None:
            heapq.heappush(heap, (-entry.published_at, _reversed(entry.post_id), index, entry))

    for index in range(len(authors)):
        await offer(index)
    merged: list[FeedEntry] = []
    while heap and len(merged) < limit:
        *_, index, entry = heapq.heappop(heap)
        merged.append(entry)
        await offer(index)
    return merged


async def _followees(tables: TableReads, account: AccountId) -> AsyncIterator[AccountId]:
    after: Key | None = None
    while True:
        rows = await tables.slice(FOLLOWING, (account,), 500, after)
        for row in rows:
            yield AccountId(row["followee_id"])
        if len(rows) < 500:
            return
        after = (rows[-1]["followee_id"],)


def _reversed(post: str) -> tuple[int, ...]:
    """Sorts ids from large to small in a heap that sorts from small to large."""
    return tuple(-ord(char) for char in post)
