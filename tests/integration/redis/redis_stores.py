"""What the tests of feeds and caches on Redis share: a server, stores on it, and a feed that is rebuilt."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from infra.redis.address import RedisAddress
from infra.redis.caches import RedisCaches
from infra.redis.connection import RedisConnection
from infra.redis.feeds import RedisFeeds
from projections.ports import FEED_LIMIT, FeedEntry
from schemas.ids import AccountId, PostId

READER, AUTHOR = AccountId("ac_reader"), AccountId("ac_author")
KEY, TTL_S = "name", 60
FEED_KEY = "feed:ac_reader"


def entries(*times: int) -> list[FeedEntry]:
    return [FeedEntry(at, PostId(f"po_{at:011}"), AUTHOR) for at in times]


async def rebuilt(feeds: RedisFeeds, content: list[FeedEntry]) -> None:
    await feeds.begin(READER)
    await feeds.complete(READER, content)


async def read(feeds: RedisFeeds) -> list[FeedEntry] | None:
    found = await feeds.read(READER, FEED_LIMIT)
    return None if found is None else found.entries


async def filled(caches: RedisCaches, content: bytes = b"content") -> None:
    _, leases = await caches.get([KEY], TTL_S)
    await caches.fill(dict.fromkeys(leases, content), TTL_S)


@asynccontextmanager
async def stores(address: RedisAddress) -> AsyncIterator[tuple[RedisFeeds, RedisCaches]]:
    """As another process has them."""
    connection = RedisConnection(address)
    yield RedisFeeds(connection), RedisCaches(connection)
    await connection.close()
