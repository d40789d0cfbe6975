"""What the tests of feeds and caches on Redis share: a server, a process that believes it, a feed that is rebuilt."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from infra.redis.address import RedisAddress
from infra.redis.caches import RedisCaches
from infra.redis.feeds import RedisFeeds
from projections.ports import FEED_LIMIT, FeedEntry
from schemas.ids import AccountId, PostId
from tests.believing import Believing, believing

READER, AUTHOR = AccountId("ac_reader"), AccountId("ac_author")
KEY, TTL_S = "name", 60
FEED_KEY = "feed:ac_reader"


def feeds_of(process: Believing, limit: int = FEED_LIMIT) -> RedisFeeds:
    return RedisFeeds(process.connection, process.belief, limit=limit)


def caches_of(process: Believing) -> RedisCaches:
    return RedisCaches(process.connection, process.belief)


def entries(*times: int) -> list[FeedEntry]:
    return [FeedEntry(at, PostId(f"po_{at:011}"), AUTHOR) for at in times]


async def begun(feeds: RedisFeeds) -> bytes:
    """A rebuild that has begun."""
    building = await feeds.begin(READER)
    assert building is not None, "the server is believed"
    return building


async def rebuilt(feeds: RedisFeeds, content: list[FeedEntry]) -> None:
    await feeds.complete(READER, await begun(feeds), content)


async def read(feeds: RedisFeeds) -> Sequence[FeedEntry] | None:
    found = await feeds.read(READER, FEED_LIMIT)
    return None if found is None else found.entries


async def filled(caches: RedisCaches, content: bytes = b"content") -> None:
    _, leases = await caches.get([KEY], TTL_S)
    await caches.fill(dict.fromkeys(leases, content), TTL_S)


async def cached(caches: RedisCaches) -> bytes | None:
    return (await caches.get([KEY], TTL_S))[0].get(KEY)


@asynccontextmanager
async def another(process: Believing, address: RedisAddress) -> AsyncIterator[Believing]:
    """Another process of the same site, which owns nothing."""
    async with believing(process.rows, address, process.clock, shares=()) as other:
        yield other
