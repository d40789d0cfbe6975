"""RedisCaches: the Caches port. Filled by queries from the tables; dropped by processors when a row changes.

Entries and leases name the replication id that they were written under: under another one Redis may have forgotten a
drop, so they are misses.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence

from infra.redis.connection import MASTER_ID_DIGITS, Command, RedisConnection
from projections.ports import Lease
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
        self._master = b"0" * MASTER_ID_DIGITS
        """As last heard; a lease that names an old one is void, and taken again."""

    async def get(self, keys: Sequence[str], ttl_s: int) -> tuple[dict[str, bytes], list[Lease]]:
        """One round trip: what is not there becomes a lease by the command that looks for it."""
        if not keys:
            return {}, []
        names, rest = dict.fromkeys(keys), secrets.token_hex(8).encode()
        try:
            values, master = await self._look(names, LEASE + self._master + rest, ttl_s)
            self._master = master
            values = await self._renewed(values, LEASE + master + rest, ttl_s)
        except StorageFull:  # reads go on while nothing can be written: these leases are void, nothing is filled
            found, master = await self._connection.under_master([("GET", self._key(key)) for key in names])
            values = dict(zip(names, found, strict=True))
        entries: dict[str, bytes] = {}
        leases: list[Lease] = []
        for key, value in values.items():
            if value is not None and value[:HEAD] == ENTRY + master:
                entries[key] = value[HEAD:]
            else:
                leases.append(Lease(key, value[1:].decode() if value and value[:1] == LEASE else ""))
        return entries, leases

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

    async def _look(self, keys: Iterable[str], lease: bytes, ttl_s: int) -> tuple[dict[str, bytes | None], bytes]:
        """What each key holds, or now holds; and the master's id."""
        found, master = await self._connection.under_master(
            [("SET", self._key(key), lease, "NX", "GET", "PX", ttl_s * 1_000) for key in keys]
        )
        return {key: lease if value is None else value for key, value in zip(keys, found, strict=True)}, master

    async def _renewed(self, values: dict[str, bytes | None], lease: bytes, ttl_s: int) -> dict[str, bytes | None]:
        """The values, with leases of this master in place of what another one left; costs a second round trip."""
        old = [key for key, value in values.items() if value is not None and value[1:HEAD] != lease[1:HEAD]]
        found = await self._connection.many(
            [("EVALSHA", self._lease, 1, self._key(key), lease[1:HEAD], lease, ttl_s * 1_000) for key in old]
        )
        return values | dict(zip(old, found, strict=True))

    def _key(self, key: str) -> str:
        return f"{self._prefix}cache:{key}"
