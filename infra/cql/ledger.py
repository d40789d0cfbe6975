"""CqlLedger: commands.ports.Ledger on CQL servers. Commands read and write it, from any number of processes.

Streams, key records and machines are written by conditional writes alone, never mixed with others on the same rows.
Marks and numbers are plain rows whose version is the timestamp of the write: they only move forward.
"""

from asyncio import gather
from collections.abc import Mapping, Sequence
from typing import Any

from commands.limits import STATED, Limits
from commands.ports import KeyRecord, LedgerRow, Mark, Snapshot
from infra.cql.key_records import CqlKeyRecords
from infra.cql.machines import CqlMachines
from infra.cql.numbers import CqlNumbers
from infra.cql.recorder import EVENT_IDS, WRITTEN, CqlRecorder
from infra.cql.session import CqlSession
from infra.cql.snapshots import CqlSnapshots
from infra.records.recorder import HIGHEST, Asked
from infra.records.streams import check_consecutive
from schemas.ids import CommandId, Millis
from schemas.positions import Position

MARKS_DDL = """
CREATE TABLE IF NOT EXISTS marks (
    stream text PRIMARY KEY, version bigint, topic text, log_partition bigint, log_offset bigint
)
"""
MARK = "SELECT version, topic, log_partition, log_offset FROM marks WHERE stream = ?"
MOVE_MARK = """
INSERT INTO marks (stream, version, topic, log_partition, log_offset) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?
"""
STREAMS_AT_ONCE = 100


class CqlLedger(CqlRecorder):
    """The Ledger port. Streams are the recorder's; the rest has a file each."""

    def __init__(self, session: CqlSession, limits: Limits = STATED) -> None:
        super().__init__(session)
        self._snapshots = CqlSnapshots(session, self)
        self._numbers = CqlNumbers(session)
        self._key_records = CqlKeyRecords(session, limits.idempotency_s)
        self._machines = CqlMachines(session)

    async def load(self, stream: str, above: int = 0, limit: int | None = None) -> list[LedgerRow]:
        """Versions above that one, in order."""
        return await self.find(Asked(stream, above, limit=limit))

    async def newest(self, stream: str, limit: int) -> list[LedgerRow]:
        """The last versions, in order."""
        return (await self.find(Asked(stream, newest_first=True, limit=limit)))[::-1]

    async def unwritten(self, streams: Sequence[str]) -> set[str]:
        """STREAMS_AT_ONCE by one query."""
        chunks = [streams[start : start + STREAMS_AT_ONCE] for start in range(0, len(streams), STREAMS_AT_ONCE)]
        found = await self._session.execute_many([(WRITTEN, (list(chunk),)) for chunk in chunks])
        return set(streams) - {record["stream"] for records in found for record in records}

    async def of_command(self, stream: str, command_id: CommandId) -> list[LedgerRow]:
        """What this command decided about the stream."""
        return await self._snapshots.of_command(stream, command_id)

    async def snapshot(self, stream: str, release: str) -> Snapshot | None:
        """The newest that was kept of this release."""
        return await self._snapshots.newest(stream, release)

    async def keep_snapshot(self, snapshot: Snapshot) -> None:
        """An older one changes nothing."""
        await self._snapshots.keep(snapshot)

    async def insert(self, rows: Sequence[LedgerRow]) -> bool:
        """All or none. Raises ValueError for rows that are not consecutive versions of one stream."""
        check_consecutive(rows)
        return await self.insert_rows(rows)

    async def insert_each(self, streams: Sequence[Sequence[LedgerRow]]) -> list[bool]:
        """All at once."""
        return list(await gather(*map(self.insert, streams)))

    async def settled(self, stream: str, version: int) -> bool:
        """A serial read completes what others left half accepted."""
        return not await self._session.execute(EVENT_IDS, (stream, version + 1, HIGHEST), serial=True)

    async def mark(self, stream: str) -> Mark | None:
        """How far the stream is in the log."""
        found = await self._session.execute(MARK, (stream,))
        return Mark(found[0]["version"], _position(**found[0])) if found else None

    async def move_mark(self, stream: str, mark: Mark) -> None:
        """Moves it forward, or leaves it. Of two marks of one version the place that lies later in the log stands."""
        await self._session.execute(MOVE_MARK, _mark_values(stream, mark))

    async def move_marks(self, marks: Mapping[str, Mark]) -> None:
        """In no order."""
        await self._session.write_many([(MOVE_MARK, _mark_values(stream, mark)) for stream, mark in marks.items()])

    async def number(self, key: str) -> int:
        """The highest number taken."""
        return await self._numbers.last(key)

    async def take_number(self, key: str, number: int) -> None:
        """Moves it forward, or leaves it."""
        await self._numbers.take(key, number)

    async def reserve(self, record: KeyRecord, now: Millis) -> KeyRecord:
        """The given record, the one that stands, or the one that stands with the given lease."""
        return await self._key_records.reserve(record, now)

    async def answer(self, scope: str, answer: bytes) -> bytes:
        """The first one stands. Raises LookupError if the scope was never reserved."""
        return await self._key_records.answer(scope, answer)

    async def claim_machine(self, now: Millis) -> tuple[int, Millis]:
        """A number for this process, and its ceiling so far."""
        return await self._machines.claim(now)

    async def raise_ceiling(self, machine: int, ceiling: Millis) -> None:
        """Raises it, or leaves it. Raises MachineLost once another process has the number."""
        await self._machines.raise_ceiling(machine, ceiling)


def _mark_values(stream: str, mark: Mark) -> tuple[Any, ...]:
    place = mark.position
    return stream, mark.version, place.topic, place.partition, place.offset, mark.version


def _position(topic: str, log_partition: int, log_offset: int, **_: object) -> Position:
    return Position(topic, log_partition, log_offset)
