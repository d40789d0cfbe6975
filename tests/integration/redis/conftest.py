"""A Redis of a test's own, which it may kill, and what we keep there."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from infra.redis.caches import RedisCaches
from infra.redis.connection import RedisConnection
from infra.redis.feeds import RedisFeeds
from tests.redis_server import RedisProcess, redis_server


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
