"""The contract of the Ledger port: who inserts a version has decided it; marks, numbers and ceilings only rise."""

import asyncio
from dataclasses import replace

import pytest

from commands.ports import Ledger, Mark
from schemas.positions import POSTS, Position
from tests.contract.fixtures_write import EVERY_LEDGER, WriteSide, a_stream, again, decided, unique

pytestmark = EVERY_LEDGER

NOW = 1_700_000_000_000


async def test_an_unknown_stream_has_no_versions(ledger: Ledger) -> None:
    assert await ledger.load(a_stream()) == []


async def test_a_stream_is_loaded_as_it_was_inserted_and_in_order(ledger: Ledger) -> None:
    stream = a_stream()
    rows = decided(stream, *range(1, 13), wire=b"\x00\xff{}")
    assert await ledger.insert(rows[:5])
    for row in rows[5:]:
        assert await ledger.insert([row])
    assert await ledger.load(stream) == rows


async def test_streams_do_not_see_each_other(ledger: Ledger) -> None:
    one, other = a_stream(), a_stream()
    rows = decided(one, 1)
    assert await ledger.insert(rows)
    assert await ledger.insert(decided(other, 1))
    assert await ledger.load(one) == rows


async def test_a_version_that_is_taken_stays_as_it_is(ledger: Ledger) -> None:
    rows = decided(a_stream(), 1)
    assert await ledger.insert(rows)
    assert not await ledger.insert(again(rows))
    assert await ledger.load(rows[0].stream) == rows


async def test_of_several_versions_none_is_inserted_when_one_is_taken(ledger: Ledger) -> None:
    stream = a_stream()
    standing = decided(stream, 1, 2, 3)
    assert await ledger.insert(standing)
    assert not await ledger.insert(decided(stream, 3, 4, 5))
    assert await ledger.load(stream) == standing


async def test_a_loser_goes_on_in_the_same_transaction(write_side: WriteSide) -> None:
    stream, ledger = a_stream(), write_side.ledger
    first, second = decided(stream, 1), decided(stream, 2)
    assert await ledger.insert(first)
    async with write_side.transactions.together():
        assert not await ledger.insert([*again(first), *decided(stream, 2)])
        assert await ledger.insert(second)
    assert await ledger.load(stream) == first + second


@pytest.mark.parametrize("versions", [(), (1, 3), (2, 1), (1, 1)])
async def test_rows_that_are_not_consecutive_versions_are_refused(ledger: Ledger, versions: tuple[int, ...]) -> None:
    stream = a_stream()
    with pytest.raises(ValueError, match=r"consecutive|no row"):
        await ledger.insert(decided(stream, *versions))
    assert await ledger.load(stream) == []


async def test_rows_of_two_streams_are_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="consecutive"):
        await ledger.insert(decided(a_stream(), 1) + decided(a_stream(), 2))


async def test_of_many_who_insert_the_same_version_exactly_one_wins(ledger: Ledger) -> None:
    stream = a_stream()
    attempts = [decided(stream, 1, 2) for _ in range(20)]
    won = await asyncio.gather(*(ledger.insert(rows) for rows in attempts))
    assert won.count(True) == 1
    assert await ledger.load(stream) == attempts[won.index(True)]


async def test_what_was_inserted_is_there_after_a_restart(write_side: WriteSide) -> None:
    rows = decided(a_stream(), 1, 2)
    assert await write_side.ledger.insert(rows)
    assert await write_side.restarted().ledger.load(rows[0].stream) == rows


async def test_a_stream_has_no_mark_before_its_first_append(ledger: Ledger) -> None:
    assert await ledger.mark(a_stream()) is None


async def test_a_mark_moves_forward_and_an_older_one_changes_nothing(ledger: Ledger) -> None:
    stream = a_stream()
    older, newer, newest = (Mark(version, Position(POSTS, 1, 10 * version)) for version in (2, 5, 6))
    await ledger.move_mark(stream, newer)
    await ledger.move_mark(stream, older)
    assert await ledger.mark(stream) == newer
    await ledger.move_mark(stream, newest)
    assert await ledger.mark(stream) == newest


async def test_marks_that_race_end_at_the_highest(ledger: Ledger) -> None:
    stream = a_stream()
    marks = [Mark(version, Position(POSTS, 1, version)) for version in (3, 9, 1, 7, 8, 2)]
    await asyncio.gather(*(ledger.move_mark(stream, mark) for mark in marks))
    assert await ledger.mark(stream) == marks[1]


async def test_a_number_moves_forward_and_a_lower_one_changes_nothing(write_side: WriteSide) -> None:
    ledger, key, other = write_side.ledger, unique("like"), unique("like")
    assert await ledger.number(key) == 0
    for number in (1, 5, 3):
        await ledger.take_number(key, number)
    assert await ledger.number(key) == 5
    assert await write_side.restarted().ledger.number(key) == 5
    assert await ledger.number(other) == 0


async def test_numbers_that_are_taken_at_once_end_at_the_highest(ledger: Ledger) -> None:
    key = unique("like")
    await asyncio.gather(*(ledger.take_number(key, number) for number in (3, 9, 1, 9, 8, 2)))
    assert await ledger.number(key) == 9


async def test_a_row_keeps_what_it_carries(write_side: WriteSide) -> None:
    (row,), carried = decided(a_stream(), 1), decided(a_stream(), 1, wire=b"\x00\xff{}")
    row = replace(row, carried=tuple(carried))
    assert await write_side.ledger.insert([row])
    assert await write_side.restarted().ledger.load(row.stream) == [row]


async def test_a_stream_is_settled_when_nothing_stands_above_what_was_seen(ledger: Ledger) -> None:
    stream = a_stream()
    assert await ledger.settled(stream, 0)
    assert await ledger.insert(decided(stream, 1, 2))
    assert not await ledger.settled(stream, 0)
    assert not await ledger.settled(stream, 1)
    assert await ledger.settled(stream, 2)


async def test_a_machine_number_fits_into_an_id(ledger: Ledger) -> None:
    machine, _ = await ledger.claim_machine(NOW)
    assert 0 <= machine <= 1_023


async def test_a_successor_starts_above_every_ceiling_that_was_promised(write_side: WriteSide) -> None:
    ledger = write_side.ledger
    machine, ceiling = await ledger.claim_machine(NOW)
    promised = max(NOW, ceiling) + 10_000
    await ledger.raise_ceiling(machine, promised)
    await ledger.raise_ceiling(machine, promised - 5_000)
    successor, above = await write_side.restarted().ledger.claim_machine(NOW)
    assert successor != machine or above >= promised


async def test_what_nobody_has_written_is_told_from_what_somebody_has(ledger: Ledger) -> None:
    written, unwritten = a_stream(), [a_stream(), a_stream()]
    assert await ledger.insert(decided(written, 1, 2))
    assert await ledger.unwritten([unwritten[0], written, unwritten[1]]) == set(unwritten)
    assert await ledger.unwritten([]) == set()


async def test_of_several_streams_each_is_inserted_unless_its_own_version_is_taken(write_side: WriteSide) -> None:
    ledger, standing = write_side.ledger, decided(a_stream(), 1)
    first, third = decided(a_stream(), 1, 2), decided(a_stream(), 1)
    assert await ledger.insert(standing)
    async with write_side.transactions.together():
        assert await ledger.insert_each([first, again(standing), third]) == [True, False, True]
    assert [await ledger.load(rows[0].stream) for rows in (first, standing, third)] == [first, standing, third]


async def test_marks_of_several_streams_only_move_forward(ledger: Ledger) -> None:
    one, other = a_stream(), a_stream()
    ahead = Mark(5, Position(POSTS, 0, 9))
    await ledger.move_mark(one, ahead)
    await ledger.move_marks({one: Mark(2, Position(POSTS, 0, 3)), other: Mark(1, Position(POSTS, 1, 4))})
    assert await ledger.mark(one) == ahead
    assert await ledger.mark(other) == Mark(1, Position(POSTS, 1, 4))
