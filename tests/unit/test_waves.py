"""What is asked for while an answer is under way goes out as one question."""

import asyncio
from collections.abc import Sequence

import pytest

from processors.waves import Waves


class Slow:
    """Answers when it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.was_asked = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def __call__(self, numbers: Sequence[int]) -> int:
        self.asked.append(list(numbers))
        self.was_asked.set()
        await self.may_answer.wait()
        if 13 in numbers:
            raise ConnectionError
        return sum(numbers)


async def test_who_comes_while_a_question_is_under_way_shares_the_next() -> None:
    slow = Slow()
    waves = Waves(slow)
    first = asyncio.create_task(waves([1]))
    await slow.was_asked.wait()
    later = [asyncio.create_task(waves([number])) for number in (2, 3, 4)]
    await asyncio.sleep(0)
    assert slow.asked == [[1]]
    slow.may_answer.set()
    assert await first == 1
    assert await asyncio.gather(*later) == [9, 9, 9]
    assert slow.asked == [[1], [2, 3, 4]]
    assert await waves([5]) == 5


async def test_all_of_a_wave_hear_that_it_failed_and_the_next_goes_on() -> None:
    slow = Slow()
    slow.may_answer.set()
    waves = Waves(slow)
    ended = await asyncio.gather(waves([1]), waves([13]), return_exceptions=True)
    assert [type(one) for one in ended] == [ConnectionError] * 2
    assert await waves([2]) == 2


async def test_who_gives_up_waiting_takes_nobody_along() -> None:
    slow = Slow()
    waves = Waves(slow)
    impatient, patient = asyncio.create_task(waves([1])), asyncio.create_task(waves([2]))
    await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    slow.may_answer.set()
    assert await patient == 3


def test_a_loop_that_ended_before_a_question_was_put_holds_nobody_up() -> None:
    slow = Slow()
    waves = Waves(slow)

    async def begun() -> None:
        slow.may_answer = asyncio.Event()
        asyncio.create_task(waves([1]))  # noqa: RUF006 - nobody waits for it
        await asyncio.sleep(0)

    async def asked() -> int:
        slow.may_answer = asyncio.Event()
        slow.may_answer.set()
        return await waves([2])

    asyncio.run(begun())
    assert asyncio.run(asked()) == 2
