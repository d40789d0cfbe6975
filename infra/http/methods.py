"""Which methods a path takes: of both APIs, whichever part of them this process serves, and of its own routes."""

from collections.abc import Iterable
from functools import cache
from re import Pattern

from starlette.routing import BaseRoute, Route, compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.http.routes import ON_POSTS, every

STREAMS = ("/m/",)
"""Paths whose routes answer HEAD themselves: to read an object in order to describe it would be a waste."""


def allowed(path: str, own: Iterable[BaseRoute]) -> list[str]:
    """The methods of a path, in order; none: there is no such path."""
    found = {method for pattern, methods in _of_both_apis() if pattern.match(path) for method in methods}
    for route in own:
        if isinstance(route, Route) and route.methods and route.path_regex.match(path):
            found |= route.methods
    return sorted(found | {"HEAD"} if "GET" in found else found)


@cache
def _of_both_apis() -> list[tuple[Pattern[str], frozenset[str]]]:
    paths = [(path, frozenset(route.methods or ())) for path, route in every()]
    first, *others = ON_POSTS
    twins = [(other + path.removeprefix(first), methods) for other in others for path, methods in paths
             if path.startswith(first)]  # fmt: skip
    return [(compile_path(path)[0], methods) for path, methods in paths + twins]


class HeadAsGet:
    """Middleware: HEAD is answered wherever GET is, by the same headers and no bytes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD" or scope["path"].startswith(STREAMS):
            await self._app(scope, receive, send)
            return

        async def without_bytes(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, without_bytes)
