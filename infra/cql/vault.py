"""CqlVault: commands.ports.Vault on CQL servers: subject keys, password hashes, sessions.

Every row is written by conditional writes alone. Keys are stored wrapped. A destroyed one is overwritten; the bytes
before it leave a server's disk when it next compacts the table, and until then they are of use to the master key only.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

from commands.limits import STATED, Limits
from infra.cql import sessions
from infra.cql.races import insist, won
from infra.cql.session import CqlSession
from infra.cql.sessions import CqlSessions
from infra.secrets.keyring import keyring
from infra.secrets.wrapping import KeyPage, WrappedKey
from schemas.errors import Gone
from schemas.ids import AccountId

DDL = (
    "CREATE TABLE IF NOT EXISTS subject_keys (subject text PRIMARY KEY, wrapped blob)",
    "CREATE TABLE IF NOT EXISTS passwords (account_id text PRIMARY KEY, hash text)",
    *sessions.DDL,
)
KEY = "SELECT wrapped FROM subject_keys WHERE subject = ?"
KEYS = "SELECT subject, wrapped FROM subject_keys WHERE subject IN ?"
MAKE_KEY = "INSERT INTO subject_keys (subject, wrapped) VALUES (?, ?) IF NOT EXISTS"
OVERWRITE_KEY = "UPDATE subject_keys SET wrapped = ? WHERE subject = ? IF EXISTS"
DESTROYED = b""
"""What stands in place of a destroyed key, for ever."""
PASSWORD = "SELECT hash FROM passwords WHERE account_id = ?"
FIRST_PASSWORD = "INSERT INTO passwords (account_id, hash) VALUES (?, ?) IF NOT EXISTS"
SWAP_PASSWORD = "UPDATE passwords SET hash = ? WHERE account_id = ? IF hash = ?"
SWAP_KEY = "UPDATE subject_keys SET wrapped = ? WHERE subject = ? IF wrapped = ?"
KEYS_AFTER = "SELECT subject, wrapped, token(subject) AS place FROM subject_keys WHERE token(subject) > ? LIMIT ?"
FIRST_PLACE, PLACES = -(2**63), 2**64
"""Tokens of partitions, in whose order a whole table is read."""
SUBJECTS_AT_ONCE, REWRAPPED_AT_ONCE = 100, 16


class CqlVault(CqlSessions):
    """The Vault port, and WrappedKeys."""

    def __init__(
        self,
        session: CqlSession,
        master_keys: bytes | Sequence[bytes],
        *,
        remembered_s: float = 60,
        remembered_keys: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
        limits: Limits = STATED,
    ) -> None:
        """Of several master keys the first wraps."""
        super().__init__(session, limits)
        self.keyring = keyring(master_keys, remembered_s, remembered_keys, clock)

    async def create_key(self, subject: str) -> bytes:
        """The key that stands, or a new one; Gone where one was destroyed."""
        key, wrapped = self.keyring.make(subject)
        standing = await self.create_wrapped(subject, wrapped)
        return key if standing == wrapped else self.keyring.unwrap(subject, standing)

    async def wrapped_key(self, subject: str) -> bytes | None:
        """What stands under the subject; None where there is no key."""
        found = await self._session.execute(KEY, (subject,), serial=True)
        return bytes(found[0]["wrapped"]) or None if found else None

    async def create_wrapped(self, subject: str, wrapped: bytes) -> bytes:
        """What stands under the subject, which is this form if nothing stood. Raises Gone where one was destroyed."""

        async def attempt() -> bytes | None:
            if await self._session.apply(MAKE_KEY, (subject, wrapped)):
                return wrapped
            found = await self._session.execute(KEY, (subject,), serial=True)
            return bytes(found[0]["wrapped"]) if found else None

        standing = await insist(attempt)
        if standing == DESTROYED:
            raise Gone
        return standing

    async def keys(self, subjects: Sequence[str]) -> dict[str, bytes | None]:
        """Every subject that was asked for, each once."""
        keys: dict[str, bytes | None] = dict.fromkeys(subjects)
        asked = list(keys)
        chunks = [asked[start : start + SUBJECTS_AT_ONCE] for start in range(0, len(asked), SUBJECTS_AT_ONCE)]
        for records in await self._session.execute_many((KEYS, (chunk,)) for chunk in chunks):
            for record in records:
                if record["wrapped"] == DESTROYED:
                    self.keyring.forget(record["subject"])
                else:
                    keys[record["subject"]] = self.keyring.unwrap(record["subject"], record["wrapped"])
        return keys

    async def destroy_key(self, subject: str) -> None:
        """Leaves a mark, also where there never was a key."""
        await self._replace((OVERWRITE_KEY, (DESTROYED, subject)), (MAKE_KEY, (subject, DESTROYED)))
        self.keyring.forget(subject)

    async def password(self, account: AccountId) -> str | None:
        """The account's password hash."""
        found = await self._session.execute(PASSWORD, (account,))
        return found[0]["hash"] if found else None

    async def first_password(self, account: AccountId, password_hash: str) -> None:
        """Refused where one stands, and that is as it should be."""

        async def attempt() -> bool:
            await self._session.apply(FIRST_PASSWORD, (account, password_hash))
            return True

        await insist(attempt)

    async def replace_password(self, account: AccountId, before: str, after: str) -> bool:
        """Compare and set."""

        async def stands() -> bool:
            found = await self._session.execute(PASSWORD, (account,), serial=True)
            return bool(found) and found[0]["hash"] == after

        return await won(lambda: self._session.apply(SWAP_PASSWORD, (after, account, before)), stands)

    async def wrapped_keys(self, after: str, limit: int) -> KeyPage:
        """In the order in which the servers hold them; `after` is the last one's token."""
        found = await self._session.execute(KEYS_AFTER, (int(after) if after else FIRST_PLACE, limit))
        keys = [WrappedKey(record["subject"], record["wrapped"] or None) for record in found]
        if len(found) < limit:
            return KeyPage(keys, None, 1.0)
        place: int = found[-1]["place"]
        return KeyPage(keys, str(place), (place - FIRST_PLACE) / PLACES)

    async def rewrap(self, changes: Sequence[tuple[WrappedKey, bytes]]) -> int:
        """Each by a compare and set of its own, some at a time."""
        left, changed = list(changes), 0
        while left:
            some, left = left[:REWRAPPED_AT_ONCE], left[REWRAPPED_AT_ONCE:]
            changed += sum(await asyncio.gather(*(self._swap_key(old, new) for old, new in some)))
        return changed

    async def old_forms_gone(self) -> bool:
        """As after a destroyed key: what was overwritten leaves a server's disk when it next compacts the table."""
        return True

    async def _swap_key(self, old: WrappedKey, new: bytes) -> bool:
        async def stands() -> bool:
            found = await self._session.execute(KEY, (old.subject,), serial=True)
            return bool(found) and found[0]["wrapped"] == new

        return await won(lambda: self._session.apply(SWAP_KEY, (new, old.subject, old.wrapped)), stands)

    async def _replace(self, existing: tuple[str, Sequence[object]], missing: tuple[str, Sequence[object]]) -> None:
        """One of two conditional writes that say the same, of a row that is there and of one that is not."""

        async def attempt() -> bool | None:
            return await self._session.apply(*existing) or await self._session.apply(*missing) or None

        await insist(attempt)
