"""Fan-in: the newest posts of everybody an account follows, merged from their authors' partitions.

Each author is read only as far as the merge gets, and those that are to be read on side by side: round by round, so
that what many have published is no chain of reads. Rebuilds feeds, and serves what lies below a trimmed one.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from projections.feed import FOLLOWING, parts_of
from projections.ports import FeedEntry, Head, TableReads, chunks
from query_api.celebrities import whole
from query_api.spread import spread_authors
from schemas.ids import AccountId, PostId
from schemas.tables import Key, Row, Table

T = TypeVar("T")

LEAST, MOST = 5, 200
"""Posts of one author that are read at a time: twice their part of what is wanted, and each time twice as many, within
these. So what is held at once is some posts of each author and what was asked for."""
AT_ONCE = 64
"""Authors that are read on side by side."""
HEADS_AT_ONCE = 4
"""Queries for the beginnings of MAX_KEYS authors that are under way side by side."""


@dataclass
class _Author:
    """One author's posts below the start; where they are spread, those of a part."""

    id: AccountId
    table: Table
    part: Key
    chunk: int
    after: Key | None
    """Behind which it is read on. None, once it was read: there is nothing."""

    async def read(self, tables: TableReads) -> list[FeedEntry]:
        """The next, newest first."""
        rows = await tables.slice(self.table, self.part, self.chunk, self.after)
        after = None if len(rows) < self.chunk else (rows[-1]["published_at"], rows[-1]["post_id"])
        return self.have(Head(rows, after))

    def have(self, head: Head) -> list[FeedEntry]:
        """These were read; they say whether there are more."""
        self.after = head.after
        self.chunk = min(MOST, 2 * self.chunk)
        return _entries(self.id, head.rows)

    def reaches(self, place: FeedEntry | None) -> bool:
        """Whether something above this place may be unread. None: it is so far down that everything is above."""
        return self.after is not None and (place is None or self.after > (place.published_at, place.post_id))


async def fan_in(tables: TableReads, account: AccountId, limit: int, after: FeedEntry | None) -> list[FeedEntry]:
    """Up to `limit` entries below `after`, newest first."""
    # Who is spread is known before any post is read that lies in a further part.
    following, spread = await asyncio.gather(whole(tables, FOLLOWING, (account,)), spread_authors(tables))
    followees = [AccountId(row["followee_id"]) for row in following]
    chunk = min(MOST, max(LEAST, 2 * limit // max(1, len(followees))))
    start = None if after is None else (after.published_at, after.post_id)
    parts = [(one, *part) for one in followees for part in parts_of(one, spread=one in spread)]
    authors = [_Author(*part, chunk, start) for part in parts]
    entries = await (_beginnings(tables, authors, chunk) if start is None else _read(tables, authors))
    while True:
        entries = sorted(entries, reverse=True)[:limit]
        behind = [author for author in authors if author.reaches(entries[-1] if len(entries) == limit else None)]
        if not behind:
            return entries
        entries += await _read(tables, behind)


async def _beginnings(tables: TableReads, authors: Sequence[_Author], chunk: int) -> list[FeedEntry]:
    """Of their partitions, many in one query."""
    asked = [
        some
        for table in {author.table: None for author in authors}
        for some in chunks([author for author in authors if author.table is table])
    ]

    async def of_some(some: Sequence[_Author]) -> list[FeedEntry]:
        heads = await tables.heads(some[0].table, [author.part for author in some], chunk)
        return [entry for author in some for entry in author.have(heads[author.part])]

    return await _side_by_side(of_some, asked, HEADS_AT_ONCE)


async def _read(tables: TableReads, authors: Sequence[_Author]) -> list[FeedEntry]:
    """The next of each."""
    return await _side_by_side(lambda author: author.read(tables), authors, AT_ONCE)


async def _side_by_side(
    read: Callable[[T], Awaitable[list[FeedEntry]]], wanted: Sequence[T], at_once: int
) -> list[FeedEntry]:
    """What is read of all of these, so many under way at a time: while one answer is taken in, others are made.

    Raises what `read` raises; no more is asked for then."""
    left, found = deque(wanted), list[FeedEntry]()

    async def reader() -> None:
        while left:
            try:
                found.extend(await read(left.popleft()))
            except BaseException:
                left.clear()
                raise

    await asyncio.gather(*(reader() for _ in range(min(at_once, len(wanted)))))
    return found


def _entries(author: AccountId, rows: Iterable[Row]) -> list[FeedEntry]:
    return [FeedEntry(row["published_at"], PostId(row["post_id"]), author) for row in rows]
