"""The largest body that an API takes: JSON alone, no image ever passes here. Streams of the object store are exempt."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from commands.api.call import respond
from commands.api.refused import refused_at
from schemas.errors import TooLarge

STORE = "/objects/"
"""Where the embedded object store takes uploads; it has limits of its own."""


class BodyLimit:
    """Middleware: 413 for a body that says that it is larger, and for one that turns out to be."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(STORE):
            await self._app(scope, receive, send)
            return
        said = dict(scope["headers"]).get(b"content-length", b"0")
        if said.isdigit() and int(said) > self._most:
            await self._refuse(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._most:
                raise TooLarge(f"a body has at most {self._most} bytes")
            return message

        await self._app(scope, counted, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = respond(refused_at(scope["path"], TooLarge(f"a body has at most {self._most} bytes")))
        answer.headers["Connection"] = "close"
        await answer(scope, receive, send)
