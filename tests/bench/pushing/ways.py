"""Ways of bringing posts into feeds: the platform's fan-out, and what it can be compared with on the same servers."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

import redis.asyncio

from events.delivery import Delivery
from infra.process.environment import load_settings
from infra.process.settings import Settings
from infra.redis.address import RedisAddress
from infra.redis.commands import Command
from infra.redis.connection import RedisConnection
from infra.redis.feed_scripts import PUSH
from infra.wiring import places
from processors.fanout import FanOuts
from processors.followers import CHUNK, followers_of
from processors.gathered import GatheredReads
from projections.effects import FanOut
from projections.feed import PROJECTION
from projections.ports import FEED_LIMIT, FeedEntry
from schemas.ids import AccountId
from schemas.positions import POSTS, Position
from tests.bench.feed.made_up import event_of, published
from tests.bench.pushing.crowd import POPULAR, Crowd

AT_ONCE = Settings.model_fields["posts_pushed_at_once"].default
"""Posts in hand at once: as many as a worker's, for every way."""
SHARD = 100
"""Followers that one task of Stream-Framework writes to (its `fanout_chunk_size`)."""
TRIMS = 100
"""Of so many activities of a feed it trims after one (its `trim_chance`)."""

Way = Callable[[FeedEntry], Awaitable[None]]


class Ways:
    """All of them push the same posts to the same followers."""

    def __init__(self, crowd: Crowd) -> None:
        settings = load_settings()
        address: RedisAddress = places.redis(settings)
        self._crowd, self._prefix = crowd, places.prefix(settings)
        self._connection = RedisConnection(address)
        self._push = self._connection.script(PUSH)
        self._client = redis.asyncio.Redis(host=address.host, port=address.port, password=address.password or None)
        read, reach = crowd.cluster.read, crowd.cluster.reach
        self._fan_outs = FanOuts(GatheredReads(read.tables), read.feeds, reach, PROJECTION.id)
        self._numbers = itertools.count()
        one = crowd.entry(POPULAR)
        self._published = event_of(published(one.author_id, one.post_id, one.published_at), f"post/{one.post_id}")
        """Any: a fan-out asks a delivery where it stands, and nothing of what is in it."""

    @property
    def all(self) -> dict[str, Way]:
        """By name, in the order of their turns."""
        return {
            "fan_out": self.fan_out,
            "bare_script": self.bare_script,
            "bare_script_of_many": self.bare_script_of_many,
            "blind": self.blind,
            "stream_framework": self.stream_framework,
        }

    async def fan_out(self, entry: FeedEntry) -> None:
        """The platform's: followers are read, and whether the author is a celebrity."""
        delivery = Delivery(self._published, Position(POSTS, 0, next(self._numbers)))
        await self._fan_outs.apply(FanOut(entry.author_id, entry.post_id, entry.published_at), delivery, 0)

    async def bare_script(self, entry: FeedEntry) -> None:
        """The same script to followers who are known, in batches of the same size."""
        for some in _cut(self._crowd.followers[entry.author_id], CHUNK):
            await self._connection.many([self._script([one], entry) for one in some])

    async def bare_script_of_many(self, entry: FeedEntry) -> None:
        """The same, with as many feeds a call as the platform's have."""
        for some in _cut(self._crowd.followers[entry.author_id], CHUNK):
            calls = _cut(some, self._connection.keys_at_once)
            await self._connection.many([self._script(of_call, entry) for of_call in calls])

    async def blind(self, entry: FeedEntry) -> None:
        """ZADD and trim, pipelined over the same connection, whether the feed is there or not."""
        for some in _cut(self._crowd.followers[entry.author_id], CHUNK):
            commands: list[Command] = []
            for one in some:
                commands.append(("ZADD", f"blind:{one}", entry.published_at, _member(entry)))
                commands.append(("ZREMRANGEBYRANK", f"blind:{one}", 0, -FEED_LIMIT - 1))
            await self._connection.many(commands)

    async def stream_framework(self, entry: FeedEntry) -> None:
        """Stream-Framework's way, without its queue: the activity is stored once, and a task for each SHARD of the
        followers adds it to their lists by one pipeline of redis-py, and seldom trims."""
        await self._client.hset("sf:activities", str(entry.post_id), f"{entry.author_id}|{entry.published_at}")
        followers = [
            one async for some in followers_of(self._crowd.cluster.read.tables, entry.author_id) for one in some
        ]
        for some in _cut(followers, SHARD):
            pipeline: Any = self._client.pipeline(transaction=False)
            for one in some:
                pipeline.zadd(f"sf:{one}", {str(entry.post_id): entry.published_at})
                if next(self._numbers) % TRIMS == 0:
                    pipeline.zremrangebyrank(f"sf:{one}", 0, -FEED_LIMIT - 1)
            await pipeline.execute()

    async def closed(self) -> None:
        await self._connection.close()
        await self._client.aclose()

    def _script(self, accounts: Sequence[AccountId], entry: FeedEntry) -> Command:
        keys = [f"{self._prefix}feed:{account}" for account in accounts]
        said = FEED_LIMIT, FEED_LIMIT // 50, entry.published_at, _member(entry)
        return "EVALSHA", self._push, len(keys), *keys, *said


async def pushed(way: Way, entries: Sequence[FeedEntry]) -> None:
    """All of them, AT_ONCE at once."""
    left = iter(entries)

    async def worker() -> None:
        for entry in left:
            await way(entry)

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


def posts(crowd: Crowd, popular: int, of_each: int) -> list[FeedEntry]:
    """So many of the most followed among those of everybody."""
    many = [crowd.entry(author) for _ in range(of_each) for author in crowd.others]
    return [crowd.entry(POPULAR) for _ in range(popular)] + many


def _cut(followers: Sequence[AccountId], size: int) -> Iterator[Sequence[AccountId]]:
    for start in range(0, len(followers), size):
        yield followers[start : start + size]


def _member(entry: FeedEntry) -> str:
    return f"{entry.post_id} {entry.author_id} {entry.published_at:x}"
