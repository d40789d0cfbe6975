"""Authors and their followers on a site of its own on the real servers, whose feeds are all there to be pushed to."""

import os
import random
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from commands.ports import LedgerRow
from events.codec import Keys
from events.follows import Followed
from infra.local.stack.stack import Stack
from infra.process.clock import wall_clock
from infra.process.environment import load_settings
from infra.wiring.cluster import Cluster, connected
from projections.ports import FeedEntry
from schemas.ids import AccountId, PostId
from tests.bench.feed.made_up import NOON, event_of, published, row_of
from tests.bench.feed.world import believed, put
from tests.ports import free_ports

MOST = 9_458
"""Followers of the most followed: as many as in the real graph that tests/bench/graph takes."""
AUTHORS, FOLLOWED_BY = 200, 50
STANDING = 100
"""Entries that lie in each feed."""
POPULAR = AccountId("ac_00000000000")


@dataclass
class Crowd:
    """Everybody follows POPULAR, and FOLLOWED_BY of them each of the others. `made` numbers posts."""

    cluster: Cluster
    followers: dict[AccountId, list[AccountId]]
    made: int = 0

    @property
    def others(self) -> list[AccountId]:
        return [author for author in self.followers if author != POPULAR]

    def entry(self, author: AccountId) -> FeedEntry:
        """A post that nobody has made yet, published now."""
        self.made += 1
        return FeedEntry(wall_clock(), PostId(f"po_{self.made:011}"), author)

    async def append(self, entry: FeedEntry, keys: Keys) -> None:
        """Its publication, into the log."""
        await self.cluster.write.log.append([self.row(entry, keys)])

    def row(self, entry: FeedEntry, keys: Keys) -> LedgerRow:
        """Its publication, before it is appended."""
        event = published(entry.author_id, entry.post_id, entry.published_at)
        return row_of(event_of(event, f"post/{entry.post_id}", int(entry.post_id[3:]), wall_clock()), keys)


@asynccontextmanager
async def gathered(stack: Stack, seed: int) -> AsyncIterator[Crowd]:
    """The crowd. Puts the site's name into the environment, for whoever serves it besides."""
    ops_port, *_ = free_ports(1)
    site = {"PHOTOLOG_SITE": f"b{uuid.uuid4().hex[:12]}", "PHOTOLOG_OPS_PORT": str(ops_port), "PHOTOLOG_APART": "feed"}
    os.environ.update(stack.environment, **site)
    chance = random.Random(seed)
    people = [AccountId(f"ac_{number:011}") for number in range(1 + AUTHORS, 1 + AUTHORS + MOST)]
    followers = {POPULAR: people}
    for number in range(1, 1 + AUTHORS):
        followers[AccountId(f"ac_{number:011}")] = chance.sample(people, FOLLOWED_BY)
    async with connected(load_settings()) as cluster:
        follows = [
            event_of(Followed(follower_id=one, followee_id=author), f"follow/{one}/{author}")
            for author, some in followers.items()
            for one in some
        ]
        await put(follows, cluster.read.tables)
        await believed(cluster.reach)
        crowd = Crowd(cluster, followers)
        await _stand(crowd, people)
        yield crowd


async def _stand(crowd: Crowd, people: Sequence[AccountId]) -> None:
    """Feeds as if their owners had just read them."""
    feeds = crowd.cluster.read.feeds
    entries = [FeedEntry(NOON + number, PostId(f"po_{number:011}"), POPULAR) for number in range(STANDING)]
    crowd.made = STANDING
    for one in people:
        begun = await feeds.begin(one)
        if begun is None:
            raise RuntimeError("Redis is not believed")
        await feeds.complete(one, begun, entries)
