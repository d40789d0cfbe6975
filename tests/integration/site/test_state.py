"""The site's state as a process holds it: on a lease from before its read, and never an older one for a newer."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from infra.process.site_state import SharedState
from projections.site import LEASE_S, STATE, Share, SiteRow, SiteRows, SiteState, read, written
from projections.versions import Standing, Versions
from schemas.errors import Unavailable
from tests.believing import SHARE, Frozen, Seconds, site_rows

OTHER = Share("likes@v1", "photolog.engagement", 3)


@dataclass
class SlowRows:
    """The rows over a wire on which answers come when they are let through, in the order of the questions."""

    rows: SiteRows
    asked: int = 0
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    through: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def read(self, name: str) -> SiteRow | None:
        self.asked += 1
        self.heard.set()
        found = await self.rows.read(name)
        await self.through.acquire()
        return found

    async def write(self, name: str, content: str, after: int) -> bool:
        return await self.rows.write(name, content, after)


@pytest.fixture
async def rows(tmp_path: Path) -> AsyncIterator[SiteRows]:
    async with site_rows(tmp_path) as opened:
        yield opened


LATER = Versions().begun().standing(2, Standing.FOLLOWING).found(2, True).switched(2)


def test_a_state_is_read_as_it_was_written_with_what_later_releases_keep_there() -> None:
    state = SiteState(7, {"0": "ab" * 20}, frozenset({SHARE, OTHER}), {"feed": LATER}, {"later": {"feed": 2}})
    assert read(written(state)) == state
    assert read(written(state.gone({OTHER}).returned({SHARE, OTHER}, {}))).rest == {"later": {"feed": 2}}


async def test_a_lease_counts_from_before_the_read(rows: SiteRows) -> None:
    clock, slow = Seconds(), SlowRows(rows)
    state = SharedState(slow, clock)
    reading = asyncio.ensure_future(state.fresh())
    await slow.heard.wait()
    await clock.pass_(LEASE_S - 0.1)
    slow.through.release()
    held = await reading
    assert held.holds
    await clock.pass_(0.1)
    assert not held.holds


async def test_a_fresh_read_is_none_that_began_before(rows: SiteRows) -> None:
    clock, slow = Seconds(), SlowRows(rows)
    state = SharedState(slow, clock)
    early = asyncio.ensure_future(state.fresh())
    await slow.heard.wait()
    assert await rows.write(STATE, written(SiteState(epoch=5)), after=0)
    late = [asyncio.ensure_future(state.fresh()) for _ in range(3)]
    for _ in range(2):
        slow.through.release()
    assert (await early).state.epoch == 0
    assert [(await one).state.epoch for one in late] == [5, 5, 5]
    assert slow.asked == 2, "those who ask together share a read"


async def test_of_processes_that_change_it_at_once_each_finds_the_others_changes(rows: SiteRows) -> None:
    states = [SharedState(rows, Seconds()) for _ in range(6)]
    shares = [Share("feed@v1", "photolog.posts", number) for number in range(6)]

    async def go(state: SharedState, share: Share) -> None:
        await state.change(lambda before: before.gone({share}))

    await asyncio.gather(*(go(*pair) for pair in zip(states, shares, strict=True)))
    assert (await states[0].fresh()).state.away == set(shares)


async def test_a_change_that_changes_nothing_writes_nothing(rows: SiteRows) -> None:
    state = SharedState(rows, Seconds())
    await state.change(lambda before: before.gone({SHARE}))
    before = await rows.read(STATE)
    await state.change(lambda before: before.gone({SHARE}))
    assert await rows.read(STATE) == before


async def test_without_the_row_the_state_is_known_for_a_lease_and_then_not(rows: SiteRows) -> None:
    clock, frozen = Seconds(), Frozen(rows)
    state = SharedState(frozen, clock)
    assert await state.current() is not None
    frozen.away = True
    assert await state.current() is not None
    await clock.pass_(LEASE_S)
    assert await state.current() is None
    with pytest.raises(Unavailable):
        await state.fresh()
    frozen.away = False
    assert await state.current() is not None
