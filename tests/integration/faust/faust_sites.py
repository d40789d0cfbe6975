"""What the tests of the Faust driver share: a subscriber that writes down what it took, here and in other processes."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from events.codec import encode
from events.envelope import Event, Recorded
from infra.kafka.connection import KafkaConnection
from infra.kafka.log import KafkaLog
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.positions import SqlitePositions
from infra.sqlite.vault import SqliteVault
from processors.brokers import Brokers
from processors.delivery import Delivery
from processors.faust_driver import FaustDriver
from processors.feeder import Place
from schemas.ids import PostId
from schemas.positions import ENGAGEMENT, TOPICS, Position
from tests.contract.fixtures_write import MASTER_KEY
from tests.contract.kafka_topics import own_topics
from tests.integration.stores import NO_KEY, row_of

RECORDER = "recorder@v1"
EVERYWHERE = [PostId(f"po_{n}") for n in range(12)]
"""Posts on all partitions."""
SESSION_S = 3.0
WITHIN_S = 90.0
"""Starting a process takes seconds where several share a core."""
DDL = "CREATE TABLE IF NOT EXISTS taken (worker TEXT, topic TEXT, part INTEGER, place INTEGER)"


@dataclass
class Journal:
    """A subscriber that writes down each event that it is given, in one transaction with its position."""

    database: SqliteDatabase
    positions: SqlitePositions
    worker: str = "here"
    id: str = RECORDER
    topics: Sequence[str] = (ENGAGEMENT,)

    async def take(self, batch: Sequence[Delivery]) -> None:
        rows = [(self.worker, at.topic, at.partition, at.offset) for at in (delivery.position for delivery in batch)]
        async with self.database.together():
            await self.database.write_many("INSERT INTO taken VALUES (?, ?, ?, ?)", rows)
            await self.positions.advance(self.id, batch[-1].position, batch[-1].recorded.id)

    def taken(self, worker: str = "%") -> dict[Place, list[int]]:
        """By partition, the offsets in the order in which they were taken."""
        found: dict[Place, list[int]] = {}
        for topic, partition, offset in self.database.rows(
            "SELECT topic, part, place FROM taken WHERE worker LIKE ? ORDER BY rowid", [worker]
        ):
            found.setdefault((topic, partition), []).append(offset)
        return found


@dataclass(frozen=True)
class FaustSite:
    """A log on Kafka, and positions and a journal in a file that other processes may open too."""

    connection: KafkaConnection
    prefix: str
    folder: Path
    log: KafkaLog
    views: SqliteDatabase
    vault: SqliteVault
    positions: SqlitePositions

    def journal(self, worker: str = "here", name: str = RECORDER, topics: Sequence[str] = (ENGAGEMENT,)) -> Journal:
        return Journal(self.views, self.positions, worker, name, topics)

    def driver(self, journal: Journal, batch: int = 500, session_s: float = SESSION_S) -> FaustDriver:
        brokers = Brokers(self.connection.servers, self.prefix, session_s=session_s)
        return FaustDriver(journal, self.log, self.vault, self.positions, batch, brokers=brokers)

    async def append(self, events: Sequence[Recorded[Event]]) -> list[Position]:
        return await self.log.append([row_of(event, encode(event, NO_KEY)) for event in events])

    async def drained(self, places: Sequence[Position], name: str = RECORDER) -> None:
        """Waits until these places, and so all before them, are applied."""
        last = {(place.topic, place.partition): place for place in sorted(places)}
        assert await self.positions.wait([name], list(last.values()), WITHIN_S), f"{name} has not got to {last}"


def opened(connection: KafkaConnection, prefix: str, folder: Path) -> FaustSite:
    """Opens the site; the same folder may be open in several processes."""
    views = SqliteDatabase(folder / "views.sqlite", "NORMAL")
    views.define(DDL)
    vault = SqliteVault(views, MASTER_KEY)
    positions = SqlitePositions(views, {RECORDER: TOPICS, "other@v1": TOPICS})
    return FaustSite(connection, prefix, folder, KafkaLog(connection, prefix), views, vault, positions)


@pytest.fixture
async def site(kafka: KafkaConnection, tmp_path: Path) -> AsyncIterator[FaustSite]:
    """A site on topics that nobody else uses."""
    async with own_topics(kafka) as prefix:
        site = opened(kafka, prefix, tmp_path)
        yield site
        await site.log.close()
        site.views.close()


@asynccontextmanager
async def running(driver: FaustDriver) -> AsyncIterator[FaustDriver]:
    """The driver works during the block, and has ended after it."""
    task = asyncio.create_task(driver.run())
    try:
        yield driver
    finally:
        task.cancel()
        await asyncio.wait([task])


def assert_everything_once(site: FaustSite, places: list[Position]) -> None:
    """Every partition was taken from its first event to its last, in order, once."""
    ends = {(place.topic, place.partition): place.offset + 1 for place in sorted(places)}
    assert site.journal().taken() == {place: list(range(end)) for place, end in ends.items()}


@asynccontextmanager
async def worker(site: FaustSite, name: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another process of the same group, until the end of the block at the latest."""
    arguments = [site.connection.servers, site.prefix, str(site.folder), name]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", __name__, *arguments)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _work(servers: str, prefix: str, folder: str, name: str) -> None:
    site = opened(KafkaConnection(servers), prefix, Path(folder))
    task = asyncio.create_task(site.driver(site.journal(name), batch=50).run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await asyncio.wait([task])
    await site.log.close()


if __name__ == "__main__":
    asyncio.run(_work(*sys.argv[1:]))
