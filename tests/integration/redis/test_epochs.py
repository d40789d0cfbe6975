"""What was read or built under an earlier epoch, or a lease that is over, is not believed.

The schedules that broke earlier designs, one by one. No test waits for a clock.
"""

import asyncio

from infra.redis.address import RedisAddress
from projections.ports import Lease
from projections.site import LEASE_S
from tests.believing import Believing, Frozen, Seconds
from tests.faulty_wire import faulty_wire
from tests.integration.redis.redis_stores import KEY, READER, TTL_S, cached, caches_of, entries, feeds_of, read
from tests.integration.redis.rows import NEW, OLD, THEIRS, Site, break_, complete_with, mend
from tests.redis_server import RedisProcess


async def test_an_epoch_raised_between_a_readers_two_round_trips_makes_the_second_a_miss(
    site: Site, worker: Believing, reader: Believing, server: RedisProcess
) -> None:
    await site.shown(reader)
    await complete_with(feeds_of(reader), entries(1))
    with faulty_wire(server.address.host, server.address.port) as wire:
        other = await site.process(THEIRS, address=RedisAddress(server.address.host, wire.port))
        assert await read(feeds_of(reader)) == entries(1)  # the first
        break_(wire)
        await site.change(other, THEIRS)
        mend(wire)
        await other.settle()
        assert await site.shown(reader) == NEW  # the second


async def test_another_workers_return_just_before_ones_own_drop_fails_covers_nothing_of_ones_own(
    site: Site, worker: Believing, reader: Believing, server: RedisProcess
) -> None:
    with faulty_wire(server.address.host, server.address.port) as wire:
        behind = await site.process(THEIRS, address=RedisAddress(server.address.host, wire.port))
        assert await behind.belief.probed()
        break_(wire)
        server.ask("DEBUG", "CHANGE-REPL-ID")
        await worker.settle()  # a return, which covers what was acknowledged before it
        assert await site.shown(reader) == OLD
        await site.change(behind, THEIRS)
        assert await site.shown(reader) == NEW
        assert await worker.reach.once() is False, "what is another's is for the other to bring back"
        assert await site.shown(reader) == NEW
        mend(wire)
        await behind.settle()
        for _ in range(2):
            assert await site.shown(reader) == NEW


async def test_a_reader_stopped_for_longer_than_its_lease_between_check_and_reply_believes_nothing(
    site: Site, worker: Believing
) -> None:
    own_clock = Seconds()
    reader = await site.process(clock=own_clock)
    await site.shown(reader)
    asked = asyncio.ensure_future(caches_of(reader).get([KEY], TTL_S))
    await asyncio.sleep(0)
    own_clock.now += LEASE_S  # before any reply is looked at
    assert (await asked)[0] == {}
    assert await cached(caches_of(reader)) == OLD


async def test_a_reader_that_cannot_read_the_state_reads_past_redis_once_its_lease_is_over(
    site: Site, worker: Believing
) -> None:
    frozen = Frozen(site.rows)
    reader = await site.process(rows=frozen)
    await site.shown(reader)
    frozen.away = True
    assert await cached(caches_of(reader)) == OLD
    await site.clock.pass_(LEASE_S)
    assert await cached(caches_of(reader)) is None
    assert await feeds_of(reader).begin(READER) is None
    frozen.away = False
    assert await cached(caches_of(reader)) == OLD


async def test_of_two_rebuilds_under_two_epochs_with_a_push_between_the_later_one_is_whole(
    site: Site, worker: Believing, reader: Believing, server: RedisProcess
) -> None:
    slow = await site.process(clock=Seconds())  # its lease never ends
    feeds, posts = feeds_of(slow), entries(1)
    building = await feeds.begin(READER)
    assert building is not None
    seen = list(posts)
    with faulty_wire(server.address.host, server.address.port) as wire:
        pusher = await site.process(THEIRS, address=RedisAddress(server.address.host, wire.port))
        assert await pusher.belief.probed()
        break_(wire)
        posts.insert(0, entries(2)[0])
        await pusher.reach.tell(THEIRS, lambda: feeds_of(pusher).push([READER], [posts[0]]))
        mend(wire)
        await pusher.settle()
    later = await feeds_of(reader).begin(READER)
    assert later is not None
    await feeds.complete(READER, building, seen)
    assert await read(feeds_of(reader)) is None, "a rebuild that missed the push makes nothing whole"
    assert await feeds.begin(READER) is None, "a lower epoch never replaces a higher one"
    await feeds_of(reader).complete(READER, later, posts)
    assert await read(feeds_of(reader)) == posts
    assert await feeds.begin(READER) is None
    assert await read(feeds_of(reader)) == posts


async def test_a_lease_of_a_lower_epoch_never_takes_the_place_of_an_entry_of_a_higher_one(
    site: Site, worker: Believing, reader: Believing, server: RedisProcess
) -> None:
    late = await site.process(clock=Seconds())
    assert await late.belief.stands() is False  # it has read the state, and has not yet a connection
    await caches_of(late).get(["another"], TTL_S)
    server.ask("DEBUG", "CHANGE-REPL-ID")
    await worker.settle()
    site.row = NEW
    await site.shown(reader)
    _, leases = await caches_of(late).get([KEY], TTL_S)
    await caches_of(late).fill(dict.fromkeys(leases, OLD), TTL_S)
    assert leases == [Lease(KEY, "")]
    assert await cached(caches_of(reader)) == NEW


async def test_a_look_calls_a_feed_of_an_earlier_epoch_over_and_an_unbelieved_redis_unknown(
    worker: Believing, reader: Believing, server: RedisProcess
) -> None:
    feeds, gone = feeds_of(reader), frozenset([THEIRS])
    await complete_with(feeds, entries(1))
    assert (await feeds.look(READER, 1)).state == "whole"
    await reader.state.change(lambda state: state.gone(gone))
    assert (await feeds.look(READER, 1)).state == "unknown"
    await reader.state.change(lambda state: state.returned(gone, state.believed))
    stored = await feeds.look(READER, 1, entries(1))
    assert stored.state == "over"
    assert (stored.newest, set(stored.held)) == (entries(1), set(entries(1)))
    await feeds.begin(READER)
    assert (await feeds.look(READER, 1)).state == "building"
    server.kill()
    assert (await feeds.look(READER, 1)).state == "unknown"
