"""Stored records as shapes of the ports: what the ledgers and vaults of all backends have in common."""

from collections.abc import Sequence
from typing import Any

import orjson

from commands.ports import KeyRecord, LedgerRow, Session
from schemas.ids import AccountId, CommandId, SessionId


def session_of(row: Any) -> Session:
    """A session from a row with these columns."""
    return Session(
        id=SessionId(row["id"]),
        account_id=AccountId(row["account_id"]),
        opened_at=row["opened_at"],
        expires_at=row["expires_at"],
        current=tuple(orjson.loads(row["current"])),
        used=row["used"],
        used_at=row["used_at"],
        ended=bool(row["ended"]),
        revision=row["revision"],
    )


def key_record_of(scope: str, row: Any) -> KeyRecord:
    """A key record from a row with these columns."""
    return KeyRecord(
        scope=scope,
        body_hash=row["body_hash"],
        command_id=CommandId(row["command_id"]),
        seed=row["seed"],
        lease_until=row["lease_until"],
        holder=row["holder"],
        answer=row["answer"],
    )


def check_consecutive(rows: Sequence[LedgerRow]) -> None:
    """Raises ValueError for rows that are not consecutive versions of one stream."""
    if not rows:
        raise ValueError("there is no row to insert")
    expected = [(rows[0].stream, rows[0].version + step) for step in range(len(rows))]
    if [(row.stream, row.version) for row in rows] != expected:
        raise ValueError(f"rows from {rows[0].stream} version {rows[0].version} on are not consecutive versions of it")
