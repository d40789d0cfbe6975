"""Whoever remembers what Redis said hears of every change before any answer that was given after it."""

import asyncio
from collections.abc import AsyncIterator, Collection

import pytest

from infra.redis.commands import TRACKED
from infra.redis.connection import RedisConnection
from tests.redis_server import RedisProcess


class Hearing:
    """One process's connection and what it heard."""

    def __init__(self, server: RedisProcess) -> None:
        self.heard: list[Collection[bytes] | None] = []
        self.connection = RedisConnection(server.address)
        self.connection.hear(self.heard.append)

    async def read(self, key: str) -> bytes | None:
        _, value = await self.connection.many([TRACKED, ("GET", key)])
        found: bytes | None = value
        return found


@pytest.fixture
async def ours(server: RedisProcess) -> AsyncIterator[Hearing]:
    hearing = Hearing(server)
    yield hearing
    await hearing.connection.close()


async def test_a_change_of_what_was_read_is_heard_once_before_the_next_answer(
    server: RedisProcess, ours: Hearing
) -> None:
    server.ask("SET", "a", "1")
    assert await ours.read("a") == b"1"
    server.ask("SET", "a", "2")
    server.ask("SET", "a", "3")
    await ours.connection.call("PING")
    assert ours.heard == [[b"a"]]


async def test_what_was_not_there_is_heard_of_when_it_comes(server: RedisProcess, ours: Hearing) -> None:
    assert await ours.read("a") is None
    server.ask("SET", "a", "1")
    await ours.connection.call("PING")
    assert ours.heard == [[b"a"]]


async def test_an_end_and_a_removal_are_changes(server: RedisProcess, ours: Hearing) -> None:
    server.ask("SET", "a", "1", "PX", 1)
    server.ask("SET", "b", "1")
    await ours.read("b")
    server.ask("DEBUG", "SLEEP", "0.01")
    await ours.read("a")
    server.ask("DEL", "b")
    await ours.connection.call("PING")
    assert [b"b"] in ours.heard


async def test_nothing_is_heard_of_what_was_not_asked_for_behind_the_word(server: RedisProcess, ours: Hearing) -> None:
    await ours.connection.call("GET", "a")
    server.ask("SET", "a", "1")
    await ours.connection.call("PING")
    assert ours.heard == []


async def test_a_lost_connection_is_heard_of_as_anything(server: RedisProcess, ours: Hearing) -> None:
    await ours.read("a")
    server.kill()
    server.start()
    await ours.connection.call("PING")
    assert None in ours.heard


async def test_a_flushed_server_is_heard_of_as_anything(server: RedisProcess, ours: Hearing) -> None:
    server.ask("SET", "a", "1")
    await ours.read("a")
    server.ask("FLUSHALL")
    await ours.connection.call("PING")
    assert ours.heard == [None]


async def test_a_fence_asks_only_if_nothing_was_answered_since(server: RedisProcess, ours: Hearing) -> None:
    def asked() -> int:
        return int(server.ask("INFO", "commandstats").get("cmdstat_ping", {}).get("calls", 0))

    await ours.connection.call("GET", "a")
    since = ours.connection.moment()
    before = asked()
    await ours.connection.fence(since)
    assert asked() == before + 1
    await ours.connection.fence(since)
    assert asked() == before + 1
    under_way = asyncio.ensure_future(ours.connection.call("GET", "a"))
    await asyncio.sleep(0)
    since = ours.connection.moment()
    await under_way
    await ours.connection.fence(since)
    assert asked() == before + 2, "what was asked before the moment says nothing of the time after it"


async def test_a_fence_on_another_connection_asks(server: RedisProcess, ours: Hearing) -> None:
    since = ours.connection.moment()
    await ours.connection.call("GET", "a")
    await ours.connection.fence(since)
    assert "cmdstat_ping" in server.ask("INFO", "commandstats")
