"""While Redis is away the rows go on without it, and who was away comes back before Redis is believed again.

The schedules that broke earlier designs, one by one. No test waits for a clock.
"""

import asyncio

import pytest

from projections.site import LEASE_S, NotTold
from schemas.errors import Unavailable
from tests.believing import SHARE, Believing, Frozen
from tests.integration.redis.redis_stores import cached, caches_of
from tests.integration.redis.rows import NEW, THEIRS, Site
from tests.redis_server import RedisProcess


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
