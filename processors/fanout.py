"""Pushing posts into feeds: one post to many followers, one author's posts to a new follower, and what an author
published since readers no longer pull it.

All read the tables after their own row was written there, so that of a follow and a publication whoever comes second
sees the first (DESIGN, "The feed"). A post that readers pull is not pushed, if that stood before its fan-out began.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from events.delivery import Delivery
from processors.followers import CHUNK, chunks, followers_of
from processors.reach import Reach
from projections.celebrities import ALL, CELEBRITIES, spans_of
from projections.effects import Backfill, FanOut
from projections.feed import POSTS_BY_AUTHOR
from projections.ports import FEED_LIMIT, FeedEntry, Feeds, TableReads
from projections.site import Share
from schemas.ids import AccountId, Millis, PostId
from schemas.positions import Partition
from schemas.tables import Row


@dataclass
class FanOutTally:
    """What became of posts in this process, for metrics."""

    pushed: int = 0
    left_to_readers: int = 0
    crossings: int = 0
    """Authors who became celebrities."""


@dataclass(frozen=True)
class FanOuts:
    """Carries out what the feed projection asks for."""

    tables: TableReads
    feeds: Feeds
    reach: Reach
    subscriber: str
    tally: FanOutTally = field(default_factory=FanOutTally)

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
        key = (ALL, job.author_id)
        row = (await self.tables.get(CELEBRITIES, [key])).get(key)
        if any(span.has(job.published_at) for span in spans_of(row)):
            self.tally.left_to_readers += 1
            return
        await self._push(job.author_id, [FeedEntry(job.published_at, job.post_id, job.author_id)])
        self.tally.pushed += 1

    async def _to_follower(self, job: Backfill) -> None:
        async for rows in chunks(self.tables, POSTS_BY_AUTHOR, (job.followee_id,), most=FEED_LIMIT):
            await self.feeds.push([(job.follower_id, entry) for entry in _entries(rows)])

    async def _since(self, author: AccountId, since: Millis) -> None:
        entries: list[FeedEntry] = []
        async for rows in chunks(self.tables, POSTS_BY_AUTHOR, (author,), most=FEED_LIMIT):
            entries += [entry for entry in _entries(rows) if entry.published_at >= since]
            if rows[-1]["published_at"] < since:
                break
        await self._push(author, entries)

    async def _push(self, author: AccountId, entries: Sequence[FeedEntry]) -> None:
        """To everybody who follows the author, CHUNK entries at a time."""
        async for followers in followers_of(self.tables, author):
            pushes = [(follower, entry) for follower in followers for entry in entries]
            for start in range(0, len(pushes), CHUNK):
                await self.feeds.push(pushes[start : start + CHUNK])


def _entries(rows: Sequence[Row]) -> list[FeedEntry]:
    return [FeedEntry(row["published_at"], PostId(row["post_id"]), AccountId(row["author_id"])) for row in rows]
