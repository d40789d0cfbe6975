"""What every adapter of Gates promises: no more than the limit in a window, and once only."""

import asyncio

import pytest

from commands.ports import Gates, Quota
from schemas.ids import Millis
from tests.contract.fixtures_read import EVERY_CACHES
from tests.contract.fixtures_write import unique

pytestmark = EVERY_CACHES

NOW: Millis = 1_700_000_000_000
MINUTE = 60_000


@pytest.fixture
def gate() -> str:
    return unique("gate")


async def test_each_take_leaves_one_less_until_none_is_left(gates: Gates, gate: str) -> None:
    taken = [await gates.take(gate, 3, 60, NOW + turn) for turn in range(5)]
    assert [quota.remaining for quota in taken] == [2, 1, 0, 0, 0]
    assert [quota.allowed for quota in taken] == [True, True, True, False, False]
    assert {(quota.limit, quota.reset_at) for quota in taken} == {(3, NOW + MINUTE)}


async def test_the_window_begins_with_the_first_take_and_is_not_moved_by_others(gates: Gates, gate: str) -> None:
    await gates.take(gate, 1, 60, NOW)
    refused = await gates.take(gate, 1, 60, NOW + MINUTE - 1)
    assert refused == Quota(False, 1, 0, NOW + MINUTE)
    assert await gates.take(gate, 1, 60, NOW + MINUTE) == Quota(True, 1, 0, NOW + 2 * MINUTE)


async def test_a_new_window_has_everything_again(gates: Gates, gate: str) -> None:
    for turn in range(4):
        await gates.take(gate, 3, 60, NOW + turn)
    later = NOW + 5 * MINUTE
    assert await gates.take(gate, 3, 60, later) == Quota(True, 3, 2, later + MINUTE)
    assert (await gates.take(gate, 3, 60, later + 1)).remaining == 1


async def test_gates_do_not_share(gates: Gates, gate: str) -> None:
    await gates.take(gate, 1, 60, NOW)
    assert (await gates.take(unique("gate"), 1, 60, NOW)).allowed


async def test_a_limit_of_none_lets_nobody_through(gates: Gates, gate: str) -> None:
    assert not (await gates.take(gate, 0, 60, NOW)).allowed
    assert not (await gates.peek(gate, 0, NOW)).allowed


async def test_a_lower_limit_holds_at_once(gates: Gates, gate: str) -> None:
    for _ in range(3):
        await gates.take(gate, 5, 60, NOW)
    assert await gates.take(gate, 2, 60, NOW) == Quota(False, 2, 0, NOW + MINUTE)
    assert await gates.peek(gate, 2, NOW) == Quota(False, 2, 0, NOW + MINUTE)


async def test_a_peek_takes_nothing(gates: Gates, gate: str) -> None:
    await gates.take(gate, 2, 60, NOW)
    for _ in range(3):
        assert await gates.peek(gate, 2, NOW) == Quota(True, 2, 1, NOW + MINUTE)
    assert (await gates.take(gate, 2, 60, NOW)).allowed
    assert await gates.peek(gate, 2, NOW) == Quota(False, 2, 0, NOW + MINUTE)


async def test_a_peek_at_an_untouched_gate_sees_everything_left_and_begins_no_window(gates: Gates, gate: str) -> None:
    quota = await gates.peek(gate, 2, NOW)
    assert (quota.allowed, quota.remaining) == (True, 2)
    assert (await gates.take(gate, 2, 60, NOW + 30_000)).reset_at == NOW + 30_000 + MINUTE


async def test_a_peek_after_the_window_sees_everything_left(gates: Gates, gate: str) -> None:
    await gates.take(gate, 1, 60, NOW)
    quota = await gates.peek(gate, 1, NOW + MINUTE)
    assert (quota.allowed, quota.remaining) == (True, 1)


async def test_of_many_callers_at_once_no_more_than_the_limit_pass(gates: Gates, gate: str) -> None:
    taken = await asyncio.gather(*(gates.take(gate, 7, 60, NOW) for _ in range(40)))
    assert sum(quota.allowed for quota in taken) == 7


async def test_only_the_first_is_once(gates: Gates, gate: str) -> None:
    assert [await gates.once(gate, 60, NOW + turn) for turn in range(3)] == [True, False, False]
    assert await gates.once(unique("gate"), 60, NOW)


async def test_once_is_over_after_its_time_and_is_not_prolonged_by_asking(gates: Gates, gate: str) -> None:
    assert await gates.once(gate, 60, NOW)
    assert not await gates.once(gate, 60, NOW + MINUTE - 1)
    assert await gates.once(gate, 60, NOW + MINUTE)
    assert not await gates.once(gate, 60, NOW + MINUTE + 1)


async def test_of_many_callers_at_once_one_is_first(gates: Gates, gate: str) -> None:
    assert sum(await asyncio.gather(*(gates.once(gate, 60, NOW) for _ in range(40)))) == 1


async def test_a_bucket_is_full_at_first_and_gets_one_back_at_a_time(gates: Gates, gate: str) -> None:
    drawn = [await gates.draw(gate, 3, 60, NOW) for _ in range(4)]
    assert [(quota.allowed, quota.remaining) for quota in drawn] == [(True, 2), (True, 1), (True, 0), (False, 0)]
    assert [quota.reset_at - NOW for quota in drawn] == [20_000, 40_000, MINUTE, 20_000]
    assert not (await gates.draw(gate, 3, 60, NOW + 19_999)).allowed
    assert await gates.draw(gate, 3, 60, NOW + 20_000) == Quota(True, 3, 0, NOW + 20_000 + MINUTE)
    assert not (await gates.draw(gate, 3, 60, NOW + 20_000)).allowed
    assert (await gates.draw(gate, 3, 60, NOW + 10 * MINUTE)).remaining == 2


async def test_a_bucket_that_does_not_divide_a_window_gives_what_it_has(gates: Gates, gate: str) -> None:
    drawn = [await gates.draw(gate, 7, 60, NOW) for _ in range(8)]
    assert [quota.remaining for quota in drawn] == [6, 5, 4, 3, 2, 1, 0, 0]
    assert [quota.allowed for quota in drawn] == [True] * 7 + [False]


async def test_in_no_window_pass_more_than_a_bucket_holds_and_gets_back(gates: Gates, gate: str) -> None:
    every_s = [await gates.draw(gate, 10, 60, NOW + second * 1_000) for second in range(120)]
    assert sum(quota.allowed for quota in every_s) == 10 + 119 // 6


async def test_of_many_who_draw_at_once_no_more_than_the_bucket_holds_pass(gates: Gates, gate: str) -> None:
    drawn = await asyncio.gather(*(gates.draw(gate, 7, 60, NOW) for _ in range(40)))
    assert sum(quota.allowed for quota in drawn) == 7
    assert (await gates.take(gate, 1, 60, NOW)).allowed, "a bucket is no gate"
