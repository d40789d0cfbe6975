"""What Redis says is believed only while it is the Redis that was told everything.

The schedules that broke earlier designs, one by one. No test waits for a clock.
"""

import shutil
from pathlib import Path

import pytest

from projections.site import NotTold
from tests.believing import SHARE, Believing
from tests.integration.redis.redis_stores import KEY, READER, TTL_S, cached, caches_of, entries, feeds_of, read
from tests.integration.redis.rows import NEW, OLD, THEIRS, Site, complete_with
from tests.redis_server import RedisProcess, redis_server


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
    await worker.reach.tell(SHARE, lambda: feeds_of(worker).push([READER], entries(2)))
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
            await feeds_of(worker).push([READER], entries(2))
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
