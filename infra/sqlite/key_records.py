"""SqliteKeyRecords: what commands under an Idempotency-Key use, and their answers. Of the ledger; kept for a while."""

from dataclasses import replace
from typing import Any

from commands.ports import KeyRecord
from infra.sqlite.database import SqliteDatabase
from infra.stored import key_record_of
from schemas.ids import Millis

DDL = """
CREATE TABLE IF NOT EXISTS key_records(
    scope TEXT PRIMARY KEY, body_hash TEXT NOT NULL, command_id TEXT NOT NULL, seed TEXT NOT NULL,
    lease_until INTEGER NOT NULL, holder TEXT NOT NULL, answer BLOB, number INTEGER NOT NULL DEFAULT 0,
    made_at INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
"""
ADDED = ("number", "made_at")
"""Columns that files of earlier versions lack."""
BY_AGE = "CREATE INDEX IF NOT EXISTS key_records_by_age ON key_records (made_at)"
SWEEP = "DELETE FROM key_records WHERE scope IN (SELECT scope FROM key_records WHERE made_at <= ? LIMIT ?)"
SELECT = "SELECT * FROM key_records WHERE scope = ? AND made_at > ?"
RESERVE = """
INSERT INTO key_records (scope, body_hash, command_id, seed, lease_until, holder, number, answer, made_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
ANSWER = "UPDATE key_records SET answer = ? WHERE scope = ? AND answer IS NULL"
TAKE_OVER = "UPDATE key_records SET lease_until = ?, holder = ? WHERE scope = ?"


class SqliteKeyRecords:
    """A row a scope."""

    def __init__(self, database: SqliteDatabase, kept_s: int) -> None:
        self._database = database
        self._kept_ms = kept_s * 1000
        database.define(DDL)
        for column in ADDED:
            if not database.has_column("key_records", column):
                database.define(f"ALTER TABLE key_records ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0")
        database.define(BY_AGE)

    async def reserve(self, record: KeyRecord, now: Millis) -> KeyRecord:
        """The given record, the one that stands, or the one that stands with the given lease."""
        async with self._database.together():
            standing = self._standing(record.scope, now)
            if standing is None:
                await self._database.write("DELETE FROM key_records WHERE scope = ?", (record.scope,))
                await self._database.write(RESERVE, (*_values(record), now))
                return record
            if standing.answer is not None or standing.lease_until > now:
                return standing
            await self._database.write(TAKE_OVER, (record.lease_until, record.holder, record.scope))
            return replace(standing, lease_until=record.lease_until, holder=record.holder)

    async def sweep(self, now: Millis, most: int) -> int:
        """Removes what is older than records are kept; how many that were."""
        return await self._database.write(SWEEP, (now - self._kept_ms, most))

    async def answer(self, scope: str, answer: bytes) -> bytes:
        """The first one stands. Raises LookupError if the scope was never reserved."""
        async with self._database.together():
            await self._database.write(ANSWER, (answer, scope))
            row = self._database.row("SELECT answer FROM key_records WHERE scope = ?", (scope,))
        if row is None:
            raise LookupError(f"no command was reserved under {scope}")
        return bytes(row["answer"])

    def _standing(self, scope: str, now: Millis) -> KeyRecord | None:
        row = self._database.row(SELECT, (scope, now - self._kept_ms))
        return key_record_of(scope, row) if row else None


def _values(record: KeyRecord) -> tuple[Any, ...]:
    lease = (record.lease_until, record.holder)
    return (record.scope, record.body_hash, record.command_id, record.seed, *lease, record.number, record.answer)
