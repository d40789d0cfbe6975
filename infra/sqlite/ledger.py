"""SqliteLedger: commands.ports.Ledger, beside the log in the file that holds the truth. Commands read and write it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from eventsourcing.persistence import IntegrityError

from commands.ports import KeyRecord, LedgerRow, Mark
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.recorder import SqliteRecorder
from infra.stored import check_consecutive, key_record_of
from schemas.ids import CommandId, Millis
from schemas.positions import Position

DDL = """
CREATE TABLE IF NOT EXISTS marks(
    stream TEXT PRIMARY KEY, version INTEGER NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL,
    offset INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS numbers(
    key TEXT NOT NULL, number INTEGER NOT NULL, command_id TEXT NOT NULL, PRIMARY KEY (key, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS key_records(
    scope TEXT PRIMARY KEY, body_hash TEXT NOT NULL, command_id TEXT NOT NULL, seed TEXT NOT NULL,
    lease_until INTEGER NOT NULL, holder TEXT NOT NULL, answer BLOB
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS machines(machine INTEGER PRIMARY KEY, ceiling INTEGER NOT NULL) STRICT;
"""
MOVE_MARK = """
INSERT INTO marks VALUES (?, ?, ?, ?, ?) ON CONFLICT (stream) DO UPDATE SET version = excluded.version,
    topic = excluded.topic, partition = excluded.partition, offset = excluded.offset
WHERE excluded.version > marks.version
"""
NUMBER_OF = "SELECT number FROM numbers WHERE key = ? AND command_id = ?"
TAKE_NUMBER = "INSERT INTO numbers SELECT ?, coalesce(max(number), 0) + 1, ? FROM numbers WHERE key = ?"
RAISE_CEILING = """
INSERT INTO machines VALUES (?, ?) ON CONFLICT (machine) DO UPDATE SET ceiling = max(ceiling, excluded.ceiling)
"""
TAKE_OVER = "UPDATE key_records SET lease_until = ?, holder = ? WHERE scope = ?"
MACHINE = 0
"""The embedded backend is one process, so it is always the same machine, and every start is a successor."""


class SqliteLedger(SqliteRecorder):
    """The Ledger port. Streams are the recorder's; the rest is kept here."""

    def __init__(self, database: SqliteDatabase) -> None:
        super().__init__(database)
        database.define(DDL)

    async def load(self, stream: str) -> list[LedgerRow]:
        """Every version, in order."""
        return self.select_rows(stream)

    async def insert(self, rows: Sequence[LedgerRow]) -> bool:
        """All or none. Raises ValueError for rows that are not consecutive versions of one stream."""
        check_consecutive(rows)
        async with self._database.together():
            try:
                self.insert_rows(rows)
            except IntegrityError:
                return False
        return True

    async def mark(self, stream: str) -> Mark | None:
        """How far the stream is in the log."""
        row = self._database.row("SELECT * FROM marks WHERE stream = ?", (stream,))
        return Mark(row["version"], Position(row["topic"], row["partition"], row["offset"])) if row else None

    async def move_mark(self, stream: str, mark: Mark) -> None:
        """Moves it forward, or leaves it."""
        place = mark.position
        await self._database.write(MOVE_MARK, (stream, mark.version, place.topic, place.partition, place.offset))

    async def numbered(self, key: str, command: CommandId) -> int | None:
        """The number that the command was given."""
        row = self._database.row(NUMBER_OF, (key, command))
        return None if row is None else int(row["number"])

    async def number(self, key: str, command: CommandId) -> int:
        """Counts from 1. A number that was given in a transaction that failed was given to nobody."""
        async with self._database.together():
            if self._database.row(NUMBER_OF, (key, command)) is None:
                await self._database.write(TAKE_NUMBER, (key, command, key))
            (number,) = self._database.rows(NUMBER_OF, (key, command))[0]
        return int(number)

    async def reserve(self, record: KeyRecord, now: Millis) -> KeyRecord:
        """The given record, the one that stands, or the one that stands with the given lease."""
        async with self._database.together():
            row = self._database.row("SELECT * FROM key_records WHERE scope = ?", (record.scope,))
            if row is None:
                await self._database.write("INSERT INTO key_records VALUES (?, ?, ?, ?, ?, ?, ?)", _values(record))
                return record
            standing = key_record_of(record.scope, row)
            if standing.answer is not None or standing.lease_until > now:
                return standing
            await self._database.write(TAKE_OVER, (record.lease_until, record.holder, record.scope))
            return replace(standing, lease_until=record.lease_until, holder=record.holder)

    async def answer(self, scope: str, answer: bytes) -> None:
        """Stores the answer. Raises LookupError if the scope was never reserved."""
        if not await self._database.write("UPDATE key_records SET answer = ? WHERE scope = ?", (answer, scope)):
            raise LookupError(f"no command was reserved under {scope}")

    async def claim_machine(self, now: Millis) -> tuple[int, Millis]:
        """Machine 0, and the highest ceiling that any run promised."""
        row = self._database.row("SELECT ceiling FROM machines WHERE machine = ?", (MACHINE,))
        return MACHINE, row["ceiling"] if row else 0

    async def raise_ceiling(self, machine: int, ceiling: Millis) -> None:
        """Raises it, or leaves it."""
        await self._database.write(RAISE_CEILING, (machine, ceiling))


def _values(record: KeyRecord) -> tuple[Any, ...]:
    lease = (record.lease_until, record.holder)
    return (record.scope, record.body_hash, record.command_id, record.seed, *lease, record.answer)
