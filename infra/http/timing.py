"""How long requests take, by what they ask for: around everything else, so that nothing of it is left out."""

from time import monotonic

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from commands.api.views_endpoint import PATH as VIEWS
from infra.http.routes import every
from infra.http.timings import NOTHING, Timings
from query_api.feed_endpoint import PATH as FEED

OUTCOMES = {2: "ok", 3: "ok", 4: "refused"}
"""By the first digit of the status; anything else failed, also where nothing was answered."""
PATHS = {id(route): path for path, route in every()}
"""Of calls that answer under two paths, the one that is documented."""


class Timed:
    """An application whose requests are timed, up to the end of what they are answered."""

    def __init__(self, app: ASGIApp, timings: Timings) -> None:
        self._app = app
        self._timings = timings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = monotonic(), 500

        async def noticed(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, noticed)
        finally:
            outcome = OUTCOMES.get(status // 100, "failed")
            self._timings.took[_operation(scope), outcome].add(monotonic() - began)


def _operation(scope: Scope) -> str:
    route = scope.get("route")
    path = scope["path"] if scope["path"] in (FEED, VIEWS) else PATHS.get(id(route)) or getattr(route, "path", "")
    return f"{scope['method']} {path}" if path else NOTHING
