"""SqliteVault: commands.ports.Vault in the file that holds the truth: subject keys, password hashes, sessions.

Keys are stored wrapped. A destroyed one is overwritten in the file, and the write-ahead log is emptied of it.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from commands.ports import Session
from infra.keyring import Keyring
from infra.sqlite.database import SqliteDatabase
from infra.stored import session_of
from schemas.errors import Gone
from schemas.ids import AccountId, SessionId

DDL = """
PRAGMA secure_delete=ON;
CREATE TABLE IF NOT EXISTS subject_keys(subject TEXT PRIMARY KEY, wrapped BLOB) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passwords(account_id TEXT PRIMARY KEY, hash TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions(
    id TEXT PRIMARY KEY, account_id TEXT NOT NULL, opened_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    current TEXT NOT NULL, used TEXT NOT NULL, used_at INTEGER NOT NULL, ended INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""
KEYS = "SELECT subject, wrapped FROM subject_keys WHERE subject IN (SELECT value FROM json_each(?))"
DESTROY = "INSERT INTO subject_keys VALUES (?, NULL) ON CONFLICT (subject) DO UPDATE SET wrapped = NULL"
SET_PASSWORD = "INSERT INTO passwords VALUES (?, ?) ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash"
OPEN_SESSION = "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
CHANGE_SESSION = """
UPDATE sessions SET (id, account_id, opened_at, expires_at, current, used, used_at, ended, revision)
    = (?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ? AND revision = ?
"""
SUBJECTS_AT_ONCE = 1_000


class SqliteVault:
    """The Vault port. A row of subject_keys without a key is the tombstone of a destroyed one."""

    def __init__(
        self,
        database: SqliteDatabase,
        master_key: bytes,
        *,
        remembered_s: float = 60,
        remembered_keys: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._keyring = Keyring(master_key, remembered_s, remembered_keys, clock)
        self._destroyed: set[str] = set()
        """Whose destroyed keys may still be in memory or in the write-ahead log."""
        database.define(DDL)
        database.after_commit(self._scrub)

    async def create_key(self, subject: str) -> bytes:
        """The key that stands, or a new one; Gone where a tombstone stands."""
        async with self._database.together():
            row = self._database.row("SELECT wrapped FROM subject_keys WHERE subject = ?", (subject,))
            if row is None:
                key, wrapped = self._keyring.make(subject)
                await self._database.write("INSERT INTO subject_keys VALUES (?, ?)", (subject, wrapped))
                return key
        if row["wrapped"] is None:
            raise Gone
        return self._keyring.unwrap(subject, row["wrapped"])

    async def keys(self, subjects: Sequence[str]) -> dict[str, bytes | None]:
        """Every subject that was asked for, each once."""
        keys: dict[str, bytes | None] = dict.fromkeys(subjects)
        asked = list(keys)
        for start in range(0, len(asked), SUBJECTS_AT_ONCE):
            for row in self._database.rows(KEYS, (orjson.dumps(asked[start : start + SUBJECTS_AT_ONCE]).decode(),)):
                if row["wrapped"] is not None:
                    keys[row["subject"]] = self._keyring.unwrap(row["subject"], row["wrapped"])
        return keys

    async def destroy_key(self, subject: str) -> None:
        """Leaves a tombstone, also where there never was a key."""
        async with self._database.together():
            await self._database.write(DESTROY, (subject,))
            self._destroyed.add(subject)
            self._keyring.forget(subject)

    async def password(self, account: AccountId) -> str | None:
        """The account's password hash."""
        row = self._database.row("SELECT hash FROM passwords WHERE account_id = ?", (account,))
        return row["hash"] if row else None

    async def set_password(self, account: AccountId, password_hash: str) -> None:
        """Replaces it; secure_delete overwrites the old one."""
        await self._database.write(SET_PASSWORD, (account, password_hash))

    async def session(self, session: SessionId) -> Session | None:
        """The session, ended ones included."""
        row = self._database.row("SELECT * FROM sessions WHERE id = ?", (session,))
        return session_of(row) if row else None

    async def put_session(self, session: Session) -> bool:
        """Compare and set on the revision; the first one is 1."""
        if session.revision == 1:
            return await self._database.write(OPEN_SESSION, _values(session)) == 1
        values = (*_values(session), session.id, session.revision - 1)
        return await self._database.write(CHANGE_SESSION, values) == 1

    def _scrub(self) -> None:
        """Empties the write-ahead log, which still holds pages from before a key was destroyed.

        A reader in another process can be in the way: nobody waits for it, the next commit tries again.
        """
        for subject in self._destroyed:
            self._keyring.forget(subject)  # who read it before the commit has remembered it again
        if self._destroyed:
            self._database.rows("PRAGMA busy_timeout=0")
            try:
                (busy, _, _) = self._database.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0]
            finally:
                self._database.rows("PRAGMA busy_timeout=5000")
            if not busy:
                self._destroyed.clear()


def _values(session: Session) -> tuple[Any, ...]:
    return (
        session.id,
        session.account_id,
        session.opened_at,
        session.expires_at,
        orjson.dumps(session.current).decode(),
        session.used,
        session.used_at,
        session.ended,
        session.revision,
    )
