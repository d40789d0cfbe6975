"""Stored records as shapes of the ports: what the ledgers and vaults of all backends have in common."""

import base64
from collections.abc import Sequence
from typing import Any

import orjson

from commands.ports import Announcement, KeyRecord, LedgerRow, Session
from schemas.ids import AccountId, CommandId, EventId, SessionId


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


def session_values(session: Session) -> tuple[Any, ...]:
    """The columns of a session but for its id, in the order of the tables."""
    times, used = (session.opened_at, session.expires_at), (session.used, session.used_at)
    current = orjson.dumps(session.current).decode()
    return (session.account_id, *times, current, *used, session.ended, session.revision)


def key_record_of(scope: str, row: Any) -> KeyRecord:
    """A key record from a row with these columns."""
    return KeyRecord(
        scope=scope,
        body_hash=row["body_hash"],
        command_id=CommandId(row["command_id"]),
        seed=row["seed"],
        lease_until=row["lease_until"],
        holder=row["holder"],
        number=row["number"] or 0,
        answer=row["answer"],
    )


def announcement_of(row: Any) -> Announcement:
    """An announcement from a row with these columns."""
    return Announcement(row["slot"], row["stream"], row["version"], row["revision"])


def ledger_row_of(row: Any) -> LedgerRow:
    """A version of a stream from a row with these columns."""
    return LedgerRow(
        stream=row["stream"],
        version=row["version"],
        event_id=EventId(row["event_id"]),
        command_id=CommandId(row["command_id"]),
        type=row["type"],
        wire=row["wire"],
        carried=_carried(row["carried"]),
    )


def ledger_values(row: LedgerRow) -> tuple[Any, ...]:
    """The columns of a version of a stream, in the order of the tables."""
    carried = [[*_columns(one)[:-1], base64.b64encode(one.wire).decode()] for one in row.carried]
    return (*_columns(row), orjson.dumps(carried) if carried else None)


def _columns(row: LedgerRow) -> tuple[Any, ...]:
    return (row.stream, row.version, row.event_id, row.command_id, row.type, row.wire)


def _carried(stored: bytes | None) -> tuple[LedgerRow, ...]:
    names = ("stream", "version", "event_id", "command_id", "type", "wire", "carried")
    rows = [dict(zip(names, [*one[:-1], base64.b64decode(one[-1]), None], strict=True)) for one in _rows(stored)]
    return tuple(ledger_row_of(row) for row in rows)


def _rows(stored: bytes | None) -> list[list[Any]]:
    rows: list[list[Any]] = orjson.loads(stored) if stored else []
    return rows


def check_consecutive(rows: Sequence[LedgerRow]) -> None:
    """Raises ValueError for rows that are not consecutive versions of one stream."""
    if not rows:
        raise ValueError("there is no row to insert")
    expected = [(rows[0].stream, rows[0].version + step) for step in range(len(rows))]
    if [(row.stream, row.version) for row in rows] != expected:
        raise ValueError(f"rows from {rows[0].stream} version {rows[0].version} on are not consecutive versions of it")
