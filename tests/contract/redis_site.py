"""Redis for the contract suites: one server and one cluster for a session, a prefix and connections for each test."""

import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.redis.address import RedisAddress
from infra.redis.redis import Redis
from tests.believing import Believing, Seconds, believing, site_rows
from tests.redis_cluster import RedisNodes, redis_nodes
from tests.redis_server import ONE_NODE, RedisProcess, redis_server


@dataclass(frozen=True)
class RedisSite:
    """Keys that nobody else uses, and what can be done to them."""

    process: Believing
    servers: Sequence[RedisProcess]

    @property
    def connection(self) -> Redis:
        return self.process.connection

    @property
    def prefix(self) -> str:
        return self.process.prefix

    async def elapse(self, seconds: float) -> None:
        """Brings the end of every key nearer by so much: to Redis it is as if that time had passed."""
        for server in self.servers:
            for key in server.ask("KEYS", f"{self.prefix}*"):
                if (left := server.ask("PTTL", key)) >= 0:  # an end that is past removes the key
                    server.ask("PEXPIRE", key, left - round(seconds * 1_000))

    async def forget(self) -> None:
        """What another server means that took over or began anew, once it is believed."""
        self.servers[-1].ask("DEBUG", "CHANGE-REPL-ID")
        await self.process.settle()


@pytest.fixture(scope="session")
def redis_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    """A cluster of one node: so every test of every suite shows that no command is about two slots."""
    with redis_server(tmp_path_factory.mktemp("redis"), *ONE_NODE) as server:
        yield server


@pytest.fixture(scope="session")
def redis_nodes_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisNodes]:
    """A cluster of three."""
    with redis_nodes(tmp_path_factory.mktemp("redis-nodes")) as nodes:
        yield nodes


@pytest.fixture
async def redis_site(redis_of_the_session: RedisProcess, tmp_path: Path) -> AsyncIterator[RedisSite]:
    """Empty and believed, for one test."""
    async with _site(tmp_path, redis_of_the_session.address, [redis_of_the_session]) as site:
        yield site


@pytest.fixture
async def redis_cluster_site(redis_nodes_of_the_session: RedisNodes, tmp_path: Path) -> AsyncIterator[RedisSite]:
    """The same on the cluster."""
    nodes = redis_nodes_of_the_session
    async with _site(tmp_path, nodes.addresses, nodes.nodes) as site:
        yield site


@asynccontextmanager
async def _site(
    folder: Path, address: RedisAddress | Sequence[RedisAddress], servers: Sequence[RedisProcess]
) -> AsyncIterator[RedisSite]:
    prefix = f"{uuid.uuid4().hex[:12]}:"
    async with site_rows(folder) as rows, believing(rows, address, Seconds(), prefix=prefix) as process:
        await process.settle()
        yield RedisSite(process, servers)
