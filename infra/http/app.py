"""The HTTP applications: the command API, the query API, or both in one, as the backend wants them."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi_offline import FastAPIOffline
from starlette.routing import BaseRoute

import commands.api.accounts
import commands.api.comments
import commands.api.email
import commands.api.follows
import commands.api.likes
import commands.api.oauth
import commands.api.password
import commands.api.posts
import commands.api.sessions
import query_api.accounts
import query_api.comments
import query_api.feed
import query_api.posts
from commands.api.call import Services
from infra.http import health, problems
from infra.http.cors import allow_browsers
from infra.http.limits import BodyLimit
from infra.process.settings import Settings
from query_api.reads import Reads

ABOUT = """The command API and the query API of a Photolog site.

Writes answer with `Log-Position`; send it back as `At-Least-Position` to read your own writes.
Any write may carry an `Idempotency-Key`. Errors are problem details (RFC 9457) with a stable `code`.
"""
COMMANDS = [
    commands.api.accounts.router,
    commands.api.oauth.router,
    commands.api.sessions.router,
    commands.api.password.router,
    commands.api.email.router,
    commands.api.follows.router,
    commands.api.likes.router,
    commands.api.comments.router,
]
COMMANDS_ON_POSTS = [commands.api.posts.router]
QUERIES = [query_api.accounts.router, query_api.feed.router]
QUERIES_ON_POSTS = [query_api.posts.router, query_api.comments.router]


def application(
    settings: Settings,
    *,
    ready: Callable[[], Awaitable[dict[str, Any]]],
    services: Services | None = None,
    reads: Reads | None = None,
    routes: Sequence[BaseRoute] = (),
) -> FastAPI:
    """The command API if it is given its services, the query API if it is given its reads, and these routes."""
    app: FastAPI = FastAPIOffline(title="Photolog", version="1", description=ABOUT, routes=list(routes))
    app.state.ready = ready
    if services is not None:
        app.state.commands = services
        _include(app, COMMANDS, COMMANDS_ON_POSTS)
    if reads is not None:
        app.state.reads = reads
        _include(app, QUERIES, QUERIES_ON_POSTS)
    app.include_router(health.router)
    problems.install(app)
    app.add_middleware(BodyLimit, most=settings.http_body_bytes)
    allow_browsers(app, settings)
    return app


def _include(app: FastAPI, routers: Sequence[APIRouter], on_posts: Sequence[APIRouter]) -> None:
    """Whatever is about posts answers under /photos too."""
    for router in routers:
        app.include_router(router)
    for router in on_posts:
        app.include_router(router, prefix="/posts")
        app.include_router(router, prefix="/photos", include_in_schema=False)
