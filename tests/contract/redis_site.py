"""Redis for the contract suites: one server for a session, a prefix and a connection for each test."""

import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.redis.connection import RedisConnection
from tests.believing import Believing, Seconds, believing, site_rows
from tests.redis_server import ONE_NODE, RedisProcess, redis_server


@dataclass(frozen=True)
class RedisSite:
    """Keys that nobody else uses, and what can be done to them."""

    process: Believing

    @property
    def connection(self) -> RedisConnection:
        return self.process.connection

    @property
    def prefix(self) -> str:
        return self.process.prefix

    async def elapse(self, seconds: float) -> None:
        """Brings the end of every key nearer by so much: to Redis it is as if that time had passed."""
        cursor = b""
        while cursor != b"0":
            cursor, keys = await self.connection.call("SCAN", cursor or 0, "MATCH", f"{self.prefix}*", "COUNT", 1_000)
            left = await self.connection.many([("PTTL", key) for key in keys])
            await self.connection.many(
                [
                    ("PEXPIRE", key, ms - round(seconds * 1_000))  # an end that is past removes the key
                    for key, ms in zip(keys, left, strict=True)
                    if ms >= 0
                ]
            )

    async def forget(self) -> None:
        """What another server means that took over or began anew, once it is believed."""
        await self.connection.call("DEBUG", "CHANGE-REPL-ID")
        await self.process.settle()


@pytest.fixture(scope="session")
def redis_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    """A cluster of one node: so every test of every suite shows that no command is about two slots."""
    with redis_server(tmp_path_factory.mktemp("redis"), *ONE_NODE) as server:
        yield server


@pytest.fixture
async def redis_site(redis_of_the_session: RedisProcess, tmp_path: Path) -> AsyncIterator[RedisSite]:
    """Empty and believed, for one test."""
    prefix = f"{uuid.uuid4().hex[:12]}:"
    async with (
        site_rows(tmp_path) as rows,
        believing(rows, redis_of_the_session.address, Seconds(), prefix=prefix) as process,
    ):
        await process.settle()
        yield RedisSite(process)
