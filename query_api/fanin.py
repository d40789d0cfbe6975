"""Fan-in: the newest posts of everybody an account follows, merged from their authors' partitions.

A k-way merge (Knuth, TAOCP 3, 5.4.1) that reads each author only as far as the merge gets. Rebuilds feeds, and serves
what lies below a trimmed one.
"""

import asyncio
import heapq
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from projections.feed import FOLLOWING, parts_of
from projections.ports import MAX_KEYS, FeedEntry, TableReads
from query_api.spread import spread_authors
from schemas.ids import AccountId, PostId
from schemas.tables import Key, Row, Table

LEAST, MOST = 5, 200
"""Posts of one author that are read at a time: twice their part of what is wanted, within these. So what is held at
once is some posts of each author and what was asked for."""
AT_ONCE = 64
"""Authors that are read side by side below a place."""
FOLLOWEES_AT_ONCE = 500


@dataclass
class _Author:
    """One author's posts below the start, newest first, read chunk by chunk; where they are spread, those of a part."""

    tables: TableReads
    id: AccountId
    table: Table
    part: Key
    chunk: int
    after: Key | None
    ahead: list[FeedEntry] = field(default_factory=list)
    ended: bool = False

    async def pop(self) -> FeedEntry | None:
        while not self.ahead and not self.ended:
            await self.read()
        return self.ahead.pop() if self.ahead else None

    async def read(self) -> None:
        rows = await self.tables.slice(self.table, self.part, self.chunk, self.after)
        last = None if len(rows) < self.chunk else (rows[-1]["published_at"], rows[-1]["post_id"])
        self.have(rows, last)

    def have(self, rows: Sequence[Row], after: Key | None) -> None:
        """These were read, and the others are behind `after`; None: there are none."""
        self.after, self.ended = after, after is None
        self.ahead = [FeedEntry(row["published_at"], PostId(row["post_id"]), self.id) for row in reversed(rows)]


async def fan_in(tables: TableReads, account: AccountId, limit: int, after: FeedEntry | None) -> list[FeedEntry]:
    """Up to `limit` entries below `after`, newest first."""
    followees = [followee async for followee in _followees(tables, account)]
    chunk = min(MOST, max(LEAST, 2 * limit // max(1, len(followees))))
    start = None if after is None else (after.published_at, after.post_id)
    spread = await spread_authors(tables)  # before any post is read that lies in a further part
    parts = [(one, *part) for one in followees for part in parts_of(one, spread=one in spread)]
    authors = [_Author(tables, *part, chunk, start) for part in parts]
    if start is None:
        await _begin(tables, authors, chunk)
    else:
        for first in range(0, len(authors), AT_ONCE):
            await asyncio.gather(*(author.read() for author in authors[first : first + AT_ONCE]))
    return await _merged(authors, limit)


async def _begin(tables: TableReads, authors: Sequence[_Author], chunk: int) -> None:
    """Reads how their partitions begin, many at once."""
    for table in {author.table: None for author in authors}:
        of_table = [author for author in authors if author.table is table]
        for first in range(0, len(of_table), MAX_KEYS):
            some = of_table[first : first + MAX_KEYS]
            heads = await tables.heads(table, [author.part for author in some], chunk)
            for author in some:
                head = heads[author.part]
                author.have(head.rows, head.after)


async def _merged(authors: Sequence[_Author], limit: int) -> list[FeedEntry]:
    heap: list[tuple[int, str, int, FeedEntry]] = []

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
        rows = await tables.slice(FOLLOWING, (account,), FOLLOWEES_AT_ONCE, after)
        for row in rows:
            yield AccountId(row["followee_id"])
        if len(rows) < FOLLOWEES_AT_ONCE:
            return
        after = (rows[-1]["followee_id"],)


_MIRRORED = {code: chr(127 - code) for code in range(128)}
_END = chr(128)


def _reversed(post: str) -> str:
    """Sorts ids, which are ASCII, from large to small in a heap that sorts from small to large."""
    return post.translate(_MIRRORED) + _END
