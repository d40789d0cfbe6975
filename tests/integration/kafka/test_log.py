"""The log on Kafka when things go wrong: a refused producer, a frozen or killed broker, topics that do not fit."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka import TopicPartition

from commands.ports import LedgerRow
from events.topics import partitions_of
from infra.kafka.connection import KafkaConnection
from infra.kafka.log import KafkaLog
from infra.kafka.topics import TopicsUnusable, ensure_topics, topics_of
from infra.local.stack.stack import Stack
from schemas.errors import TooLarge, Unavailable
from schemas.positions import POSTS, TOPICS
from tests.broker import frozen
from tests.contract.fixtures_write import a_stream, decided
from tests.contract.kafka_topics import own_topics
from tests.contract.test_log import entries_of, ids
from tests.pace import patient
from tests.partitions import PARTITIONS
from tests.ports import free_ports

SOON_S = 1.0
LONG_S = 30.0


@pytest.fixture
async def log(kafka: KafkaConnection) -> AsyncIterator[KafkaLog]:
    async with own_topics(kafka) as prefix:
        log = KafkaLog(kafka, PARTITIONS, prefix)
        yield log
        await log.close()


@pytest.fixture
async def hasty(broker: Stack) -> AsyncIterator[KafkaLog]:
    """A log on that broker with a short deadline."""
    connection = KafkaConnection(broker.environment["PHOTOLOG_KAFKA"])
    await ensure_topics(connection, 1, 1, topics_of(PARTITIONS))
    log = KafkaLog(connection, PARTITIONS, deadline=SOON_S)
    yield log
    await log.close()


@pytest.fixture
async def unhurried(hasty: KafkaLog, broker: Stack) -> AsyncIterator[KafkaLog]:
    """The same log with the deadline that sites have, to look afterwards: nothing is asked of how fast that is."""
    log = KafkaLog(KafkaConnection(broker.environment["PHOTOLOG_KAFKA"]), PARTITIONS)
    yield log
    await log.close()


async def appended(log: KafkaLog, rows: list[LedgerRow]) -> int:
    """Appends until it succeeds, as a reconciler does; how often it failed."""
    failures = 0
    async with asyncio.timeout(patient(LONG_S)):
        while True:
            try:
                await log.append(rows)
            except Unavailable:
                failures += 1
            else:
                return failures


async def test_a_producer_that_the_broker_refuses_is_replaced(log: KafkaLog) -> None:
    stream = a_stream()
    rows = decided(stream, 1, 2, 3)
    (place,) = await log.append(rows[:1])
    producer = log._producing._producer
    assert producer is not None
    physical = TopicPartition(log._prefix + place.topic, place.partition)
    producer._txn_manager.increment_sequence_number(physical, 5)  # as if batches had been lost
    with pytest.raises(Unavailable):
        await log.append(rows[1:])
    await log.append(rows[1:])
    assert ids(await entries_of(log, stream)) == ids(rows)


async def test_an_event_that_is_too_large_is_refused_and_leaves_the_others_alone(log: KafkaLog) -> None:
    stream = a_stream()
    (small,) = decided(stream, 1)
    with pytest.raises(TooLarge):
        await asyncio.gather(log.append([small]), log.append(decided(a_stream(), 1, wire=b"x" * 2_000_000)))
    async with asyncio.timeout(patient(LONG_S)):
        while not (found := await entries_of(log, stream)):
            await log.wait(SOON_S)
    assert ids(found) == [small.event_id]


async def test_reads_of_many_places_do_not_disturb_each_other(log: KafkaLog) -> None:
    rows = [row for _ in range(40) for row in decided(a_stream(), *range(1, 26))]
    await log.append(rows)
    ends = {place: end for place, end in (await log.ends()).items() if end}
    starts = [(place, start) for place, end in ends.items() for start in range(0, end, 23)]
    pages = await asyncio.gather(*(log.read(*place, start, 23) for place, start in starts))
    read = [(entry.position.topic, entry.position.partition, entry.position.offset) for page in pages for entry in page]
    assert sorted(read) == sorted((*place, offset) for place, end in ends.items() for offset in range(end))


async def test_brokers_that_are_not_there_are_unavailable() -> None:
    log = KafkaLog(KafkaConnection(f"127.0.0.1:{free_ports(1)[0]}"), PARTITIONS, deadline=SOON_S)
    async with asyncio.timeout(patient(LONG_S)):
        for call in (log.append(decided(a_stream(), 1)), log.read(POSTS, 0, 0, 1), log.ends(), log.wait(SOON_S)):
            with pytest.raises(Unavailable):
                await call
        await log.close()


async def test_a_broker_that_freezes_costs_no_more_than_the_deadline(
    hasty: KafkaLog, unhurried: KafkaLog, broker: Stack
) -> None:
    stream = a_stream()
    rows = decided(stream, 1, 2)
    await appended(hasty, rows[:1])
    with frozen(broker):
        async with asyncio.timeout(patient(3 * SOON_S)):
            with pytest.raises(Unavailable):
                await hasty.append(rows[1:])
            with pytest.raises(Unavailable):
                await hasty.ends()
    await appended(hasty, rows[1:])
    assert list(dict.fromkeys(ids(await entries_of(unhurried, stream)))) == ids(rows)


async def test_nothing_that_was_acknowledged_is_lost_when_the_broker_is_killed(
    hasty: KafkaLog, unhurried: KafkaLog, broker: Stack
) -> None:
    streams = [a_stream() for _ in range(8)]
    decisions = {stream: decided(stream, *range(1, 200)) for stream in streams}
    progress, busy = 0, asyncio.Event()

    async def write(stream: str) -> int:
        nonlocal progress
        failures = 0
        for row in decisions[stream]:
            failures += await appended(hasty, [row])
            progress += 1
            if progress == 400:
                busy.set()
        return failures

    async with asyncio.TaskGroup() as writers:
        writing = [writers.create_task(write(stream)) for stream in streams]
        await busy.wait()
        await asyncio.to_thread(broker.kill, "kafka")
        await asyncio.to_thread(broker.up, ["kafka"])
    assert sum(task.result() for task in writing) > 0, "the broker was gone for nobody"
    for stream, rows in decisions.items():
        assert list(dict.fromkeys(ids(await entries_of(unhurried, stream)))) == ids(rows)


async def test_topics_are_made_once(kafka: KafkaConnection) -> None:
    async with own_topics(kafka) as prefix:
        await ensure_topics(kafka, 1, 1, {topic: partitions_of(topic, PARTITIONS) for topic in TOPICS}, prefix)


async def test_topics_with_other_partitions_are_refused(kafka: KafkaConnection) -> None:
    async with own_topics(kafka) as prefix:
        with pytest.raises(TopicsUnusable, match=f"{prefix}{POSTS} has {PARTITIONS} partitions and needs 9"):
            await ensure_topics(kafka, 1, 1, {POSTS: 9}, prefix)


async def test_topics_that_cannot_be_made_are_named(kafka: KafkaConnection) -> None:
    with pytest.raises(TopicsUnusable, match=r"no_such\.photolog\.posts: InvalidReplicationFactor"):
        await ensure_topics(kafka, 99, 1, {POSTS: 1}, "no_such.")


async def test_topics_that_forget_are_refused(kafka: KafkaConnection) -> None:
    async with own_topics(kafka, retention="604800000") as prefix:
        with pytest.raises(TopicsUnusable, match=r"has retention\.ms=604800000 and needs -1"):
            await ensure_topics(kafka, 1, 1, {POSTS: PARTITIONS}, prefix)
