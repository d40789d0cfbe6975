"""Stored records as shapes of the ports: what the ledgers and vaults of all backends have in common."""

from typing import Any

import orjson

from commands.ports import Announcement, KeyRecord, Session
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
