"""SqliteLedger: commands.ports.Ledger, beside the log in the file that holds the truth. Commands read and write it."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from commands.limits import STATED, Limits
from commands.ports import KeyRecord, LedgerRow, Mark, Snapshot
from infra.records.recorder import Asked
from infra.records.streams import check_consecutive
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.key_records import SqliteKeyRecords
from infra.sqlite.recorder import SqliteRecorder
from infra.sqlite.snapshots import SqliteSnapshots
from schemas.ids import CommandId, Millis
from schemas.positions import Position

DDL = """
CREATE TABLE IF NOT EXISTS marks(
    stream TEXT PRIMARY KEY, version INTEGER NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL,
    offset INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS number_marks(key TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS machines(machine INTEGER PRIMARY KEY, ceiling INTEGER NOT NULL) STRICT;
"""
UNWRITTEN = """
SELECT value FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM streams WHERE stream = value)
"""
MOVE_MARK = """
INSERT INTO marks VALUES (?, ?, ?, ?, ?) ON CONFLICT (stream) DO UPDATE SET version = excluded.version,
    topic = excluded.topic, partition = excluded.partition, offset = excluded.offset
WHERE excluded.version > marks.version
"""
NUMBERS_OF_EARLIER_VERSIONS = """
INSERT INTO number_marks SELECT key, max(number) FROM numbers GROUP BY key; DROP TABLE numbers;
"""
TAKE_NUMBER = """
INSERT INTO number_marks VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET number = excluded.number
WHERE excluded.number > number_marks.number
"""
RAISE_CEILING = """
INSERT INTO machines VALUES (?, ?) ON CONFLICT (machine) DO UPDATE SET ceiling = max(ceiling, excluded.ceiling)
"""
MACHINE = 0
"""The embedded backend is one process, so it is always the same machine, and every start is a successor."""


class SqliteLedger(SqliteRecorder):
    """The Ledger port. Streams are the recorder's; the rest is kept here."""

    def __init__(self, database: SqliteDatabase, limits: Limits = STATED) -> None:
        super().__init__(database)
        database.define(DDL)
        if database.has_column("numbers", "command_id"):
            database.define(NUMBERS_OF_EARLIER_VERSIONS)
        self._snapshots = SqliteSnapshots(database)
        self._key_records = SqliteKeyRecords(database, limits.idempotency_s)

    async def load(self, stream: str, above: int = 0, limit: int | None = None) -> list[LedgerRow]:
        """Versions above that one, in order."""
        return self.find_now(Asked(stream, above, limit=limit))

    async def newest(self, stream: str, limit: int) -> list[LedgerRow]:
        """The last versions, in order."""
        return self.find_now(Asked(stream, newest_first=True, limit=limit))[::-1]

    async def unwritten(self, streams: Sequence[str]) -> set[str]:
        """By one query."""
        return {row["value"] for row in self._database.rows(UNWRITTEN, (orjson.dumps(list(streams)).decode(),))}

    async def of_command(self, stream: str, command_id: CommandId) -> list[LedgerRow]:
        """What this command decided about the stream."""
        return self._snapshots.of_command(stream, command_id)

    async def snapshot(self, stream: str, release: str) -> Snapshot | None:
        """The newest that was kept of this release."""
        return self._snapshots.newest(stream, release)

    async def keep_snapshot(self, snapshot: Snapshot) -> None:
        """An older one changes nothing."""
        await self._snapshots.keep(snapshot)

    async def insert(self, rows: Sequence[LedgerRow]) -> bool:
        """All or none. Raises ValueError for rows that are not consecutive versions of one stream."""
        check_consecutive(rows)
        async with self._database.together():
            return self.insert_rows(rows)

    async def insert_each(self, streams: Sequence[Sequence[LedgerRow]]) -> list[bool]:
        """One after the other, in one transaction; all by one statement where none is taken, as mostly."""
        for rows in streams:
            check_consecutive(rows)
        async with self._database.together():
            if self.insert_rows([row for rows in streams for row in rows]):
                return [True] * len(streams)
            return [self.insert_rows(rows) for rows in streams]

    async def settled(self, stream: str, version: int) -> bool:
        """An insert has no doubts here: it stands or it does not."""
        return not self.find_now(Asked(stream, version, limit=1))

    async def mark(self, stream: str) -> Mark | None:
        """How far the stream is in the log."""
        row = self._database.row("SELECT * FROM marks WHERE stream = ?", (stream,))
        return Mark(row["version"], Position(row["topic"], row["partition"], row["offset"])) if row else None

    async def move_mark(self, stream: str, mark: Mark) -> None:
        """Moves it forward, or leaves it."""
        await self._database.write(MOVE_MARK, _mark_values(stream, mark))

    async def move_marks(self, marks: Mapping[str, Mark]) -> None:
        """By one statement."""
        await self._database.write_many(MOVE_MARK, [_mark_values(stream, mark) for stream, mark in marks.items()])

    async def number(self, key: str) -> int:
        """The highest number taken."""
        row = self._database.row("SELECT number FROM number_marks WHERE key = ?", (key,))
        return int(row["number"]) if row else 0

    async def take_number(self, key: str, number: int) -> None:
        """Moves it forward, or leaves it."""
        await self._database.write(TAKE_NUMBER, (key, number))

    async def reserve(self, record: KeyRecord, now: Millis) -> KeyRecord:
        """The given record, the one that stands, or the one that stands with the given lease."""
        return await self._key_records.reserve(record, now)

    async def sweep_key_records(self, now: Millis, most: int) -> int:
        """Removes what is older than records are kept; how many that were."""
        return await self._key_records.sweep(now, most)

    async def answer(self, scope: str, answer: bytes) -> bytes:
        """The first one stands. Raises LookupError if the scope was never reserved."""
        return await self._key_records.answer(scope, answer)

    async def claim_machine(self, now: Millis) -> tuple[int, Millis]:
        """Machine 0, and the highest ceiling that any run promised."""
        row = self._database.row("SELECT ceiling FROM machines WHERE machine = ?", (MACHINE,))
        return MACHINE, row["ceiling"] if row else 0

    async def raise_ceiling(self, machine: int, ceiling: Millis) -> None:
        """Raises it, or leaves it."""
        await self._database.write(RAISE_CEILING, (machine, ceiling))


def _mark_values(stream: str, mark: Mark) -> tuple[Any, ...]:
    place = mark.position
    return stream, mark.version, place.topic, place.partition, place.offset
