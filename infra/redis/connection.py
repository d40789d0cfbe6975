"""RedisConnection: what every adapter here asks Redis through. Keeps one wire, and makes another when it is lost."""

import asyncio
import hashlib
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from hiredis import ReplyError, pack_command

from infra.redis.address import RedisAddress
from infra.redis.errors import NO_SCRIPT, READ_ONLY, Unreachable, code, translated
from infra.redis.wire import ANSWER_S, Reply, Wire
from schemas.errors import StorageFull, Unavailable

Command = tuple[str | bytes | int, ...]

CONNECT_S = 1.0
DEADLINE_S = 4.0
"""A call has ended after this time, tries and pauses included."""
PAUSES_S = (0.05, 0.2, 0.5)
"""Before a call is tried again."""
TRACKING = ("CLIENT", "TRACKING", "ON", "OPTIN")
TRACKED = ("CLIENT", "CACHING", "YES")
"""Before a read: who hears of changes is told of the keys of the next command until they change once."""
MASTER_ID = b"master_replid:"
MASTER_ID_DIGITS = 40


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
        self._changed: Changed | None = None

    def hear(self, changed: Changed) -> None:
        """From now on `changed` hears of what was read behind TRACKED: of a change before any answer that follows it.

        Of a lost connection it hears None, for changes go unheard from then on.
        """
        self._changed = changed

    def moment(self) -> Moment:
        """Now, for `fence`."""
        wire = self._wire
        return Moment(wire, wire.sent if wire else 0)

    async def fence(self, since: Moment) -> None:
        """Returns when everything that Redis had changed before `since` has been heard of: asks only if nobody did."""
        wire = self._wire
        if wire is None or wire.lost or wire is not since.wire or wire.answered <= since.sent:
            await self.call("PING")

    def script(self, text: str) -> str:
        """The name to call a script by: `("EVALSHA", name, 1, key, ...)`. Redis is told the text as it needs it."""
        name = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        self._scripts[name] = text
        return name

    async def call(self, *command: str | bytes | int, repeat: bool = True) -> Reply:
        """The reply to one command; see `many`."""
        return (await self.many([command], repeat=repeat))[0]

    async def many(self, commands: Sequence[Command], *, repeat: bool = True) -> list[Reply]:
        """The replies to commands in one round trip; others' commands may come between them.

        `repeat` says that they are safe to send again when the connection is lost. Raises Unavailable within
        DEADLINE_S, and StorageFull when Redis has no space for writes; some commands may then have been done.
        """
        if not commands:
            return []
        end = asyncio.get_running_loop().time() + DEADLINE_S
        try:
            return await self._attempt(commands)
        except StorageFull:
            raise
        except Unavailable as error:
            if not (repeat or isinstance(error, Unreachable)):
                raise
        try:
            async with asyncio.timeout_at(end):
                return await self._again(commands, repeat)
        except TimeoutError as error:
            raise Unavailable("Redis did not answer in time") from error

    async def under_master(self, commands: Sequence[Command]) -> tuple[list[Reply], bytes]:
        """Replies as by `many`, and the replication id of the master that gave them.

        The id is asked for last: what was written under it and is found before it, this master never forgot.
        """
        *replies, info = await self.many([*commands, ("INFO", "replication")])
        start = info.index(MASTER_ID) + len(MASTER_ID)
        return replies, info[start : start + MASTER_ID_DIGITS]

    async def close(self) -> None:
        """Ends the connection; what is under way fails."""
        if self._connecting:
            self._connecting.cancel()
            await asyncio.wait([self._connecting])
        if self._wire:
            self._wire.lose("the connection to Redis was closed")
            await self._wire.ended()

    async def _again(self, commands: Sequence[Command], repeat: bool) -> list[Reply]:
        for pause in PAUSES_S[:-1]:
            await asyncio.sleep(pause)
            try:
                return await self._attempt(commands)
            except StorageFull:
                raise
            except Unavailable as error:
                if not (repeat or isinstance(error, Unreachable)):
                    raise
        await asyncio.sleep(PAUSES_S[-1])
        return await self._attempt(commands)

    async def _attempt(self, commands: Sequence[Command]) -> list[Reply]:
        wire = self._wire
        if wire is None or wire.lost:
            wire = await self._connected()
        replies = await wire.send(_packed(commands), len(commands))
        if any(isinstance(reply, ReplyError) for reply in replies):
            replies = await self._told(wire, commands, replies)
            _check(wire, replies)
        return replies

    async def _told(self, wire: Wire, commands: Sequence[Command], replies: list[Reply]) -> list[Reply]:
        """Sends the scripts that Redis does not know in full; it knows them afterwards."""
        unknown = [
            place for place, reply in enumerate(replies) if isinstance(reply, ReplyError) and code(reply) == NO_SCRIPT
        ]
        if unknown:
            in_full: list[Command] = [
                ("EVAL", self._scripts[str(name)], *rest) for _, name, *rest in (commands[place] for place in unknown)
            ]
            for place, reply in zip(unknown, await wire.send(_packed(in_full), len(in_full)), strict=True):
                replies[place] = reply
        return replies

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
        wire = Wire(self._answer_s, self._pushed, self._deaf)
        try:
            async with asyncio.timeout(CONNECT_S):
                await asyncio.get_running_loop().create_connection(
                    lambda: wire, address.host, address.port, ssl=address.tls_context
                )
                greeting = [*address.greeting, TRACKING]
                _check(wire, await wire.send(_packed(greeting), len(greeting)))
        except (OSError, TimeoutError, Unavailable) as error:
            wire.lose("Redis cannot be reached")
            raise Unreachable("Redis cannot be reached") from error
        except BaseException:
            wire.lose("Redis cannot be reached")
            raise
        return wire

    def _pushed(self, said: Reply) -> None:
        if said[0] == b"invalidate" and self._changed:
            self._changed(said[1])

    def _deaf(self) -> None:
        if self._changed:
            self._changed(None)


def _packed(commands: Sequence[Command]) -> bytes:
    return b"".join([pack_command(command) for command in commands])  # type: ignore[arg-type]  # typed as a tuple of one


def _check(wire: Wire, replies: Sequence[Reply]) -> None:
    """Raises what the first error among replies means."""
    for reply in replies:
        if isinstance(reply, ReplyError):
            if code(reply) == READ_ONLY:  # a master no more: its name may lead to another one by now
                wire.lose("Redis became a replica")
            raise translated(reply) from reply
