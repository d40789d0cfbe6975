"""The HTTP applications: the command API, the query API, or both in one, as the backend wants them."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.routing import BaseRoute

from commands.api.call import Services
from infra.http import problems
from infra.http.cors import allow_browsers
from infra.http.limits import BodyLimit
from infra.http.routes import include
from infra.openapi.kept import kept
from infra.process.settings import Settings
from query_api.reads import Reads


def application(
    settings: Settings,
    *,
    ready: Callable[[], Awaitable[dict[str, Any]]],
    services: Services | None = None,
    reads: Reads | None = None,
    routes: Sequence[BaseRoute] = (),
) -> FastAPI:
    """The command API if it is given its services, the query API if it is given its reads, and these routes."""
    app: FastAPI = FastAPIOffline(title="Photolog", routes=list(routes))
    app.openapi = kept  # type: ignore[method-assign]  # of both APIs, whichever this is: clients see one origin
    app.state.ready, app.state.commands, app.state.reads = ready, services, reads
    include(app, commands=services is not None, queries=reads is not None)
    problems.install(app)
    app.add_middleware(BodyLimit, most=settings.http_body_bytes)
    allow_browsers(app, settings)
    return app
