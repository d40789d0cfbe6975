"""The edge of a site: which store it stands before, who may purge it, and its process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from infra.edge.edge_log import fetches, heated
from infra.edge.purging import EdgePurges
from infra.edge.varnish import Varnish, counting
from infra.edge.vcl import EdgeSite, vcl
from infra.edge.warming import Warming, heating
from infra.http.ops import watched
from infra.http.server import on_stop
from infra.process.settings import Settings, SettingsInvalid
from infra.secrets.site import site_secrets
from infra.wiring import places
from infra.wiring.beside import beside
from infra.wiring.objects import opened_objects
from infra.wiring.tiers import media_reads

PURPOSE = "edge"
"""What the key of purges is derived for."""


async def serve_edge(settings: Settings) -> int:
    """Runs Varnish until SIGTERM; its exit status if it ends by itself. Raises SettingsInvalid."""
    stop = asyncio.Event()
    on_stop(stop.set)
    port = settings.edge_port
    varnish = Varnish(settings.data.resolve() / f"edge-{port}", f"{settings.host}:{port}", settings.edge_memory_mb)
    warming = Warming(settings.edges)
    async with (
        varnish.running(_configuration(settings)) as process,
        watched(settings, _ready, counting(varnish), heating(warming)),
        _noting(settings, varnish),
        _warming(settings, varnish, warming),
    ):
        ended, stopped = asyncio.create_task(process.wait()), asyncio.create_task(stop.wait())
        await asyncio.wait([ended, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not ended.done():
            ended.cancel()
            return 0
        return ended.result() or 1


@asynccontextmanager
async def _noting(settings: Settings, varnish: Varnish) -> AsyncIterator[None]:
    """Keeps which media were fetched, if anybody wants to know. Before the embedded platform that notes it itself."""
    if not settings.cold or settings.backend == "embedded":
        yield
        return
    async with opened_objects(settings) as objects:
        reads = media_reads(settings, objects)
        async with beside(fetches(varnish, reads.note), reads.run()):
            yield


@asynccontextmanager
async def _warming(settings: Settings, varnish: Varnish, warming: Warming) -> AsyncIterator[None]:
    """Has every edge fetch what is hot at this one, if that is wanted."""
    work = (heated(varnish, warming.heat), warming.run()) if _hot_per_minute(settings) else ()
    async with beside(*work):
        yield


def edge_purges(settings: Settings) -> EdgePurges:
    """How every edge of the site is told."""
    return EdgePurges(settings.edges, _keys(settings)[0] if settings.edges else "")


def _configuration(settings: Settings) -> str:
    if settings.cold and settings.backend == "cluster" and not settings.edge_missing:
        raise SettingsInvalid("PHOTOLOG_EDGE_MISSING names no query API, which brings back what is in PHOTOLOG_COLD")
    site = EdgeSite(
        _store(settings),
        _keys(settings),
        settings.edge_purgers,
        settings.origins,
        _hot_per_minute(settings),
        settings.edge_missing,
    )
    try:
        return vcl(site)
    except ValueError as error:
        raise SettingsInvalid(str(error)) from None


def _hot_per_minute(settings: Settings) -> int:
    """Nobody counts where there is no edge to be told."""
    return settings.edge_hot_per_minute if settings.edges else 0


def _store(settings: Settings) -> str:
    """Where renditions are: anybody may read them there."""
    if settings.backend == "embedded":
        return f"http://{settings.host}:{settings.port}"
    return f"{settings.s3_endpoint.rstrip('/')}/{places.bucket(settings)}"


def _keys(settings: Settings) -> list[str]:
    return [key.hex() for key in site_secrets(settings).keys(PURPOSE)]


async def _ready() -> dict[str, object]:
    """Whoever wants to know whether it answers asks it itself."""
    return {}
