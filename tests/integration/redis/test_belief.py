"""What Redis says is believed only by those who may: the schedules that broke earlier designs, one by one.

Rows are a variable here, changed before Redis is told, as processors do. No test waits for a clock.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.redis.address import RedisAddress
from infra.redis.feeds import RedisFeeds
from projections.ports import FeedEntry, Lease
from projections.site import LEASE_S, NotTold, Share, SiteRows
from schemas.errors import Unavailable
from tests.believing import SHARE, Believing, Frozen, Seconds, believing, site_rows
from tests.faulty_wire import FaultyWire, faulty_wire
from tests.integration.redis.redis_stores import (
    KEY,
    READER,
    TTL_S,
    cached,
    caches_of,
    entries,
    feeds_of,
    read,
)
from tests.redis_server import RedisProcess, redis_server

THEIRS = Share("likes@v1", "photolog.engagement", 3)
OLD, NEW = b"the old row", b"the new row"


@dataclass
class Site:
    """A server, the site's rows, and a row that is cached."""

    server: RedisProcess
    rows: SiteRows
    clock: Seconds
    opened: AsyncExitStack
    row: bytes = OLD

    async def process(
        self,
        *shares: Share,
        address: RedisAddress | None = None,
        rows: SiteRows | None = None,
        clock: Seconds | None = None,
    ) -> Believing:
        """Another process of the site, a worker if it has shares."""
        return await self.opened.enter_async_context(
            believing(rows or self.rows, address or self.server.address, clock or self.clock, shares)
        )

    async def shown(self, process: Believing) -> bytes:
        """The row as a reader of this process sees it: from the cache, or from the store, and then it fills."""
        caches = caches_of(process)
        found, leases = await caches.get([KEY], TTL_S)
        if KEY not in found:
            found[KEY] = self.row
            await caches.fill(dict.fromkeys(leases, self.row), TTL_S)
        return found[KEY]

    async def change(self, process: Believing, share: Share = SHARE, row: bytes = NEW) -> None:
        """A worker writes the row, and tells the cache, or has it that nobody believes it."""
        self.row = row
        await process.reach.tell(share, lambda: caches_of(process).drop([KEY]))


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


def break_(wire: FaultyWire) -> None:
    wire.run(wire.broken()).result()


def mend(wire: FaultyWire) -> None:
    wire.run(wire.open()).result()


async def test_before_any_worker_has_spoken_nothing_is_believed_and_reads_go_on(site: Site, reader: Believing) -> None:
    assert await site.shown(reader) == OLD
    site.row = NEW
    assert await site.shown(reader) == NEW


async def test_what_is_believed_is_filled_and_dropped(site: Site, worker: Believing, reader: Believing) -> None:
    assert await site.shown(reader) == OLD
    assert await cached(caches_of(reader)) == OLD
    await site.change(worker)
    assert await site.shown(reader) == NEW
    assert await cached(caches_of(reader)) == NEW


async def test_a_redis_that_lost_its_last_seconds_shows_no_old_row_and_no_feed_with_a_hole(
    site: Site, worker: Believing, reader: Believing, server: RedisProcess, tmp_path: Path
) -> None:
    await site.shown(reader)
    await complete_with(feeds_of(reader), entries(1))
    kept, files = tmp_path / "kept", server.folder / "appendonlydir"
    shutil.copytree(files, kept)
    await site.change(worker)
    await worker.reach.tell(SHARE, lambda: feeds_of(worker).push([(READER, entries(2)[0])]))
    server.kill()
    shutil.rmtree(files)
    shutil.copytree(kept, files)
    server.start()
    assert server.ask("EXISTS", f"cache:{KEY}", f"feed:{READER}") == 2
    for _ in range(2):
        assert await site.shown(reader) == NEW
        assert await read(feeds_of(reader)) is None
        await worker.settle()
    await site.shown(reader)
    assert await cached(caches_of(reader)) == NEW


async def test_a_drop_and_a_push_acknowledged_by_a_deposed_master_do_not_count(
    site: Site, worker: Believing, server: RedisProcess, tmp_path: Path
) -> None:
    with redis_server(tmp_path / "replica") as replica:
        on_the_replica = await site.process(THEIRS, address=replica.address)
        await site.shown(worker)
        await complete_with(feeds_of(worker), entries(1))
        replica.follow(server)
        replica.ask("REPLICAOF", "NO", "ONE")
        await site.change(on_the_replica, THEIRS, b"another row")
        await on_the_replica.settle()
        assert await site.shown(on_the_replica) == b"another row"
        await complete_with(feeds_of(on_the_replica), entries(1))
        with pytest.raises(NotTold):
            await caches_of(worker).drop([KEY])
        with pytest.raises(NotTold):
            await feeds_of(worker).push([(READER, entries(2)[0])])
        await site.change(worker)
        assert await site.shown(on_the_replica) == NEW
        assert await read(feeds_of(on_the_replica)) is None


async def test_a_drop_on_a_master_that_another_workers_return_has_just_replaced_does_not_count(
    site: Site, worker: Believing, server: RedisProcess, tmp_path: Path
) -> None:
    """While somebody is away a lease says nothing of who is believed: the other may come back on another master."""
    with redis_server(tmp_path / "other") as other:
        elsewhere = await site.process(THEIRS, address=other.address)
        await elsewhere.reach.tell(THEIRS, lambda: caches_of(elsewhere).drop(["a row of theirs"]))
        held = await worker.state.fresh()
        await elsewhere.settle()
        assert held.holds, "the state in which the old master is believed"
        with pytest.raises(NotTold):
            await caches_of(worker).drop([KEY])


async def test_a_lagging_replica_that_replaced_the_master_shows_no_old_row(
    site: Site, worker: Believing, server: RedisProcess, tmp_path: Path
) -> None:
    with redis_server(tmp_path / "replica") as replica:
        reader = await site.process(address=replica.address)
        await site.shown(worker)
        replica.follow(server)
        replica.ask("REPLICAOF", "NO", "ONE")  # it lags from here on
        await site.change(worker)
        server.kill()
        assert replica.ask("EXISTS", f"cache:{KEY}") == 1
        assert await site.shown(reader) == NEW
        heir = await site.process(SHARE, address=replica.address)
        await heir.settle()
        assert await site.shown(reader) == NEW


async def test_a_fill_that_races_a_delete_whose_entry_was_evicted_stores_nothing(
    site: Site, worker: Believing, reader: Believing, server: RedisProcess
) -> None:
    _, leases = await caches_of(reader).get([KEY], TTL_S)
    old = site.row
    server.ask("DEL", f"cache:{KEY}")
    await site.change(worker, row=b"null")
    await caches_of(reader).fill(dict.fromkeys(leases, old), TTL_S)
    assert await cached(caches_of(reader)) is None


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
        await pusher.reach.tell(THEIRS, lambda: feeds_of(pusher).push([(READER, posts[0])]))
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


async def test_while_redis_is_away_the_first_telling_waits_for_a_lease_and_the_others_for_nothing(
    site: Site, worker: Believing, reader: Believing, server: RedisProcess
) -> None:
    await site.shown(reader)
    server.kill()
    before = site.clock.now
    await site.change(worker)
    assert site.clock.now - before == LEASE_S
    for number in range(20):
        await site.change(worker, row=b"row %d" % number)
        assert await site.shown(reader) == b"row %d" % number
    assert site.clock.now - before == LEASE_S
    assert (await worker.state.fresh()).state.away == {SHARE}
    server.start()
    assert await cached(caches_of(reader)) is None
    await worker.settle()
    await site.clock.pass_(LEASE_S)  # until then a reader may not have heard of it
    assert await site.shown(reader) == b"row 19"
    assert await cached(caches_of(reader)) == b"row 19"


async def test_the_shares_of_a_process_go_and_come_back_together_and_wait_once(
    site: Site, worker: Believing, reader: Believing, server: RedisProcess
) -> None:
    worker.reach.owns("likes@v1", [THEIRS])
    server.kill()
    before = site.clock.now
    await asyncio.gather(site.change(worker), site.change(worker, THEIRS))
    await site.change(worker, THEIRS)
    assert site.clock.now - before < 2 * LEASE_S
    assert (await worker.state.fresh()).state.away == {SHARE, THEIRS}
    server.start()
    epoch = (await worker.state.fresh()).state.epoch
    await worker.settle()
    assert (await worker.state.fresh()).state.epoch == epoch + 1


async def test_who_goes_again_after_a_return_waits_again(
    site: Site, worker: Believing, reader: Believing, server: RedisProcess
) -> None:
    for _ in range(3):
        server.kill()
        before = site.clock.now
        await site.change(worker)
        assert site.clock.now - before == LEASE_S
        server.start()
        await worker.settle()


async def test_a_share_whose_worker_died_away_is_brought_back_by_its_next_owner_without_an_event(
    site: Site, worker: Believing, reader: Believing, server: RedisProcess
) -> None:
    await site.shown(reader)
    server.kill()
    await site.change(worker)
    server.start()
    heir = await site.process()
    assert await heir.reach.once() is False
    heir.reach.owns("feed@v1", [SHARE])
    await heir.settle()
    await site.shown(reader)
    assert await cached(caches_of(reader)) == NEW


async def test_who_was_brought_back_by_another_tells_redis_again_instead_of_relying_on_it(
    site: Site, worker: Believing, reader: Believing, server: RedisProcess
) -> None:
    """A worker that lost its partition, and does not know it yet, has a state that is no longer true."""
    server.kill()
    await site.change(worker)
    server.start()
    heir = await site.process(SHARE)
    await heir.settle()
    assert worker.state.held is not None
    assert SHARE in worker.state.held.state.away
    await site.shown(reader)
    await site.change(worker, row=b"newer")
    assert await site.shown(reader) == b"newer"


async def test_while_the_state_cannot_be_written_nobody_goes_on(
    site: Site, worker: Believing, server: RedisProcess
) -> None:
    frozen = Frozen(site.rows)
    stuck = await site.process(THEIRS, rows=frozen)
    await stuck.state.fresh()
    frozen.away = True
    server.kill()
    with pytest.raises(Unavailable) as refused:
        await site.change(stuck, THEIRS)
    assert not isinstance(refused.value, NotTold)
    frozen.away = False
    await site.change(stuck, THEIRS)
    assert (await worker.state.fresh()).state.away == {THEIRS}


async def test_what_a_process_remembers_is_forgotten_when_something_else_is_believed(
    site: Site, worker: Believing, reader: Believing, server: RedisProcess
) -> None:
    caches, heard = caches_of(reader), list[object]()
    await site.shown(reader)
    caches.hear(heard.append)
    await caches.fence(caches.moment())
    assert heard == []
    server.kill()
    await site.change(worker)
    for _ in range(2):
        heard.clear()
        await caches.fence(caches.moment())
        assert None in heard, "nothing is heard of a Redis that is away: anything may change"
    server.start()
    await worker.settle()
    await site.clock.pass_(LEASE_S)  # until then a reader may not have heard of it
    await caches.fence(caches.moment())
    heard.clear()
    await caches.fence(caches.moment())
    assert heard == []


async def complete_with(feeds: RedisFeeds, content: list[FeedEntry]) -> None:
    building = await feeds.begin(READER)
    assert building is not None
    await feeds.complete(READER, building, content)
