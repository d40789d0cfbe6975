"""A site's vault alone, for commands that look after keys: opened beside running processes, and closed again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from infra.process.settings import Settings, SettingsInvalid, no_site
from infra.secrets.site import site_secrets
from infra.secrets.wrapping import WrappedKeys


@asynccontextmanager
async def opened_vault(settings: Settings) -> AsyncIterator[WrappedKeys]:
    """The vault of these settings. Raises SettingsInvalid where there is none, and without a secret on the cluster."""
    if settings.backend == "embedded":
        from infra.sqlite.database import SqliteDatabase
        from infra.sqlite.vault import SqliteVault

        path = settings.data / "log.sqlite"
        if not path.exists():
            raise no_site(settings)
        database = SqliteDatabase(path, "FULL")
        try:
            yield SqliteVault(database, site_secrets(settings).keys("vault"))
        finally:
            database.close()
        return
    from infra.cql.schema import create_schema
    from infra.cql.session import CqlSession
    from infra.cql.vault import CqlVault
    from infra.wiring import places  # the drivers cost half a second, which no other backend should pay

    if settings.secret is None:
        raise SettingsInvalid("PHOTOLOG_SECRET or PHOTOLOG_SECRET_FILE is needed: the cluster makes none by itself")
    servers, keyspace = places.cql_servers(settings), places.keyspace(settings)
    session = await asyncio.to_thread(CqlSession.connect, servers, keyspace)
    try:
        await create_schema(session)
        yield CqlVault(session, site_secrets(settings).keys("vault"))
    finally:
        await asyncio.to_thread(session.close)
