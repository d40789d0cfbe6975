"""RedisCaches: the Caches port. Filled by queries from the tables; dropped by processors when a row changes.

Entries and leases begin with the tag of what was believed when they were written: under another one Redis may have
forgotten or missed a drop, so they are misses.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from infra.redis.belief import EPOCH_BYTES, TAG_BYTES, RedisBelief
from infra.redis.commands import TRACKED, Command
from infra.redis.hearing import under
from infra.redis.redis import Redis
from projections.ports import Changed, Lease

ENTRY, LEASE = b"e", b"l"
"""What a value begins with. The tag follows; then an entry's content, or the rest of a lease's nonce. Values of earlier
releases begin otherwise, and are replaced."""
HEAD = 1 + TAG_BYTES

_LEASE = f"""
-- ARGV: tag, lease, ms. Takes the place of what is of another tag, but never of what is of a higher epoch.
local found = redis.call('GET', KEYS[1])
if found then
  if string.sub(found, 2, {HEAD}) == ARGV[1] then return found end
  local ours = string.find('el', string.sub(found, 1, 1), 1, true)
  if ours and struct.unpack('>I{EPOCH_BYTES}', found, 2) > struct.unpack('>I{EPOCH_BYTES}', ARGV[1]) then return '' end
end
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

    def __init__(self, connection: Redis, belief: RedisBelief, prefix: str = "") -> None:
        """`prefix` begins the names of all keys."""
        self._belief = belief
        self._prefix = prefix
        self._lease = connection.script(_LEASE)
        self._fill = connection.script(_FILL)
        self._changed: Changed = lambda _keys: None

    async def get(self, keys: Sequence[str], ttl_s: int) -> tuple[dict[str, bytes], list[Lease]]:
        """One round trip, and one more for leases if something is missing. None, where Redis is not believed."""
        if not keys:
            return {}, []
        terms = await self._belief.terms()
        if terms is None:
            return {}, self._unheard(keys)
        looks: list[Command] = [look for key in keys for look in (TRACKED, ("GET", self._key(key)))]
        found = await self._belief.ask(terms, looks)
        if found is None:
            return {}, self._unheard(keys)
        entries: dict[str, bytes] = {}
        missing: list[str] = []
        for key, value in zip(keys, found[1::2], strict=True):
            if value is not None and value[:HEAD] == ENTRY + terms.tag:
                entries[key] = value[HEAD:]
            else:
                missing.append(key)
        return entries, await self._leases(list(dict.fromkeys(missing)), terms.tag, ttl_s)

    async def fill(self, entries: Mapping[Lease, bytes], ttl_s: int) -> None:
        """Turns standing leases into entries, under the tag that the lease was given under."""
        commands: list[Command] = []
        for (key, nonce), content in entries.items():
            if nonce:
                lease = LEASE + nonce.encode("latin-1")
                entry = ENTRY + lease[1:HEAD] + content
                commands.append(("EVALSHA", self._fill, 1, self._key(key), lease, entry, ttl_s * 1_000))
        if commands:
            await self._belief.offer(commands)  # an entry that it does not take stays a miss, which is always right

    async def drop(self, keys: Sequence[str]) -> None:
        """Deletes values where readers look. Raises NotTold, for an old entry must not outlive the change unheard."""
        await self._belief.tell([("DEL", self._key(key)) for key in keys])

    def hear(self, changed: Changed) -> None:
        """Told by Redis: client-side caching, on the connection that reads. And by the site's state."""
        self._changed = changed
        self._belief.hear(under(self._key(""), changed))

    def moment(self) -> Any:
        """What the connection was asked so far."""
        return self._belief.moment()

    async def fence(self, since: Any) -> None:
        """Mostly without a round trip."""
        await self._belief.fence(since)

    async def _leases(self, keys: Iterable[str], tag: bytes, ttl_s: int) -> list[Lease]:
        """The standing lease of each key, or ours. Reads go on where nothing can be written: these leases are void."""
        lease = LEASE + tag + secrets.token_bytes(8)
        asked: dict[str, Command] = {
            key: ("EVALSHA", self._lease, 1, self._key(key), tag, lease, ttl_s * 1_000) for key in keys
        }
        found = await self._belief.offer(list(asked.values())) if asked else []
        if found is None:
            return self._unheard(list(asked))  # where nothing is, a drop changes nothing that could be told
        return [
            Lease(key, value[1:].decode("latin-1") if value[:1] == LEASE else "")
            for key, value in zip(asked, found, strict=True)
        ]

    def _unheard(self, keys: Sequence[str]) -> list[Lease]:
        """Changes of these go unheard: nobody must remember what is read of them now."""
        self._changed(keys)
        return _void(keys)

    def _key(self, key: str) -> str:
        return f"{self._prefix}cache:{key}"


def _void(keys: Iterable[str]) -> list[Lease]:
    """Leases that fill nothing."""
    return [Lease(key, "") for key in dict.fromkeys(keys)]
