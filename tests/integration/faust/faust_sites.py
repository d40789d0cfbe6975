"""What the tests of the Faust driver share: a site whose journals are kept (journal.py) here and in other processes."""

import asyncio
import signal
import sys
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from commands.handling import Handler
from events.codec import encode
from events.envelope import Event, Recorded
from infra.kafka.connection import KafkaConnection
from infra.kafka.log import KafkaLog
from infra.kafka.predecessors import put_out
from infra.sqlite.announcements import SqliteAnnouncements
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.ledger import SqliteLedger
from infra.sqlite.positions import SqlitePositions
from infra.sqlite.tables import SqliteTables
from infra.sqlite.vault import SqliteVault
from processors.appliers import Appliers
from processors.brokers import Brokers
from processors.faust_driver import FaustDriver
from processors.pace import Pace
from processors.reading import Sources
from processors.runtime import Runtime
from schemas.ids import PostId
from schemas.positions import ENGAGEMENT, TOPICS, Partition, Position
from tests.contract.fixtures_write import MASTER_KEY
from tests.contract.kafka_topics import own_topics
from tests.integration.faust.journal import DDL, RECORDER, Journal
from tests.integration.handlers import Alone, a_handler, row_of
from tests.integration.stores import KEPT, NO_KEY
from tests.pace import patient
from tests.partitions import PARTITIONS

EVERYWHERE = [PostId(f"po_{n}") for n in range(12)]
"""Posts on all partitions."""
SESSION_S = 3.0
WITHIN_S = 90.0
"""Starting a process takes seconds where several share a core."""


@dataclass(frozen=True)
class Fed:
    """A driver, and those that it feeds."""

    driver: FaustDriver
    runtime: Runtime
    others: Sequence[Runtime] = ()

    async def run(self) -> None:
        """Until it is cancelled; then what is in hand is finished."""
        async with asyncio.TaskGroup() as work:
            work.create_task(self.driver.run())
            for runtime in (self.runtime, *self.others):
                work.create_task(self.driver.carry(runtime))


@dataclass(frozen=True)
class FaustSite:
    """A log on Kafka, and positions and a journal in a file that other processes may open too."""

    connection: KafkaConnection
    prefix: str
    folder: Path
    log: KafkaLog
    views: SqliteDatabase
    vault: SqliteVault
    handler: Handler
    positions: SqlitePositions

    def journal(self, worker: str = "here", name: str = RECORDER, topics: Sequence[str] = (ENGAGEMENT,)) -> Journal:
        return Journal(self.views, worker, name, topics)

    def driver(self, journal: Journal, batch: int = 500, session_s: float = SESSION_S, member: str = "") -> Fed:
        """A lot of one subscriber."""
        runtime = self.runtime(journal, batch)
        return Fed(FaustDriver(journal.id, journal.topics, self.brokers(session_s, member), runtime.pace), runtime)

    def brokers(self, session_s: float = SESSION_S, member: str = "") -> Brokers:
        joining = partial(put_out, member)
        return Brokers(self.connection.servers, self.prefix, member=member, joining=joining, session_s=session_s)

    def runtime(self, journal: Journal, batch: int = 500) -> Runtime:
        sources = Sources(self.log, self.vault, self.handler, self.positions, SqliteTables(self.views), self.views)
        return Runtime(journal, Appliers(journal, {}), sources, Pace(batch=batch))

    async def append(self, events: Sequence[Recorded[Event]]) -> list[Position]:
        return await self.log.append([row_of(event, encode(event, NO_KEY)) for event in events])

    async def drained(self, places: Sequence[Position], name: str = RECORDER) -> None:
        """Waits until these places, and so all before them, are applied."""
        last = {(place.topic, place.partition): place for place in sorted(places)}
        assert await self.positions.wait([name], list(last.values()), patient(WITHIN_S)), (
            f"{name} has not got to {last}"
        )


def opened(connection: KafkaConnection, prefix: str, folder: Path) -> FaustSite:
    """Opens the site; the same folder may be open in several processes."""
    views = SqliteDatabase(folder / "views.sqlite", "NORMAL")
    views.define(DDL)
    vault = SqliteVault(views, MASTER_KEY)
    positions = SqlitePositions(views, {RECORDER: TOPICS, "other@v1": TOPICS})
    log = KafkaLog(connection, PARTITIONS, prefix)
    handler = a_handler(SqliteLedger(views), log, SqliteAnnouncements(views), vault, Alone(), uuid.uuid4().hex)
    return FaustSite(connection, prefix, folder, log, views, vault, handler, positions)


@pytest.fixture
async def site(kafka: KafkaConnection, tmp_path: Path) -> AsyncIterator[FaustSite]:
    """A site on topics that nobody else uses."""
    async with own_topics(kafka) as prefix:
        site = opened(kafka, prefix, tmp_path)
        await SqliteTables(site.views).create(KEPT)
        yield site
        await site.log.close()
        site.views.close()


@asynccontextmanager
async def running(fed: Fed) -> AsyncIterator[Fed]:
    """It works during the block, and has ended after it."""
    task = asyncio.create_task(fed.run())
    try:
        yield fed
    finally:
        task.cancel()
        await asyncio.wait([task])


def assert_everything_once(site: FaustSite, places: list[Position]) -> None:
    """Every partition was taken from its first event to its last, in order, once."""
    ends = {Partition.of(place): place.offset + 1 for place in sorted(places)}
    assert site.journal().taken() == {place: list(range(end)) for place, end in ends.items()}


@asynccontextmanager
async def worker(
    site: FaustSite, name: str, session_s: float = SESSION_S, member: str = ""
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another process of the same group, until the end of the block at the latest."""
    arguments = [site.connection.servers, site.prefix, str(site.folder), name, str(session_s), member]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", __name__, *arguments)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _work(servers: str, prefix: str, folder: str, name: str, session_s: str, member: str) -> None:
    site = opened(KafkaConnection(servers), prefix, Path(folder))
    task = asyncio.create_task(site.driver(site.journal(name), 50, float(session_s), member).run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await asyncio.wait([task])
    await site.log.close()


if __name__ == "__main__":
    asyncio.run(_work(*sys.argv[1:]))
