"""Pushing posts into feeds: one post to many followers, one author's posts to a new follower, and what an author
published since readers no longer pull it.

All read the tables after their own row was written there, so that of a follow and a publication whoever comes second
sees the first (DESIGN, "The feed"). A post that readers pull is not pushed, if that stood before its fan-out began.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic, time

from commands.all_ended import all_ended
from events.delivery import Delivery
from processors.durations import Durations
from processors.followers import CHUNK, chunks, followers_of
from processors.reach import Reach
from processors.threshold import Threshold
from projections.celebrities import celebrity_row, spans_of
from projections.effects import Backfill, FanOut
from projections.feed import parts_of
from projections.ports import FEED_LIMIT, FeedEntry, Feeds, TableReads
from projections.site import Share
from schemas.ids import AccountId, Millis, PostId
from schemas.positions import Partition
from schemas.tables import Key, Row, Table


@dataclass
class FanOutTally:
    """What became of posts in this process, for metrics."""

    pushed: int = 0
    left_to_readers: int = 0
    took: Durations = field(default_factory=Durations)
    """From a post's publication until it was pushed."""
    crossings: int = 0
    """Authors who became celebrities."""


@dataclass(frozen=True)
class FanOuts:
    """Carries out what the feed projection asks for."""

    tables: TableReads
    feeds: Feeds
    reach: Reach
    subscriber: str
    threshold: Threshold = field(default_factory=Threshold)
    """Told what pushing to many took."""
    tally: FanOutTally = field(default_factory=FanOutTally)
    clock: Callable[[], float] = time
    """Seconds since 1970."""
    steady: Callable[[], float] = monotonic

    async def apply(self, job: FanOut | Backfill, delivery: Delivery, cut_short: int) -> None:
        """Pushes into feeds that exist; safe to repeat. Those that cannot be reached are made anew by who reads."""
        share = self.share(delivery)
        match job:
            case FanOut():
                await self.reach.tell(share, lambda: self._to_followers(job))
            case Backfill():
                await self.reach.tell(share, lambda: self._to_follower(job))

    async def published_since(self, author: AccountId, since: Millis, delivery: Delivery) -> None:
        """Pushes what of this time or later no feed has room for more of: the newest FEED_LIMIT posts."""
        await self.reach.tell(self.share(delivery), lambda: self._since(author, since))

    def share(self, delivery: Delivery) -> Share:
        """On whose behalf something is pushed."""
        return Share(self.subscriber, *Partition.of(delivery.position))

    async def _to_followers(self, job: FanOut) -> None:
        """Whether it is pulled is asked once, after its row is there: a span that begins later changes nothing."""
        spans = spans_of(await celebrity_row(self.tables, job.author_id))
        if any(span.has(job.published_at) for span in spans):
            self.tally.left_to_readers += 1
            return
        began = self.steady()
        reached = await self._push(job.author_id, [FeedEntry(job.published_at, job.post_id, job.author_id)])
        self.threshold.pushed(reached, self.steady() - began)
        self.tally.pushed += 1
        self.tally.took.add(max(0.0, self.clock() - job.published_at / 1_000))

    async def _to_follower(self, job: Backfill) -> None:
        for table, part in await self._parts(job.followee_id):
            async for rows in chunks(self.tables, table, part, most=FEED_LIMIT):
                await self.feeds.push([job.follower_id], _entries(rows))

    async def _since(self, author: AccountId, since: Millis) -> None:
        entries: list[FeedEntry] = []
        for table, part in await self._parts(author):
            async for rows in chunks(self.tables, table, part, most=FEED_LIMIT):
                entries += [entry for entry in _entries(rows) if entry.published_at >= since]
                if rows[-1]["published_at"] < since:
                    break
        await self._push(author, entries)

    async def _parts(self, author: AccountId) -> list[tuple[Table, Key]]:
        """Where posts of an author may lie."""
        return parts_of(author, spread=await celebrity_row(self.tables, author) is not None)

    async def _push(self, author: AccountId, entries: Sequence[FeedEntry]) -> int:
        """To everybody who follows the author; who comes next is read meanwhile. How many they are."""
        pages, reached = followers_of(self.tables, author), 0
        followers = await anext(pages, None)
        while followers:
            reached += len(followers)
            _, followers = await all_ended([self._push_to(followers, entries), anext(pages, None)])
        return reached

    async def _push_to(self, followers: Sequence[AccountId], entries: Sequence[FeedEntry]) -> None:
        """CHUNK entries at a time."""
        for start in range(0, len(entries), CHUNK):
            some = entries[start : start + CHUNK]
            size = CHUNK // len(some)
            for first in range(0, len(followers), size):
                await self.feeds.push(followers[first : first + size], some)


def _entries(rows: Sequence[Row]) -> list[FeedEntry]:
    return [FeedEntry(row["published_at"], PostId(row["post_id"]), AccountId(row["author_id"])) for row in rows]
