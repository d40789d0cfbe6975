"""RedisConnection: one master, as every adapter here asks it. Keeps one wire, and makes another when it is lost."""

import asyncio
from collections.abc import Collection, Mapping, Sequence

from hiredis import ReplyError

from infra.redis.address import RedisAddress
from infra.redis.commands import TRACKING, WHO, Command, keys_at_once, master_of, name_of, packed
from infra.redis.errors import NO_SCRIPT, Unreachable, code, in_vain
from infra.redis.redis import PAUSES_S, Changed, Pauses
from infra.redis.wire import ANSWER_S, Moment, Reply, Wire, check
from schemas.errors import Unavailable

CONNECT_S = 1.0
DEADLINE_S = 4.0
"""A call has ended after this time, tries and pauses included."""
ALONE = "0"
"""The shard of a master that has all slots: the lowest."""


class RedisConnection:
    """Redis, of one master; connects when it is first asked.

    Lost connections are replaced as they are needed: a Redis that comes back is used again without more ado.
    """

    def __init__(self, address: RedisAddress, answer_s: float = ANSWER_S, *, redirects: bool = False) -> None:
        """`redirects`: that a slot is elsewhere is a reply as others are, for whoever knows where."""
        self.address = address
        self._answer_s = answer_s
        self._redirects = redirects
        self._wire: Wire | None = None
        self._connecting: asyncio.Task[Wire] | None = None
        self._scripts: dict[str, str] = {}
        self._listeners: list[Changed] = []

    def hear(self, changed: Changed) -> None:
        """See Redis."""
        self._listeners.append(changed)

    def moment(self) -> Moment:
        """See Redis."""
        wire = self._wire
        return Moment(wire, wire.sent if wire else 0)

    def passed(self, since: Moment) -> bool:
        """See Redis."""
        wire = self._wire
        return wire is not None and not wire.lost and wire is since.wire and wire.answered > since.sent

    async def fence(self, since: Moment, pauses: Pauses = PAUSES_S) -> None:
        """See Redis."""
        if not self.passed(since):
            await self.ping(pauses)

    async def ping(self, pauses: Pauses = PAUSES_S) -> None:
        """See Redis."""
        await self.many([("PING",)], pauses=pauses)

    def script(self, text: str) -> str:
        """See Redis."""
        name = name_of(text)
        self._scripts[name] = text
        return name

    async def call(self, *command: str | bytes | int, repeat: bool = True) -> Reply:
        """See Redis."""
        return (await self.many([command], repeat=repeat))[0]

    async def many(self, commands: Sequence[Command], *, repeat: bool = True, pauses: Pauses = PAUSES_S) -> list[Reply]:
        """See Redis."""
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
    def keys_at_once(self) -> int:
        """See Redis. One server may be a Redis Cluster as well."""
        return self._wire.keys_at_once if self._wire else 1

    @property
    def master(self) -> bytes:
        """The replication id of the master that answers now; empty: none does, or it is not known yet.

        It is asked for when a wire is made. A server whose content is replaced says so to every wire (tracking), before
        it answers anything from the new content, and is asked again.
        """
        wire = self._wire
        return b"" if wire is None or wire.lost else wire.master

    @property
    def masters(self) -> Collection[bytes]:
        """See Redis."""
        return (self.master,)

    async def under_master(
        self, commands: Sequence[Command], *, exactly: bool = False, pauses: Pauses = PAUSES_S
    ) -> tuple[list[Reply], Collection[bytes]]:
        """See Redis."""
        if self.master and not exactly:
            replies, wire = await self._many(commands, True, pauses)
            return replies, (wire.master,)
        (*replies, info), wire = await self._many([*commands, WHO], True, pauses)
        wire.master = master_of(info)
        return replies, (wire.master,)

    async def shards(self, probe: str) -> Mapping[str, bytes]:
        """See Redis."""
        _, (master,) = await self.under_master([("SET", probe, "")], exactly=True)
        return {ALONE: master}

    def in_full(self, command: Command) -> Command:
        """A script's call as a Redis takes it that has never heard of the script; others as they are."""
        text = self._scripts.get(str(command[1])) if command[0] == "EVALSHA" else None
        return command if text is None else ("EVAL", text, *command[2:])

    async def close(self) -> None:
        """See Redis."""
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
        if ReplyError in map(type, replies):
            replies = await self._told(wire, commands, replies)
            check(wire, replies, self._redirects)
        return replies, wire

    async def _told(self, wire: Wire, commands: Sequence[Command], replies: list[Reply]) -> list[Reply]:
        """Sends the scripts that Redis does not know in full; it knows them afterwards. And asks again who it is."""
        unknown = [
            place for place, reply in enumerate(replies) if isinstance(reply, ReplyError) and code(reply) == NO_SCRIPT
        ]
        if unknown:
            again = [*unknown, *(place for place, command in enumerate(commands) if command is WHO)]
            in_full = [self.in_full(commands[place]) for place in again]
            for place, reply in zip(again, await wire.send(packed(in_full), len(in_full)), strict=True):
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
        address = self.address
        wire = Wire(self._answer_s, lambda said: self._pushed(wire, said), lambda: self._tell(None))
        try:
            async with asyncio.timeout(CONNECT_S):
                await asyncio.get_running_loop().create_connection(
                    lambda: wire, address.host, address.port, ssl=address.tls_context
                )
                greeting = [*address.greeting, TRACKING, WHO]
                replies = await wire.send(packed(greeting), len(greeting))
                check(wire, replies)
                wire.master, wire.keys_at_once = master_of(replies[-1]), keys_at_once(replies[0])
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
