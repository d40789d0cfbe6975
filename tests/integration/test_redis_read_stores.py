"""Feeds and caches on a Redis that fails over, starts again, loses everything or has no memory left."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from infra.redis.address import RedisAddress
from infra.redis.caches import RedisCaches
from infra.redis.connection import RedisConnection
from infra.redis.feeds import LIFE_MS, SPARE_MS, RedisFeeds
from projections.ports import FEED_LIMIT, FeedEntry, Lease
from schemas.errors import StorageFull, Unavailable
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


async def test_a_feed_of_the_real_size_is_rebuilt_pushed_to_and_read_to_its_end(feeds: RedisFeeds) -> None:
    newest = entries(*range(2 * FEED_LIMIT, FEED_LIMIT, -1))
    await rebuilt(feeds, newest)
    pushed = entries(*range(3 * FEED_LIMIT, 2 * FEED_LIMIT, -1))
    await feeds.push([(READER, entry) for entry in pushed])
    seen: list[FeedEntry] = []
    while len(seen) < FEED_LIMIT:
        page = await feeds.read(READER, 700, seen[-1] if seen else None)
        assert page is not None
        assert page.floor == pushed[-1]
        seen += page.entries
    assert seen == pushed


async def test_a_read_writes_only_when_an_hour_of_the_feeds_life_is_over(
    server: RedisProcess, feeds: RedisFeeds
) -> None:
    await rebuilt(feeds, entries(1))
    server.ask("CONFIG", "RESETSTAT")
    await read(feeds)
    assert "cmdstat_pexpire" not in server.ask("INFO", "commandstats")
    server.ask("PEXPIRE", FEED_KEY, LIFE_MS - 1)
    await read(feeds)
    assert server.ask("PTTL", FEED_KEY) > LIFE_MS + SPARE_MS - 60_000


async def test_a_push_to_many_entries_of_one_feed_is_one_script(server: RedisProcess, feeds: RedisFeeds) -> None:
    await rebuilt(feeds, [])
    server.ask("CONFIG", "RESETSTAT")
    await feeds.push([(READER, entry) for entry in entries(*range(500))])
    calls = server.ask("INFO", "commandstats")
    assert calls["cmdstat_zadd"]["calls"] == 1


async def test_a_page_of_cached_entries_costs_one_round_trip_and_writes_nothing(
    server: RedisProcess, caches: RedisCaches
) -> None:
    keys = [f"card {number}" for number in range(60)]
    _, leases = await caches.get(keys, TTL_S)
    await caches.fill(dict.fromkeys(leases, b"card"), TTL_S)
    before = server.ask("INFO", "persistence")["rdb_changes_since_last_save"]
    server.ask("CONFIG", "RESETSTAT")
    assert (await caches.get(keys, TTL_S))[0] == dict.fromkeys(keys, b"card")
    calls = server.ask("INFO", "commandstats")
    assert (calls["cmdstat_set"]["calls"], "cmdstat_evalsha" in calls) == (60, False)
    assert server.ask("INFO", "persistence")["rdb_changes_since_last_save"] == before


async def test_a_lease_that_is_none_fills_nothing(caches: RedisCaches) -> None:
    await caches.fill({Lease(KEY, ""): b"x", Lease("", "nonce"): b"x"}, TTL_S)
    assert (await caches.get([KEY, ""], TTL_S))[0] == {}
