"""Pulling: the posts of celebrities that lie in their spans, in a feed's order, between two places. Asked by feed.py.

How an author's posts begin is cached, for all who follow the author; what lies further down is read from the tables.
"""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from projections.feed import POSTS_BY_AUTHOR
from projections.ports import Caches, FeedEntry, TableReads
from query_api.celebrities import LEASE_S, Celebrities
from query_api.memory import Entry, Memory
from query_api.spread import beginnings, posts_of
from schemas.ids import AccountId, Millis, PostId

KEPT = 100
"""Posts of an author that are cached: the newest."""
TTL_S = POSTS_BY_AUTHOR.partition_cached or 0


class _Beginning(NamedTuple):
    """The newest posts of an author, oldest first."""

    entries: list[FeedEntry]
    is_all: bool


class _Span(NamedTuple):
    """What is wanted of one author: `low` is before all of it, `high` behind."""

    author: AccountId
    low: FeedEntry | None
    high: FeedEntry | None


@dataclass(frozen=True)
class Pulling:
    """Of one process."""

    tables: TableReads
    caches: Caches
    memory: Memory

    async def pull(
        self,
        celebrities: Celebrities,
        limit: int,
        below: FeedEntry | None,
        above: FeedEntry | None,
        *,
        by_ends: bool,
    ) -> list[FeedEntry]:
        """The newest posts between these places, newest first; `limit` of each span at most. None: there is no bound.

        `by_ends`: spans that are settled end; else they go on, because the reader may lack what was pushed since.
        """
        spans = list(_spans(celebrities, below, above, by_ends))
        if not spans:
            return []
        names = {_name(span.author): span.author for span in spans}
        found = await self.memory.read(names, lambda missing: self._begin([names[name] for name in missing]))
        parts = await asyncio.gather(*(self._part(span, found[_name(span.author)].row, limit) for span in spans))
        return sorted({entry for part in parts for entry in part}, reverse=True)

    async def _part(self, span: _Span, beginning: _Beginning, limit: int) -> list[FeedEntry]:
        entries = beginning.entries
        first = 0 if span.low is None else bisect_right(entries, span.low)
        last = len(entries) if span.high is None else bisect_left(entries, span.high)
        found = entries[max(first, last - limit) : last]
        if first > 0 or beginning.is_all or len(found) == limit:
            return found
        high = min((*entries[:1], *(() if span.high is None else (span.high,))), default=None)
        after = None if high is None else (high.published_at, high.post_id)
        rows = await posts_of(self.tables, span.author, limit - len(found), after, spread=True)
        more = [FeedEntry(row["published_at"], PostId(row["post_id"]), span.author) for row in rows]
        return found + [entry for entry in more if span.low is None or entry > span.low]

    async def _begin(self, authors: Sequence[AccountId]) -> dict[str, Entry]:
        """One look into the cache, and a read of many authors at once for what is not there."""
        cached, leases = await self.caches.get([_name(author) for author in authors], LEASE_S)
        found: dict[str, Any] = {name: orjson.loads(value) for name, value in cached.items()}
        missing = [author for author in authors if _name(author) not in found]
        for author, (rows, is_all) in (await beginnings(self.tables, missing, KEPT)).items():
            posts = [[row["published_at"], row["post_id"]] for row in rows]
            found[_name(author)] = {"posts": posts, "is_all": is_all}
        await self.caches.fill({lease: orjson.dumps(found[lease.key]) for lease in leases}, TTL_S)
        return {_name(author): Entry(_beginning(author, found[_name(author)])) for author in authors}


def _spans(
    celebrities: Celebrities, below: FeedEntry | None, above: FeedEntry | None, by_ends: bool
) -> Iterator[_Span]:
    for author, spans in celebrities.authors:
        for span in spans:
            end = span.end if by_ends else None
            low = max(_before(span.since), above) if above else _before(span.since)
            high = below if end is None else min(_before(end), below) if below else _before(end)
            if high is None or low < high:
                yield _Span(author, low, high)


def _before(time: Millis) -> FeedEntry:
    """Below everything of this time, above everything earlier."""
    return FeedEntry(time, PostId(""), AccountId(""))


def _name(author: str) -> str:
    return POSTS_BY_AUTHOR.partition_cache_key((author,))


def _beginning(author: AccountId, kept: dict[str, Any]) -> _Beginning:
    entries = [FeedEntry(at, PostId(post), author) for at, post in reversed(kept["posts"])]
    return _Beginning(entries, kept["is_all"])
