"""SqliteSessions: the sessions of SqliteVault, in the file that holds the truth."""

from typing import Any

from commands.ports import Session
from infra.sqlite.database import SqliteDatabase
from infra.stored import session_of, session_values
from schemas.ids import AccountId, SessionId

DDL = """
CREATE TABLE IF NOT EXISTS sessions(
    id TEXT PRIMARY KEY, account_id TEXT NOT NULL, opened_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    current TEXT NOT NULL, used TEXT NOT NULL, used_at INTEGER NOT NULL, ended INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_by_account ON sessions(account_id);
CREATE INDEX IF NOT EXISTS sessions_by_expiry ON sessions(expires_at);
"""
OPEN = "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
CHANGE = """
UPDATE sessions SET (id, account_id, opened_at, expires_at, current, used, used_at, ended, revision)
    = (?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ? AND revision = ?
"""
FORGET = "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at <= ? LIMIT ?)"
SWEPT = 4
"""Sessions that are forgotten whenever one is opened: more than one, so that they cannot pile up."""


class SqliteSessions:
    """A row a session. An ended one stays, as such, until it would have expired; then a later log-in sweeps it away."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        database.define(DDL)

    async def session(self, session: SessionId) -> Session | None:
        """The session, ended ones included until they are forgotten."""
        row = self._database.row("SELECT * FROM sessions WHERE id = ?", (session,))
        return session_of(row) if row else None

    async def sessions(self, account: AccountId) -> list[Session]:
        """The account's sessions that have not ended."""
        rows = self._database.rows("SELECT * FROM sessions WHERE account_id = ? AND NOT ended", (account,))
        return [session_of(row) for row in rows]

    async def put_session(self, session: Session) -> bool:
        """Compare and set on the revision; the first one is 1."""
        if session.revision > 1:
            values = (*_values(session), session.id, session.revision - 1)
            return await self._database.write(CHANGE, values) == 1
        async with self._database.together():
            await self._database.write(FORGET, (session.opened_at, SWEPT))
            return await self._database.write(OPEN, _values(session)) == 1


def _values(session: Session) -> tuple[Any, ...]:
    return (session.id, *session_values(session))
