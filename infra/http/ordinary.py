"""Answers the ordinary requests of the hottest paths before any middleware or route looks at them: each layer around
them costs as much as a card of a page.
"""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.http import problems
from infra.http.unexpected import failed
from schemas.errors import PhotologError, Unauthorized

Ordinary = Callable[[Scope, Receive, Send], Awaitable[bool]]
"""Answers a request; False: it is the application's, and nothing was sent."""


class OrdinaryFirst:
    """Middleware: whatever is not answered by the endpoint of its path is heard by the application from the start."""

    def __init__(
        self, app: ASGIApp, endpoints: Mapping[str, Ordinary], begin: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """`endpoints`: by path. `begin`: what every request begins with, also of other paths."""
        self._app = app
        self._endpoints = endpoints
        self._begin = begin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        heard = Heard(receive)
        try:
            if self._begin is not None:
                await self._begin()
            endpoint = self._endpoints.get(scope["path"])
            if endpoint is not None and await endpoint(scope, heard, send):
                return
        except Unauthorized:
            pass  # the application says the same, and counts it
        except PhotologError as error:
            await problems.refused(Request(scope), error)(scope, receive, send)
            return
        except Exception as error:  # noqa: BLE001 - `failed` logs it
            await failed(scope, receive, send, error)
            return
        await self._app(scope, heard.again, send)


class Heard:
    """What comes of a request, kept so that it can be heard again."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._kept: list[Message] = []

    async def __call__(self) -> Message:
        message = await self._receive()
        self._kept.append(message)
        return message

    async def again(self) -> Message:
        """What was heard, in order, and then what comes."""
        return self._kept.pop(0) if self._kept else await self._receive()
