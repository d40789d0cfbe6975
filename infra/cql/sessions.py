"""CqlSessions: the sessions of CqlVault on CQL servers, and which of them an account has.

Two tables without a transaction over them. The account's row is written first, so a process that dies in between
leaves a row that names no session, and never a session that its account does not name. Both are forgotten by TTL, as
whole rows: no clock of ours is asked, and nothing has to be swept.
"""

from commands.ports import SESSION_LIFETIME_S, Session
from infra.cql.races import insist, won
from infra.cql.session import CqlSession
from infra.stored import session_of, session_values
from schemas.ids import AccountId, Millis, SessionId

DDL = (
    """CREATE TABLE IF NOT EXISTS sessions (
        id text PRIMARY KEY, account_id text, opened_at bigint, expires_at bigint, current text, used text,
        used_at bigint, ended boolean, revision bigint
    )""",
    """CREATE TABLE IF NOT EXISTS sessions_by_account (
        account_id text, id text, named_until bigint, PRIMARY KEY (account_id, id)
    )""",
)
DAY_S = 24 * 3600
KEPT_S = SESSION_LIFETIME_S + DAY_S
"""From the last write of a session on; an ended one stays that long, as such."""
NAMED_S = KEPT_S + 2 * DAY_S
"""Longer than any session that was stored before `named_until` moves on."""
SESSION = "SELECT * FROM sessions WHERE id = ?"
OPEN = f"""
INSERT INTO sessions (account_id, opened_at, expires_at, current, used, used_at, ended, revision, id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS USING TTL {KEPT_S}
"""
CHANGE = f"""
UPDATE sessions USING TTL {KEPT_S}
SET account_id = ?, opened_at = ?, expires_at = ?, current = ?, used = ?, used_at = ?, ended = ?, revision = ?
WHERE id = ? IF revision = ?
"""
"""Every column, so that all of a row expires together."""
NAMED = "SELECT named_until FROM sessions_by_account WHERE account_id = ? AND id = ?"
NAMED_BY = "SELECT id FROM sessions_by_account WHERE account_id = ?"
NAME = (
    f"INSERT INTO sessions_by_account (account_id, id, named_until) VALUES (?, ?, ?) IF NOT EXISTS USING TTL {NAMED_S}"
)
NAME_AGAIN = f"""
UPDATE sessions_by_account USING TTL {NAMED_S} SET named_until = ? WHERE account_id = ? AND id = ? IF EXISTS
"""


class CqlSessions:
    """A row a session, and a row that names it under its account."""

    def __init__(self, session: CqlSession) -> None:
        self._session = session

    async def session(self, session: SessionId) -> Session | None:
        """The session, ended ones included until they are forgotten."""
        found = await self._session.execute(SESSION, (session,))
        return session_of(found[0]) if found else None

    async def sessions(self, account: AccountId) -> list[Session]:
        """The account's sessions that have not ended."""
        named = await self._session.execute(NAMED_BY, (account,))
        found = await self._session.execute_many((SESSION, (record["id"],)) for record in named)
        stored = [session_of(records[0]) for records in found if records]
        return [session for session in stored if not session.ended]

    async def put_session(self, session: Session) -> bool:
        """Compare and set on the revision; the first one is 1."""
        if not session.ended:
            await self._name(session)
        if session.revision == 1:
            statement, values = OPEN, _values(session)
        else:
            statement, values = CHANGE, (*_values(session), session.revision - 1)
        return await won(lambda: self._session.apply(statement, values), lambda: self._stands(session))

    async def _name(self, session: Session) -> None:
        """Looks first, and writes once a day: a conditional write costs several times a read."""
        until = _whole_day(session.expires_at)
        where = (session.account_id, session.id)

        async def attempt() -> bool | None:
            if session.revision > 1:
                found = await self._session.execute(NAMED, where)
                if found and found[0]["named_until"] >= until:
                    return True
            again, first = (NAME_AGAIN, (until, *where)), (NAME, (*where, until))
            order = (first, again) if session.revision == 1 else (again, first)
            return await self._session.apply(*order[0]) or await self._session.apply(*order[1]) or None

        await insist(attempt)

    async def _stands(self, session: Session) -> bool:
        found = await self._session.execute(SESSION, (session.id,), serial=True)
        return [session_of(record) for record in found] == [session]


def _whole_day(time: Millis) -> Millis:
    day = DAY_S * 1000
    return -(-time // day) * day


def _values(session: Session) -> tuple[object, ...]:
    return (*session_values(session), session.id)
