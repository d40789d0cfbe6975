"""Pulling: the posts of celebrities that lie in their spans, in a feed's order, between two places. Asked by feed.py.

How an author's posts begin is known mostly (beginnings.py); what lies further down is read from the tables.
"""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from projections.ports import FeedEntry, TableReads
from query_api.beginnings import Beginning, Beginnings, Ready
from query_api.celebrities import Celebrities
from query_api.spread import posts_of
from schemas.ids import AccountId, Millis, PostId


class _Span(NamedTuple):
    """What is wanted of one author: `low` is before all of it, `high` behind."""

    author: AccountId
    low: FeedEntry | None
    high: FeedEntry | None


@dataclass(frozen=True)
class Pulling:
    """Of one process."""

    tables: TableReads
    beginnings: Beginnings

    async def pull(
        self,
        celebrities: Celebrities,
        limit: int,
        below: FeedEntry | None,
        above: FeedEntry | None,
        *,
        by_ends: bool,
        ready: Ready | None = None,
    ) -> list[FeedEntry]:
        """The newest posts between these places, newest first; `limit` of each span at most. None: there is no bound.

        `by_ends`: spans that are settled end; else they go on, because the reader may lack what was pushed since.
        `ready`: what was true a moment ago will do (beginnings.py).
        """
        spans = list(_spans(celebrities, below, above, by_ends))
        if not spans:
            return []
        beginnings = await self.beginnings.read((span.author for span in spans), ready)
        found, further = set[FeedEntry](), []
        for span in spans:
            known, is_all = _known(span, beginnings[span.author], limit)
            found.update(known)
            if not is_all:
                further.append(self._further(span, beginnings[span.author], limit - len(known)))
        if further:
            found.update(*await asyncio.gather(*further))
        return sorted(found, reverse=True)

    async def _further(self, span: _Span, beginning: Beginning, limit: int) -> list[FeedEntry]:
        """What lies behind all that is known."""
        high = min((*beginning.entries[:1], *(() if span.high is None else (span.high,))), default=None)
        after = None if high is None else (high.published_at, high.post_id)
        rows = await posts_of(self.tables, span.author, limit, after, spread=True)
        more = [FeedEntry(row["published_at"], PostId(row["post_id"]), span.author) for row in rows]
        return [entry for entry in more if span.low is None or entry > span.low]


def _known(span: _Span, beginning: Beginning, limit: int) -> tuple[list[FeedEntry], bool]:
    """What of a span is remembered, and whether that is all that is wanted of it."""
    entries = beginning.entries
    first = 0 if span.low is None else bisect_right(entries, span.low)
    last = len(entries) if span.high is None else bisect_left(entries, span.high)
    found = entries[max(first, last - limit) : last]
    return found, first > 0 or beginning.is_all or len(found) == limit


def _spans(
    celebrities: Celebrities, below: FeedEntry | None, above: FeedEntry | None, by_ends: bool
) -> Iterator[_Span]:
    for author, spans in celebrities.authors:
        for span in spans:
            end = span.end if by_ends else None
            low = above if above and above.published_at >= span.since else _before(span.since)
            high = below if end is None else min(_before(end), below) if below else _before(end)
            if high is None or low < high:
                yield _Span(author, low, high)


def _before(time: Millis) -> FeedEntry:
    """Below everything of this time, above everything earlier."""
    return FeedEntry(time, PostId(""), AccountId(""))
