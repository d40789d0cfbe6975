"""Feeds and caches on a Redis that fails over, starts again, loses everything or has no memory left."""

# Fixtures are imported to be found, and asked for by the same names.
from pathlib import Path

import pytest

from infra.redis.caches import RedisCaches
from infra.redis.feeds import RedisFeeds
from schemas.errors import StorageFull, Unavailable
from tests.integration.redis.redis_stores import (
    FEED_KEY,
    KEY,
    READER,
    TTL_S,
    entries,
    filled,
    read,
    rebuilt,
    stores,
)
from tests.redis_server import RedisProcess, redis_server


async def test_after_a_crash_what_the_file_still_held_is_not_believed(
    server: RedisProcess, feeds: RedisFeeds, caches: RedisCaches
) -> None:
    await rebuilt(feeds, entries(1))
    await filled(caches)
    server.kill()
    server.start()
    assert server.ask("EXISTS", FEED_KEY, f"cache:{KEY}") == 2
    assert await read(feeds) is None
    assert (await caches.get([KEY], TTL_S))[0] == {}
    await rebuilt(feeds, entries(2))
    await filled(caches, b"again")
    assert await read(feeds) == entries(2)
    assert (await caches.get([KEY], TTL_S))[0] == {KEY: b"again"}


async def test_a_replica_that_takes_over_calls_nothing_whole_that_its_master_held(
    server: RedisProcess, feeds: RedisFeeds, caches: RedisCaches, tmp_path: Path
) -> None:
    await rebuilt(feeds, entries(1))
    await filled(caches)
    with redis_server(tmp_path / "replica") as replica:
        replica.ask("REPLICAOF", server.address.host, server.address.port)
        server.ask("SET", "later", 1)
        assert server.ask("WAIT", 1, 4_000) == 1
        server.kill()
        replica.ask("REPLICAOF", "NO", "ONE")
        assert replica.ask("EXISTS", FEED_KEY, f"cache:{KEY}") == 2
        async with stores(replica.address) as (its_feeds, its_caches):
            assert await read(its_feeds) is None
            assert (await its_caches.get([KEY], TTL_S))[0] == {}


async def test_a_master_that_became_a_replica_is_left_for_the_one_that_its_name_leads_to(
    server: RedisProcess, feeds: RedisFeeds, tmp_path: Path
) -> None:
    await rebuilt(feeds, entries(1))
    with redis_server(tmp_path / "master") as master:
        server.ask("REPLICAOF", master.address.host, master.address.port)
        with pytest.raises(Unavailable):
            await feeds.begin(READER)
        server.ask("REPLICAOF", "NO", "ONE")
        await rebuilt(feeds, entries(2))
        assert entries(2)[0] in (await read(feeds) or [])


async def test_a_lease_from_before_a_failover_fills_nothing_that_is_believed_after_it(
    server: RedisProcess, caches: RedisCaches
) -> None:
    await caches.get(["another"], TTL_S)
    _, old = await caches.get([KEY], TTL_S)
    server.ask("DEBUG", "CHANGE-REPL-ID")
    await caches.fill(dict.fromkeys(old, b"old"), TTL_S)
    async with stores(server.address) as (_, others):
        for reader in (caches, others, caches):
            assert (await reader.get([KEY], TTL_S))[0] == {}
    await filled(caches, b"new")
    await caches.fill(dict.fromkeys(old, b"old"), TTL_S)
    assert (await caches.get([KEY], TTL_S))[0] == {KEY: b"new"}


async def test_after_a_failover_readers_still_share_a_lease(server: RedisProcess, caches: RedisCaches) -> None:
    await filled(caches)
    server.ask("DEBUG", "CHANGE-REPL-ID")
    async with stores(server.address) as (_, others):
        (_, first), (_, second) = [await reader.get([KEY], TTL_S) for reader in (caches, others)]
    assert first == second
    await caches.fill({second[0]: b"new"}, TTL_S)
    assert (await caches.get([KEY], TTL_S))[0] == {KEY: b"new"}


async def test_a_redis_that_lost_everything_is_begun_again(
    server: RedisProcess, feeds: RedisFeeds, caches: RedisCaches
) -> None:
    await rebuilt(feeds, entries(1))
    await filled(caches)
    server.ask("FLUSHALL")
    await feeds.push([(READER, entries(2)[0])])
    assert await read(feeds) is None
    assert (await caches.get([KEY], TTL_S))[0] == {}


async def test_without_memory_reads_go_on_and_pushes_are_refused(
    server: RedisProcess, feeds: RedisFeeds, caches: RedisCaches
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
    with pytest.raises(StorageFull):
        await feeds.push([(READER, entries(2)[0])])
    await caches.drop([KEY])
    server.ask("CONFIG", "SET", "maxmemory", 0)
    assert (await caches.get([KEY, "missing"], TTL_S))[0] == {}
