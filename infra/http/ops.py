"""What operators ask a process on PHOTOLOG_OPS_PORT: /metrics (Prometheus), never on the public port; /healthz, and
/readyz, which a worker answers nowhere else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.http.connections import HttpLimits
from infra.http.health import Ready, healthz, readiness
from infra.http.server import accepting, listening
from infra.process.metrics import Source, shown
from infra.process.settings import Settings
from schemas.errors import PhotologError


@asynccontextmanager
async def watched(settings: Settings, ready: Ready, *sources: tuple[str, Source]) -> AsyncIterator[None]:
    """Answers operators during the block. Raises SettingsInvalid where the port cannot be had; 0 answers nobody.

    /healthz says that the process is up: it ends as it should when it is told to. /readyz says what `ready` does.
    """
    if settings.ops_port == 0:
        yield
        return

    async def show(_request: Request) -> Response:
        return Response(await shown(sources), media_type=CONTENT_TYPE_LATEST)

    async def alive(_request: Request) -> Response:
        return JSONResponse(await healthz())

    async def stands(_request: Request) -> Response:
        try:
            status, body = await readiness(ready)
            return JSONResponse(body, status)
        except PhotologError as error:
            return JSONResponse({"status": "not ready", "code": error.code}, error.status, error.headers())

    app = Starlette(routes=[Route("/metrics", show), Route("/healthz", alive), Route("/readyz", stands)])
    with listening(settings.ops_host, settings.ops_port, "PHOTOLOG_OPS_PORT") as sock:
        async with accepting(app, sock, HttpLimits.of(settings), signals=False):
            yield
