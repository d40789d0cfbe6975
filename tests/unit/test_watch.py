"""One watcher a process: however many wait, the store is asked as often as for one."""

import asyncio

import pytest

from infra.watch import Watch
from projections.ports import Progress
from schemas.errors import Unavailable
from schemas.positions import ENGAGEMENT, POSTS, Partition, Position
from tests.pace import patient

CARDS, LIKES = "cards@v1", "likes@v1"
HERE = Partition(POSTS, 0)


class Store:
    """Offsets that move when they are told to, read slowly enough for others to come meanwhile."""

    def __init__(self) -> None:
        self.offsets = {CARDS: {HERE: 0}, LIKES: {HERE: 0}}
        self.looks = 0
        self.at_once = self.most_at_once = 0
        self.away = False

    async def look(self, projection: str) -> dict[Partition, Progress]:
        self.looks += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.01)
        self.at_once -= 1
        if self.away:
            raise Unavailable
        return {place: Progress(offset, offset, "ev") for place, offset in self.offsets[projection].items()}


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def watch(store: Store) -> Watch:
    return Watch({CARDS: [POSTS], LIKES: [POSTS, ENGAGEMENT]}, store.look, lambda: asyncio.sleep(0.01))


async def test_two_hundred_who_wait_cost_the_store_no_more_than_one(store: Store, watch: Watch) -> None:
    waits = [asyncio.create_task(watch.wait([CARDS, LIKES], [Position(POSTS, 0, at)], 0.2, [])) for at in range(200)]
    assert set(await asyncio.gather(*waits)) == {False}
    assert store.most_at_once == 2, "one look is one read a projection"
    assert store.looks <= 2 * 0.3 / 0.01


async def test_what_was_seen_is_not_asked_for_again(store: Store, watch: Watch) -> None:
    store.offsets[CARDS][HERE] = 9
    assert await watch.wait([CARDS], [Position(POSTS, 0, 5)], 0, [])
    looks = store.looks
    assert await watch.wait([CARDS], [Position(POSTS, 0, 8)], 0, [])
    assert store.looks == looks
    assert watch.known(CARDS) == {HERE: Progress(9, 9, "ev")}


async def test_what_was_seen_never_goes_back(store: Store, watch: Watch) -> None:
    store.offsets[CARDS][HERE] = 9
    assert await watch.wait([CARDS], [Position(POSTS, 0, 8)], 0, [])
    store.offsets[CARDS][HERE] = 3  # as an old replica says
    assert not await watch.wait([CARDS], [Position(POSTS, 0, 20)], 0, [])
    assert watch.known(CARDS) == {HERE: Progress(9, 9, "ev")}


async def test_who_comes_during_a_look_is_told_by_the_next(store: Store, watch: Watch) -> None:
    first = asyncio.create_task(watch.wait([CARDS], [Position(POSTS, 0, 0)], 5, []))
    await asyncio.sleep(0.005)  # within the first look
    store.offsets[CARDS][HERE] = 1
    assert await asyncio.wait_for(watch.wait([CARDS], [Position(POSTS, 0, 0)], 0, []), patient(2))
    assert await first


async def test_who_waits_hears_that_the_store_is_away_and_the_next_one_is_served(store: Store, watch: Watch) -> None:
    store.away = True
    with pytest.raises(Unavailable):
        await watch.wait([CARDS], [Position(POSTS, 0, 0)], 5, [])
    store.away = False
    store.offsets[CARDS][HERE] = 1
    assert await watch.wait([CARDS], [Position(POSTS, 0, 0)], 5, [])


async def test_nobody_looks_when_nobody_waits(store: Store, watch: Watch) -> None:
    waiting = asyncio.create_task(watch.wait([CARDS], [Position(POSTS, 0, 0)], 60, []))
    await asyncio.sleep(0.005)
    waiting.cancel()
    await asyncio.wait([waiting])
    await asyncio.sleep(0.05)
    looks = store.looks
    await asyncio.sleep(0.05)
    assert store.looks == looks
