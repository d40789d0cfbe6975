"""Turns: so many at once, so many waiting, and a clear refusal for the others."""

import asyncio

import pytest

from query_api.turns import Turns
from schemas.errors import Unavailable


async def test_no_more_than_so_many_work_at_once_and_who_is_too_many_is_told_to_come_back() -> None:
    turns, over = Turns(2, 3, "too much is asked"), asyncio.Event()

    async def work() -> None:
        async with turns.turn():
            await over.wait()

    working = [asyncio.create_task(work()) for _ in range(5)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (turns.under_way, turns.refused) == (2, 0)
    with pytest.raises(Unavailable, match="too much is asked") as refused:
        await work()
    assert refused.value.headers()["Retry-After"] == "1"
    over.set()
    await asyncio.gather(*working)
    assert (turns.under_way, turns.most_under_way, turns.refused) == (0, 2, 1)


async def test_nobody_waits_for_longer_than_is_said() -> None:
    turns = Turns(1, 9, "too much is asked", within_s=0.01)
    async with turns.turn():
        with pytest.raises(Unavailable, match="too much is asked"):
            async with turns.turn():
                raise AssertionError("the only turn is taken")
        assert (turns.under_way, turns.refused) == (1, 1)
    async with turns.turn():
        assert turns.under_way == 1


async def test_who_leaves_while_waiting_or_fails_leaves_the_turn_to_others() -> None:
    turns, over = Turns(1, 1, "too much is asked"), asyncio.Event()

    async def work() -> None:
        async with turns.turn():
            await over.wait()
            raise ValueError

    first, second = asyncio.create_task(work()), asyncio.create_task(work())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second.cancel()
    third = asyncio.create_task(work())
    await asyncio.sleep(0)
    over.set()
    ends = await asyncio.gather(first, second, third, return_exceptions=True)
    assert [type(end) for end in ends] == [ValueError, asyncio.CancelledError, ValueError]
    async with turns.turn():
        assert turns.under_way == 1
