"""Feeds and caches on a Redis that fails over, starts again, loses everything or has no memory left."""

# Fixtures are imported to be found, and asked for by the same names.
from pathlib import Path

import pytest

from infra.redis.caches import RedisCaches
from infra.redis.feeds import RedisFeeds
from infra.redis.relations import RedisRelations
from projections.site import NotTold
from tests.believing import Believing
from tests.integration.redis.redis_stores import (
    FEED_KEY,
    KEY,
    READER,
    TTL_S,
    another,
    cached,
    caches_of,
    entries,
    feeds_of,
    filled,
    read,
    rebuilt,
)
from tests.redis_server import RedisProcess, redis_server


async def test_after_a_crash_what_the_file_still_held_is_not_believed(
    server: RedisProcess, process: Believing, feeds: RedisFeeds, caches: RedisCaches
) -> None:
    await rebuilt(feeds, entries(1))
    await filled(caches)
    server.kill()
    server.start()
    assert server.ask("EXISTS", FEED_KEY, f"cache:{KEY}") == 2
    for _ in range(2):
        assert await read(feeds) is None
        assert await cached(caches) is None
        await process.settle()
    await rebuilt(feeds, entries(2))
    await filled(caches, b"again")
    assert await read(feeds) == entries(2)
    assert await cached(caches) == b"again"


async def test_a_replica_that_takes_over_calls_nothing_whole_that_its_master_held(
    server: RedisProcess, process: Believing, feeds: RedisFeeds, caches: RedisCaches, tmp_path: Path
) -> None:
    await rebuilt(feeds, entries(1))
    await filled(caches)
    with redis_server(tmp_path / "replica") as replica:
        replica.follow(server)
        async with another(process, replica.address) as reader:
            assert await cached(caches_of(reader)) is None, "a replica may lag behind"
            server.kill()
            replica.ask("REPLICAOF", "NO", "ONE")
            assert replica.ask("EXISTS", FEED_KEY, f"cache:{KEY}") == 2
            for settled in (False, True):
                assert await read(feeds_of(reader)) is None
                assert await cached(caches_of(reader)) is None
                if not settled:
                    reader.reach.owns("another worker", process.reach.owned)
                    await reader.settle()


async def test_a_master_that_became_a_replica_is_left_for_the_one_that_its_name_leads_to(
    server: RedisProcess, process: Believing, feeds: RedisFeeds, tmp_path: Path
) -> None:
    await rebuilt(feeds, entries(1))
    with redis_server(tmp_path / "master") as master:
        server.ask("REPLICAOF", master.address.host, master.address.port)
        with pytest.raises(NotTold):
            await feeds.push([READER], entries(3))
        assert await feeds.begin(READER) is None
        server.ask("REPLICAOF", "NO", "ONE")
        await process.settle()
        await rebuilt(feeds, entries(2))
        assert await read(feeds) == entries(2)


async def test_a_lease_from_before_a_failover_fills_nothing_that_is_believed_after_it(
    server: RedisProcess, process: Believing, caches: RedisCaches
) -> None:
    _, old = await caches.get([KEY], TTL_S)
    server.ask("DEBUG", "CHANGE-REPL-ID")
    await caches.fill(dict.fromkeys(old, b"old"), TTL_S)
    await process.settle()
    async with another(process, server.address) as reader:
        for one in (caches, caches_of(reader), caches):
            assert await cached(one) is None
    await filled(caches, b"new")
    await caches.fill(dict.fromkeys(old, b"old"), TTL_S)
    assert await cached(caches) == b"new"


async def test_after_a_failover_readers_still_share_a_lease(
    server: RedisProcess, process: Believing, caches: RedisCaches
) -> None:
    await filled(caches)
    server.ask("DEBUG", "CHANGE-REPL-ID")
    await process.settle()
    async with another(process, server.address) as reader:
        (_, first), (_, second) = [await one.get([KEY], TTL_S) for one in (caches, caches_of(reader))]
    assert first == second
    await caches.fill({second[0]: b"new"}, TTL_S)
    assert await cached(caches) == b"new"


async def test_a_redis_that_lost_everything_is_begun_again(
    server: RedisProcess, feeds: RedisFeeds, caches: RedisCaches
) -> None:
    await rebuilt(feeds, entries(1))
    await filled(caches)
    server.ask("FLUSHALL")
    await feeds.push([READER], entries(2))
    assert await read(feeds) is None
    assert await cached(caches) is None


async def test_what_is_read_while_nothing_can_be_leased_is_not_remembered(
    server: RedisProcess, caches: RedisCaches
) -> None:
    """A drop of what is not there would be told to nobody."""
    heard: list[object] = []
    caches.hear(heard.append)
    server.ask("CONFIG", "SET", "maxmemory", 1)
    await caches.get(["missing"], TTL_S)
    assert heard == [["missing"]]


async def test_relations_that_are_read_while_nothing_can_be_leased_are_not_remembered(
    server: RedisProcess, process: Believing
) -> None:
    relations, heard = RedisRelations(process.connection, process.belief), list[object]()
    relations.hear(heard.append)
    server.ask("CLIENT", "PAUSE", 60_000, "WRITE")
    assert await relations.look(READER, ["f1"]) == ({}, "")
    assert [READER] in heard


async def test_without_memory_reads_go_on_and_pushes_are_refused(
    server: RedisProcess, process: Believing, feeds: RedisFeeds, caches: RedisCaches
) -> None:
    await rebuilt(feeds, entries(1))
    await filled(caches)
    server.ask("CONFIG", "SET", "maxmemory", 1)
    server.ask("PEXPIRE", FEED_KEY, 60_000)
    assert await read(feeds) == entries(1)
    found, leases = await caches.get([KEY, "missing"], TTL_S)
    assert found == {KEY: b"content"}
    assert [lease.key for lease in leases] == ["missing"]
    await caches.fill(dict.fromkeys(leases, b"x"), TTL_S)
    with pytest.raises(NotTold):
        await feeds.push([READER], entries(2))
    await caches.drop([KEY])
    assert await process.belief.probed() is None, "a server without memory takes nobody back"
    server.ask("CONFIG", "SET", "maxmemory", 0)
    assert (await caches.get([KEY, "missing"], TTL_S))[0] == {}
