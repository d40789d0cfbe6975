"""RedisCaches: the Caches port. Filled by queries from the tables; dropped by processors when a row changes.

Entries and leases name the replication id that they were written under: under another one Redis may have forgotten a
drop, so they are misses.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence

from infra.redis.connection import MASTER_ID_DIGITS, TRACKED, Command, Moment, RedisConnection
from projections.ports import Changed, Lease
from schemas.errors import StorageFull

ENTRY, LEASE = b"v", b"n"
"""What a value begins with. The id follows; then an entry's content, or the rest of a lease's nonce."""
HEAD = 1 + MASTER_ID_DIGITS

_LEASE = """
-- ARGV: id, lease, ms. Takes the place of what another master left; what this one holds stands.
local found = redis.call('GET', KEYS[1])
if found and string.sub(found, 2, 1 + #ARGV[1]) == ARGV[1] then return found end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return ARGV[2]
"""
_FILL = """
-- ARGV: lease, entry, ms
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""


class RedisCaches:
    """A value is an entry or a lease. Readers that miss together share the lease: a drop takes it from all of them."""

    def __init__(self, connection: RedisConnection, prefix: str = "") -> None:
        """`prefix` begins the names of all keys."""
        self._connection = connection
        self._prefix = prefix
        self._lease = connection.script(_LEASE)
        self._fill = connection.script(_FILL)

    async def get(self, keys: Sequence[str], ttl_s: int) -> tuple[dict[str, bytes], list[Lease]]:
        """One round trip, and one more for leases if something is missing."""
        if not keys:
            return {}, []
        looks: list[Command] = [look for key in keys for look in (TRACKED, ("GET", self._key(key)))]
        replies, master = await self._connection.under_master(looks)
        entries: dict[str, bytes] = {}
        missing: list[str] = []
        for key, value in zip(keys, replies[1::2], strict=True):
            if value is not None and value[:HEAD] == ENTRY + master:
                entries[key] = value[HEAD:]
            else:
                missing.append(key)
        return entries, await self._leases(dict.fromkeys(missing), master, ttl_s)

    async def fill(self, entries: Mapping[Lease, bytes], ttl_s: int) -> None:
        """Turns standing leases into entries, under the id that the lease was given under."""
        commands: list[Command] = []
        for (key, nonce), content in entries.items():
            lease = LEASE + nonce.encode()
            entry = ENTRY + lease[1:HEAD] + content
            commands.append(("EVALSHA", self._fill, 1, self._key(key), lease, entry, ttl_s * 1_000))
        try:
            await self._connection.many(commands)
        except StorageFull:  # the entry stays a miss, which is always right
            return

    async def drop(self, keys: Sequence[str]) -> None:
        """Deletes values; raises Unavailable when that cannot be, for an old entry must not outlive the change."""
        await self._connection.many([("DEL", self._key(key)) for key in keys])

    def hear(self, changed: Changed) -> None:
        """Told by Redis: client-side caching, on the connection that reads."""
        start = len(self._key(""))

        def heard(keys: Collection[bytes] | None) -> None:
            changed(None if keys is None else [key.decode()[start:] for key in keys])

        self._connection.hear(heard)

    def moment(self) -> Moment:
        return self._connection.moment()

    async def fence(self, since: Moment) -> None:
        """No round trip if Redis has answered anything that was asked later."""
        await self._connection.fence(since)

    async def _leases(self, keys: Iterable[str], master: bytes, ttl_s: int) -> list[Lease]:
        """The standing lease of each key, or ours. Reads go on where nothing can be written: these leases are void."""
        lease = LEASE + master + secrets.token_hex(8).encode()
        asked: dict[str, Command] = {
            key: ("EVALSHA", self._lease, 1, self._key(key), master, lease, ttl_s * 1_000) for key in keys
        }
        try:
            found = await self._connection.many(list(asked.values()))
        except StorageFull:
            return [Lease(key, "") for key in asked]
        return [
            Lease(key, value[1:].decode() if value[:1] == LEASE else "")
            for key, value in zip(asked, found, strict=True)
        ]

    def _key(self, key: str) -> str:
        return f"{self._prefix}cache:{key}"
