"""Every router of both APIs, and how an application takes them in."""

from collections.abc import Iterator, Sequence

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

import commands.api.accounts
import commands.api.avatars
import commands.api.bells
import commands.api.blocks
import commands.api.comments
import commands.api.devices
import commands.api.email
import commands.api.follows
import commands.api.likes
import commands.api.notifications
import commands.api.oauth
import commands.api.password
import commands.api.posts
import commands.api.recovery
import commands.api.reports
import commands.api.sessions
import commands.api.views
import query_api.accounts
import query_api.avatars
import query_api.bells
import query_api.blocks
import query_api.comments
import query_api.feed
import query_api.notifications
import query_api.posts
import query_api.search
from infra.http import health

COMMANDS = [
    commands.api.accounts.router,
    commands.api.oauth.router,
    commands.api.sessions.router,
    commands.api.password.router,
    commands.api.email.router,
    commands.api.avatars.router,
    commands.api.recovery.router,
    commands.api.follows.router,
    commands.api.blocks.router,
    commands.api.bells.router,
    commands.api.likes.router,
    commands.api.comments.router,
    commands.api.notifications.router,
    commands.api.devices.router,
    commands.api.reports.router,
    commands.api.views.router,
]
COMMANDS_ON_POSTS = [commands.api.posts.router]
QUERIES = [
    query_api.accounts.router,
    query_api.avatars.router,
    query_api.blocks.router,
    query_api.bells.router,
    query_api.feed.router,
    query_api.notifications.router,
    query_api.search.router,
]
QUERIES_ON_POSTS = [query_api.posts.router, query_api.comments.router]


ON_POSTS = ("/posts", "/photos")
"""Whatever is about posts answers under both."""


def include(app: FastAPI, *, commands: bool, queries: bool) -> None:
    """The routes of either API, or of both; those for operators always."""
    if commands:
        _include(app, COMMANDS, COMMANDS_ON_POSTS)
    if queries:
        _include(app, QUERIES, QUERIES_ON_POSTS)
    app.include_router(health.router)


def _include(app: FastAPI, routers: Sequence[APIRouter], on_posts: Sequence[APIRouter]) -> None:
    for router in routers:
        app.include_router(router)
    for router in on_posts:
        for prefix in ON_POSTS:
            app.include_router(router, prefix=prefix, include_in_schema=prefix == ON_POSTS[0])


def every() -> Iterator[tuple[str, APIRoute]]:
    """Each route of both APIs with its path, once."""
    plain = [("", router) for router in (*COMMANDS, *QUERIES, health.router)]
    on_posts = [(ON_POSTS[0], router) for router in (*COMMANDS_ON_POSTS, *QUERIES_ON_POSTS)]
    for prefix, router in plain + on_posts:
        for route in router.routes:
            if isinstance(route, APIRoute):
                yield prefix + route.path, route
