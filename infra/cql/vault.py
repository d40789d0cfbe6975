"""CqlVault: commands.ports.Vault on CQL servers: subject keys, password hashes, sessions.

Every row is written by conditional writes alone. Keys are stored wrapped. A destroyed one is overwritten; the bytes
before it leave a server's disk when it next compacts the table, and until then they are of use to the master key only.
"""

import time
from collections.abc import Callable, Sequence

import orjson

from commands.ports import Session
from infra.cql.races import insist, won
from infra.cql.session import CqlSession
from infra.keyring import Keyring
from infra.stored import session_of
from schemas.errors import Gone
from schemas.ids import AccountId, SessionId

DDL = (
    "CREATE TABLE IF NOT EXISTS subject_keys (subject text PRIMARY KEY, wrapped blob)",
    "CREATE TABLE IF NOT EXISTS passwords (account_id text PRIMARY KEY, hash text)",
    """CREATE TABLE IF NOT EXISTS sessions (
        id text PRIMARY KEY, account_id text, opened_at bigint, expires_at bigint, current text, used text,
        used_at bigint, ended boolean, revision bigint
    )""",
)
KEY = "SELECT wrapped FROM subject_keys WHERE subject = ?"
KEYS = "SELECT subject, wrapped FROM subject_keys WHERE subject IN ?"
MAKE_KEY = "INSERT INTO subject_keys (subject, wrapped) VALUES (?, ?) IF NOT EXISTS"
OVERWRITE_KEY = "UPDATE subject_keys SET wrapped = ? WHERE subject = ? IF EXISTS"
DESTROYED = b""
"""What stands in place of a destroyed key, for ever."""
PASSWORD = "SELECT hash FROM passwords WHERE account_id = ?"
SET_PASSWORD = "INSERT INTO passwords (account_id, hash) VALUES (?, ?) IF NOT EXISTS"
REPLACE_PASSWORD = "UPDATE passwords SET hash = ? WHERE account_id = ? IF EXISTS"
SESSION = "SELECT * FROM sessions WHERE id = ?"
OPEN_SESSION = """
INSERT INTO sessions (account_id, opened_at, expires_at, current, used, used_at, ended, revision, id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS
"""
CHANGE_SESSION = """
UPDATE sessions SET account_id = ?, opened_at = ?, expires_at = ?, current = ?, used = ?, used_at = ?, ended = ?,
    revision = ? WHERE id = ? IF revision = ?
"""
SUBJECTS_AT_ONCE = 100


class CqlVault:
    """The Vault port."""

    def __init__(
        self,
        session: CqlSession,
        master_key: bytes,
        *,
        remembered_s: float = 60,
        remembered_keys: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._keyring = Keyring(master_key, remembered_s, remembered_keys, clock)

    async def create_key(self, subject: str) -> bytes:
        """The key that stands, or a new one; Gone where one was destroyed."""
        key, wrapped = self._keyring.make(subject)

        async def attempt() -> bytes | None:
            if await self._session.apply(MAKE_KEY, (subject, wrapped)):
                return wrapped
            found = await self._session.execute(KEY, (subject,), serial=True)
            return bytes(found[0]["wrapped"]) if found else None

        standing = await insist(attempt)
        if standing == DESTROYED:
            raise Gone
        return key if standing == wrapped else self._keyring.unwrap(subject, standing)

    async def keys(self, subjects: Sequence[str]) -> dict[str, bytes | None]:
        """Every subject that was asked for, each once."""
        keys: dict[str, bytes | None] = dict.fromkeys(subjects)
        asked = list(keys)
        chunks = [asked[start : start + SUBJECTS_AT_ONCE] for start in range(0, len(asked), SUBJECTS_AT_ONCE)]
        for records in await self._session.execute_many((KEYS, (chunk,)) for chunk in chunks):
            for record in records:
                if record["wrapped"] != DESTROYED:
                    keys[record["subject"]] = self._keyring.unwrap(record["subject"], record["wrapped"])
        return keys

    async def destroy_key(self, subject: str) -> None:
        """Leaves a mark, also where there never was a key."""
        await self._replace((OVERWRITE_KEY, (DESTROYED, subject)), (MAKE_KEY, (subject, DESTROYED)))
        self._keyring.forget(subject)

    async def password(self, account: AccountId) -> str | None:
        """The account's password hash."""
        found = await self._session.execute(PASSWORD, (account,))
        return found[0]["hash"] if found else None

    async def set_password(self, account: AccountId, password_hash: str) -> None:
        """Replaces it."""
        await self._replace((REPLACE_PASSWORD, (password_hash, account)), (SET_PASSWORD, (account, password_hash)))

    async def session(self, session: SessionId) -> Session | None:
        """The session, ended ones included."""
        found = await self._session.execute(SESSION, (session,))
        return session_of(found[0]) if found else None

    async def put_session(self, session: Session) -> bool:
        """Compare and set on the revision; the first one is 1."""
        if session.revision == 1:
            statement, values = OPEN_SESSION, _values(session)
        else:
            statement, values = CHANGE_SESSION, (*_values(session), session.revision - 1)
        return await won(lambda: self._session.apply(statement, values), lambda: self._stands(session))

    async def _stands(self, session: Session) -> bool:
        found = await self._session.execute(SESSION, (session.id,), serial=True)
        return [session_of(record) for record in found] == [session]

    async def _replace(self, existing: tuple[str, Sequence[object]], missing: tuple[str, Sequence[object]]) -> None:
        """One of two conditional writes that say the same, of a row that is there and of one that is not."""

        async def attempt() -> bool | None:
            return await self._session.apply(*existing) or await self._session.apply(*missing) or None

        await insist(attempt)


def _values(session: Session) -> tuple[object, ...]:
    return (
        session.account_id,
        session.opened_at,
        session.expires_at,
        orjson.dumps(session.current).decode(),
        session.used,
        session.used_at,
        session.ended,
        session.revision,
        session.id,
    )
