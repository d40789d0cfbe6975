"""A data folder's ports on SQLite and files: for the embedded platform, and for commands beside it."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from infra.directory.objects import DirectoryObjects
from infra.process.clock import OwnClock, wall_clock
from infra.process.settings import Settings, SettingsInvalid
from infra.process.site_state import SharedState
from infra.secrets.site import Secrets
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
from infra.sqlite.search import SqliteSearch
from infra.sqlite.site import SqliteSiteRows
from infra.sqlite.sweeping import Sweep
from infra.sqlite.tables import SqliteTables
from infra.sqlite.vault import SqliteVault
from infra.sqlite.viewed import SqliteViewLog
from infra.tracing.chosen import chosen_traces
from infra.wiring import assembly, partitions
from infra.wiring.sides import ReadSide, WriteSide, live
from infra.wiring.subscribers import OUTWARD, TOPICS, known, tables_of
from infra.wiring.tiers import tiered_folder
from processors.beginnings import begin_now
from processors.reach import AlwaysReached
from projections.searched import SearchedTables
from projections.site import PARTITIONS


class Databases(NamedTuple):
    """The files of a data folder."""

    truth: SqliteDatabase
    """Durable when it says so."""
    views: SqliteDatabase
    """What readers see, which can be made again."""
    viewed: SqliteDatabase
    """What people have seen, which is forgotten after a while."""


@contextmanager
def databases(settings: Settings) -> Iterator[Databases]:
    """Closed at the end."""
    with (
        closing(SqliteDatabase(settings.data / "log.sqlite", "FULL")) as truth,
        closing(SqliteDatabase(settings.data / "views.sqlite", "NORMAL")) as views,
        closing(SqliteDatabase(settings.data / "viewed.sqlite", "NORMAL")) as viewed,
    ):
        yield Databases(truth, views, viewed)


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


async def ports(settings: Settings, secrets: Secrets, files: Databases, instance: str) -> Ports:
    """Of a folder whose server may be running: then `instance` must be another's."""
    truth, views = files.truth, files.views
    signs, *signed = secrets.keys("objects")
    media_url = settings.media_origin
    objects = DirectoryObjects(settings.data / "objects", settings.origin, signs, wall_clock, signed, media_url)
    state = SharedState(SqliteSiteRows(truth))
    vault, gates = SqliteVault(truth, secrets.keys("vault")), SqliteGates(views)
    ledger, view_log = SqliteLedger(truth, assembly.limits_of(settings)), SqliteViewLog(files.viewed)
    write = WriteSide(
        transactions=truth,
        log=await _log(settings, truth),
        ledger=ledger,
        announcements=SqliteAnnouncements(truth),
        vault=vault,
        gates=gates,
        objects=tiered_folder(settings, objects, secrets),
        view_log=view_log,
        clock=OwnClock(),
        instance=instance,
        traces=chosen_traces(settings),
    )
    caches, relations, search = SqliteCaches(views), SqliteRelations(views), SqliteSearch(views)
    read = ReadSide(
        transactions=views,
        tables=SearchedTables(SqliteTables(views), search),
        search=search,
        positions=SqlitePositions(views, TOPICS),
        feeds=SqliteFeeds(views),
        caches=caches,
        relations=relations,
        reach=AlwaysReached(),
        live=live(state),
    )
    state.hear(copies_over(state, views, caches, relations))
    await read.tables.create(tables_of(await known(state, write.log, read.positions)))
    # With the positions: where they are lost, so is this, and everybody begins anew at the end.
    await begin_now(OUTWARD, SqliteSiteRows(views), write.log, read.positions)
    sweeps = [ledger.sweep_key_records, vault.sweep_sessions, gates.sweep, view_log.sweep]
    return Ports(write, read, objects, vault, state, sweeps)
