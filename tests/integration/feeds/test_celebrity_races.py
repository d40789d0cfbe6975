"""Celebrities in feeds under schedules that lose posts if done naively: clears and crossings beside posts, readers."""

import asyncio

import pytest

from tests.integration.feeds.celebrity_world import FANS, World
from tests.integration.feeds.judgement import all_are_right
from tests.integration.schedules.fate import Fate, Gate, pauses_after


async def test_a_crossing_in_the_middle_of_a_fan_out_lets_it_go_on_and_the_post_is_there_once(world: World) -> None:
    event, stream = world.post("po_1", at=world.now + 1_000)  # a clock ahead: the post lies in the span that begins now
    plan, gate = await world.rows(event, stream), Gate()
    fan_out = asyncio.create_task(world.reacts(plan, Fate().at("get", pauses_after(gate))))
    await gate.reached.wait()
    await world.follows(FANS[-1])
    gate.open()
    await fan_out
    assert await world.pushed(FANS[0]) == {"po_1"}
    await all_are_right(world)


async def test_a_post_whose_fan_out_begins_after_the_crossing_is_left_to_readers(world: World) -> None:
    await all_are_right(world)
    event, stream = world.post("po_1", at=world.now + 1_000)
    plan = await world.rows(event, stream)
    await world.follows(FANS[-1])
    await world.reacts(plan)
    assert await world.pushed(FANS[0]) == set()
    await all_are_right(world)


async def test_a_post_that_a_fan_out_leaves_to_readers_while_the_span_is_cleared_is_pushed_by_the_clear(
    world: World,
) -> None:
    await world.follows(FANS[-1])
    await all_are_right(world)
    event, stream = world.post("po_1", at=world.now + 1_000)  # later than the clear, by its clock
    plan, gate = await world.rows(event, stream), Gate()
    fan_out = asyncio.create_task(world.reacts(plan, Fate().at("get", pauses_after(gate))))
    await gate.reached.wait()
    await world.orders_clear()
    await world.carried_out()
    gate.open()
    await fan_out
    assert await world.spans() == [(True, True)]
    await all_are_right(world)
    assert "po_1" in await world.pushed(FANS[0])


async def test_until_everything_is_pushed_readers_do_not_go_by_the_end_of_a_span(world: World) -> None:
    await world.follows(FANS[-1])
    event, stream = world.post("po_1", at=world.now + 1_000)
    await world.happens(event, stream)
    await world.orders_clear()
    (cleared,) = await world.said()
    await world.site.rows.apply([cleared])
    assert await world.spans() == [(True, False)]
    await all_are_right(world)
    await world.reacts(cleared)
    await world.carried_out()
    assert await world.spans() == [(True, True)]
    await all_are_right(world)


@pytest.mark.parametrize("remembered", [True, False])
async def test_who_reads_a_feed_while_a_clear_is_carried_out_sees_what_it_pushes(
    world: World, remembered: bool
) -> None:
    """The feed is read before the pushes, who is a celebrity after the end is settled."""
    await world.follows(FANS[-1])
    event, stream = world.post("po_1", at=world.now + 1_000)
    await world.happens(event, stream)
    assert await world.seen(FANS[0]) == ["po_1"]
    if not remembered:
        world.memory.forget(None)
    gate = Gate()
    reader = asyncio.create_task(world.seen(FANS[0], fate=Fate().at("read", pauses_after(gate))))
    await gate.reached.wait()
    await world.orders_clear()
    await world.carried_out()
    gate.open()
    assert await reader == ["po_1"]
    await all_are_right(world)


async def test_who_reads_while_an_author_becomes_a_celebrity_misses_nothing_that_was_seen_before(world: World) -> None:
    await all_are_right(world)  # it is remembered that nobody is one
    gate = Gate()
    reader = asyncio.create_task(world.seen(FANS[0], fate=Fate().at("read", pauses_after(gate))))
    await gate.reached.wait()
    await world.follows(FANS[-1])
    await world.publishes("po_1")
    assert await world.seen(FANS[0]) == ["po_1"]
    gate.open()
    assert await reader == ["po_1"]


async def test_a_feed_that_is_made_anew_while_a_celebrity_publishes_has_the_post(world: World) -> None:
    await world.follows(FANS[-1])
    await world.publishes("po_1")
    await world.site.views.write("DELETE FROM feeds")
    gate = Gate()
    maker = asyncio.create_task(world.seen(FANS[0], fate=Fate().at("heads", pauses_after(gate))))
    await gate.reached.wait()
    await world.publishes("po_2")
    gate.open()
    assert "po_1" in await maker
    await all_are_right(world)
    assert await world.seen(FANS[0]) == ["po_2", "po_1"]
