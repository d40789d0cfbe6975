"""Stored records as shapes of the ports: what the ledgers and vaults of all backends have in common."""

from typing import Any

import orjson

from commands.ports import Announcement, KeyRecord, Pair, Session, Use
from schemas.ids import AccountId, CommandId, SessionId

SESSION_COLUMNS = "account_id, opened_at, expires_at, current, used, used_at, ended, revision, family"


def session_of(row: Any) -> Session:
    """A session from a row with these columns. A row of an earlier version has no family."""
    since = max(row["opened_at"], row["used_at"])
    tokens, family = orjson.loads(row["current"]), orjson.loads(row["family"] or b"{}")
    issued, used = dict(family.get("issued", ())), [Use(*one) for one in family.get("used", ())]
    if row["used"] and row["used"] not in {use.token for use in used}:
        used.append(Use(row["used"], row["used_at"], len(tokens)))
    return Session(
        id=SessionId(row["id"]),
        account_id=AccountId(row["account_id"]),
        opened_at=row["opened_at"],
        expires_at=row["expires_at"],
        current=tuple(Pair(token, issued.get(token, since)) for token in tokens),
        used=tuple(used),
        used_at=row["used_at"],
        ended=bool(row["ended"]),
        revision=row["revision"],
    )


def session_values(session: Session) -> tuple[Any, ...]:
    """The columns of a session but for its id, in the order of SESSION_COLUMNS.

    `current` and `used` say what they said before there was `family`: processes that know no more may run beside.
    """
    current = orjson.dumps([pair.token for pair in session.current]).decode()
    last = session.used[-1].token if session.used else ""
    family = {
        "issued": [[pair.token, pair.issued_at] for pair in session.current],
        "used": [[use.token, use.at, use.pairs] for use in session.used],
    }
    times, said = (session.opened_at, session.expires_at), (current, last, session.used_at)
    return (session.account_id, *times, *said, session.ended, session.revision, orjson.dumps(family).decode())


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
