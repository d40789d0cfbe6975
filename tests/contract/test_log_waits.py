"""The contract of Log.wait: nobody who waits misses an append, whenever it is committed and whoever else waits."""

import asyncio

from commands.ports import Log
from tests.contract.fixtures_write import EVERY_LOG, WriteSide, a_stream, decided
from tests.pace import patient
from tests.partitions import route

pytestmark = EVERY_LOG

LONG_S = 60
"""Far above what any of these tests may take: a wait that lasts as long was not woken."""
SOON_S = 5


async def follow(log: Log, stream: str, count: int, waiting: asyncio.Event) -> list[int]:
    """Reads a stream as processors do, read and wait in turn, until `count` of its events came."""
    topic, partition = route(stream)
    offset = (await log.ends())[topic, partition]
    versions: list[int] = []
    await log.wait(0)
    waiting.set()
    while len(versions) < count:
        entries = await log.read(topic, partition, offset, 10)
        versions += [entry.version for entry in entries if entry.stream == stream]
        if entries:
            offset = entries[-1].position.offset + 1
        else:
            await log.wait(LONG_S)
    return versions


async def test_a_wait_ends_at_its_timeout_when_nothing_is_appended(log: Log) -> None:
    async with asyncio.timeout(patient(SOON_S)):
        await log.wait(0)
        await log.wait(0.05)
        await log.wait(0.05)


async def test_an_append_wakes_who_waits(log: Log) -> None:
    stream, waiting = a_stream(), asyncio.Event()
    async with asyncio.timeout(patient(SOON_S)), asyncio.TaskGroup() as tasks:
        following = tasks.create_task(follow(log, stream, 1, waiting))
        await waiting.wait()
        await log.append(decided(stream, 1))
    assert following.result() == [1]


async def test_every_waiter_is_woken_and_none_takes_the_others_turn(log: Log) -> None:
    stream, waiting = a_stream(), [asyncio.Event() for _ in range(5)]
    async with asyncio.timeout(patient(SOON_S)), asyncio.TaskGroup() as tasks:
        following = [tasks.create_task(follow(log, stream, 20, event)) for event in waiting]
        for event in waiting:
            await event.wait()
        for row in decided(stream, *range(1, 21)):
            await log.append([row])
    assert [task.result() for task in following] == [list(range(1, 21))] * 5


async def test_an_append_between_two_waits_ends_the_second_at_once(log: Log) -> None:
    await log.wait(0)
    await log.append(decided(a_stream(), 1))
    async with asyncio.timeout(patient(SOON_S)):
        await log.wait(LONG_S)


async def test_an_append_inside_a_longer_transaction_wakes_when_that_is_committed(write_side: WriteSide) -> None:
    log, stream, waiting = write_side.log, a_stream(), asyncio.Event()
    async with asyncio.timeout(patient(SOON_S)), asyncio.TaskGroup() as tasks:
        following = tasks.create_task(follow(log, stream, 2, waiting))
        await waiting.wait()
        async with write_side.transactions.together():
            await log.append(decided(stream, 1))
            await log.wait(0)
            await write_side.ledger.insert(decided(a_stream(), 1))
            await log.append(decided(stream, 2))
    assert following.result() == [1, 2]


async def test_an_append_by_another_process_wakes_too(write_side: WriteSide) -> None:
    log, stream, waiting = write_side.log, a_stream(), asyncio.Event()
    elsewhere = write_side.restarted().log
    async with asyncio.timeout(patient(SOON_S)), asyncio.TaskGroup() as tasks:
        following = tasks.create_task(follow(log, stream, 1, waiting))
        await waiting.wait()
        await elsewhere.append(decided(stream, 1))
    assert following.result() == [1]


async def test_a_wait_in_a_task_of_its_own_misses_nothing(log: Log) -> None:
    stream = a_stream()
    topic, partition = route(stream)
    end = (await log.ends())[topic, partition]
    await log.append(decided(stream, 1))
    async with asyncio.timeout(patient(SOON_S)):
        await asyncio.wait_for(log.wait(LONG_S), LONG_S)
    assert [entry.version for entry in await log.read(topic, partition, end, 10)] == [1]
