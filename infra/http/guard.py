"""uvicorn's protocol, for peers that are slow, endless or rude: their heads, bodies and readings have an end.

Sees every byte of a connection before the parser does. The limits are of infra/http/connections.py.
"""

import asyncio
import logging
from typing import Any, NamedTuple

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from infra.http.answers import on_the_wire
from infra.http.connections import Connections, HttpLimits, Owes
from infra.http.line import Line
from schemas.errors import BadRequest, HeadersTooLarge, PhotologError, RequestTimeout, Unavailable, UrlTooLong

LINGER_S = 30.0
"""How long a peer is read on from for the sake of its answer."""
PIPELINED = 32
"""Requests that a connection may send ahead of their answers."""

logger = logging.getLogger("photolog.http")


class Mark(NamedTuple):
    """How far a connection was when it was looked at, in bytes: most have been answered before they are."""

    at: float
    received: int
    sent: int
    unsent: int


class GuardedState(ServerState):
    """What the connections of a server share."""

    def __init__(self, limits: HttpLimits) -> None:
        super().__init__()
        self.room = Connections(limits, asyncio.get_running_loop().time)


class GuardedProtocol(HttpToolsProtocol):
    """One connection. Of a message, first the head is owed, as a whole by a time, then the body, at a pace."""

    def __init__(
        self,
        config: Config,
        server_state: GuardedState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._room = server_state.room
        self._limits = self._room.limits
        self.address = ""
        self.owes = Owes.HEAD
        self.since = self._room.time()
        self._line: Line
        self._mid_message = False
        self._head_bytes = 0
        self._said_bytes = 0
        self._hosts = 0
        self._dropped = 0
        self._received = 0
        self._mark: Mark | None = None
        self._refusal: PhotologError | None = None

    # --- as asyncio calls it

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._line = Line(transport, lambda: self._mid_message, self._linger)
        super().connection_made(self._line)
        self.address = self.client[0] if self.client else ""
        if not self._room.join(self):
            self._refuse(Unavailable())

    def connection_lost(self, exc: Exception | None) -> None:
        self._room.left(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        if self._line.is_closing():
            self._drop(len(data))
            return
        self._unset_keepalive_if_required()
        if self.owes is not Owes.BODY:
            self._head_bytes += len(data)
        if self.cycle is not None and self.cycle.response_complete and self._mid_message:
            self._drop(len(data))
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            return  # to nothing that we speak: the request is answered as if it had not asked
        except httptools.HttpParserError:
            self._refuse(self._refusal or BadRequest("this is not a well-formed request"))
            return
        if self.owes is Owes.HEAD and self._head_bytes > self._limits.head_bytes:
            self._refuse(HeadersTooLarge())

    def shutdown(self) -> None:
        if self._line.is_closing():
            self._line.abort()
        elif self.cycle is None or self.cycle.response_complete:
            self._line.close_now()
        else:
            super().shutdown()

    # --- as the parser calls it

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self.owes is not Owes.HEAD:
            self._owe(Owes.HEAD)
        self._mid_message = True
        self._said_bytes = self._hosts = self._dropped = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self._limits.url_bytes:
            self._stop(UrlTooLong())

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._said_bytes += len(name) + len(value)
        if self._said_bytes > self._limits.head_bytes:
            self._stop(HeadersTooLarge())
        self._hosts += name.lower() == b"host"

    def on_headers_complete(self) -> None:
        if self._hosts != 1 and (self._hosts or self.parser.get_http_version() == "1.1"):
            self._stop(BadRequest("a request names one host"))
        if len(self.pipeline) >= PIPELINED:
            self._stop(BadRequest("too many requests ahead of their answers"))
        super().on_headers_complete()
        self._owe(Owes.BODY)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._mid_message = False
        self._head_bytes = 0
        self._owe(Owes.NOTHING_YET if self.cycle.response_complete else Owes.NOTHING)

    # --- as a cycle calls it

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.owes is Owes.NOTHING and not self.pipeline:
            self._owe(Owes.NOTHING_YET)

    # --- as the room calls it

    def look(self, now: float) -> None:
        """Cuts the peer off if it is late: with a head, with a body, with reading, or with the end."""
        if self.owes is Owes.HEAD and now - self.since > self._limits.head_s and not self.flow.read_paused:
            self._refuse(RequestTimeout()) if self._mid_message else self._line.close_now()
        elif self._mark is None:
            self._marked(now)
        elif now - self._mark.at >= self._limits.pace_s:
            self._look_at_pace(self._mark, self._marked(now))

    def leave(self) -> None:
        """Makes room, now: whoever is half done hears nothing any more."""
        self._forsake()
        self._line.abort()

    # --- what becomes of it

    def _look_at_pace(self, before: Mark, now: Mark) -> None:
        least, held_up = self._limits.slowest * self._limits.pace_s, self._line.held_up
        self._line.held_up = False
        takes_nothing = before.unsent and now.unsent and now.sent - before.sent < least
        if takes_nothing or (self.owes is Owes.REST and now.at - self.since > LINGER_S):
            self._line.abort()
        elif self.owes in (Owes.BODY, Owes.REST) and not held_up and now.received - before.received < least:
            self._refuse(RequestTimeout())

    def _marked(self, now: float) -> Mark:
        self._mark = Mark(now, self._received, self._line.sent, self._line.unsent)
        return self._mark

    def _owe(self, what: Owes) -> None:
        self.owes, self.since, self._mark = what, self._room.time(), None

    def _linger(self) -> None:
        self._owe(Owes.REST)

    def _drop(self, size: int) -> None:
        """What is read for the sake of an answer's arrival alone has an end."""
        self._dropped += size
        if self._dropped > self._limits.drain_bytes:
            self._line.abort()

    def _stop(self, refusal: PhotologError) -> None:
        """Ends the parser's work from inside of it."""
        self._refusal = refusal
        raise ValueError(refusal.code)

    def _refuse(self, refusal: PhotologError) -> None:
        """Answers in the application's place, if nothing else is being answered, and closes."""
        logger.debug("refused %s: %s", self.address, refusal.code)
        answering = self.cycle is not None and not self.cycle.response_complete
        ours = answering and not self.cycle.response_started if self.owes is Owes.BODY else not answering
        self._forsake()
        if ours and not self._line.is_closing():
            self._line.write(on_the_wire(refusal, self.server_state.default_headers))
            self._line.close()
        else:
            self._line.abort()

    def _forsake(self) -> None:
        """The application learns that its peer is gone, and what it still says goes nowhere."""
        self._unset_keepalive_if_required()
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self.flow.resume_writing()
