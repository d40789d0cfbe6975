"""RedisBelief: whether what Redis says may be believed, by the site's state. Asked by every adapter of copies here.

Nothing is believed but what was written under the state's epoch, on the masters that it names: entries and sentinels
begin with a tag that says both. A reader believes a reply only if its lease of the state still holds when it has come,
and only from believed masters; it costs no round trip. What is told (drops, pushes) counts only there, too. While
Redis does not answer readers, nothing is believed of it either, and nobody waits for it (breaker.py).
"""

import asyncio
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from infra.process.site_state import SharedState
from infra.redis.breaker import Breaker
from infra.redis.commands import Command
from infra.redis.redis import Changed, Pauses, Redis
from infra.redis.wire import Reply
from projections.site import Held, NotTold
from schemas.errors import StorageFull, Unavailable

TOLD_WITHIN_S = 0.5
"""How long a drop or a push may take: rows wait for it, and go on without Redis after that."""
EPOCH_BYTES, MASTER_BYTES = 6, 10
TAG_BYTES = EPOCH_BYTES + MASTER_BYTES
PROBE = "probe"
ONCE_MORE: Pauses = (0.05,)
"""Readers try again once: a connection may have been lost that can be had again. Else they go past Redis."""


@dataclass(frozen=True)
class Terms:
    """What is believed, and on whose word."""

    tag: bytes
    """What entries begin with: the epoch, big-endian, and the beginning of the replication id; of several masters, of
    what their ids together hash to: whose a slot is may change, and what is in it stays as true as it was."""
    masters: frozenset[bytes]
    held: Held


class RedisBelief:
    """One a connection."""

    def __init__(
        self, state: SharedState, connection: Redis, prefix: str = "", told_within_s: float = TOLD_WITHIN_S
    ) -> None:
        self._state = state
        self._connection = connection
        self._probe = f"{prefix}{PROBE}"
        self._told_within_s = told_within_s
        self._terms: Terms | None = None
        self.breaker = Breaker(lambda: connection.ping(()))
        self._listeners: list[Changed] = []
        state.hear(lambda: self._tell(None))
        connection.hear(self._tell)

    @property
    def known(self) -> Terms | None:
        """What is believed now, as far as it is known without asking: mostly. None: see `terms`."""
        terms = self._terms
        if terms is None or not self.breaker.closed or terms.held is not self._state.held or not terms.held.holds:
            return None
        return terms

    async def terms(self) -> Terms | None:
        """What is believed now. None: nothing, or nobody can say; then read past Redis."""
        if not self.breaker.closed:
            return None
        held = self._state.held
        if held is None or not held.holds:
            held = await self._state.current()
        if held is None:
            return None
        if self._terms is None or self._terms.held is not held:
            self._terms = _terms(held)
        return self._terms

    async def ask(self, terms: Terms, commands: Sequence[Command]) -> list[Reply] | None:
        """The replies, if they may be believed on these terms now that they have come. None: read past Redis.

        Raises StorageFull when one of the commands needs space that there is not.
        """
        try:
            replies, masters = await self._connection.under_master(commands, pauses=ONCE_MORE)
        except StorageFull:
            raise
        except Unavailable:
            self.breaker.open()
            return None
        return replies if _stand(terms, masters) else None

    async def offer(self, commands: Sequence[Command]) -> list[Reply] | None:
        """The replies to what a reader would leave with Redis and does without as well; None where it does not take it.

        Believed or not: scripts look at the tag.
        """
        if not self.breaker.closed:
            return None
        try:
            return await self._connection.many(commands, pauses=ONCE_MORE)
        except StorageFull:
            return None
        except Unavailable:
            self.breaker.open()
            return None

    async def tell(self, commands: Sequence[Command]) -> None:
        """Returns once these commands were done where readers look. Raises NotTold, or Unavailable of the state's row.

        What they are about was acknowledged by its store before the call.
        """
        if not commands:
            return
        try:
            async with asyncio.timeout(self._told_within_s):
                _, masters = await self._connection.under_master(commands, exactly=True)
        except (TimeoutError, Unavailable) as error:
            raise NotTold("Redis cannot be told") from error
        if not await self._counts(masters):
            raise NotTold("this Redis is not the one that is believed")

    async def probed(self) -> dict[str, str] | None:
        """By shard, the master that takes writes now. None: one has none, or it does not."""
        try:
            async with asyncio.timeout(self._told_within_s):
                masters = await self._connection.shards(self._probe)
        except (TimeoutError, Unavailable):
            return None
        self.breaker.answered()
        return {shard: one.decode() for shard, one in masters.items()} if all(masters.values()) else None

    def hear(self, changed: Changed) -> None:
        """From now on `changed` hears as RedisConnection.hear has it, and None whenever something else is believed."""
        self._listeners.append(changed)

    def moment(self) -> Any:
        """Now, for `fence`."""
        return self._connection.moment()

    async def fence(self, since: Any) -> None:
        """Returns when every change before `since` has been heard of: no round trip if Redis has answered anything that
        was asked later. Of a Redis that is not believed now nobody hears anything, so anything may have changed."""
        known = self.known
        if known is not None and self._connection.passed(since) and known.masters.issuperset(self._connection.masters):
            return
        if await self.terms() is not None:  # else it may be away, and asking takes long
            try:
                await self._connection.fence(since, ONCE_MORE)
                if await self.stands():
                    return
            except Unavailable:
                self.breaker.open()
        self._tell(None)

    async def stands(self) -> bool:
        """Whether what the connection was told lately is still believed: without asking Redis."""
        terms = await self.terms()
        return terms is not None and _stand(terms, self._connection.masters)

    def _tell(self, changed: Collection[bytes] | None) -> None:
        for listener in self._listeners:
            listener(changed)

    async def _counts(self, masters: Collection[bytes]) -> bool:
        """Another master is believed only once somebody has been away for a lease: so while nobody is, a lease will do.

        Else the state is read after the telling: whoever names another master later, covers what was acknowledged now.
        """
        held = self._state.held
        if held is None or held.state.away or not held.holds:
            held = await self._state.fresh()
        believed = {master.encode() for master in held.state.believed.values()}
        return all(master in believed for master in masters)


def _stand(terms: Terms, masters: Collection[bytes]) -> bool:
    return terms.held.holds and terms.masters.issuperset(masters)


def _terms(held: Held) -> Terms | None:
    masters = sorted(held.state.believed.values())
    if not masters or held.state.away:
        return None
    together = bytes.fromhex(masters[0]) if len(masters) == 1 else hashlib.sha256("".join(masters).encode()).digest()
    tag = held.state.epoch.to_bytes(EPOCH_BYTES, "big") + together[:MASTER_BYTES]
    return Terms(tag, frozenset(master.encode() for master in masters), held)
