"""Redis: what every adapter here asks, one master (connection.py) or the masters of a Redis Cluster (cluster.py)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from infra.redis.commands import Command
from infra.redis.wire import Reply

Pauses = Sequence[float]
"""Seconds before each time that a call is tried again."""
PAUSES_S: Pauses = (0.05, 0.2, 0.5)

Changed = Callable[[Collection[bytes] | None], None]
"""Hears which keys may have changed; None: any may have."""


class Redis(Protocol):
    """Commands are sent from the coroutines of one event loop; none but a script's is about two keys."""

    @property
    def keys_at_once(self) -> int:
        """About so many keys a script may be called now: 1 where they may be in other slots, or nobody knows."""

    def hear(self, changed: Changed) -> None:
        """From now on `changed` hears of what was read behind TRACKED: of a change before any answer that follows it.

        Of a lost connection it hears None, for changes go unheard from then on.
        """

    def moment(self) -> Any:
        """Now, for `fence`."""

    def passed(self, since: Any) -> bool:
        """Whether `fence` would return at once."""

    async def fence(self, since: Any, pauses: Pauses = PAUSES_S) -> None:
        """Returns when everything that Redis had changed before `since` has been heard of: asks only if nobody did."""

    def script(self, text: str) -> str:
        """The name to call a script by, `("EVALSHA", name, how many keys, key, ...)`: Redis is told the text."""

    async def call(self, *command: str | bytes | int, repeat: bool = True) -> Reply:
        """The reply to one command; see `many`."""

    async def many(self, commands: Sequence[Command], *, repeat: bool = True, pauses: Pauses = PAUSES_S) -> list[Reply]:
        """The replies to commands in one round trip; others' commands may come between them.

        `repeat` says that they are safe to send again when the connection is lost; that is done after each of the
        `pauses`. Raises Unavailable within DEADLINE_S, and StorageFull when Redis has no space for writes; some
        commands may then have been done.
        """

    async def under_master(
        self, commands: Sequence[Command], *, exactly: bool = False, pauses: Pauses = PAUSES_S
    ) -> tuple[list[Reply], Collection[bytes]]:
        """Replies as by `many`, and the replication ids of the masters that gave them; empty ones: may have changed.

        `exactly` asks for the ids, last: what was done before it, was done on these masters.
        """

    @property
    def masters(self) -> Collection[bytes]:
        """The replication ids of all masters that answer now; empty ones: none does, or it is not known yet."""

    async def ping(self, pauses: Pauses = PAUSES_S) -> None:
        """Returns when all masters have answered. Raises Unavailable."""

    async def shards(self, probe: str) -> Mapping[str, bytes]:
        """By the lowest slot of each master, its replication id, after it took a write to a key that begins with
        `probe`; empty: it is not known. Of one master alone: "0". Raises Unavailable."""

    async def close(self) -> None:
        """Ends the connections; what is under way fails."""
