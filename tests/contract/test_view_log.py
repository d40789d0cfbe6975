"""The contract of the ViewLog port: what was reported is kept whole, in a viewer's order, and for a while."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from commands.ports import Viewed, ViewLog
from commands.ports.views import KEPT_MS
from infra.history.seen import VIEWS_TOPIC, Report, Seen
from infra.history.source import Offsets
from infra.kafka.connection import KafkaConnection
from infra.kafka.seen import KafkaSeen
from infra.kafka.topics import VIEWS, ensure_topics
from infra.kafka.viewed import KafkaViewLog
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.seen import SqliteSeen
from infra.sqlite.viewed import SqliteViewLog
from schemas.positions import Partition
from tests.contract.kafka_topics import own_topics

PARTITIONS = 4
AT = 1_900_000_000_000


@dataclass(frozen=True)
class Kept:
    """An adapter, and everything that it keeps, as analysts read it."""

    log: ViewLog
    seen: Seen

    async def read(self) -> list[dict[str, Any]]:
        return [orjson.loads(one.wire) for one in await self.reports({})]

    async def reports(self, starts: Offsets) -> list[Report]:
        return [one async for reports in self.seen.read(starts) for one in reports]


@asynccontextmanager
async def sqlite(folder: Path) -> AsyncIterator[Kept]:
    database = SqliteDatabase(folder / "viewed.sqlite", "NORMAL")

    yield Kept(SqliteViewLog(database), SqliteSeen(folder / "viewed.sqlite"))
    database.close()


@asynccontextmanager
async def kafka_topic(connection: KafkaConnection) -> AsyncIterator[Kept]:
    async with own_topics(connection) as prefix:
        await ensure_topics(connection, 1, 1, {VIEWS: PARTITIONS}, prefix)
        log = KafkaViewLog(connection, PARTITIONS, prefix)

        yield Kept(log, KafkaSeen(connection, PARTITIONS, prefix))
        await log.close()


@pytest.fixture(params=["sqlite", pytest.param("kafka", marks=pytest.mark.cluster)])
async def kept(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kept]:
    """Each adapter, with nothing in it."""
    if request.param == "sqlite":
        async with sqlite(tmp_path) as opened:
            yield opened
    else:
        async with kafka_topic(request.getfixturevalue("kafka")) as opened:
            yield opened


def viewed(viewer: str, number: int) -> Viewed:
    view = {"post_id": f"po_{number:011}", "surface": "feed", "rank": number, "dwell_ms": 900}
    return Viewed(viewer, AT + number, [view, view])


async def test_what_was_reported_is_kept_whole_and_in_a_viewers_order(kept: Kept) -> None:
    for number in range(5):
        await asyncio.gather(*(kept.log.append(viewed(viewer, number)) for viewer in ("a", "b", "c")))
    found = await kept.read()
    for viewer in ("a", "b", "c"):
        assert [one for one in found if one["viewer"] == viewer] == [
            orjson.loads(viewed(viewer, number).wire) for number in range(5)
        ]


async def test_whoever_reads_goes_on_behind_what_was_read(kept: Kept) -> None:
    assert await kept.reports({}) == []
    for number in range(6):
        await kept.log.append(viewed(str(number % 2), number))
    first = await kept.reports({})
    assert len(first) == 6
    behind = {Partition(VIEWS_TOPIC, one.partition): one.position + 1 for one in first}
    assert await kept.reports(behind) == []
    await kept.log.append(viewed("0", 6))
    (new,) = await kept.reports(behind)
    assert orjson.loads(new.wire) == orjson.loads(viewed("0", 6).wire)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    opened = SqliteDatabase(tmp_path / "viewed.sqlite", "NORMAL")
    yield opened
    opened.close()


async def test_after_ninety_days_what_was_seen_is_forgotten_and_nothing_else(database: SqliteDatabase) -> None:
    log = SqliteViewLog(database)
    for number in range(5):
        await log.append(viewed("a", number))
    assert await log.sweep(AT + KEPT_MS, 10) == 0
    assert await log.sweep(AT + KEPT_MS + 3, 2) == 2
    assert await log.sweep(AT + KEPT_MS + 3, 2) == 1
    assert await log.sweep(AT + KEPT_MS + 3, 2) == 0
    assert [row["at"] for row in database.rows("SELECT at FROM viewed")] == [AT + 3, AT + 4]
