"""The window: what follows from rows delays no row, is done at least once, and is known to be done."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from processors.pace import Pace
from schemas.positions import Partition, Position
from tests.integration.runtime.reactor import REACTOR, Reactor, opened_at
from tests.integration.runtime.recorder import HERE, likes
from tests.integration.schedules.fate import Gate
from tests.integration.stores import WITHIN_S, Site, drained, opened_site, running
from tests.pace import patient
from tests.unit.samples import recorded


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    with opened_site(tmp_path, [REACTOR]) as opened:
        yield opened


async def rows_written(site: Site, place: Position) -> None:
    assert await site.positions.wait([REACTOR], [place], patient(WITHIN_S))


async def finished_up_to(site: Site, place: Position, offset: int) -> None:
    """Returns once it is written that what follows from everything below this offset is over."""
    assert await site.positions.wait([REACTOR], [], patient(WITHIN_S), [place._replace(offset=offset - 1)])


async def progress(site: Site, place: Position) -> tuple[int, int]:
    found = (await site.positions.progress(REACTOR))[Partition.of(place)]
    return found.rows, found.finished


async def test_a_slow_reaction_delays_neither_rows_nor_the_reactions_behind_it(site: Site) -> None:
    gate = Gate()
    reactor = Reactor({3: gate})
    async with running(site, reactor, reactor.appliers):
        places = await site.append(*likes(HERE, 100))
        await rows_written(site, places[-1])
        await reactor.has(done=99)
        assert sorted(reactor.done) == [offset for offset in range(100) if offset != 3]
        await finished_up_to(site, places[-1], 3)
        assert await progress(site, places[-1]) == (100, 3)
        gate.open()
        await drained(site, reactor, [places[-1]])
    assert await progress(site, places[-1]) == (100, 100)


async def test_a_failing_reaction_is_tried_for_ever_and_delays_nobody(site: Site) -> None:
    failures = 0

    async def fails() -> None:
        nonlocal failures
        failures += 1
        if failures < 4:
            raise ConnectionError("secret")

    reactor = Reactor({0: fails})
    async with running(site, reactor, reactor.appliers) as runtime:
        places = await site.append(*likes(HERE, 50))
        await reactor.has(done=49)
        assert runtime.failing == {}
        await drained(site, reactor, [places[-1]])
        assert runtime.late == {}
    assert (failures, reactor.done[-1]) == (4, 0)


async def test_no_more_is_taken_than_the_window_is_wide(site: Site) -> None:
    gate = Gate()
    reactor = Reactor({5: gate})
    async with running(site, reactor, reactor.appliers, pace=Pace(batch=7, width=10)):
        places = await site.append(*likes(HERE, 40))
        await rows_written(site, places[14])
        await reactor.has(done=14)
        assert await progress(site, places[-1]) == (15, 5)
        gate.open()
        await drained(site, reactor, [places[-1]])
    assert sorted(reactor.done) == list(range(40))


async def test_a_process_carries_out_as_much_at_once_as_it_may(site: Site) -> None:
    reactor = Reactor()
    async with running(site, reactor, reactor.appliers, pace=Pace(at_once=4)):
        places = await site.append(*likes(HERE, 60))
        await drained(site, reactor, [places[-1]])
    assert reactor.most_at_once == 4


async def test_what_follows_from_one_stream_follows_in_its_order(site: Site) -> None:
    gate = Gate()
    events = likes(HERE, 3)
    again = [recorded(event.event, events[0].stream, 2, f"ev_again_{n}") for n, event in enumerate(events[:1])]
    reactor = Reactor({0: gate})
    async with running(site, reactor, reactor.appliers):
        places = await site.append(*events, *again)
        await reactor.has(done=2)
        assert sorted(reactor.begun) == [0, 1, 2], "the second of the stream waits for the first"
        gate.open()
        await drained(site, reactor, [places[-1]])
    assert reactor.done[-2:] == [0, 3]


async def test_a_restart_repeats_reactions_alone_and_no_rows(site: Site) -> None:
    before, gate = Reactor(), Gate()
    before.befalls = dict.fromkeys([2, 5], gate)
    places = await site.append(*likes(HERE, 8))
    async with running(site, before, before.appliers):
        await rows_written(site, places[-1])
        await before.has(begun=8, done=6)
    assert await progress(site, places[-1]) == (8, 2)
    after = Reactor()
    async with running(site, after, after.appliers):
        await drained(site, after, [*await site.append(*likes(HERE, 2, first=9))])
    assert after.rows.taken == [(places[0].partition, 8), (places[0].partition, 9)]
    assert sorted(after.done) == list(range(2, 10))
    assert after.begun[:6] == [2, 3, 4, 5, 6, 7], "what was unfinished, one after the other, first"


async def test_a_partition_that_is_taken_away_with_its_window_open_and_given_back_is_carried_out_by_one_at_a_time(
    site: Site,
) -> None:
    gate = Gate()
    reactor = Reactor(dict.fromkeys(range(10), gate))
    places = await site.append(*likes(HERE, 10))
    reading = await opened_at(site, reactor, places[0])
    await reactor.has(begun=10)
    await reading.close(0.01)
    assert (reactor.now, reactor.done) == (0, []), "nothing of the earlier window is still under way"
    reactor.befalls.clear()
    again = await opened_at(site, reactor, places[0])
    assert await site.positions.wait([REACTOR], places, patient(WITHIN_S), finished=places)
    await again.close(1)
    assert sorted(reactor.done) == list(range(10))
    assert len(reactor.rows.taken) == 10, "rows were written once"


async def test_who_is_not_sure_of_its_partitions_does_not_react(site: Site) -> None:
    sure, reactor = asyncio.Event(), Reactor()
    async with running(site, reactor, reactor.appliers) as runtime:
        runtime.may_react = sure.is_set
        places = await site.append(*likes(HERE, 3))
        await rows_written(site, places[-1])
        assert reactor.begun == []
        sure.set()
        await drained(site, reactor, [places[-1]])
    assert sorted(reactor.done) == [0, 1, 2]
