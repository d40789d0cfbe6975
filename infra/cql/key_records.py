"""CqlKeyRecords: what commands under an Idempotency-Key use, and their answers. Of the ledger; kept for a while."""

from dataclasses import replace

from commands.ports import KeyRecord
from infra.cql.races import insist
from infra.cql.session import CqlSession
from infra.stored import key_record_of
from schemas.ids import Millis

DDL = """
CREATE TABLE IF NOT EXISTS key_records (
    scope text PRIMARY KEY, body_hash text, command_id text, seed text, lease_until bigint, holder text, answer blob,
    revision bigint, number bigint
)
"""
SELECT = "SELECT * FROM key_records WHERE scope = ?"
RESERVE = """
INSERT INTO key_records (scope, body_hash, command_id, seed, lease_until, holder, number, answer, revision)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1) IF NOT EXISTS USING TTL ?
"""
REPLACE = """
UPDATE key_records USING TTL ?
SET body_hash = ?, command_id = ?, seed = ?, lease_until = ?, holder = ?, number = ?, answer = ?,
    revision = ?
WHERE scope = ? IF revision = ?
"""
"""Every column, so that all of a row expires together."""

Standing = tuple[KeyRecord, int]
"""A record and its revision."""


class CqlKeyRecords:
    """Compare and set on a row's revision. After an uncertain outcome a look at the row tells who holds it."""

    def __init__(self, session: CqlSession, kept_s: int) -> None:
        self._session = session
        self._kept_s = kept_s

    async def reserve(self, record: KeyRecord, now: Millis) -> KeyRecord:
        """The given record, the one that stands, or the one that stands with the given lease."""

        async def attempt() -> KeyRecord | None:
            if await self._session.apply(RESERVE, (record.scope, *_values(record), self._kept_s)):
                return record
            found = await self._standing(record.scope)
            if found is None:  # it has expired since
                return None
            standing, revision = found
            if standing.answer is not None or standing.lease_until > now:
                return standing
            taken = replace(standing, lease_until=record.lease_until, holder=record.holder)
            return taken if await self._replace(taken, revision) else None

        return await insist(attempt)

    async def answer(self, scope: str, answer: bytes) -> bytes:
        """The first one stands. Raises LookupError if the scope was never reserved, or too long ago."""

        async def attempt() -> bytes | None:
            found = await self._standing(scope)
            if found is None:
                raise LookupError(f"no command was reserved under {scope}")
            standing, revision = found
            if standing.answer is not None:
                return standing.answer
            return answer if await self._replace(replace(standing, answer=answer), revision) else None

        return await insist(attempt)

    async def _standing(self, scope: str) -> Standing | None:
        found = await self._session.execute(SELECT, (scope,), serial=True)
        if not found:
            return None
        (row,) = found
        return key_record_of(scope, row), row["revision"]

    async def _replace(self, record: KeyRecord, revision: int) -> bool:
        values = (self._kept_s, *_values(record), revision + 1, record.scope, revision)
        return await self._session.apply(REPLACE, values)


def _values(record: KeyRecord) -> tuple[object, ...]:
    lease = (record.lease_until, record.holder)
    return (record.body_hash, record.command_id, record.seed, *lease, record.number, record.answer)
