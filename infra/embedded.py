"""The embedded platform: every port on SQLite and a directory, in one process. All wiring of this backend is here."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from commands.api.call import Services
from commands.handling import Handler
from commands.ids import Snowflakes
from commands.once import Once
from commands.sessions import Sessions
from infra.argon2.passwords import Argon2Passwords
from infra.clock import wall_clock
from infra.data_folder import held
from infra.directory.objects import DirectoryObjects
from infra.jwt.tokens import JwtAccessTokens
from infra.secret_file import Secrets, site_secrets
from infra.settings import Settings
from infra.sqlite.caches import SqliteCaches
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.feeds import SqliteFeeds
from infra.sqlite.gates import SqliteGates
from infra.sqlite.ledger import SqliteLedger
from infra.sqlite.log import SqliteLog
from infra.sqlite.positions import SqlitePositions
from infra.sqlite.tables import SqliteTables
from infra.sqlite.vault import SqliteVault
from infra.vips.limits import Limits
from infra.vips.renderer import VipsRenderer
from processors.effects import ProjectionSubscriber, Stores
from processors.media import MediaPipeline
from processors.runtime import Runtime
from projections.all import PROJECTIONS
from query_api.reads import Reads

MEDIA_BATCH = 16
"""Uploads that are in hand at once: a batch is done when its slowest photo is."""


@dataclass(frozen=True)
class Platform:
    """What the HTTP application serves, and what runs beside it."""

    commands: Services
    reads: Reads
    objects: DirectoryObjects
    runtimes: list[Runtime]


@asynccontextmanager
async def embedded(settings: Settings) -> AsyncIterator[Platform]:
    """Opens the data folder, runs the processors until the end, and closes everything."""
    with held(settings.data):
        truth = SqliteDatabase(settings.data / "log.sqlite", "FULL")
        views = SqliteDatabase(settings.data / "views.sqlite", "NORMAL")
        try:
            platform = await _wired(settings, site_secrets(settings), truth, views)
            await platform.objects.sweep()
            running = [asyncio.create_task(runtime.run()) for runtime in platform.runtimes]
            yield platform
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        finally:
            views.close()
            truth.close()


async def _wired(settings: Settings, secrets: Secrets, truth: SqliteDatabase, views: SqliteDatabase) -> Platform:
    log, ledger = SqliteLog(truth), SqliteLedger(truth)
    vault = SqliteVault(truth, secrets.key("vault"))
    ids = Snowflakes(ledger, wall_clock)
    handler = Handler(ledger, log, vault, truth, ids, wall_clock)
    objects = DirectoryObjects(settings.data / "objects", settings.origin, secrets.key("objects"), wall_clock)
    passwords = Argon2Passwords()
    tokens = JwtAccessTokens(secrets.key("access-tokens"), settings.access_token_s)
    sessions = Sessions(
        handler, vault, SqliteGates(views), passwords, tokens, ids, wall_clock, secrets.key("usernames")
    )
    once = Once(ledger, vault, truth, ids, wall_clock)

    tables, feeds, caches = SqliteTables(views), SqliteFeeds(views), SqliteCaches(views)
    limits = replace(Limits(), seconds=settings.render_timeout_s)
    renderer = VipsRenderer(limits, settings.render_at_once or None)
    topics = {projection.id: projection.topics for projection in PROJECTIONS}
    positions = SqlitePositions(views, {**topics, MediaPipeline.id: MediaPipeline.topics})
    media = MediaPipeline(handler, objects, renderer, positions, ids, wall_clock)
    stores = Stores(views, tables, positions, feeds, caches)
    for projection in PROJECTIONS:
        await tables.create(projection.tables)
    runtimes = [Runtime(ProjectionSubscriber(part, stores), log, vault, positions) for part in PROJECTIONS]
    runtimes.append(Runtime(media, log, vault, positions, batch=MEDIA_BATCH))
    return Platform(
        commands=Services(handler, once, sessions, vault, passwords, tokens, objects, wall_clock),
        reads=Reads(tables, feeds, caches, positions, tokens, wall_clock, objects.public_url, secrets.key("cursors")),
        objects=objects,
        runtimes=runtimes,
    )
