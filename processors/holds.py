"""Holds: streams of one partition that wait behind an event that could not be taken. Durable, beside the positions.

Written before the position moves on, loaded when a partition is assigned, released by the partition's owner alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from commands.ports import Entry
from events.topics import is_numbered
from projections.ports import Tables, Write
from schemas.positions import Partition
from schemas.tables import INT, TEXT, Row, Table

HOLDS = Table(
    "holds",
    partition="subscriber, topic, log_partition",
    order="held",
    columns={"first": INT, "letter_id": TEXT, "tried": INT},
)
AT_ONCE = 500


@dataclass(frozen=True)
class Hold:
    """What waits, and behind what."""

    held: str
    """A stream; or `@` and an offset, where nothing but that one event waits: it is in no stream."""
    first: int
    """The offset of the event that could not be taken."""
    letter_id: str
    tried: int
    """The version of the letter's stream that was known when it was tried last; 0: none."""

    @classmethod
    def of(cls, entry: Entry, letter_id: str, tried: int) -> "Hold":
        """Behind this entry."""
        offset = entry.position.offset
        streamless = not entry.stream or is_numbered(entry.stream)
        return cls(f"@{offset}" if streamless else entry.stream, offset, letter_id, tried)

    @property
    def stream(self) -> str:
        """The stream that waits; empty: none."""
        return "" if self.held.startswith("@") else self.held

    def covers(self, entry: Entry) -> bool:
        """Whether this entry waits."""
        offset = entry.position.offset
        return offset >= self.first and entry.stream == self.stream if self.stream else offset == self.first


@dataclass
class Holds:
    """Those of one subscriber in one partition."""

    tables: Tables
    subscriber: str
    partition: Partition
    _there: dict[str, Hold] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Hold]:
        return iter(list(self._there.values()))

    def __len__(self) -> int:
        return len(self._there)

    async def load(self) -> None:
        """What is held since earlier."""
        after = None
        while rows := await self.tables.slice(HOLDS, (self.subscriber, *self.partition), AT_ONCE, after):
            self._there |= {row["held"]: _hold(row) for row in rows}
            after = (rows[-1]["held"],)

    def covering(self, entry: Entry) -> Hold | None:
        """What an entry waits in."""
        hold = self._there.get(entry.stream) or self._there.get(f"@{entry.position.offset}")
        return hold if hold is not None and hold.covers(entry) else None

    async def write(self, hold: Hold) -> None:
        """Durable on return, or with the surrounding transaction; only then may it begin."""
        await self._write(hold, {"first": hold.first, "letter_id": hold.letter_id, "tried": hold.tried})

    def begin(self, hold: Hold) -> None:
        """From now on its stream waits."""
        self._there[hold.held] = hold

    async def erase(self, hold: Hold) -> None:
        """Durable on return; only then may it end."""
        await self._write(hold, None)

    def end(self, hold: Hold) -> None:
        """Nothing waits any more."""
        del self._there[hold.held]

    async def _write(self, hold: Hold, columns: Mapping[str, object] | None) -> None:
        key = (self.subscriber, *self.partition, hold.held)
        stamp = (await self.tables.stamps(HOLDS, [key])).get(key)
        row = None if columns is None else {**dict(zip(HOLDS.key_columns, key, strict=True)), **columns}
        await self.tables.write([Write(HOLDS, key, stamp.number + 1 if stamp else 1, row)])


def _hold(row: Row) -> Hold:
    return Hold(row["held"], row["first"], row["letter_id"], row["tried"])
