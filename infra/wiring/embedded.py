"""The embedded platform: every port on SQLite and a directory, in one process. All wiring of this backend is here."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from typing import Any

from commands.api.call import Services
from commands.invariants import BROKEN
from infra.directory.objects import DirectoryObjects
from infra.directory.routes import object_routes
from infra.http.app import application
from infra.http.connections import HttpLimits
from infra.http.ops import watched
from infra.http.server import accepting, listening
from infra.process.clock import OwnClock, wall_clock
from infra.process.data_folder import held
from infra.process.measures import fed, pushing, reconciling, write_side
from infra.process.settings import Settings, SettingsInvalid
from infra.process.site_state import SharedState
from infra.process.standing import standing
from infra.secrets.names import name_secret
from infra.secrets.site import Secrets, site_secrets
from infra.sqlite.announcements import SqliteAnnouncements
from infra.sqlite.caches import SqliteCaches
from infra.sqlite.copies import copies_over
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.feeds import SqliteFeeds
from infra.sqlite.gates import SqliteGates
from infra.sqlite.ledger import SqliteLedger
from infra.sqlite.log import UNSAID, SqliteLog, reaches
from infra.sqlite.positions import SqlitePositions
from infra.sqlite.relations import SqliteRelations
from infra.sqlite.site import SqliteSiteRows
from infra.sqlite.sweeping import Sweep, Sweeping
from infra.sqlite.tables import SqliteTables
from infra.sqlite.vault import SqliteVault
from infra.wiring import assembly, partitions
from infra.wiring.feeding import Feeding
from infra.wiring.sides import ReadSide, WriteSide, live
from infra.wiring.subscribers import SUBSCRIBERS, TOPICS, Feeder, sliced, tables_of
from processors.log_driver import LogDriver
from processors.planning import Subscriber
from processors.reach import AlwaysReached
from processors.reconciler import Reconciler
from processors.uploads import Uploads
from projections.site import PARTITIONS
from query_api.reads import Reads

logger = logging.getLogger("photolog.embedded")

INSTANCE = "embedded"
"""One process at a time holds the data folder: every start is the same instance."""


@dataclass(frozen=True)
class Platform:
    """What the HTTP application serves, and what runs beside it."""

    services: Services
    reads: Reads
    objects: DirectoryObjects
    uploads: Uploads
    feeding: Feeding
    state: SharedState
    reconciler: Reconciler
    sweeping: Sweeping

    async def ready(self) -> dict[str, Any]:
        """How its processors stand."""
        return await standing(self.feeding.runtimes())


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[asyncio.Task[None]]:
    """Serves everything from the start of the block; the task ends on SIGTERM or Ctrl-C, and at the end of the block.

    Raises SettingsInvalid where the port or the data folder cannot be had.
    """
    with listening(settings.host, settings.port, "PHOTOLOG_PORT") as sock:
        async with embedded(settings) as platform:
            app = application(
                settings,
                ready=platform.ready,
                services=platform.services,
                reads=platform.reads,
                routes=object_routes(platform.objects, arrived=platform.uploads.arrived),
            )
            measured = [write_side(platform.services.handler), reconciling(platform.reconciler)]
            measured += [fed(platform.feeding.runtimes), pushing(platform.feeding.runtimes)]
            async with (
                watched(settings, platform.ready, *measured),
                accepting(app, sock, HttpLimits.of(settings)) as task,
            ):
                yield task


@asynccontextmanager
async def embedded(settings: Settings) -> AsyncIterator[Platform]:
    """Opens the data folder, runs the processors until the end, and closes everything."""
    with held(settings.data), databases(settings) as (truth, views):
        platform = await _wired(settings, site_secrets(settings), truth, views)
        await platform.objects.sweep()
        await platform.feeding.begin()
        work = [platform.state.run(), platform.feeding.run(), platform.reconciler.run(), platform.sweeping.run()]
        running = [asyncio.create_task(one) for one in work]
        for task in running:
            task.add_done_callback(_never_ends)
        yield platform
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@contextmanager
def databases(settings: Settings) -> Iterator[tuple[SqliteDatabase, SqliteDatabase]]:
    """The truth, durable when it says so, and what readers see, which can be made again; closed at the end."""
    with (
        closing(SqliteDatabase(settings.data / "log.sqlite", "FULL")) as truth,
        closing(SqliteDatabase(settings.data / "views.sqlite", "NORMAL")) as views,
    ):
        yield truth, views


def _never_ends(task: asyncio.Task[None]) -> None:
    """A processor that ends by itself takes the process along: readers must not go on as if nothing had happened."""
    if not task.cancelled():
        logger.critical("a processor has ended", exc_info=task.exception())
        os._exit(BROKEN)


async def _log(settings: Settings, truth: SqliteDatabase) -> SqliteLog:
    """The log, with as many partitions as it was made with."""
    rows = SqliteSiteRows(truth)
    unsaid = await rows.read(PARTITIONS) is None and reaches(truth, 0)
    number = await partitions.chosen(rows, settings, {"log.sqlite": UNSAID} if unsaid else {})
    if reaches(truth, number):
        raise SettingsInvalid(f"log.sqlite was made with {number} partitions, but holds events of more")
    return SqliteLog(truth, number)


@dataclass(frozen=True)
class Ports:
    """Every port of a data folder, and what of them only this backend has."""

    write: WriteSide
    read: ReadSide
    objects: DirectoryObjects
    vault: SqliteVault
    state: SharedState
    sweeps: Sequence[Sweep]


async def ports(
    settings: Settings, secrets: Secrets, truth: SqliteDatabase, views: SqliteDatabase, instance: str
) -> Ports:
    """Of a folder whose server may be running: then `instance` must be another's."""
    signs, *signed = secrets.keys("objects")
    objects = DirectoryObjects(settings.data / "objects", settings.origin, signs, wall_clock, signed)
    state = SharedState(SqliteSiteRows(truth))
    vault, gates = SqliteVault(truth, secrets.keys("vault")), SqliteGates(views)
    ledger = SqliteLedger(truth, assembly.limits_of(settings))
    write = WriteSide(
        transactions=truth,
        log=await _log(settings, truth),
        ledger=ledger,
        announcements=SqliteAnnouncements(truth),
        vault=vault,
        gates=gates,
        objects=objects,
        clock=OwnClock(),
        instance=instance,
    )
    caches, relations = SqliteCaches(views), SqliteRelations(views)
    read = ReadSide(
        transactions=views,
        tables=SqliteTables(views),
        positions=SqlitePositions(views, TOPICS),
        feeds=SqliteFeeds(views),
        caches=caches,
        relations=relations,
        reach=AlwaysReached(),
        live=live(state),
    )
    state.hear(copies_over(state, views, caches, relations))
    await read.tables.create(tables_of((await state.fresh()).state))
    sweeps = [ledger.sweep_key_records, vault.sweep_sessions, gates.sweep]
    return Ports(write, read, objects, vault, state, sweeps)


def _drive(feeder: Feeder) -> Callable[[Subscriber], LogDriver]:
    slices = asyncio.Lock()
    return lambda subscriber: LogDriver(sliced(feeder.runtime(subscriber), slices))


async def _wired(settings: Settings, secrets: Secrets, truth: SqliteDatabase, views: SqliteDatabase) -> Platform:
    opened = await ports(settings, secrets, truth, views, INSTANCE)
    write, read, objects = opened.write, opened.read, opened.objects
    handler = assembly.handler(write)
    names = await name_secret(opened.vault, secrets)
    positions = assembly.position_tokens(read, write.log, names)
    services = assembly.services(write, read, handler, settings, secrets, names, positions)
    uploads = Uploads(handler, objects, handler.ids)
    return Platform(
        services=services,
        reads=assembly.reads(read, objects, settings, secrets, positions),
        objects=objects,
        uploads=uploads,
        feeding=Feeding(SUBSCRIBERS, opened.state, _drive(Feeder(write, read, handler, settings))),
        state=opened.state,
        reconciler=assembly.reconciler(write, handler),
        sweeping=Sweeping(opened.sweeps, wall_clock, settings.sweep_every_s),
    )
