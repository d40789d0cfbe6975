"""The HTTP applications: the command API, the query API, or both in one, as the backend wants them."""

from collections.abc import Sequence
from functools import partial

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from commands.api import views_endpoint
from commands.api.call import Services
from commands.rates import AddressRates
from infra.http import problems
from infra.http.addresses import AddressLimit
from infra.http.compression import Compression
from infra.http.cors import allow_browsers
from infra.http.health import Ready
from infra.http.limits import BodyLimit
from infra.http.methods import HeadAsGet
from infra.http.ordinary import Ordinary, OrdinaryFirst
from infra.http.routes import include
from infra.http.unexpected import Unexpected
from infra.openapi.kept import kept
from infra.process.settings import Settings
from query_api import feed_endpoint
from query_api.reads import Reads


def application(
    settings: Settings,
    *,
    ready: Ready,
    services: Services | None = None,
    reads: Reads | None = None,
    routes: Sequence[BaseRoute] = (),
    addresses: AddressRates | None = None,
) -> ASGIApp:
    """The command API if it is given its services, the query API if it is given its reads, and these routes.

    Without `addresses` no request is counted.
    """
    app: FastAPI = FastAPIOffline(title="Photolog", routes=list(routes), redirect_slashes=False)
    app.openapi = kept  # type: ignore[method-assign]  # of both APIs, whichever this is: clients see one origin
    app.state.ready, app.state.commands, app.state.reads = ready, services, reads
    include(app, commands=services is not None, queries=reads is not None)
    problems.install(app)
    app.add_middleware(BodyLimit, most=settings.http_body_bytes)
    if addresses is not None:
        app.add_middleware(AddressLimit, rates=addresses, proxies=settings.proxies)
    app.add_middleware(Unexpected)
    allow_browsers(app, settings)
    app.add_middleware(Compression)
    app.add_middleware(HeadAsGet)
    begin = None if reads is None else reads.live.begin  # by the versions that are live then goes all of a request
    return OrdinaryFirst(app, _ordinary(services, reads, settings.http_body_bytes), begin)


def _ordinary(services: Services | None, reads: Reads | None, most: int) -> dict[str, Ordinary]:
    """The hottest paths of the APIs that are there."""
    found: dict[str, Ordinary] = {}
    if services is not None:
        found[views_endpoint.PATH] = partial(views_endpoint.answered, wired=services, most=most)
    if reads is not None:
        found[feed_endpoint.PATH] = partial(feed_endpoint.answered, wired=reads)
    return found
