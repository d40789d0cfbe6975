"""CqlSessions: the sessions of CqlVault on CQL servers, and which of them an account has.

Two tables without a transaction over them. The account's row is written first and removed last, so a process that
dies in between leaves a row that names no session, and never a session that its account does not name. Both are
forgotten by TTL, as whole rows: no clock of ours is asked, and nothing has to be swept.
"""

from commands.limits import DAY_S, STATED, Limits
from commands.ports import Session
from infra.cql.races import insist, won
from infra.cql.session import CqlSession
from infra.stored import SESSION_COLUMNS, session_of, session_values
from schemas.ids import AccountId, Millis, SessionId

DDL = (
    """CREATE TABLE IF NOT EXISTS sessions (
        id text PRIMARY KEY, account_id text, opened_at bigint, expires_at bigint, current text, used text,
        used_at bigint, ended boolean, revision bigint, family text
    )""",
    """CREATE TABLE IF NOT EXISTS sessions_by_account (
        account_id text, id text, named_until bigint, PRIMARY KEY (account_id, id)
    )""",
)
ADDED = ("sessions", "family", "text")
"""What keyspaces of earlier versions lack."""
SESSION = "SELECT * FROM sessions WHERE id = ?"
OPEN = f"""
INSERT INTO sessions ({SESSION_COLUMNS}, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS USING TTL ?
"""
CHANGE = f"""
UPDATE sessions USING TTL ? SET {SESSION_COLUMNS.replace(",", " = ?,")} = ? WHERE id = ? IF revision = ?
"""
"""Every column, so that all of a row expires together."""
NAMED = "SELECT named_until FROM sessions_by_account WHERE account_id = ? AND id = ?"
NAMED_BY = "SELECT id FROM sessions_by_account WHERE account_id = ?"
NAME = "INSERT INTO sessions_by_account (account_id, id, named_until) VALUES (?, ?, ?) IF NOT EXISTS USING TTL ?"
NAME_AGAIN = "UPDATE sessions_by_account USING TTL ? SET named_until = ? WHERE account_id = ? AND id = ? IF EXISTS"
UNNAME = "DELETE FROM sessions_by_account WHERE account_id = ? AND id = ? IF EXISTS"


class CqlSessions:
    """A row a session, and a row that names it under its account."""

    def __init__(self, session: CqlSession, limits: Limits = STATED) -> None:
        self._session = session
        self.kept_s = limits.refresh_token_s + DAY_S
        """From the last write of a session on."""
        self.ended_s = limits.ended_session_s
        """Of one that has ended."""
        self.named_s = self.kept_s + 2 * DAY_S
        """Longer than any session that was stored before `named_until` moves on."""

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
        values, kept_s = (*session_values(session), session.id), self.ended_s if session.ended else self.kept_s
        if session.revision == 1:
            statement, given = OPEN, (*values, kept_s)
        else:
            statement, given = CHANGE, (kept_s, *values, session.revision - 1)
        stored = await won(lambda: self._session.apply(statement, given), lambda: self._stands(session))
        if stored and session.ended:
            await self._unname(session)
        return stored

    async def _name(self, session: Session) -> None:
        """Looks first, and writes once a day: a conditional write costs several times a read."""
        until = _whole_day(session.expires_at)
        where = (session.account_id, session.id)

        async def attempt() -> bool | None:
            if session.revision > 1:
                found = await self._session.execute(NAMED, where)
                if found and found[0]["named_until"] >= until:
                    return True
            again, first = (NAME_AGAIN, (self.named_s, until, *where)), (NAME, (*where, until, self.named_s))
            order = (first, again) if session.revision == 1 else (again, first)
            return await self._session.apply(*order[0]) or await self._session.apply(*order[1]) or None

        await insist(attempt)

    async def _unname(self, session: Session) -> None:
        async def attempt() -> bool | None:
            await self._session.apply(UNNAME, (session.account_id, session.id))
            return True

        await insist(attempt)

    async def _stands(self, session: Session) -> bool:
        found = await self._session.execute(SESSION, (session.id,), serial=True)
        return [session_of(record) for record in found] == [session]


def _whole_day(time: Millis) -> Millis:
    day = DAY_S * 1000
    return -(-time // day) * day
