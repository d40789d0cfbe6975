"""What opens personal fields for analysts: a site's keys, and what records who asked. Nothing is made on its stores.

Apart from operating.py, which opens everything of a site, and makes what is missing there.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass

from commands.handling import Handler
from commands.ports import Vault
from infra.process.clock import ComparedClock, OwnClock
from infra.process.settings import Settings, SettingsInvalid
from infra.secrets.names import NAMES, opened
from infra.secrets.site import site_secrets
from infra.secrets.wrapping import WrappedKeys
from infra.wiring import assembly
from infra.wiring.sides import Recording


@dataclass(frozen=True)
class Inquiring:
    """Keys, for whoever has said who it is and why."""

    handler: Handler
    vault: Vault


@asynccontextmanager
async def inquiring(settings: Settings) -> AsyncIterator[Inquiring]:
    """Beside a site's processes. Raises SettingsInvalid where there is no site, or without its secret."""
    async with AsyncExitStack() as stack:
        opens = _of_cluster if settings.backend == "cluster" else _of_folder
        recording = await opens(settings, stack)
        yield Inquiring(assembly.handler(recording), recording.vault)


async def _of_folder(settings: Settings, stack: AsyncExitStack) -> Recording:
    from infra.sqlite.announcements import SqliteAnnouncements
    from infra.sqlite.database import SqliteDatabase
    from infra.sqlite.history import SqliteHistory
    from infra.sqlite.ledger import SqliteLedger
    from infra.sqlite.log import SqliteLog
    from infra.sqlite.vault import SqliteVault

    path = settings.data / "log.sqlite"
    if not path.exists() or (settings.secret is None and not (settings.data / "secret").exists()):
        raise SettingsInvalid(f"there is no site in {settings.data}, or not its secret")
    history = SqliteHistory(path)
    number = history.partitions
    await history.close()
    database = stack.enter_context(closing(SqliteDatabase(path, "FULL")))
    vault = SqliteVault(database, site_secrets(settings).keys("vault"))
    await _check(vault)
    return Recording(
        transactions=database,
        log=SqliteLog(database, number),
        ledger=SqliteLedger(database, assembly.limits_of(settings)),
        announcements=SqliteAnnouncements(database),
        vault=vault,
        clock=OwnClock(),
        instance=_instance(),
    )


async def _of_cluster(settings: Settings, stack: AsyncExitStack) -> Recording:
    from infra.cql.announcements import CqlAnnouncements
    from infra.cql.ledger import CqlLedger
    from infra.cql.session import CqlSession
    from infra.cql.transactions import CqlTransactions
    from infra.cql.vault import CqlVault
    from infra.kafka.log import KafkaLog
    from infra.wiring import places
    from infra.wiring.history import partitions_of_cluster

    if settings.secret is None:
        raise SettingsInvalid("PHOTOLOG_SECRET or PHOTOLOG_SECRET_FILE is needed: it opens the keys of personal fields")
    log = KafkaLog(places.kafka(settings), await partitions_of_cluster(settings), places.prefix(settings))
    stack.push_async_callback(log.close)
    session = await asyncio.to_thread(CqlSession.connect, places.cql_servers(settings), places.keyspace(settings))
    stack.push_async_callback(asyncio.to_thread, session.close)
    clock = ComparedClock(session.time)
    await clock.compare()
    limits = assembly.limits_of(settings)
    vault = CqlVault(session, site_secrets(settings).keys("vault"), limits=limits)
    await _check(vault)
    return Recording(
        transactions=CqlTransactions(),
        log=log,
        ledger=CqlLedger(session, limits),
        announcements=CqlAnnouncements(session),
        vault=vault,
        clock=clock,
        instance=_instance(),
    )


async def _check(vault: WrappedKeys) -> None:
    """Raises SettingsInvalid under a secret that is not this site's."""
    wrapped = await vault.wrapped_key(NAMES)
    if wrapped is not None:
        opened(vault, NAMES, wrapped)


def _instance() -> str:
    return f"analyst-{uuid.uuid4().hex}"
