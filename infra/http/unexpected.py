"""Where errors that nobody expected end: inside CORS, so that browsers can read the answer; and peers that left."""

import logging

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.http.problems import refused
from schemas.errors import PhotologError

logger = logging.getLogger("photolog.http")


class Unexpected:
    """Middleware: 500 as a problem, and one line in the log. Who leaves in the middle of a body is no error of ours."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noticed(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noticed)
        except ClientDisconnect:
            logger.debug("%s %s: its client has left", scope["method"], scope.get("route"))
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            await failed(scope, receive, send, error)


async def failed(scope: Scope, receive: Receive, send: Send, error: Exception) -> None:
    """Answers in the place of who failed and has said nothing yet; the server refuses a second answer."""
    logger.error("%s %s failed: %s", scope["method"], scope.get("route"), type(error).__name__, exc_info=error)
    await refused(Request(scope), PhotologError())(scope, receive, send)
