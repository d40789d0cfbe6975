"""What every adapter of Positions promises: they only move forward, and nobody waits longer than needed."""

import asyncio

from projections.ports import Positions, Progress
from schemas.positions import ACCOUNTS, ENGAGEMENT, POSTS, Partition, Position
from tests.contract.fixtures_read import EVERY_TABLES, ReadSide
from tests.pace import patient

pytestmark = EVERY_TABLES

LONG = 30.0
"""Seconds that no test is meant to wait: the test would be slow, and then fail."""


async def test_a_projection_that_applied_nothing_has_no_positions(positions: Positions, read_side: ReadSide) -> None:
    assert await positions.next_offsets(read_side.of_posts) == {}


async def test_the_next_offset_is_one_above_the_last_applied(positions: Positions, read_side: ReadSide) -> None:
    await positions.advance(read_side.of_likes, Position(POSTS, 0, 0), "ev_1")
    await positions.advance(read_side.of_likes, Position(POSTS, 3, 41), "ev_2")
    await positions.advance(read_side.of_likes, Position(ENGAGEMENT, 3, 7), "ev_3")
    assert await positions.next_offsets(read_side.of_likes) == {(POSTS, 0): 1, (POSTS, 3): 42, (ENGAGEMENT, 3): 8}


async def test_what_is_forgotten_is_nowhere_and_others_stay(positions: Positions, read_side: ReadSide) -> None:
    for subscriber in (read_side.of_posts, read_side.of_likes):
        await positions.advance(subscriber, Position(POSTS, 0, 4), "ev_4")
    for _ in range(2):
        await positions.forget(read_side.of_posts)
    assert await positions.progress(read_side.of_posts) == {}
    assert await positions.next_offsets(read_side.of_likes) == {(POSTS, 0): 5}


async def test_an_older_position_changes_nothing(positions: Positions, read_side: ReadSide) -> None:
    for offset in (5, 4, 0, 5):
        await positions.advance(read_side.of_posts, Position(POSTS, 0, offset), f"ev_{offset}")
        assert await positions.next_offsets(read_side.of_posts) == {(POSTS, 0): 6}


async def test_what_has_no_reactions_is_finished_with_its_rows(positions: Positions, read_side: ReadSide) -> None:
    await positions.advance(read_side.of_posts, Position(POSTS, 0, 4), "ev_4")
    assert await positions.progress(read_side.of_posts) == {Partition(POSTS, 0): Progress(5, 5, "ev_4")}


async def test_reactions_under_way_hold_back_what_is_finished_and_not_the_rows(
    positions: Positions, read_side: ReadSide
) -> None:
    await positions.advance(read_side.of_posts, Position(POSTS, 0, 4), "ev_4", finished=0)
    assert await positions.progress(read_side.of_posts) == {Partition(POSTS, 0): Progress(5, 0, "ev_4")}
    await positions.advance(read_side.of_posts, Position(POSTS, 0, 9), "ev_9", finished=3)
    assert await positions.progress(read_side.of_posts) == {Partition(POSTS, 0): Progress(10, 3, "ev_9")}
    await positions.finish(read_side.of_posts, Partition(POSTS, 0), 10)
    assert await positions.progress(read_side.of_posts) == {Partition(POSTS, 0): Progress(10, 10, "ev_9")}


async def test_rows_and_finished_each_move_forward_only(positions: Positions, read_side: ReadSide) -> None:
    await positions.advance(read_side.of_posts, Position(POSTS, 0, 9), "ev_9", finished=5)
    await positions.finish(read_side.of_posts, Partition(POSTS, 0), 3)
    await positions.advance(read_side.of_posts, Position(POSTS, 0, 7), "ev_7", finished=2)
    assert await positions.progress(read_side.of_posts) == {Partition(POSTS, 0): Progress(10, 5, "ev_9")}
    await positions.advance(read_side.of_posts, Position(POSTS, 0, 6), "ev_6")
    assert await positions.progress(read_side.of_posts) == {Partition(POSTS, 0): Progress(10, 7, "ev_9")}


async def test_who_waits_for_what_is_finished_waits_for_more_than_rows(
    positions: Positions, read_side: ReadSide
) -> None:
    places = [Position(POSTS, 0, 4)]
    await positions.advance(read_side.of_posts, places[0], "ev", finished=4)
    assert await positions.wait([read_side.of_posts], places, 0)
    assert not await positions.wait([read_side.of_posts], places, 0, finished=places)
    assert not await positions.wait([read_side.of_posts], [], 0, finished=places)
    waiting = asyncio.create_task(positions.wait([read_side.of_posts], places, LONG, finished=places))
    await asyncio.sleep(0)
    await positions.finish(read_side.of_posts, Partition(POSTS, 0), 5)
    async with asyncio.timeout(patient(2)):
        assert await waiting


async def test_projections_move_on_their_own(positions: Positions, read_side: ReadSide) -> None:
    await positions.advance(read_side.of_posts, Position(POSTS, 0, 5), "ev")
    assert await positions.next_offsets(read_side.of_likes) == {}


async def test_who_waits_for_what_is_applied_does_not_wait(positions: Positions, read_side: ReadSide) -> None:
    await positions.advance(read_side.of_posts, Position(POSTS, 0, 5), "ev")
    for offset in (0, 5):
        assert await positions.wait([read_side.of_posts], [Position(POSTS, 0, offset)], 0)


async def test_nothing_to_wait_for_is_no_wait(positions: Positions, read_side: ReadSide) -> None:
    assert await positions.wait([], [Position(POSTS, 0, 5)], 0)
    assert await positions.wait([read_side.of_posts], [], 0)


async def test_a_projection_is_not_waited_for_on_topics_that_it_does_not_read(
    positions: Positions, read_side: ReadSide
) -> None:
    places = [Position(ENGAGEMENT, 0, 5), Position(ACCOUNTS, 0, 5)]
    assert await positions.wait([read_side.of_posts], places, 0)
    assert not await positions.wait([read_side.of_likes], places, 0)


async def test_the_offset_before_is_not_enough(positions: Positions, read_side: ReadSide) -> None:
    await positions.advance(read_side.of_posts, Position(POSTS, 0, 4), "ev")
    await positions.advance(read_side.of_posts, Position(POSTS, 1, 9), "ev")
    assert not await positions.wait([read_side.of_posts], [Position(POSTS, 0, 5)], 0)


async def test_every_projection_and_every_position_is_waited_for(positions: Positions, read_side: ReadSide) -> None:
    both, places = [read_side.of_posts, read_side.of_likes], [Position(POSTS, 0, 3), Position(POSTS, 1, 4)]
    for projection in both:
        for place in places:
            assert not await positions.wait(both, places, 0)
            await positions.advance(projection, place, "ev")
    assert await positions.wait(both, places, 0)


async def test_of_two_offsets_in_one_partition_the_higher_is_waited_for(
    positions: Positions, read_side: ReadSide
) -> None:
    places = [Position(POSTS, 0, 9), Position(POSTS, 0, 3)]
    await positions.advance(read_side.of_posts, Position(POSTS, 0, 3), "ev")
    assert not await positions.wait([read_side.of_posts], places, 0)
    await positions.advance(read_side.of_posts, Position(POSTS, 0, 9), "ev")
    assert await positions.wait([read_side.of_posts], places, 0)


async def test_a_wait_ends_without_success_after_its_timeout(positions: Positions, read_side: ReadSide) -> None:
    loop = asyncio.get_running_loop()
    started = loop.time()
    assert not await positions.wait([read_side.of_posts], [Position(POSTS, 0, 5)], 0.05)
    assert 0.04 < loop.time() - started < patient(2)


async def test_who_waits_is_woken_when_it_is_applied(positions: Positions, read_side: ReadSide) -> None:
    places = [Position(POSTS, 0, 5)]
    waiting = [asyncio.create_task(positions.wait([read_side.of_posts], places, LONG)) for _ in range(20)]
    await asyncio.sleep(0)  # lets all of them look once
    for offset in range(6):
        assert not any(waiter.done() for waiter in waiting)
        await positions.advance(read_side.of_posts, Position(POSTS, 0, offset), f"ev_{offset}")
    async with asyncio.timeout(patient(2)):
        assert all(await asyncio.gather(*waiting))


async def test_a_wait_may_be_given_up(positions: Positions, read_side: ReadSide) -> None:
    places = [Position(POSTS, 0, 5)]
    waiting = asyncio.create_task(positions.wait([read_side.of_posts], places, LONG))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    await positions.advance(read_side.of_posts, places[0], "ev")
    assert await positions.wait([read_side.of_posts], places, 0)
