"""Feeds and caches on Redis at their real size: what is trimmed, and what reads and pushes cost."""

# Fixtures are imported to be found, and asked for by the same names.
import pytest

from infra.redis.caches import RedisCaches
from infra.redis.commands import KEYS_AT_ONCE
from infra.redis.feeds import LIFE_MS, SPARE_MS, UNTRIMMED, RedisFeeds
from projections.ports import FEED_LIMIT, FeedEntry, FeedSlice, Lease
from schemas.ids import AccountId
from tests.believing import Believing
from tests.integration.redis.redis_stores import (
    FEED_KEY,
    KEY,
    READER,
    TTL_S,
    entries,
    feeds_of,
    read,
    rebuilt,
)
from tests.redis_server import RedisProcess


async def test_a_feed_of_the_real_size_is_rebuilt_pushed_to_and_read_to_its_end(feeds: RedisFeeds) -> None:
    newest = entries(*range(2 * FEED_LIMIT, FEED_LIMIT, -1))
    await rebuilt(feeds, newest)
    pushed = entries(*range(3 * FEED_LIMIT, 2 * FEED_LIMIT, -1))
    await feeds.push([READER], pushed)
    seen: list[FeedEntry] = []
    while len(seen) < FEED_LIMIT:
        page = await feeds.read(READER, 700, seen[-1] if seen else None)
        assert page is not None
        assert page.floor == pushed[-1]
        seen += page.entries
    assert seen == pushed


@pytest.mark.parametrize("limit", [5, 120])
async def test_what_waits_to_be_trimmed_is_not_seen(server: RedisProcess, process: Believing, limit: int) -> None:
    feeds, times = feeds_of(process, limit), [(7 * turn) % 400 for turn in range(400)]
    await rebuilt(feeds, [])
    sizes = set()
    for count, at in enumerate(times, 1):
        await feeds.push([READER], entries(at))
        newest = entries(*sorted(times[:count], reverse=True))[:limit]
        whole, rest = await feeds.read(READER, 2 * limit), await feeds.read(READER, 2, newest[-1])
        assert whole == FeedSlice(newest, newest[-1] if len(newest) == limit else None)
        assert rest == FeedSlice([], whole.floor)
        sizes.add(server.ask("ZCARD", FEED_KEY) - 1)
    assert max(sizes) == limit + max(1, limit // UNTRIMMED)


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
    await feeds.push([READER], entries(*range(500)))
    calls = server.ask("INFO", "commandstats")
    assert calls["cmdstat_zadd"]["calls"] == 1


async def test_a_push_to_many_feeds_is_few_scripts_and_trims_each(server: RedisProcess, process: Believing) -> None:
    feeds, limit, times = feeds_of(process, 3), 3, range(10, 14)
    readers = [AccountId(f"ac_{number:011}") for number in range(3 * KEYS_AT_ONCE)]
    for reader in readers[1:]:
        await feeds.complete(reader, await feeds.begin(reader) or b"", [])
    await feeds.push(readers, entries(1))
    server.ask("CONFIG", "RESETSTAT")
    for at in times:
        await feeds.push(readers, entries(at))
    assert server.ask("INFO", "commandstats")["cmdstat_evalsha"]["calls"] == 3 * len(times)
    newest = entries(*sorted(times, reverse=True))[:limit]
    found = [await feeds.read(reader, 2 * limit) for reader in readers]
    assert found == [None, *[FeedSlice(newest, newest[-1])] * (len(readers) - 1)]


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
    assert (calls["cmdstat_get"]["calls"], "cmdstat_set" in calls, "cmdstat_evalsha" in calls) == (60, False, False)
    assert server.ask("INFO", "persistence")["rdb_changes_since_last_save"] == before


async def test_a_lease_that_is_none_fills_nothing(caches: RedisCaches) -> None:
    await caches.fill({Lease(KEY, ""): b"x", Lease("", "nonce"): b"x"}, TTL_S)
    assert (await caches.get([KEY, ""], TTL_S))[0] == {}
