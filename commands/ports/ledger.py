"""The ledger: who has decided what, per stream; and what keeps retried commands from being done twice."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from commands.ports.log import LedgerRow
from schemas.ids import CommandId, Millis
from schemas.positions import Position


class Transactions(Protocol):
    """Writes that belong together, on a backend that can do so. The protocol of the write side is right without it."""

    def together(self) -> AbstractAsyncContextManager[None]:
        """What is written inside is durable, all of it, when the block ends, and nothing of it if the block raises.

        Re-entrant: an inner block joins the outer. On a backend without transactions it does nothing, and every write
        stands alone, in the order in which it was made.
        """


@dataclass(frozen=True)
class Mark:
    """How far a stream is known to be in the log, and where its last event is."""

    version: int
    position: Position


@dataclass(frozen=True)
class KeyRecord:
    """What a command under an Idempotency-Key will use, so that it can be retried across a crash."""

    scope: str
    """Hash of account, method, path and key."""
    body_hash: str
    command_id: CommandId
    seed: str
    """An id from which the command derives the ids that it creates."""
    lease_until: Millis
    """Until then another request with the key is refused as in use."""
    holder: str
    """Which request holds the lease: unique to each."""
    answer: bytes | None = None


class Ledger(Protocol):
    """Versions of streams: whoever inserts version N has decided N. Its adapters are AggregateRecorders besides."""

    async def load(self, stream: str) -> list[LedgerRow]:
        """Every version, in order; empty for an unknown stream."""

    async def insert(self, rows: Sequence[LedgerRow]) -> bool:
        """Inserts consecutive versions of one stream, all or none. False when one of them is taken."""

    async def mark(self, stream: str) -> Mark | None:
        """The stream's mark; None before its first append."""

    async def move_mark(self, stream: str, mark: Mark) -> None:
        """Moves the mark forward; an older one changes nothing."""

    async def numbered(self, key: str, command: CommandId) -> int | None:
        """The number that this command already has; None if it has none."""

    async def number(self, key: str, command: CommandId) -> int:
        """The number of this command about something that has numbers but no stream (a like): from 1, rising.

        No two commands get the same, and a command that is retried gets the one that it had.
        """

    async def reserve(self, record: KeyRecord, now: Millis) -> KeyRecord:
        """The record under this scope: the given one if there was none, else the one that stands.

        A standing record without an answer whose lease is over is taken over: it comes back with the given lease and
        holder. The caller may go on if and only if it is the holder of what comes back.
        """

    async def answer(self, scope: str, answer: bytes) -> None:
        """Stores the answer of a reserved command."""

    async def claim_machine(self, now: Millis) -> tuple[int, Millis]:
        """A machine number (0 to 1,023) for this process, and the time above which its ids must start."""

    async def raise_ceiling(self, machine: int, ceiling: Millis) -> None:
        """Promises that ids of this machine up to `ceiling` may have been issued."""
