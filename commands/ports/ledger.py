"""The ledger: who has decided what, per stream; and what keeps retried commands from being done twice."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from commands.ports.log import LedgerRow
from schemas.errors import Unavailable
from schemas.ids import CommandId, EventId, Millis
from schemas.positions import Position


class MachineLost(Unavailable):
    """Another process has taken over this one's machine number."""


class Transactions(Protocol):
    """Writes that belong together, on a backend that can do so. The protocol of the write side is right without it."""

    @property
    def binds(self) -> bool:
        """Whether this is a backend that can do so."""

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
class Snapshot:
    """What a stream had come to at one of its versions: never what is true, only what need not be worked out again."""

    stream: str
    release: str
    """Of the code that made it: code that folds events otherwise has another."""
    version: int
    event_id: EventId
    """The event under that version."""
    subject: str
    """Whose key seals it."""
    sealed: str


@dataclass(frozen=True)
class KeyRecord:
    """What a command under an Idempotency-Key will use, so that it can be retried across a crash."""

    scope: str
    """Hash of account, method, path and key."""
    body_hash: str
    """Tells whether another body comes under the same key; says nothing of it to who has not the site's secret."""
    command_id: CommandId
    seed: str
    """An id from which the command derives the ids that it creates."""
    lease_until: Millis
    """Until then another request with the key is refused as in use."""
    holder: str
    """Which request holds the lease: unique to each."""
    number: int = 0
    """The number of a command about something that has numbers but no stream (a like); 0: it needs none."""
    answer: bytes | None = None


@dataclass(frozen=True, order=True)
class Announcement:
    """A version that some process was about to insert. A slot is used again once a mark covers it."""

    slot: int
    stream: str
    version: int
    revision: int
    """Rises with what an instance announces: of two in one slot the newer stands, whatever any clock says."""


class Ledger(Protocol):
    """Versions of streams: whoever inserts version N has decided N. Its adapters are AggregateRecorders besides."""

    async def load(self, stream: str, above: int = 0, limit: int | None = None) -> list[LedgerRow]:
        """Versions above `above`, in order, the first `limit` of them; empty where there are none."""

    async def newest(self, stream: str, limit: int) -> list[LedgerRow]:
        """The last `limit` versions, in order; empty for an unknown stream. Costs the same however long the stream."""

    async def unwritten(self, streams: Sequence[str]) -> set[str]:
        """Which of these have no version; as `newest`, it may miss what its writer has not been told yet."""

    async def of_command(self, stream: str, command_id: CommandId) -> list[LedgerRow]:
        """The versions that a command decided, in order, wherever in the stream they are.

        Costs the same however long the stream is, once a snapshot was kept that is near its end.
        """

    async def snapshot(self, stream: str, release: str) -> Snapshot | None:
        """The newest snapshot of a stream that this release kept; None if there is none, or it was forgotten."""

    async def keep_snapshot(self, snapshot: Snapshot) -> None:
        """Keeps it beside the stream's rows, which must reach up to it; an older one changes nothing."""

    async def insert(self, rows: Sequence[LedgerRow]) -> bool:
        """Inserts consecutive versions of one stream, all or none. False when one of them is taken."""

    async def insert_each(self, streams: Sequence[Sequence[LedgerRow]]) -> list[bool]:
        """Of each of several different streams as `insert`: one that is refused changes nothing for the others."""

    async def settled(self, stream: str, version: int) -> bool:
        """Whether no version above this one stands, those included whose insert was left in doubt by its writer.

        Asked before a command is answered that decides nothing: what `load` may miss, this does not.
        """

    async def mark(self, stream: str) -> Mark | None:
        """The stream's mark; None before its first append."""

    async def move_mark(self, stream: str, mark: Mark) -> None:
        """Moves the mark forward; an older one changes nothing."""

    async def move_marks(self, marks: Mapping[str, Mark]) -> None:
        """Those of several streams, each as `move_mark`."""

    async def number(self, key: str) -> int:
        """The highest number that was taken about something that has numbers but no stream (a like); 0 before any."""

    async def take_number(self, key: str, number: int) -> None:
        """Moves the number forward; a lower one changes nothing. Two commands at once may take the same."""

    async def reserve(self, record: KeyRecord, now: Millis) -> KeyRecord:
        """The record under this scope: the given one if there was none, else the one that stands.

        A standing record without an answer whose lease is over is taken over: it comes back with the given lease and
        holder. The caller may go on if and only if it is the holder of what comes back.
        """

    async def answer(self, scope: str, answer: bytes) -> bytes:
        """Stores the answer of a reserved command, unless it has one; the one that stands from now on."""

    async def claim_machine(self, now: Millis) -> tuple[int, Millis]:
        """A machine number (0 to 1,023) for this process, and the time above which its ids must start."""

    async def raise_ceiling(self, machine: int, ceiling: Millis) -> None:
        """Promises that ids of this machine up to `ceiling` may have been issued.

        Raises MachineLost once another process has the number: this one must not issue ids under it any more.
        """


@dataclass(frozen=True, order=True)
class Instance:
    """A process that announces, as one of its registrations has it."""

    name: str
    turn: int
    """Rises with each registration: to retire one leaves a later one as it is."""


class Announcements(Protocol):
    """Who is about to insert what, so that a reconciler finds what nobody loads again. No announcement is deleted."""

    async def register(self, instance: str) -> None:
        """Makes an instance known, before it announces anything, also after it was retired. Safe to repeat."""

    async def retire(self, instance: Instance) -> None:
        """Takes it out of those at work: what it announced, and will announce, is found among the known alone."""

    async def announce(self, instance: str, announcements: Sequence[Announcement]) -> None:
        """Writes into slots of the instance's own; durable before it returns. An older revision changes nothing."""

    async def at_work(self) -> list[Instance]:
        """Every instance that is registered and not retired, in no order. Costs nothing of those that are."""

    async def is_at_work(self, instance: str) -> bool:
        """Whether it is one of these."""

    async def known(self, after: str, limit: int) -> list[str]:
        """Of all instances that were ever registered, the next ones after this name, in the order of their names."""

    async def announced(self, instance: str) -> list[Announcement]:
        """What stands in the slots of an instance, by slot."""
