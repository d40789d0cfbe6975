"""SqliteSessions: the sessions of SqliteVault, in the file that holds the truth."""

from commands.ports import Session
from infra.sqlite.database import SqliteDatabase
from infra.stored import SESSION_COLUMNS, session_of, session_values
from schemas.ids import AccountId, Millis, SessionId

DDL = """
CREATE TABLE IF NOT EXISTS sessions(
    id TEXT PRIMARY KEY, account_id TEXT NOT NULL, opened_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    current TEXT NOT NULL, used TEXT NOT NULL, used_at INTEGER NOT NULL, ended INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_by_account ON sessions(account_id);
CREATE INDEX IF NOT EXISTS sessions_by_expiry ON sessions(expires_at);
"""
ADDED = "ALTER TABLE sessions ADD COLUMN family TEXT"
"""What files of earlier versions lack."""
VALUES = "?, ?, ?, ?, ?, ?, ?, ?, ?"
OPEN = f"INSERT INTO sessions ({SESSION_COLUMNS}, id) VALUES ({VALUES}, ?) ON CONFLICT (id) DO NOTHING"
CHANGE = f"UPDATE sessions SET ({SESSION_COLUMNS}) = ({VALUES}) WHERE id = ? AND revision = ?"
FORGET = "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at <= ? LIMIT ?)"


class SqliteSessions:
    """A row a session, until it expires and is swept away."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        database.define(DDL)
        if not database.has_column("sessions", "family"):
            database.define(ADDED)

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
        values = (*session_values(session), session.id)
        if session.revision == 1:
            return await self._database.write(OPEN, values) == 1
        return await self._database.write(CHANGE, (*values, session.revision - 1)) == 1

    async def sweep_sessions(self, now: Millis, most: int) -> int:
        """Forgets what is over; how many that were."""
        return await self._database.write(FORGET, (now, most))
