"""One TCP connection to Redis, shared by all of a process: used by RedisConnection, which replaces lost ones."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

from hiredis import HiredisError, PushNotification, Reader, ReplyError

from infra.redis.errors import READ_ONLY, Unreachable, code, translated
from infra.redis.slots import redirect
from schemas.errors import Unavailable

ANSWER_S = 1.5
"""An answer that takes longer is not waited for: the connection is given up."""
GRACE_S = 0.05
MOST_IN_FLIGHT = 200_000
"""Commands without an answer, about a second's work; above it callers are turned away rather than queued."""

Reply = Any
"""bytes, int, None, a list of replies, or a hiredis.ReplyError."""
_NOTHING = object()


class _Request:
    """Commands that were sent together, and the replies that have come so far."""

    __slots__ = ("count", "future", "replies", "since")

    def __init__(self, count: int, since: float, future: asyncio.Future[list[Reply]]) -> None:
        self.count = count
        self.since = since
        self.future = future
        self.replies: list[Reply] = []


class Wire(asyncio.Protocol):
    """Requests go out joined, once per turn of the event loop; Redis answers in the order in which it was asked."""

    def __init__(
        self,
        answer_s: float,
        pushed: Callable[[Reply], None],
        gone: Callable[[], None],
    ) -> None:
        """`pushed` is told what Redis says unasked, in order with its answers; `gone` is called when it is lost."""
        self.lost = False
        self.master = b""
        """The replication id of the master at the other end; empty: not known now, or it is none."""
        self.keys_at_once = 1
        """See Redis."""
        self.sent = 0
        """Requests so far; the first is number 0."""
        self.answered = 0
        """Those below this number have their answer."""
        self._pushed = pushed
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._answer_s = answer_s
        self._reader = Reader(notEnoughData=_NOTHING)
        self._transport: asyncio.Transport | None = None
        self._unsent: list[bytes] = []
        self._waiting: deque[_Request] = deque()
        self._in_flight = 0
        self._watch: asyncio.TimerHandle | None = None
        self._late: _Request | None = None
        self._ended = self._loop.create_future()

    def send(self, packed: bytes, count: int) -> "asyncio.Future[list[Reply]]":
        """The replies to `count` packed commands, errors among them. The future raises Unavailable if none come."""
        if self.lost:
            raise Unreachable("the connection to Redis is lost")
        if self._in_flight and self._in_flight + count > MOST_IN_FLIGHT:
            raise Unreachable("too much is asked of Redis at once")
        if not self._unsent:
            self._loop.call_soon(self._flush)
        request = _Request(count, self._loop.time(), self._loop.create_future())
        self._unsent.append(packed)
        self._waiting.append(request)
        self._in_flight += count
        self.sent += 1
        if self._watch is None:
            self._watch = self._loop.call_later(self._answer_s, self._look)
        return request.future

    def lose(self, why: str) -> None:
        """Gives the connection up; what is under way fails at once, and nobody knows how far it came."""
        if self.lost:
            return
        self.lost = True
        self._gone()
        if self._watch:
            self._watch.cancel()
        if self._transport:
            self._transport.abort()
        while self._waiting:
            future = self._waiting.popleft().future
            if not future.done():
                future.set_exception(Unavailable(why))

    async def ended(self) -> None:
        """Waits until the transport is gone."""
        if self._transport:
            await asyncio.shield(self._ended)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance

    def data_received(self, data: bytes) -> None:
        """Called by asyncio: hands replies to the requests that they belong to."""
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not _NOTHING:
                if type(reply) is PushNotification:
                    self._pushed(reply)
                    continue
                if not self._waiting:
                    self.lose(f"Redis said something that it was not asked: {reply}")
                    return
                self._settle(reply)
        except HiredisError:
            self.lose("Redis said something that is not its protocol")

    def connection_lost(self, error: Exception | None) -> None:
        """Called by asyncio."""
        self.lose("the connection to Redis was lost")
        if not self._ended.done():
            self._ended.set_result(None)

    def _settle(self, reply: Reply) -> None:
        request = self._waiting[0]
        request.replies.append(reply)
        if len(request.replies) == request.count:
            self._waiting.popleft()
            self._in_flight -= request.count
            self.answered += 1
            if not request.future.done():  # who asked may have been cancelled
                request.future.set_result(request.replies)

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, []
        if self._transport and not self.lost:
            self._transport.write(b"".join(unsent))

    def _look(self) -> None:
        """One timer for all requests: the oldest is the first to be late."""
        self._watch = None
        if not self._waiting:
            return
        oldest = self._waiting[0]
        left = oldest.since + self._answer_s - self._loop.time()
        if left <= 0 and oldest is self._late:
            self.lose(f"Redis did not answer within {self._answer_s} s")
            return
        if left <= 0:  # it may be this process that was slow: what has come meanwhile is read first
            self._late, left = oldest, GRACE_S
        self._watch = self._loop.call_later(left, self._look)


def check(wire: Wire, replies: Sequence[Reply], redirects: bool = False) -> None:
    """Raises what the first error among replies means, but for redirects."""
    for reply in replies:
        if isinstance(reply, ReplyError) and not (redirects and redirect(reply)):
            if code(reply) == READ_ONLY:  # a master no more: its name may lead to another one by now
                wire.lose("Redis became a replica")
            raise translated(reply) from reply


class Moment(NamedTuple):
    """What had been asked of a wire when something began."""

    wire: Wire | None
    sent: int
