"""RedisCluster: the masters of a Redis Cluster as one Redis. Sends each command to whoever has its slot, and follows
MOVED and ASK; whose the slots are it keeps in Nodes.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from commands.all_ended import all_ended
from infra.redis.address import RedisAddress
from infra.redis.commands import ASKING, TRACKED, Command, name_of
from infra.redis.connection import RedisConnection
from infra.redis.nodes import Nodes
from infra.redis.redis import PAUSES_S, Changed, Pauses
from infra.redis.slots import Unit, key_within, nothing, redirect, units
from infra.redis.wire import ANSWER_S, Moment, Reply
from schemas.errors import Unavailable

MOST_ROUNDS = 5
"""A slot that moves costs one or two redirects; whoever is sent on and on is told that Redis is not available."""
UNHEARD = Moment(None, 0)

Answered = tuple[list[Reply], Collection[bytes]]
Ask = Callable[[RedisConnection, Sequence[Command]], Awaitable[Answered]]


class Errand(NamedTuple):
    """A unit, and the node to ask; `asking`: it will have the slot soon, and has this key already."""

    unit: Unit
    node: RedisConnection
    asking: bool = False


class RedisCluster:
    """Redis, of several masters."""

    keys_at_once = 1

    def __init__(self, seeds: Sequence[RedisAddress], answer_s: float = ANSWER_S) -> None:
        """`seeds`: some of the nodes."""
        self._answer_s = answer_s
        self._scripts: list[str] = []
        self._listeners: list[Changed] = []
        self.nodes = Nodes(seeds, self._opened)

    def hear(self, changed: Changed) -> None:
        """See Redis."""
        self._listeners.append(changed)
        for node in self.nodes.all:
            node.hear(changed)

    def moment(self) -> Mapping[RedisConnection, Moment]:
        """See Redis."""
        return {node: node.moment() for node in self.nodes.all}

    def passed(self, since: Mapping[RedisConnection, Moment]) -> bool:
        """See Redis."""
        nodes = self.nodes.all
        return bool(nodes) and all(node.passed(since.get(node, UNHEARD)) for node in nodes)

    async def fence(self, since: Mapping[RedisConnection, Moment], pauses: Pauses = PAUSES_S) -> None:
        """See Redis."""
        await self._each(node.fence(since.get(node, UNHEARD), pauses) for node in await self.nodes.known())

    async def ping(self, pauses: Pauses = PAUSES_S) -> None:
        """See Redis."""
        await self._each(node.ping(pauses) for node in await self.nodes.known())

    def script(self, text: str) -> str:
        """See Redis."""
        self._scripts.append(text)
        for node in self.nodes.all:
            node.script(text)
        return name_of(text)

    async def call(self, *command: str | bytes | int, repeat: bool = True) -> Reply:
        """See Redis."""
        return (await self.many([command], repeat=repeat))[0]

    async def many(self, commands: Sequence[Command], *, repeat: bool = True, pauses: Pauses = PAUSES_S) -> list[Reply]:
        """See Redis. One round trip to each node that is concerned, at the same time."""

        async def ask(node: RedisConnection, its: Sequence[Command]) -> Answered:
            return await node.many(its, repeat=repeat, pauses=pauses), ()

        return (await self._sent(commands, ask))[0]

    async def under_master(
        self, commands: Sequence[Command], *, exactly: bool = False, pauses: Pauses = PAUSES_S
    ) -> Answered:
        """See Redis."""

        async def ask(node: RedisConnection, its: Sequence[Command]) -> Answered:
            return await node.under_master(its, exactly=exactly, pauses=pauses)

        return await self._sent(commands, ask)

    @property
    def masters(self) -> Collection[bytes]:
        """See Redis."""
        return [node.master for node in self.nodes.all] or (b"",)

    async def shards(self, probe: str) -> Mapping[str, bytes]:
        """See Redis. Whose the slots are is looked at each time: so it is known soon after it has changed."""
        await self.nodes.look()
        shards = self.nodes.shards()
        probes = [("SET", key_within(probe, slots), "") for slots in shards.values()]
        asked = zip(shards, probes, strict=True)
        answers = await self._each(node.under_master([command], exactly=True) for node, command in asked)
        lost = [redirect(reply) for (reply,), _ in answers]
        if any(lost):
            raise Unavailable("slots of the Redis Cluster move just now")
        return {str(min(slots)): master for slots, (_, (master,)) in zip(shards.values(), answers, strict=True)}

    async def close(self) -> None:
        """See Redis."""
        await self.nodes.close()

    def _opened(self, address: RedisAddress) -> RedisConnection:
        node = RedisConnection(address, self._answer_s, redirects=True)
        for text in self._scripts:
            node.script(text)
        for changed in self._listeners:
            node.hear(changed)
        return node

    async def _sent(self, commands: Sequence[Command], ask: Ask) -> Answered:
        await self.nodes.known()
        replies: list[Reply] = [None] * len(commands)
        masters: set[bytes] = set()
        errands = [Errand(unit, self.nodes.owner(unit.slot)) for unit in units(commands)]
        for _ in range(MOST_ROUNDS):
            if not errands:
                return replies, masters
            masters |= await self._round(commands, errands, ask, replies)
            errands = [again for errand in errands if (again := self._again(commands, errand, replies))]
        raise Unavailable("a slot of the Redis Cluster is nowhere")

    async def _round(
        self, commands: Sequence[Command], errands: Iterable[Errand], ask: Ask, replies: list[Reply]
    ) -> set[bytes]:
        """Every errand once, those to one node together and in order. Fills the replies in; the masters they are of."""
        by_node: dict[RedisConnection, list[Errand]] = {}
        for errand in errands:
            by_node.setdefault(errand.node, []).append(errand)
        parcels = [_parcel(commands, node, its) for node, its in by_node.items()]
        answers = await self._each(ask(node, [command for _, command in sent]) for node, sent in parcels)
        for (_, sent), (said, _) in zip(parcels, answers, strict=True):
            for (place, _), reply in zip(sent, said, strict=True):
                if place is not None:
                    replies[place] = reply
        return {master for _, masters in answers for master in masters}

    def _again(self, commands: Sequence[Command], errand: Errand, replies: list[Reply]) -> Errand | None:
        """What a redirect means. A read whose changes are to be heard is not read at a node that has not the slot yet,
        and would not tell of them: it finds nothing, which is always right."""
        unit, node, _ = errand
        where = redirect(replies[unit.place])
        if where is None:
            return None
        if where.asking and unit.tracked:
            replies[unit.place] = nothing(commands[unit.place])
            return None
        elsewhere = self.nodes.at(where.host, where.port, node)
        if not where.asking:
            self.nodes.moved(where.slot, elsewhere)
        return Errand(unit, elsewhere, where.asking)

    async def _each(self, asked: Iterable[Awaitable[Any]]) -> list[Any]:
        """All at the same time; raises what the first has raised, once all have ended."""
        waiting = list(asked)
        if len(waiting) == 1:
            return [await self._watched(waiting[0])]
        return await all_ended(map(self._watched, waiting))

    async def _watched(self, asked: Awaitable[Any]) -> Any:
        """Of a node that fails, another may have its slots."""
        try:
            return await asked
        except Unavailable:
            self.nodes.look_soon()
            raise


def _parcel(
    commands: Sequence[Command], node: RedisConnection, errands: Sequence[Errand]
) -> tuple[RedisConnection, list[tuple[int | None, Command]]]:
    """What goes to a node, and the place of each reply."""
    sent: list[tuple[int | None, Command]] = []
    for unit, _, asking in errands:
        if asking:  # a script that the node does not know cannot be told it later: the word counts for one command
            sent += [(None, ASKING), (unit.place, node.in_full(commands[unit.place]))]
            continue
        if unit.tracked:
            sent.append((unit.place - 1, TRACKED))
        sent.append((unit.place, commands[unit.place]))
    return node, sent
