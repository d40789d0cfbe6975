"""The contract of the Ledger port, key records: what a retried command uses again, and whose answer stands."""

import asyncio
from dataclasses import replace

import pytest

from commands.ports import KeyRecord, Ledger
from schemas.ids import CommandId
from tests.contract.fixtures_write import EVERY_LEDGER, unique

pytestmark = EVERY_LEDGER

NOW, LEASE_MS = 1_700_000_000_000, 30_000


def a_record(scope: str, lease_until: int = NOW + LEASE_MS) -> KeyRecord:
    return KeyRecord(scope, unique("body"), CommandId(unique("cm")), unique("seed"), lease_until, unique("holder"))


async def test_a_record_keeps_its_number(ledger: Ledger) -> None:
    record = replace(a_record(unique("scope")), number=7)
    assert await ledger.reserve(record, NOW) == record
    late = replace(a_record(record.scope, record.lease_until + LEASE_MS), number=8)
    assert (await ledger.reserve(late, record.lease_until + 1)).number == 7


async def test_who_reserves_first_gets_the_record_that_was_given(ledger: Ledger) -> None:
    record = a_record(unique("scope"))
    assert await ledger.reserve(record, NOW) == record


async def test_while_the_lease_runs_the_standing_record_comes_back(ledger: Ledger) -> None:
    standing = a_record(unique("scope"))
    await ledger.reserve(standing, NOW)
    later = a_record(standing.scope, standing.lease_until + LEASE_MS)
    assert await ledger.reserve(later, standing.lease_until - 1) == standing


async def test_a_lease_that_is_over_is_taken_over_with_the_ids_of_the_standing_record(ledger: Ledger) -> None:
    standing = a_record(unique("scope"))
    await ledger.reserve(standing, NOW)
    successor = a_record(standing.scope, standing.lease_until + LEASE_MS)
    taken = replace(standing, lease_until=successor.lease_until, holder=successor.holder)
    assert await ledger.reserve(successor, standing.lease_until) == taken
    late = a_record(standing.scope, successor.lease_until + LEASE_MS)
    assert await ledger.reserve(late, standing.lease_until + 1) == taken


async def test_an_answered_record_is_never_taken_over(ledger: Ledger) -> None:
    record = a_record(unique("scope"))
    await ledger.reserve(record, NOW)
    await ledger.answer(record.scope, b"201 Created")
    late = a_record(record.scope, record.lease_until + LEASE_MS)
    assert await ledger.reserve(late, record.lease_until + 1) == replace(record, answer=b"201 Created")


async def test_the_first_answer_stands(ledger: Ledger) -> None:
    record = a_record(unique("scope"))
    await ledger.reserve(record, NOW)
    answers = [f"{number}".encode() for number in range(8)]
    standing = set(await asyncio.gather(*(ledger.answer(record.scope, answer) for answer in answers)))
    assert len(standing) == 1
    assert standing <= set(answers)
    assert await ledger.answer(record.scope, b"late") in standing


async def test_an_empty_answer_is_an_answer(ledger: Ledger) -> None:
    record = a_record(unique("scope"))
    await ledger.reserve(record, NOW)
    await ledger.answer(record.scope, b"")
    late = a_record(record.scope, record.lease_until + LEASE_MS)
    assert await ledger.reserve(late, record.lease_until + 1) == replace(record, answer=b"")


async def test_an_answer_to_what_nobody_reserved_is_refused(ledger: Ledger) -> None:
    with pytest.raises(LookupError, match="reserved"):
        await ledger.answer(unique("scope"), b"201 Created")


async def test_all_who_reserve_at_once_get_the_record_of_one(ledger: Ledger) -> None:
    scope = unique("scope")
    given = [a_record(scope) for _ in range(20)]
    reserved = await asyncio.gather(*(ledger.reserve(record, NOW) for record in given))
    assert len(set(reserved)) == 1
    assert reserved[0] in given


async def test_of_all_who_find_a_lease_over_one_takes_it(ledger: Ledger) -> None:
    standing = a_record(unique("scope"))
    await ledger.reserve(standing, NOW)
    given = [a_record(standing.scope, standing.lease_until + LEASE_MS + turn) for turn in range(10)]
    reserved = await asyncio.gather(*(ledger.reserve(record, standing.lease_until) for record in given))
    assert len({(record.lease_until, record.holder) for record in reserved}) == 1
    assert {record.command_id for record in reserved} == {standing.command_id}
    assert reserved[0].lease_until > standing.lease_until
