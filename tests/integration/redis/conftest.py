"""A Redis of a test's own, which it may kill, processes that believe it, and what we keep there."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from infra.redis.caches import RedisCaches
from infra.redis.connection import RedisConnection
from infra.redis.feeds import RedisFeeds
from tests.believing import SHARE, Believing, Seconds, believing, site_rows
from tests.integration.redis.redis_stores import caches_of, feeds_of
from tests.integration.redis.rows import Site
from tests.redis_server import RedisProcess, redis_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisProcess]:
    with redis_server(tmp_path / "redis") as running:
        yield running


@pytest.fixture
async def process(server: RedisProcess, tmp_path: Path) -> AsyncIterator[Believing]:
    """A worker of the site, which believes the server."""
    async with site_rows(tmp_path) as rows, believing(rows, server.address, Seconds()) as worker:
        await worker.settle()
        yield worker


@pytest.fixture
def connection(process: Believing) -> RedisConnection:
    assert isinstance(process.connection, RedisConnection)
    return process.connection


@pytest.fixture
def feeds(process: Believing) -> RedisFeeds:
    return feeds_of(process)


@pytest.fixture
def caches(process: Believing) -> RedisCaches:
    return caches_of(process)


@pytest.fixture
async def site(server: RedisProcess, tmp_path: Path) -> AsyncIterator[Site]:
    async with AsyncExitStack() as opened, site_rows(tmp_path) as rows, opened:
        yield Site(server, rows, Seconds(), opened)


@pytest.fixture
async def worker(site: Site) -> Believing:
    """The worker of SHARE, which believes the server."""
    worker = await site.process(SHARE)
    await worker.settle()
    return worker


@pytest.fixture
async def reader(site: Site) -> Believing:
    return await site.process()
