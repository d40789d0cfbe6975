"""RedisConnection: what every adapter here asks Redis through. Keeps one wire, and makes another when it is lost."""

import asyncio
import hashlib
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from hiredis import ReplyError

from infra.redis.address import RedisAddress
from infra.redis.commands import TRACKING, WHO, Command, master_of, packed
from infra.redis.errors import NO_SCRIPT, READ_ONLY, Unreachable, code, in_vain, translated
from infra.redis.wire import ANSWER_S, Reply, Wire
from schemas.errors import Unavailable

CONNECT_S = 1.0
DEADLINE_S = 4.0
"""A call has ended after this time, tries and pauses included."""
Pauses = Sequence[float]
"""Seconds before each time that a call is tried again."""
PAUSES_S: Pauses = (0.05, 0.2, 0.5)

Changed = Callable[[Collection[bytes] | None], None]
"""Hears which keys may have changed; None: any may have."""


class Moment(NamedTuple):
    """What had been asked of a wire when something began."""

    wire: Wire | None
    sent: int


class RedisConnection:
    """Commands to one master, from the coroutines of one event loop; connects when it is first asked.

    Lost connections are replaced as they are needed: a Redis that comes back is used again without more ado.
    """

    def __init__(self, address: RedisAddress, answer_s: float = ANSWER_S) -> None:
        self._address = address
        self._answer_s = answer_s
        self._wire: Wire | None = None
        self._connecting: asyncio.Task[Wire] | None = None
        self._scripts: dict[str, str] = {}
        self._listeners: list[Changed] = []

    def hear(self, changed: Changed) -> None:
        """From now on `changed` hears of what was read behind TRACKED: of a change before any answer that follows it.

        Of a lost connection it hears None, for changes go unheard from then on.
        """
        self._listeners.append(changed)

    def moment(self) -> Moment:
        """Now, for `fence`."""
        wire = self._wire
        return Moment(wire, wire.sent if wire else 0)

    async def fence(self, since: Moment, pauses: Pauses = PAUSES_S) -> None:
        """Returns when everything that Redis had changed before `since` has been heard of: asks only if nobody did."""
        wire = self._wire
        if wire is None or wire.lost or wire is not since.wire or wire.answered <= since.sent:
            await self.many([("PING",)], pauses=pauses)

    def script(self, text: str) -> str:
        """The name to call a script by: `("EVALSHA", name, 1, key, ...)`. Redis is told the text as it needs it."""
        name = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        self._scripts[name] = text
        return name

    async def call(self, *command: str | bytes | int, repeat: bool = True) -> Reply:
        """The reply to one command; see `many`."""
        return (await self.many([command], repeat=repeat))[0]

    async def many(self, commands: Sequence[Command], *, repeat: bool = True, pauses: Pauses = PAUSES_S) -> list[Reply]:
        """The replies to commands in one round trip; others' commands may come between them.

        `repeat` says that they are safe to send again when the connection is lost; that is done after each of the
        `pauses`. Raises Unavailable within DEADLINE_S, and StorageFull when Redis has no space for writes; some
        commands may then have been done.
        """
        return (await self._many(commands, repeat, pauses))[0] if commands else []

    async def _many(self, commands: Sequence[Command], repeat: bool, pauses: Pauses) -> tuple[list[Reply], Wire]:
        """The replies, and the wire that they came by."""
        end = asyncio.get_running_loop().time() + DEADLINE_S
        try:
            return await self._attempt(commands)
        except Unavailable as error:
            if not pauses or in_vain(error, repeat):
                raise
        try:
            async with asyncio.timeout_at(end):
                return await self._again(commands, repeat, pauses)
        except TimeoutError as error:
            raise Unavailable("Redis did not answer in time") from error

    @property
    def master(self) -> bytes:
        """The replication id of the master that answers now; empty: none does, or it is not known yet.

        It is asked for when a wire is made. A server whose content is replaced says so to every wire (tracking), before
        it answers anything from the new content, and is asked again.
        """
        wire = self._wire
        return b"" if wire is None or wire.lost else wire.master

    async def under_master(
        self, commands: Sequence[Command], *, exactly: bool = False, pauses: Pauses = PAUSES_S
    ) -> tuple[list[Reply], bytes]:
        """Replies as by `many`, and the replication id of the master that gave them; empty: it may have changed.

        `exactly` asks for the id, last: what was done before it, was done on this master.
        """
        if self.master and not exactly:
            replies, wire = await self._many(commands, True, pauses)
            return replies, wire.master
        (*replies, info), wire = await self._many([*commands, WHO], True, pauses)
        wire.master = master_of(info)
        return replies, wire.master

    async def close(self) -> None:
        """Ends the connection; what is under way fails."""
        if self._connecting:
            self._connecting.cancel()
            await asyncio.wait([self._connecting])
        if self._wire:
            self._wire.lose("the connection to Redis was closed")
            await self._wire.ended()

    async def _again(self, commands: Sequence[Command], repeat: bool, pauses: Pauses) -> tuple[list[Reply], Wire]:
        await asyncio.sleep(pauses[0])
        try:
            return await self._attempt(commands)
        except Unavailable as error:
            if not pauses[1:] or in_vain(error, repeat):
                raise
        return await self._again(commands, repeat, pauses[1:])

    async def _attempt(self, commands: Sequence[Command]) -> tuple[list[Reply], Wire]:
        wire = self._wire
        if wire is None or wire.lost:
            wire = await self._connected()
        replies = await wire.send(packed(commands), len(commands))
        if any(isinstance(reply, ReplyError) for reply in replies):
            replies = await self._told(wire, commands, replies)
            _check(wire, replies)
        return replies, wire

    async def _told(self, wire: Wire, commands: Sequence[Command], replies: list[Reply]) -> list[Reply]:
        """Sends the scripts that Redis does not know in full; it knows them afterwards. And asks again who it is."""
        unknown = [
            place for place, reply in enumerate(replies) if isinstance(reply, ReplyError) and code(reply) == NO_SCRIPT
        ]
        if unknown:
            again = [*unknown, *(place for place, command in enumerate(commands) if command is WHO)]
            in_full = [self._in_full(commands[place]) for place in again]
            for place, reply in zip(again, await wire.send(packed(in_full), len(in_full)), strict=True):
                replies[place] = reply
        return replies

    def _in_full(self, command: Command) -> Command:
        return command if command is WHO else ("EVAL", self._scripts[str(command[1])], *command[2:])

    async def _connected(self) -> Wire:
        """One attempt to connect, shared by everybody who waits for it."""
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._connect())
            self._connecting.add_done_callback(self._tried)
        return await asyncio.shield(self._connecting)

    def _tried(self, attempt: asyncio.Task[Wire]) -> None:
        self._connecting = None
        if not attempt.cancelled() and attempt.exception() is None:
            self._wire = attempt.result()

    async def _connect(self) -> Wire:
        """Raises Unreachable for a server that is not there, ReplyError for one that does not let us in."""
        address = self._address
        wire = Wire(self._answer_s, lambda said: self._pushed(wire, said), lambda: self._tell(None))
        try:
            async with asyncio.timeout(CONNECT_S):
                await asyncio.get_running_loop().create_connection(
                    lambda: wire, address.host, address.port, ssl=address.tls_context
                )
                greeting = [*address.greeting, TRACKING, WHO]
                replies = await wire.send(packed(greeting), len(greeting))
                _check(wire, replies)
                wire.master = master_of(replies[-1])
        except (OSError, TimeoutError, Unavailable) as error:
            wire.lose("Redis cannot be reached")
            raise Unreachable("Redis cannot be reached") from error
        except BaseException:
            wire.lose("Redis cannot be reached")
            raise
        return wire

    def _pushed(self, wire: Wire, said: Reply) -> None:
        if said[0] != b"invalidate":
            return
        if said[1] is None:  # emptied, or filled with another's content
            wire.master = b""
        self._tell(said[1])

    def _tell(self, changed: Collection[bytes] | None) -> None:
        for listener in self._listeners:
            listener(changed)


def _check(wire: Wire, replies: Sequence[Reply]) -> None:
    """Raises what the first error among replies means."""
    for reply in replies:
        if isinstance(reply, ReplyError):
            if code(reply) == READ_ONLY:  # a master no more: its name may lead to another one by now
                wire.lose("Redis became a replica")
            raise translated(reply) from reply
