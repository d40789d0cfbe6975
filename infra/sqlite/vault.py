"""SqliteVault: commands.ports.Vault in the file that holds the truth: subject keys, password hashes, sessions.

Keys are stored wrapped. A destroyed one is overwritten in the file, and the write-ahead log is emptied of it.
"""

import time
from collections.abc import Callable, Sequence

import orjson

from infra.secrets.keyring import keyring
from infra.secrets.wrapping import KeyPage, WrappedKey
from infra.sqlite import sessions
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.sessions import SqliteSessions
from schemas.errors import Gone
from schemas.ids import AccountId

DDL = f"""
PRAGMA secure_delete=ON;
CREATE TABLE IF NOT EXISTS subject_keys(subject TEXT PRIMARY KEY, wrapped BLOB) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passwords(account_id TEXT PRIMARY KEY, hash TEXT NOT NULL) STRICT, WITHOUT ROWID;
{sessions.DDL}
"""
KEY = "SELECT wrapped FROM subject_keys WHERE subject = ?"
KEYS = "SELECT subject, wrapped FROM subject_keys WHERE subject IN (SELECT value FROM json_each(?))"
KEYS_AFTER = "SELECT subject, wrapped FROM subject_keys WHERE subject > ? ORDER BY subject LIMIT ?"
DESTROY = "INSERT INTO subject_keys VALUES (?, NULL) ON CONFLICT (subject) DO UPDATE SET wrapped = NULL"
FIRST_PASSWORD = "INSERT INTO passwords VALUES (?, ?) ON CONFLICT (account_id) DO NOTHING"
SUBJECTS_AT_ONCE = 1_000


class SqliteVault(SqliteSessions):
    """The Vault port, and WrappedKeys. A row of subject_keys without a key is the tombstone of a destroyed one."""

    def __init__(
        self,
        database: SqliteDatabase,
        master_keys: bytes | Sequence[bytes],
        *,
        remembered_s: float = 60,
        remembered_keys: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Of several master keys the first wraps."""
        super().__init__(database)
        self.keyring = keyring(master_keys, remembered_s, remembered_keys, clock)
        self._destroyed: set[str] = set()
        """Whose former wrapped keys may still be in memory or in the write-ahead log."""
        database.define(DDL)
        database.after_commit(self._scrub)

    async def create_key(self, subject: str) -> bytes:
        """The key that stands, or a new one; Gone where a tombstone stands."""
        key, wrapped = self.keyring.make(subject)
        standing = await self.create_wrapped(subject, wrapped)
        return key if standing == wrapped else self.keyring.unwrap(subject, standing)

    async def wrapped_key(self, subject: str) -> bytes | None:
        """What stands under the subject; None where there is no key."""
        row = self._database.row(KEY, (subject,))
        return bytes(row["wrapped"]) if row and row["wrapped"] else None

    async def create_wrapped(self, subject: str, wrapped: bytes) -> bytes:
        """What stands under the subject, which is this form if nothing stood. Raises Gone where a tombstone stands."""
        async with self._database.together():
            row = self._database.row(KEY, (subject,))
            if row is None:
                await self._database.write("INSERT INTO subject_keys VALUES (?, ?)", (subject, wrapped))
                return wrapped
        if row["wrapped"] is None:
            raise Gone
        return bytes(row["wrapped"])

    async def keys(self, subjects: Sequence[str]) -> dict[str, bytes | None]:
        """Every subject that was asked for, each once."""
        keys: dict[str, bytes | None] = dict.fromkeys(subjects)
        asked = list(keys)
        for start in range(0, len(asked), SUBJECTS_AT_ONCE):
            for row in self._database.rows(KEYS, (orjson.dumps(asked[start : start + SUBJECTS_AT_ONCE]).decode(),)):
                if row["wrapped"] is None:
                    self.keyring.forget(row["subject"])
                else:
                    keys[row["subject"]] = self.keyring.unwrap(row["subject"], row["wrapped"])
        return keys

    async def destroy_key(self, subject: str) -> None:
        """Leaves a tombstone, also where there never was a key."""
        async with self._database.together():
            await self._database.write(DESTROY, (subject,))
            self._destroyed.add(subject)
            self.keyring.forget(subject)

    async def wrapped_keys(self, after: str, limit: int) -> KeyPage:
        """In the order of subjects; `after` is the last subject of the page before."""
        found = self._database.rows(KEYS_AFTER, (after, limit))
        keys = [WrappedKey(row["subject"], row["wrapped"] and bytes(row["wrapped"])) for row in found]
        if len(keys) < limit:
            return KeyPage(keys, None, 1.0)
        (before,) = self._database.rows("SELECT count(*) FROM subject_keys WHERE subject <= ?", (keys[-1].subject,))[0]
        (total,) = self._database.rows("SELECT count(*) FROM subject_keys")[0]
        return KeyPage(keys, keys[-1].subject, before / total)

    async def rewrap(self, changes: Sequence[tuple[WrappedKey, bytes]]) -> int:
        """In one transaction, each where the old form still stands; how many did."""
        changed = 0
        async with self._database.together():
            for old, new in changes:
                statement = "UPDATE subject_keys SET wrapped = ? WHERE subject = ? AND wrapped = ?"
                changed += await self._database.write(statement, (new, old.subject, old.wrapped))
            self._destroyed.update(old.subject for old, _ in changes)
        return changed

    async def old_forms_gone(self) -> bool:
        """Tries once more to empty the write-ahead log; False while a reader in another process is in the way."""
        self._scrub()
        return not self._destroyed

    async def password(self, account: AccountId) -> str | None:
        """The account's password hash."""
        row = self._database.row("SELECT hash FROM passwords WHERE account_id = ?", (account,))
        return row["hash"] if row else None

    async def first_password(self, account: AccountId, password_hash: str) -> None:
        """One that stands stays."""
        await self._database.write(FIRST_PASSWORD, (account, password_hash))

    async def replace_password(self, account: AccountId, before: str, after: str) -> bool:
        """Compare and set."""
        statement = "UPDATE passwords SET hash = ? WHERE account_id = ? AND hash = ?"
        return await self._database.write(statement, (after, account, before)) == 1

    def _scrub(self) -> None:
        """Empties the write-ahead log, which still holds pages from before a key was destroyed or wrapped anew.

        A reader in another process can be in the way: nobody waits for it, the next commit tries again.
        """
        for subject in self._destroyed:
            self.keyring.forget(subject)  # who read it before the commit has remembered it again
        if self._destroyed and self._database.checkpoint():
            self._destroyed.clear()
