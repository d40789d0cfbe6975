"""The embedded stores of one data folder for tests, opened as wiring does it, and the write side over them."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from commands.accounts import ClaimUsername, OpenAccount
from commands.handling import Handler
from commands.ids import Snowflakes
from commands.once import Once
from events.codec import encode
from events.envelope import Event, Recorded
from infra.process.clock import wall_clock
from infra.sqlite.announcements import SqliteAnnouncements
from infra.sqlite.caches import SqliteCaches
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.feeds import SqliteFeeds
from infra.sqlite.ledger import SqliteLedger
from infra.sqlite.log import SqliteLog
from infra.sqlite.positions import SqlitePositions
from infra.sqlite.relations import SqliteRelations
from infra.sqlite.tables import SqliteTables
from infra.sqlite.vault import SqliteVault
from processors.appliers import Appliers, ReactionApplier
from processors.attempts import ATTEMPTS
from processors.celebrities import Celebrities
from processors.drops import CacheDrops
from processors.fanout import FanOuts
from processors.holds import HOLDS
from processors.log_driver import LogDriver
from processors.pace import Pace
from processors.planning import Subscriber
from processors.reach import AlwaysReached, Reach
from processors.reading import Sources
from processors.rows import Rows
from processors.runtime import Runtime
from processors.threshold import Threshold
from projections import feed
from projections.dead_letters import LETTERS
from projections.effects import Backfill, FanOut, Reaction, Settle, Weigh
from projections.ports import Caches, Feeds, Relations
from schemas.ids import AccountId
from schemas.positions import TOPICS, Position
from tests.contract.fixtures_write import MASTER_KEY
from tests.integration.handlers import a_handler, cause, row_of
from tests.pace import patient
from tests.partitions import PARTITIONS

WITHIN_S = 20.0
KEPT = (ATTEMPTS, HOLDS, LETTERS)
"""Tables of the runtime's own."""
NO_KEY: Mapping[str, bytes | None] = {}


@dataclass(frozen=True)
class Site:
    """Everything that a data folder holds."""

    truth: SqliteDatabase
    views: SqliteDatabase
    log: SqliteLog
    ledger: SqliteLedger
    vault: SqliteVault
    announcements: SqliteAnnouncements
    ids: Snowflakes
    handler: Handler
    once: Once
    positions: SqlitePositions
    tables: SqliteTables
    feeds: Feeds
    caches: Caches
    relations: Relations
    threshold: int = 10_000
    """Followers that make a celebrity."""
    reach: Reach = field(default_factory=AlwaysReached)

    async def account(self, name: str, account: AccountId | None = None) -> AccountId:
        """Signs somebody up, as the command API does."""
        account = account or AccountId(f"ac_{await self.ids.digits()}")
        await self.vault.create_key(account)
        opened = OpenAccount(account, name, f"{name}@example.org", "", wall_clock())
        await self.handler.handle(ClaimUsername(account, name, opened), cause(f"{name} claims"))
        return account

    async def append(self, *events: Recorded[Event]) -> list[Position]:
        """Puts events that hold nothing personal into the log, without asking a command."""
        return await self.log.append([row_of(event, encode(event, NO_KEY)) for event in events])

    @property
    def rows(self) -> Rows:
        """Who writes rows here."""
        drops = CacheDrops(self.caches, self.relations, self.reach, feed.PROJECTION.id)
        return Rows(self.tables, drops)

    @property
    def appliers(self) -> Appliers:
        """Rows and pushes."""
        fan_outs = FanOuts(self.tables, self.feeds, self.reach, feed.PROJECTION.id, Threshold(self.threshold))
        celebrities = Celebrities(self.handler, self.tables, fan_outs, wall_clock)
        reactions: dict[type[Reaction], ReactionApplier] = {
            FanOut: fan_outs,
            Backfill: fan_outs,
            Weigh: celebrities,
            Settle: celebrities,
        }
        return Appliers(self.rows, reactions)

    def runtime(self, subscriber: Subscriber, pace: Pace = Pace(), appliers: Appliers | None = None) -> Runtime:
        """What feeds this subscriber here."""
        sources = Sources(self.log, self.vault, self.handler, self.positions, self.tables, self.views)
        return Runtime(subscriber, appliers or self.appliers, sources, pace)


def open_site(folder: Path, subscribers: Iterable[str] = ()) -> Site:
    """Opens a data folder; every subscriber may read every topic."""
    truth, views = SqliteDatabase(folder / "log.sqlite", "NORMAL"), SqliteDatabase(folder / "views.sqlite", "NORMAL")
    log, ledger, vault = SqliteLog(truth, PARTITIONS), SqliteLedger(truth), SqliteVault(truth, MASTER_KEY)
    announcements = SqliteAnnouncements(truth)
    handler = a_handler(ledger, log, announcements, vault, truth)
    positions, tables = SqlitePositions(views, dict.fromkeys(subscribers, TOPICS)), SqliteTables(views)
    return Site(
        truth=truth,
        views=views,
        log=log,
        ledger=ledger,
        vault=vault,
        announcements=announcements,
        ids=handler.ids,
        handler=handler,
        once=Once(ledger, vault, truth, handler.ids, wall_clock, [MASTER_KEY]),
        positions=positions,
        tables=tables,
        feeds=SqliteFeeds(views),
        caches=SqliteCaches(views),
        relations=SqliteRelations(views),
    )


@contextmanager
def opened_site(folder: Path, subscribers: Iterable[str] = ()) -> Iterator[Site]:
    """The same for a block, and closed behind it."""
    site = open_site(folder, subscribers)
    try:
        yield site
    finally:
        site.views.close()
        site.truth.close()


@asynccontextmanager
async def running(
    site: Site, subscriber: Subscriber, appliers: Appliers | None = None, *, pace: Pace = Pace()
) -> AsyncIterator[Runtime]:
    """A runtime that feeds this subscriber during the block."""
    await site.tables.create(KEPT)
    runtime = site.runtime(subscriber, pace, appliers)
    task = asyncio.create_task(LogDriver(runtime).run())
    try:
        yield runtime
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def drained(site: Site, subscriber: Subscriber, places: Sequence[Position]) -> None:
    """Waits until the subscriber has done everything that these places ask for."""
    done = await site.positions.wait([subscriber.id], places, patient(WITHIN_S), finished=places)
    assert done, f"{subscriber.id} has not got to {places}"
