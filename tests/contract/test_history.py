"""A log's reader for analysts, on every backend: everything once, each partition in its order, and nothing made."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from commands.ports import LedgerRow, Log
from infra.history.source import Source
from infra.kafka.history import KafkaHistory
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.history import SqliteHistory, shares
from infra.sqlite.log import SqliteLog
from schemas.ids import CommandId, EventId
from schemas.positions import ACCOUNTS, POSTS, Partition, Position
from tests.contract.kafka_topics import own_topics
from tests.partitions import PARTITIONS
from tests.stack import on_cluster

EVENTS = 300
Both = tuple[Log, Source]


@pytest.fixture(params=["sqlite", on_cluster("kafka")])
async def both(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Both]:
    """A log, and what reads it."""
    if request.param == "kafka":
        from infra.kafka.log import KafkaLog

        connection = request.getfixturevalue("kafka")
        async with own_topics(connection) as prefix:
            log, reader = KafkaLog(connection, PARTITIONS, prefix), KafkaHistory(connection, PARTITIONS, prefix)
            yield log, reader
            await reader.close()
            await log.close()
        return
    database = SqliteDatabase(tmp_path / "log.sqlite", "NORMAL")
    written = SqliteLog(database, PARTITIONS)
    history = SqliteHistory(tmp_path / "log.sqlite")
    yield written, history
    await history.close()
    database.close()


def row(number: int) -> LedgerRow:
    kind = "post" if number % 3 else "account"
    return LedgerRow(
        f"{kind}/{number % 17}", number, EventId(f"ev_{number}"), CommandId("cm"), f"{kind}.done.v1", b"{}"
    )


async def test_everything_below_the_ends_comes_once_and_in_order_beside_who_appends(both: Both) -> None:
    log, reader = both
    await log.append([row(number) for number in range(EVENTS)])
    ends = await reader.ends()
    assert sum(ends.values()) == EVENTS
    await log.append([row(number) for number in range(EVENTS, EVENTS + 50)])
    found = [entry async for entries in reader.read({}, ends) for entry in entries]
    assert sorted(int(entry.event_id[3:]) for entry in found) == list(range(EVENTS))
    for place in ends:
        offsets = [entry.position.offset for entry in found if Partition.of(entry.position) == place]
        assert offsets == list(range(ends[place]))
    stored = {entry.position: entry for entry in found}
    (first,) = await log.read(POSTS, found[0].position.partition, 0, 1)
    assert stored[first.position] == first


async def test_it_goes_on_anywhere_and_reads_again(both: Both) -> None:
    log, reader = both
    places = await log.append([row(number) for number in range(EVENTS)])
    ends = await reader.ends()
    (place, end) = max(ends.items(), key=lambda one: one[1])
    for start in (end - 2, 1, end):
        found = [entry.position async for entries in reader.read({place: start}, {place: end}) for entry in entries]
        assert found == [Position(*place, offset) for offset in range(start, end)]
    assert {one.topic for one in places} == {ACCOUNTS, POSTS}


def test_in_a_round_partitions_give_as_large_a_part_of_what_they_have_left() -> None:
    left = {Partition(POSTS, 0): 9_000, Partition(POSTS, 1): 900, Partition(ACCOUNTS, 0): 1}
    assert dict(shares(left, 100)) == {Partition(POSTS, 0): 90, Partition(POSTS, 1): 9, Partition(ACCOUNTS, 0): 1}
