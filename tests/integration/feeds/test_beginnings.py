"""How celebrities' posts begin, where that will do as it was a moment ago: nobody waits, and nobody is shown for long
what is over."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from projections.feed import POSTS_BY_AUTHOR
from projections.ports import FeedEntry
from query_api.beginnings import GRACE_S, Beginnings
from schemas.errors import Unavailable
from schemas.ids import AccountId, PostId
from tests.integration.feeds.celebrity_world import OTHER, STAR, World
from tests.integration.schedules.fate import Fate, Faulty, Gate, is_refused, pauses_after
from tests.pace import until


class Readers:
    """Of one query process, and a clock that stands."""

    def __init__(self, world: World) -> None:
        self.fate, self.now = Fate(), 0.0
        self.made, self.unmade = list[str](), set[PostId]()
        tables: Any = Faulty(world.site.tables, self.fate)
        self._beginnings = Beginnings(tables, world.site.caches, world.memory, lambda: self.now)

    async def ready(self, entries: Sequence[FeedEntry]) -> set[PostId]:
        self.made += [entry.post_id for entry in entries]
        return self.unmade

    async def see(self, author: AccountId = STAR) -> list[str]:
        """What is true now."""
        return [entry.post_id for entry in (await self._beginnings.read([author]))[author].entries]

    async def glance(self, author: AccountId = STAR) -> list[str]:
        """What is true, or was a moment ago."""
        return [entry.post_id for entry in (await self._beginnings.read([author], self.ready))[author].entries]


@pytest.fixture
async def readers(world: World) -> Readers:
    """Who have seen one post of each."""
    await world.publishes("po_1")
    await world.publishes("po_other", OTHER)
    readers = Readers(world)
    assert await readers.glance() == await readers.see() == ["po_1"]
    assert await readers.glance(OTHER) == ["po_other"]
    return readers


async def test_who_asks_for_nothing_in_particular_waits_for_nobody_while_what_is_new_is_made_ready(
    world: World, readers: Readers
) -> None:
    gate = Gate()
    readers.fate.at("heads", pauses_after(gate))
    await world.publishes("po_2")
    assert await readers.glance() == ["po_1"]
    await gate.reached.wait()
    assert await readers.glance() == ["po_1"]
    assert readers.made == []
    sees = asyncio.create_task(readers.see())
    gate.open()
    assert await sees == ["po_1", "po_2"]
    assert readers.made == ["po_2"]
    assert await readers.glance() == ["po_1", "po_2"]


async def test_who_is_to_see_what_changed_is_never_shown_what_was(world: World, readers: Readers) -> None:
    await world.publishes("po_2")
    assert await readers.see() == ["po_1", "po_2"]
    assert await readers.glance() == ["po_1", "po_2"]
    assert readers.made == []


async def test_what_was_is_shown_for_a_moment_whatever_keeps_it_from_being_read(world: World, readers: Readers) -> None:
    readers.fate.usual = lambda step: is_refused
    await world.publishes("po_2")
    readers.now += GRACE_S / 2
    assert await readers.glance() == ["po_1"]
    readers.now += GRACE_S / 2
    with pytest.raises(Unavailable):
        await readers.glance()


async def test_where_anything_may_have_changed_nothing_that_was_is_shown(world: World, readers: Readers) -> None:
    await world.publishes("po_2")
    world.memory.forget(None)
    assert await readers.glance() == ["po_1", "po_2"]


async def test_nobody_is_shown_what_is_older_than_what_somebody_saw(world: World, readers: Readers) -> None:
    """What was read while it changed again is not remembered, but newer than what was."""
    await world.publishes("po_2")
    gate = Gate()
    readers.fate.at("heads", pauses_after(gate))
    sees = asyncio.create_task(readers.see())
    await gate.reached.wait()
    await world.publishes("po_3")
    gate.open()
    assert await sees == ["po_1", "po_2"]
    assert await readers.glance() == ["po_1", "po_2"]


async def test_nobody_glances_at_what_cannot_be_shown_yet_and_nobody_else_waits_for_that(
    world: World, readers: Readers
) -> None:
    gate = Gate()
    readers.unmade = {PostId("po_2")}
    readers.fate.at("heads", pauses_after(gate))
    await world.publishes("po_2")
    assert await readers.glance() == ["po_1"]
    await gate.reached.wait()
    sees = asyncio.create_task(readers.see())
    gate.open()
    assert await sees == ["po_1", "po_2"]


async def test_what_could_not_be_shown_is_made_ready_by_who_comes_next(world: World, readers: Readers) -> None:
    readers.unmade = {PostId("po_2")}
    await world.publishes("po_2")
    assert await readers.glance() == ["po_1"]
    await until(lambda: readers.made == ["po_2"])
    readers.unmade.clear()
    assert await readers.glance() == ["po_1"]
    await until(lambda: readers.made == ["po_2", "po_2"])
    assert await readers.glance() == ["po_1", "po_2"]


async def test_others_are_read_when_the_next_reader_asks(world: World, readers: Readers) -> None:
    gate = Gate()
    readers.fate.at("heads", pauses_after(gate))
    await world.publishes("po_2")
    await world.publishes("po_other_2", OTHER)
    assert await readers.glance() == ["po_1"]
    await gate.reached.wait()
    assert await readers.glance(OTHER) == ["po_other"]
    gate.open()
    name = POSTS_BY_AUTHOR.partition_cache_key((STAR,))
    await until(lambda: name in world.memory.entries)
    assert await readers.glance() == ["po_1", "po_2"]
    await readers.glance(OTHER)
    await until(lambda: readers.made == ["po_2", "po_other_2"])
