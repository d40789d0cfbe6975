"""Versions of streams as they are stored. Written and read by the recorders of both backends."""

import base64
from collections.abc import Sequence
from typing import Any

import orjson

from commands.ports import LedgerRow, Snapshot
from schemas.ids import CommandId, EventId


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


def check_consecutive(rows: Sequence[LedgerRow]) -> None:
    """Raises ValueError for rows that are not consecutive versions of one stream."""
    if not rows:
        raise ValueError("there is no row to insert")
    expected = [(rows[0].stream, rows[0].version + step) for step in range(len(rows))]
    if [(row.stream, row.version) for row in rows] != expected:
        raise ValueError(f"rows from {rows[0].stream} version {rows[0].version} on are not consecutive versions of it")


def snapshot_of(row: Any) -> Snapshot:
    """A snapshot from a row with these columns."""
    return Snapshot(
        stream=row["stream"],
        release=row["release"],
        version=row["version"],
        event_id=EventId(row["event_id"]),
        subject=row["subject"],
        sealed=row["sealed"],
    )


def snapshot_values(snapshot: Snapshot) -> tuple[Any, ...]:
    """The columns of a snapshot, in the order of the tables."""
    return (
        snapshot.stream,
        snapshot.release,
        snapshot.version,
        snapshot.event_id,
        snapshot.subject,
        snapshot.sealed,
    )


def _columns(row: LedgerRow) -> tuple[Any, ...]:
    return (row.stream, row.version, row.event_id, row.command_id, row.type, row.wire)


def _carried(stored: bytes | None) -> tuple[LedgerRow, ...]:
    names = ("stream", "version", "event_id", "command_id", "type", "wire", "carried")
    rows = [dict(zip(names, [*one[:-1], base64.b64decode(one[-1]), None], strict=True)) for one in _rows(stored)]
    return tuple(ledger_row_of(row) for row in rows)


def _rows(stored: bytes | None) -> list[list[Any]]:
    rows: list[list[Any]] = orjson.loads(stored) if stored else []
    return rows
