"""Nodes: the masters of a Redis Cluster, a connection to each, and whose each slot is. Asked by RedisCluster."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from infra.redis.address import RedisAddress
from infra.redis.connection import RedisConnection
from infra.redis.errors import Unreachable
from infra.redis.slots import SLOTS, Stretch, stretches
from schemas.errors import Unavailable

STATE_OK = b"cluster_state:ok"
"""A node that is cut off from most others says otherwise; whose the slots are it does not know any more."""


class Nodes:
    """Found through the first that answers, of those that are known and the seeds."""

    def __init__(self, seeds: Sequence[RedisAddress], opened: Callable[[RedisAddress], RedisConnection]) -> None:
        """`opened` makes a connection to the master at an address."""
        self._seeds = seeds
        self._opened = opened
        self._at: dict[RedisAddress, RedisConnection] = {}
        self._owners: list[RedisConnection | None] = [None] * SLOTS
        self._shards: dict[RedisConnection, set[int]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def all(self) -> Collection[RedisConnection]:
        """Those that are known."""
        return self._at.values()

    async def known(self) -> Collection[RedisConnection]:
        """All; looks when it is first asked. Raises Unreachable."""
        if not self._at:
            await self.look()
        return self.all

    def owner(self, slot: int) -> RedisConnection:
        """Raises Unreachable for a slot that nobody has."""
        owner = self._owners[slot]
        if owner is None:
            raise Unreachable(f"no node of the Redis Cluster has slot {slot}")
        return owner

    def shards(self) -> dict[RedisConnection, set[int]]:
        """The slots of each. Raises Unreachable where one has no owner."""
        if not self._shards:
            found: dict[RedisConnection, set[int]] = {}
            for slot in range(SLOTS):
                found.setdefault(self.owner(slot), set()).add(slot)
            self._shards = found
        return self._shards

    def at(self, host: str, port: int, asked: RedisConnection) -> RedisConnection:
        """The node at an address that another one said; without a host it is at the other's."""
        address = replace(asked.address, host=host or asked.address.host, port=port)
        if address not in self._at:
            self._at[address] = self._opened(address)
        return self._at[address]

    def moved(self, slot: int, node: RedisConnection) -> None:
        """As a redirect says it; others of its stretch may have moved too."""
        self._owners[slot] = node
        self._shards = {}
        self.look_soon()

    def look_soon(self) -> None:
        """Beside what goes on. Where it finds nobody, the next who needs them finds that out."""
        task = self._look_once()
        task.add_done_callback(lambda look: look.cancelled() or look.exception())

    async def look(self) -> None:
        """Whose the slots are now; shared by all who ask meanwhile. Raises Unreachable."""
        await asyncio.shield(self._look_once())

    async def close(self) -> None:
        """Ends all connections."""
        if self._looking:
            self._looking.cancel()
            await asyncio.wait([self._looking])
        await asyncio.gather(*(node.close() for node in self.all), *self._leaving)

    def _look_once(self) -> asyncio.Task[None]:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        return self._looking

    async def _look(self) -> None:
        for address in dict.fromkeys([*self._at, *self._seeds]):
            known = self._at.get(address)
            node = known or self._opened(address)
            try:
                state, said = await node.many([("CLUSTER", "INFO"), ("CLUSTER", "SLOTS")], pauses=())
            except Unavailable:
                continue
            finally:
                if known is None:
                    await node.close()
            if STATE_OK in state:
                self._install(stretches(said), node)
                return
        raise Unreachable("no node of the Redis Cluster knows whose the slots are")

    def _install(self, found: Sequence[Stretch], asked: RedisConnection) -> None:
        owners: list[RedisConnection | None] = [None] * SLOTS
        for first, last, host, port in found:
            owners[first : last + 1] = [self.at(host, port, asked)] * (last + 1 - first)
        self._owners, self._shards = owners, {}
        for address in [address for address, node in self._at.items() if node not in owners]:
            leaving = asyncio.create_task(self._at.pop(address).close())
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)
