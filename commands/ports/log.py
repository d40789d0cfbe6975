"""The log: the truth. Appended to by commands/handling.py, read by processors and analysts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from eventsourcing.persistence import StoredEvent

from schemas.ids import CommandId, EventId, Millis
from schemas.positions import Position


@dataclass(frozen=True)
class LedgerRow:
    """One version of a stream as the ledger keeps it."""

    stream: str
    version: int
    event_id: EventId
    command_id: CommandId
    type: str
    wire: bytes
    carried: tuple["LedgerRow", ...] = ()
    """Rows of other streams that were decided with this one: whoever finishes this stream inserts them there."""

    @classmethod
    def of(cls, stored: StoredEvent, event_id: EventId, command_id: CommandId) -> "LedgerRow":
        """A stored event of the eventsourcing library, with the ids that the ledger keeps beside it."""
        stream, version = str(stored.originator_id), stored.originator_version
        return cls(stream, version, event_id, command_id, stored.topic, stored.state)

    @property
    def stored_event(self) -> StoredEvent:
        """The row as the eventsourcing library knows it."""
        return StoredEvent(self.stream, self.version, self.type, self.wire)


class Entry(NamedTuple):
    """One event as the log keeps it. `at` is when the log took it.

    A tuple: readers of the log make one for every event, and a frozen dataclass takes four times as long.
    """

    position: Position
    stream: str
    version: int
    event_id: EventId
    type: str
    wire: bytes
    at: Millis


class Log(Protocol):
    """The truth: per topic and partition, a sequence of events with consecutive offsets from 0."""

    async def append(self, rows: Sequence[LedgerRow]) -> list[Position]:
        """Appends in this order, each to the topic and partition of its stream; returns when all are durable.

        May be called again with the same rows after a failure: the log then holds duplicates with equal event ids.
        Raises Unavailable or StorageFull; it is then unknown which rows were appended.
        """

    async def read(self, topic: str, partition: int, start: int, limit: int) -> list[Entry]:
        """Up to `limit` entries from offset `start` on, in order; empty at the end. Does not wait."""

    async def ends(self) -> Mapping[tuple[str, int], int]:
        """For every topic and partition, the offset that the next event will get."""

    async def wait(self, timeout: float) -> None:
        """Returns once something may have been appended since the last call, at the latest after `timeout` seconds."""
