"""What the tests of feeds and caches on Redis share: a server, stores on it, and a feed that is rebuilt."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from infra.redis.address import RedisAddress
from infra.redis.caches import RedisCaches
from infra.redis.connection import RedisConnection
from infra.redis.feeds import RedisFeeds
from projections.ports import FEED_LIMIT, FeedEntry
from schemas.ids import AccountId, PostId
from tests.redis_server import RedisProcess, redis_server

READER, AUTHOR = AccountId("ac_reader"), AccountId("ac_author")
KEY, TTL_S = "name", 60
FEED_KEY = "feed:ac_reader"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisProcess]:
    with redis_server(tmp_path / "redis") as running:
        yield running


@pytest.fixture
async def connection(server: RedisProcess) -> AsyncIterator[RedisConnection]:
    connection = RedisConnection(server.address)
    yield connection
    await connection.close()


@pytest.fixture
def feeds(connection: RedisConnection) -> RedisFeeds:
    return RedisFeeds(connection)


@pytest.fixture
def caches(connection: RedisConnection) -> RedisCaches:
    return RedisCaches(connection)


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
