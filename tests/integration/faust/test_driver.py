"""The Faust driver on real Kafka: our own positions decide, whatever Faust delivers, forgets or shares out anew."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from projections.ports import Progress
from schemas.errors import Unavailable
from schemas.positions import ENGAGEMENT, Partition, Position
from tests.integration.faust.faust_sites import (
    EVERYWHERE,
    WITHIN_S,
    FaustSite,
    assert_everything_once,
    running,
)
from tests.integration.faust.journal import RECORDER, Stumbling
from tests.integration.runtime.recorder import HERE, THERE, likes
from tests.pace import patient, until


async def commit_in_kafka(site: FaustSite, place: Position) -> None:
    """Has Kafka remember another place for the group than ours."""
    group = f"{site.prefix}photolog-{RECORDER}"
    consumer = AIOKafkaConsumer(**site.connection.arguments, group_id=group, enable_auto_commit=False)
    await consumer.start()
    physical = TopicPartition(site.prefix + place.topic, place.partition)
    consumer.assign([physical])
    await consumer.commit({physical: place.offset})
    await consumer.stop()


async def test_events_arrive_once_and_in_the_order_of_their_partition(site: FaustSite) -> None:
    before = await site.append([event for post in EVERYWHERE for event in likes(post, 200)])
    async with running(site.driver(site.journal(), batch=70)):
        await site.drained(before)
        after = await site.append([event for post in EVERYWHERE for event in likes(post, 5, first=1000)])
        await site.drained(after)
    assert_everything_once(site, after)


@pytest.mark.parametrize("in_kafka", [0, 3, 10])
async def test_a_restart_goes_on_behind_what_was_applied_whatever_kafka_remembers(
    site: FaustSite, in_kafka: int
) -> None:
    places = await site.append(likes(HERE, 10))
    await commit_in_kafka(site, Position(ENGAGEMENT, places[0].partition, in_kafka))
    await site.positions.advance(RECORDER, places[5], likes(HERE, 10)[5].id)
    async with running(site.driver(site.journal())):
        await site.drained(places)
    assert site.journal().taken() == {Partition.of(places[0]): [6, 7, 8, 9]}


async def test_positions_that_cannot_be_read_at_first_are_waited_for(
    site: FaustSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = await site.append(likes(HERE, 10))
    await commit_in_kafka(site, Position(ENGAGEMENT, places[0].partition, 10))
    await site.positions.advance(RECORDER, places[1], likes(HERE, 10)[1].id)
    read, failures = site.positions.progress, iter(range(3))

    async def flaky(projection: str) -> dict[Partition, Progress]:
        for _ in failures:
            raise Unavailable
        return await read(projection)

    monkeypatch.setattr(site.positions, "progress", flaky)
    async with running(site.driver(site.journal())):
        await site.drained(places)
    assert site.journal().taken() == {Partition.of(places[0]): list(range(2, 10))}


async def test_what_faust_leaves_out_is_read_from_the_log(site: FaustSite) -> None:
    places = await site.append(likes(HERE, 10))
    place = Partition.of(places[0])
    async with running(site.driver(site.journal(), batch=3)) as fed:
        await site.drained(places)
        reading = fed.runtime.readings[place]
        async with reading.turn:  # its position is written before it knows itself that it is
            reading.rows = reading.next = 5  # as if Faust had jumped from there to the end
        await site.drained(await site.append(likes(HERE, 2, first=11)))
    assert site.journal().taken() == {place: [*range(10), *range(5, 12)]}


async def test_a_failing_batch_is_retried_skips_nothing_and_holds_only_its_partition(site: FaustSite) -> None:
    held, free = await site.append([*likes(HERE, 1), *likes(THERE, 1)])
    journal = Stumbling(site.views, broken={held.partition})
    journal.may_go_on.set()
    async with running(site.driver(journal)) as fed:
        places = [*await site.append([*likes(HERE, 9, first=2), *likes(THERE, 9, first=2)])]
        await site.drained([place for place in places if place.partition == free.partition])
        assert site.journal().taken() == {Partition.of(free): list(range(10))}
        await until(lambda: fed.runtime.failing)
        assert fed.runtime.failing == {Partition.of(held): "ConnectionError"}
        journal.broken.clear()
        await site.drained(places)
        await until(lambda: not fed.runtime.failing)
    assert_everything_once(site, places)


async def test_a_partition_that_is_held_does_not_keep_the_others_from_their_events(site: FaustSite) -> None:
    held = await site.append(likes(HERE, 3000))
    journal = Stumbling(site.views, broken={held[0].partition})
    journal.may_go_on.set()
    async with running(site.driver(journal, batch=50)):
        for first in range(0, 3000, 1000):
            await site.drained(await site.append(likes(THERE, 1000, first)))
        journal.broken.clear()
        await site.drained(places := await site.append([*likes(HERE, 1), *likes(THERE, 1)]))
    assert_everything_once(site, places)


async def test_a_crash_inside_faust_is_outlived(site: FaustSite) -> None:
    async with running(site.driver(site.journal())) as fed:
        await site.drained(await site.append(likes(HERE, 10)))
        assert fed.driver._app is not None
        await fed.driver._app.crash(RuntimeError("as Faust does when its own code fails"))
        places = await site.append(likes(HERE, 10, first=11))
        await site.drained(places)
    assert_everything_once(site, places)


async def test_the_end_waits_for_the_batch_in_hand(site: FaustSite) -> None:
    places = await site.append(likes(HERE, 3))
    journal = Stumbling(site.views)
    task = asyncio.create_task(site.driver(journal).run())
    await asyncio.wait_for(journal.started.wait(), patient(WITHIN_S))
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=0.5)
    assert not done
    journal.may_go_on.set()
    await asyncio.wait([task])
    ((place, taken),) = site.journal().taken().items()
    assert place == Partition.of(places[0])
    assert await site.positions.next_offsets(RECORDER) == {place: len(taken)}
