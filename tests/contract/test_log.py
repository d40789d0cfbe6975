"""The contract of the Log port: per partition, what was appended, in that order, for ever."""

import asyncio
import time
from collections.abc import Sequence

import pytest

from commands.ports import Entry, LedgerRow, Log
from events.topics import partitions_of
from schemas.errors import StorageFull
from schemas.positions import TOPICS, Position
from tests.contract.fixtures_write import EVERY_LOG, WriteSide, a_stream, decided, unique
from tests.pace import patient
from tests.partitions import PARTITIONS, route

pytestmark = EVERY_LOG

SOON_S = 5
"""Long enough for a loaded machine; every wait here ends in milliseconds or fails."""


async def entries_of(log: Log, stream: str) -> list[Entry]:
    """Everything in the log about a stream."""
    topic, partition = route(stream)
    found: list[Entry] = []
    while page := await log.read(topic, partition, found[-1].position.offset + 1 if found else 0, 500):
        found += page
    return [entry for entry in found if entry.stream == stream]


def ids(rows: Sequence[LedgerRow] | Sequence[Entry]) -> list[str]:
    return [row.event_id for row in rows]


async def test_an_event_is_read_as_it_was_appended(log: Log) -> None:
    before = time.time_ns() // 1_000_000
    (row,) = decided(a_stream(), 1, wire=b'\x00\xff{"caption": "\xc3\xa9"}')
    (position,) = await log.append([row])
    (entry,) = await log.read(position.topic, position.partition, position.offset, 1)
    assert (entry.position, entry.stream, entry.version) == (position, row.stream, row.version)
    assert (entry.event_id, entry.type, entry.wire) == (row.event_id, row.type, row.wire)
    assert abs(entry.at - before) < 60_000


async def test_a_stream_travels_on_the_topic_and_partition_of_its_route(log: Log) -> None:
    post, account = unique("po"), unique("ac")
    kinds = ["username/{a}", "account/{a}", "post/{p}", "follow/{a}/{p}", "comment/{p}/{a}", "like/{p}/{a}"]
    streams = [kind.format(a=account, p=post) for kind in kinds]
    positions = await log.append([row for stream in streams for row in decided(stream, 1)])
    assert [(position.topic, position.partition) for position in positions] == [route(stream) for stream in streams]


async def test_a_stream_of_no_known_kind_is_refused(log: Log) -> None:
    with pytest.raises(KeyError, match="unheard_of"):
        await log.append(decided("unheard_of/1", 1))


async def test_offsets_are_consecutive_from_zero_in_each_partition(log: Log) -> None:
    streams = [a_stream() for _ in range(20)]
    for _ in range(3):
        await log.append([row for stream in streams for row in decided(stream, 1)])
    for (topic, partition), end in (await log.ends()).items():
        entries = await log.read(topic, partition, 0, end + 1)
        assert [entry.position for entry in entries] == [Position(topic, partition, offset) for offset in range(end)]


async def test_one_append_keeps_the_order_of_its_rows(log: Log) -> None:
    stream = a_stream()
    rows = decided(stream, *range(1, 51))
    positions = await log.append(rows)
    assert positions == sorted(positions)
    assert ids(await entries_of(log, stream)) == ids(rows)


async def test_the_order_in_the_log_is_the_order_of_the_append_calls(log: Log) -> None:
    stream = a_stream()
    rows = decided(stream, *range(1, 21))
    for row in rows:
        await log.append([row])
    assert ids(await entries_of(log, stream)) == ids(rows)


async def test_concurrent_appends_never_share_an_offset(log: Log) -> None:
    stream = a_stream()
    calls = [decided(stream, 2 * call + 1, 2 * call + 2) for call in range(30)]
    answers = await asyncio.gather(*(log.append(rows) for rows in calls))
    by_position = {entry.position: entry.event_id for entry in await entries_of(log, stream)}
    appended = {
        position: row.event_id
        for rows, places in zip(calls, answers, strict=True)
        for position, row in zip(places, rows, strict=True)
    }
    assert by_position == appended
    assert len(appended) == 60


async def test_appending_nothing_appends_nothing(log: Log) -> None:
    before = await log.ends()
    assert await log.append([]) == []
    assert await log.ends() == before


async def test_rows_that_are_appended_again_are_duplicates_with_equal_event_ids(log: Log) -> None:
    stream = a_stream()
    rows = decided(stream, 1, 2)
    first, second = await log.append(rows), await log.append(rows)
    assert set(first).isdisjoint(second)
    assert ids(await entries_of(log, stream)) == ids(rows) * 2


async def test_what_append_returned_for_is_there_after_a_restart(write_side: WriteSide) -> None:
    stream = a_stream()
    rows = decided(stream, 1, 2, 3)
    (*_, last) = await write_side.log.append(rows)
    found = write_side.restarted().log
    assert ids(await entries_of(found, stream)) == ids(rows)
    assert (await found.ends())[last.topic, last.partition] == last.offset + 1


async def test_reading_gives_at_most_the_limit_from_the_start_on(log: Log) -> None:
    stream = a_stream()
    rows = decided(stream, *range(1, 8))
    positions = await log.append(rows)
    topic, partition = route(stream)
    page = await log.read(topic, partition, positions[2].offset, 3)
    assert ids(page) == ids(rows[2:5])
    assert await log.read(topic, partition, positions[2].offset, 0) == []


@pytest.mark.parametrize(("start", "limit"), [(-1, 1), (0, -1)])
async def test_a_negative_start_or_limit_is_refused(log: Log, start: int, limit: int) -> None:
    with pytest.raises(ValueError, match="negative"):
        await log.read(TOPICS[0], 0, start, limit)


async def test_reading_at_the_end_gives_nothing_and_does_not_wait(log: Log) -> None:
    (position,) = await log.append(decided(a_stream(), 1))
    ends = await log.ends()
    async with asyncio.timeout(patient(SOON_S)):
        assert await log.read(position.topic, position.partition, ends[position.topic, position.partition], 10) == []


async def test_the_ends_name_every_partition_of_every_topic(log: Log) -> None:
    assert set(await log.ends()) == {
        (topic, partition) for topic in TOPICS for partition in range(partitions_of(topic, PARTITIONS))
    }


async def test_an_end_is_the_offset_that_the_next_event_gets(log: Log) -> None:
    stream = a_stream()
    await log.append(decided(stream, 1, 2))
    before = await log.ends()
    (position,) = await log.append(decided(stream, 3))
    after = await log.ends()
    assert position.offset == before[route(stream)]
    assert {place: after[place] - before[place] for place in after if after[place] != before[place]} == {
        route(stream): 1
    }


async def test_a_transaction_that_fails_leaves_no_trace_in_the_log(write_side: WriteSide) -> None:
    if not write_side.rolls_back:
        pytest.skip("this backend has no transactions")
    before, stream = await write_side.log.ends(), a_stream()

    async def append_and_fail() -> None:
        async with write_side.transactions.together():
            await write_side.log.append(decided(stream, 1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await append_and_fail()
    assert await write_side.log.ends() == before
    (position,) = await write_side.log.append(decided(stream, 1))
    assert position.offset == before[route(stream)]


async def test_readers_see_an_event_only_once_its_transaction_is_committed(write_side: WriteSide) -> None:
    if not write_side.rolls_back:
        pytest.skip("this backend has no transactions")
    log, stream = write_side.log, a_stream()
    appended, may_commit = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        async with write_side.transactions.together():
            await log.append(decided(stream, 1))
            appended.set()
            await may_commit.wait()

    writing = asyncio.create_task(write())
    await appended.wait()
    assert await entries_of(log, stream) == []
    may_commit.set()
    await writing
    assert len(await entries_of(log, stream)) == 1


async def test_a_store_without_space_says_so_and_takes_the_same_rows_later(write_side: WriteSide) -> None:
    if write_side.fill is None:
        pytest.skip("this backend's disk cannot be filled from here")
    log, stream = write_side.log, a_stream()
    rows = decided(stream, 1, 2, wire=b"x" * 100_000)
    write_side.fill(True)
    with pytest.raises(StorageFull):
        await log.append(rows)
    write_side.fill(False)
    await log.append(rows)
    assert list(dict.fromkeys(ids(await entries_of(log, stream)))) == ids(rows)
