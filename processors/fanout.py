"""Pushing posts into feeds: one post to many followers, or one author's posts to a new follower.

Both read the tables after their own row was written there, so that of a follow and a publication whoever comes second
sees the first (DESIGN, "The feed").
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from events.delivery import Delivery
from processors.reach import Reach
from projections.buckets import BUCKETS
from projections.effects import Backfill, FanOut
from projections.feed import FOLLOWERS, POSTS_BY_AUTHOR
from projections.ports import FEED_LIMIT, FeedEntry, Feeds, TableReads
from projections.site import Share
from schemas.ids import AccountId, PostId
from schemas.positions import Partition
from schemas.tables import Key, Row, Table

CHUNK = 500
FEW = 100
"""Followers of a bucket that are read with those of the other buckets."""


@dataclass(frozen=True)
class FanOuts:
    """Carries out what the feed projection asks for."""

    tables: TableReads
    feeds: Feeds
    reach: Reach
    subscriber: str

    async def apply(self, job: FanOut | Backfill, delivery: Delivery, cut_short: int) -> None:
        """Pushes into feeds that exist; safe to repeat. Those that cannot be reached are made anew by who reads."""
        share = Share(self.subscriber, *Partition.of(delivery.position))
        match job:
            case FanOut():
                await self.reach.tell(share, lambda: self._to_followers(job))
            case Backfill():
                await self.reach.tell(share, lambda: self._to_follower(job))

    async def _to_followers(self, job: FanOut) -> None:
        """Beginnings of buckets are read together: most authors have no more followers."""
        entry = FeedEntry(job.published_at, job.post_id, job.author_id)
        buckets = [(job.author_id, bucket) for bucket in range(BUCKETS)]
        heads = await self.tables.heads(FOLLOWERS, buckets, FEW)
        followers = [AccountId(row["follower_id"]) for head in heads.values() for row in head.rows]
        for start in range(0, len(followers), CHUNK):
            await self.feeds.push([(follower, entry) for follower in followers[start : start + CHUNK]])
        for bucket, head in heads.items():
            if head.after is not None:
                async for rows in chunks(self.tables, FOLLOWERS, bucket, after=head.after):
                    await self.feeds.push([(AccountId(row["follower_id"]), entry) for row in rows])

    async def _to_follower(self, job: Backfill) -> None:
        async for rows in chunks(self.tables, POSTS_BY_AUTHOR, (job.followee_id,), most=FEED_LIMIT):
            entries = [FeedEntry(row["published_at"], PostId(row["post_id"]), job.followee_id) for row in rows]
            await self.feeds.push([(job.follower_id, entry) for entry in entries])


async def chunks(
    tables: TableReads, table: Table, partition: Key, most: int | None = None, after: Key | None = None
) -> AsyncIterator[list[Row]]:
    """The rows of a partition behind `after`, at most `most`, CHUNK at a time."""
    left = most
    while left is None or left > 0:
        limit = CHUNK if left is None else min(CHUNK, left)
        rows = await tables.slice(table, partition, limit, after)
        if rows:
            yield rows
        if len(rows) < limit:
            return
        after = tuple(rows[-1][name] for name in table.order_columns)
        left = None if left is None else left - len(rows)
