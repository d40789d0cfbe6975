"""The application of the embedded backend: everything public on one port."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

import commands.api.accounts
import commands.api.comments
import commands.api.follows
import commands.api.likes
import commands.api.oauth
import commands.api.posts
import query_api.accounts
import query_api.comments
import query_api.feed
import query_api.posts
from infra.directory.routes import object_routes
from infra.embedded import Platform
from infra.http import health, problems
from infra.settings import Settings

EXPOSED = [
    "Log-Position",
    "Link",
    "Retry-After",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "ETag",
]
ABOUT = """The command API and the query API of a Photolog site.

Writes answer with `Log-Position`; send it back as `At-Least-Position` to read your own writes.
Any write may carry an `Idempotency-Key`. Errors are problem details (RFC 9457) with a stable `code`.
"""


def application(platform: Platform, settings: Settings) -> FastAPI:
    """The ASGI application over a running platform."""
    app = FastAPI(title="Photolog", version="1", description=ABOUT, routes=object_routes(platform.objects))
    app.state.commands = platform.commands
    app.state.reads = platform.reads
    app.state.runtimes = platform.runtimes
    for part in (commands.api.accounts, commands.api.oauth, commands.api.follows, commands.api.likes):
        app.include_router(part.router)
    app.include_router(commands.api.comments.router)
    app.include_router(query_api.accounts.router)
    app.include_router(query_api.feed.router)
    for router in (commands.api.posts.router, query_api.posts.router, query_api.comments.router):
        app.include_router(router, prefix="/posts")
        app.include_router(router, prefix="/photos", include_in_schema=False)
    app.include_router(health.router)
    problems.install(app)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["*"],
            expose_headers=EXPOSED,
        )
    return app
