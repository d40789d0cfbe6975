"""The edge of a site: which store it stands before, who may purge it, and its process."""

import asyncio

from infra.edge.purging import EdgePurges
from infra.edge.varnish import Varnish, counting
from infra.edge.vcl import EdgeSite, vcl
from infra.http.ops import watched
from infra.http.server import on_stop
from infra.process.settings import Settings, SettingsInvalid
from infra.secrets.site import site_secrets
from infra.wiring import places

PURPOSE = "edge"
"""What the key of purges is derived for."""


async def serve_edge(settings: Settings) -> int:
    """Runs Varnish until SIGTERM; its exit status if it ends by itself. Raises SettingsInvalid."""
    stop = asyncio.Event()
    on_stop(stop.set)
    port = settings.edge_port
    varnish = Varnish(settings.data.resolve() / f"edge-{port}", f"{settings.host}:{port}", settings.edge_memory_mb)
    async with varnish.running(_configuration(settings)) as process, watched(settings, _ready, counting(varnish)):
        ended, stopped = asyncio.create_task(process.wait()), asyncio.create_task(stop.wait())
        await asyncio.wait([ended, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not ended.done():
            ended.cancel()
            return 0
        return ended.result() or 1


def edge_purges(settings: Settings) -> EdgePurges:
    """How every edge of the site is told."""
    return EdgePurges(settings.edges, _keys(settings)[0] if settings.edges else "")


def _configuration(settings: Settings) -> str:
    site = EdgeSite(_store(settings), _keys(settings), settings.edge_purgers, settings.origins)
    try:
        return vcl(site)
    except ValueError as error:
        raise SettingsInvalid(str(error)) from None


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
