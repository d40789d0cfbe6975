"""SqliteCaches: the Caches port. Filled by queries from the tables; dropped by processors when a row changes."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import orjson

from infra.process.clock import wall_clock
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.hearing import Hearing
from projections.ports import Changed, Lease
from schemas.errors import StorageFull
from schemas.ids import Millis

_DDL = """
CREATE TABLE IF NOT EXISTS caches (key TEXT PRIMARY KEY, nonce TEXT, content BLOB, expires_at INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS caches_by_end ON caches (expires_at);
"""

SWEPT_PER_LEASE = 2
"""Ended rows that are removed for each one that is added: so the table holds little more than what is alive."""


class SqliteCaches:
    """A row is an entry (content) or a lease (nonce).

    Readers that miss together share the lease: a drop takes it from all of them, and else any of them may fill. Were
    it replaced by each reader, a key that is read faster than it is filled would never be filled.
    """

    def __init__(self, database: SqliteDatabase, clock: Callable[[], Millis] = wall_clock) -> None:
        self._database = database
        self._clock = clock
        self._hearing = Hearing(database)
        database.define(_DDL)

    async def get(self, keys: Sequence[str], ttl_s: int) -> tuple[dict[str, bytes], list[Lease]]:
        """One read, and one write if some key has neither entry nor lease."""
        self._hearing.read(keys)
        found = {
            key: (nonce, content)
            for key, nonce, content in self._database.rows(
                "SELECT key, nonce, content FROM caches "
                "WHERE key IN (SELECT value FROM json_each(?)) AND expires_at > ?",
                [orjson.dumps(keys).decode(), self._clock()],
            )
        }
        fresh = {key: secrets.token_hex(8) for key in keys if key not in found}
        if fresh:
            with suppress(StorageFull):  # reads go on while the disk is full: these leases are void, nothing is filled
                await self._lease(fresh, ttl_s)
        entries = {key: content for key, (_, content) in found.items() if content is not None}
        standing = {key: nonce for key, (nonce, _) in found.items() if nonce is not None}
        return entries, [Lease(key, nonce) for key, nonce in (standing | fresh).items()]

    async def fill(self, entries: Mapping[Lease, bytes], ttl_s: int) -> None:
        """Turns standing leases into entries."""
        now = self._clock()
        with suppress(StorageFull):  # the entry stays a miss, which is always right
            await self._database.write_many(
                "UPDATE caches SET content = ?, nonce = NULL, expires_at = ? "
                "WHERE key = ? AND nonce = ? AND expires_at > ?",
                [(content, now + ttl_s * 1_000, *lease, now) for lease, content in entries.items()],
            )

    async def drop(self, keys: Sequence[str]) -> None:
        """Deletes rows; inside `database.together()`, at the very moment at which the change is seen."""
        self._hearing.change(keys)
        await self._database.write_many("DELETE FROM caches WHERE key = ?", [(key,) for key in keys])

    def forget(self) -> None:
        """Anything may have changed."""
        self._hearing.changed(None)

    def hear(self, changed: Changed) -> None:
        """Told of every drop."""
        self._hearing.changed = changed

    def moment(self) -> None:
        """No moment matters: whatever was acknowledged has been heard of."""

    async def fence(self, since: None) -> None:
        """Returns at once."""

    async def _lease(self, nonces: Mapping[str, str], ttl_s: int) -> None:
        """Writes leases where nothing alive is: one that came first stands, and the one given here is void."""
        now = self._clock()
        async with self._database.together():
            await self._database.write(
                "DELETE FROM caches WHERE key IN (SELECT key FROM caches WHERE expires_at <= ? LIMIT ?)",
                [now, SWEPT_PER_LEASE * len(nonces)],
            )
            await self._database.write_many(
                "INSERT INTO caches VALUES (?, ?, NULL, ?) ON CONFLICT DO UPDATE SET "
                "nonce = excluded.nonce, content = NULL, expires_at = excluded.expires_at WHERE caches.expires_at <= ?",
                [(key, nonce, now + ttl_s * 1_000, now) for key, nonce in nonces.items()],
            )
