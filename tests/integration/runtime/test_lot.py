"""A lot: whatever is delivered, and whenever, each of it takes every event once, in order, from where it is."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from processors.intake import PATIENCE_S
from processors.lot import Lot
from processors.pace import Pace
from processors.runtime import Runtime
from projections.ports import Progress
from schemas.errors import Unavailable
from schemas.positions import Partition
from tests.integration.runtime.recorder import HERE, Recorder, likes
from tests.integration.stores import KEPT, Site, drained, opened_site

IDS = ("one@v1", "other@v1")
PACE = Pace(batch=10)
EVENTS = 2 * PACE.room
"""More than waits in memory for anybody."""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    with opened_site(tmp_path, IDS) as site:
        await site.tables.create(KEPT)
        yield site


@pytest.fixture
def lot() -> Lot:
    return Lot("lot", PACE, lambda: True)


@pytest.fixture
def pair() -> tuple[Recorder, Recorder]:
    return Recorder(id=IDS[0]), Recorder(id=IDS[1])


def runtime(site: Site, recorder: Recorder) -> Runtime:
    return site.runtime(recorder, PACE, recorder.appliers)


@asynccontextmanager
async def carried(lot: Lot, *runtimes: Runtime) -> AsyncIterator[None]:
    carrying = [asyncio.create_task(lot.carry(one)) for one in runtimes]
    await asyncio.sleep(0)
    try:
        yield
    finally:
        for task in carrying:
            task.cancel()
        await asyncio.wait(carrying)


async def deliver(site: Site, lot: Lot, place: Partition, first: int, end: int) -> None:
    lot.deliver(await site.log.read(*place, first, end - first))


def offsets(recorder: Recorder) -> list[int]:
    return [offset for _, offset in recorder.taken]


@pytest.mark.parametrize(
    "deliveries",
    [
        [(0, 20)],
        [(0, 7), (7, 20)],
        [(0, 12), (3, 9), (3, 20)],
        [(0, 5), (9, 14), (14, 20)],
        [(15, 20)],
        [(12, 20), (0, 20)],
    ],
    ids=["whole", "in parts", "twice", "with a gap", "from the middle", "backwards"],
)
async def test_each_takes_every_event_once_whatever_is_delivered(
    site: Site, lot: Lot, pair: tuple[Recorder, Recorder], deliveries: Sequence[tuple[int, int]]
) -> None:
    """One begins at the beginning, and one is further already."""
    events = likes(HERE, 20)
    places = await site.append(*events)
    await site.positions.advance(IDS[1], places[5], events[5].id)
    place = Partition.of(places[0])
    async with carried(lot, *(runtime(site, one) for one in pair)):
        lot.given([place])
        assert await lot.begin() == {place: 0}
        for first, end in deliveries:
            await deliver(site, lot, place, first, end)
        for one in pair:
            await drained(site, one, places)
    assert [offsets(one) for one in pair] == [list(range(20)), list(range(6, 20))]


async def test_deliveries_wait_for_who_is_slow_and_not_for_who_stands_still(
    site: Site, pair: tuple[Recorder, Recorder]
) -> None:
    one, still = pair
    places, turn, now = await site.append(*likes(HERE, EVENTS)), asyncio.Lock(), [0.0]
    place, lot = Partition.of(places[0]), Lot("lot", PACE, lambda: True, clock=lambda: now[0])
    async with carried(lot, feeding := runtime(site, one), replace(runtime(site, still), slices=turn)):
        lot.given([place])
        await lot.begin()
        async with turn:
            for first in range(0, EVENTS, PACE.batch):
                await deliver(site, lot, place, first, first + PACE.batch)
            await drained(site, one, places)
            async with feeding.readings[place].turn:  # its position is written before it knows itself that it is
                assert lot.applied([place]) == {place: 0}, "it may only be slow"
                now[0] = PATIENCE_S
                assert lot.applied([place]) == {place: EVENTS}
            assert offsets(still) == []
        await drained(site, still, places)
    assert offsets(still) == list(range(EVENTS)), "what found no room was read from the log"


async def test_who_comes_later_begins_where_it_is_and_who_goes_leaves_nothing_half_done(
    site: Site, lot: Lot, pair: tuple[Recorder, Recorder]
) -> None:
    one, late = pair
    places = await site.append(*likes(HERE, EVENTS))
    place = Partition.of(places[0])
    async with carried(lot, runtime(site, one)):
        lot.given([place])
        await lot.begin()
        await deliver(site, lot, place, 0, EVENTS)
        await drained(site, one, places)
        async with carried(lot, first := runtime(site, late)):
            await drained(site, late, places)
        assert first.readings == {}
        more = await site.append(*likes(HERE, 5, first=EVENTS + 1))
        await deliver(site, lot, place, EVENTS, EVENTS + 5)
        await drained(site, one, more)
        async with carried(lot, runtime(site, late)):
            await drained(site, late, more)
    assert offsets(late) == list(range(EVENTS + 5))


async def test_while_positions_cannot_be_read_nothing_is_to_be_delivered(
    site: Site, lot: Lot, pair: tuple[Recorder, Recorder], monkeypatch: pytest.MonkeyPatch
) -> None:
    places = await site.append(*likes(HERE, 3))
    place, read, away = Partition.of(places[0]), site.positions.progress, [True]

    async def flaky(subscriber: str) -> dict[Partition, Progress]:
        if away:
            raise Unavailable
        return await read(subscriber)

    monkeypatch.setattr(site.positions, "progress", flaky)
    async with carried(lot, runtime(site, pair[0])):
        lot.given([place])
        assert await lot.begin() == {}
        assert lot.applied([place]) == {}
        away.clear()
        assert await lot.begin() == {place: 0}


async def test_what_is_taken_away_while_positions_are_read_is_not_begun(
    site: Site, lot: Lot, pair: tuple[Recorder, Recorder], monkeypatch: pytest.MonkeyPatch
) -> None:
    places = await site.append(*likes(HERE, 3))
    place, read, asked, go_on = Partition.of(places[0]), site.positions.progress, asyncio.Event(), asyncio.Event()

    async def slow(subscriber: str) -> dict[Partition, Progress]:
        asked.set()
        await go_on.wait()
        return await read(subscriber)

    monkeypatch.setattr(site.positions, "progress", slow)
    async with carried(lot, one := runtime(site, pair[0])):
        lot.given([place])
        beginning = asyncio.create_task(lot.begin())
        await asked.wait()
        await lot.let_all_go(0)
        go_on.set()
        assert await beginning == {}
        assert one.readings == {}
        lot.deliver(await site.log.read(*place, 0, 3))
    assert await site.positions.next_offsets(IDS[0]) == {}
