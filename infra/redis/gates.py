"""RedisGates: the Gates port. Asked by the command API before it does something that may be done only so often."""

from commands.ports import Quota
from infra.redis.redis import Redis
from schemas.ids import Millis

SPARE_MS = 60_000
"""Keys outlive their windows: when a window ends is for the callers' clock to say, not for Redis'."""

_TAKE = """
-- ARGV: limit, now, end of a window that begins now, ms that the key lives
local found = redis.call('HMGET', KEYS[1], 'taken', 'ends')
local taken, ends = tonumber(found[1] or 0), found[2]
local fresh = not ends or tonumber(ends) <= tonumber(ARGV[2])
if fresh then taken, ends = 0, ARGV[3] end
if taken >= tonumber(ARGV[1]) then return {0, taken, ends} end
redis.call('HSET', KEYS[1], 'taken', taken + 1, 'ends', ends)
if fresh then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return {1, taken + 1, ends}
"""
_DRAW = """
-- ARGV: limit, now, window. Kept is when the bucket will be full again (GCRA)
local limit, now, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local each = window / limit
if full + each > now + window then return {0, 0, math.ceil(full + each - window)} end
full = full + each
redis.call('SET', KEYS[1], string.format('%.3f', full), 'PX', math.ceil(full - now) + tonumber(ARGV[4]))
return {1, math.floor((now + window - full) / each + 0.001), math.ceil(full)}
"""
_ONCE = """
-- ARGV: now, end, ms that the key lives
local ends = redis.call('GET', KEYS[1])
if ends and tonumber(ends) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""


class RedisGates:
    """Fixed windows and buckets: a key per gate, gone some time after its end. Nothing is asked twice: it might count
    double."""

    def __init__(self, connection: Redis, prefix: str = "") -> None:
        """`prefix` begins the names of all keys."""
        self._connection = connection
        self._prefix = prefix
        self._take = connection.script(_TAKE)
        self._once = connection.script(_ONCE)
        self._draw = connection.script(_DRAW)

    async def take(self, gate: str, limit: int, window_s: int, now: Millis) -> Quota:
        """Looks and takes in one script, so that no two callers take the last one."""
        window = window_s * 1_000
        allowed, taken, ends = await self._connection.call(
            "EVALSHA", self._take, 1, self._key(gate), limit, now, now + window, window + SPARE_MS, repeat=False
        )
        return Quota(allowed == 1, limit, max(0, limit - taken), int(ends))

    async def draw(self, gate: str, limit: int, window_s: int, now: Millis) -> Quota:
        """One script, as `take`."""
        key, window = f"{self._prefix}bucket:{gate}", window_s * 1_000
        allowed, left, reset = await self._connection.call(
            "EVALSHA", self._draw, 1, key, limit, now, window, SPARE_MS, repeat=False
        )
        return Quota(allowed == 1, limit, left, reset)

    async def peek(self, gate: str, limit: int, now: Millis) -> Quota:
        """Without a window, everything is left, from now on."""
        taken, ends = await self._connection.call("HMGET", self._key(gate), "taken", "ends")
        if ends is None or int(ends) <= now:
            taken, ends = 0, now
        return Quota(int(taken) < limit, limit, max(0, limit - int(taken)), int(ends))

    async def once(self, gate: str, ttl_s: int, now: Millis) -> bool:
        """The first caller leaves the end of its time."""
        ttl = ttl_s * 1_000
        first = await self._connection.call(
            "EVALSHA", self._once, 1, f"{self._prefix}once:{gate}", now, now + ttl, ttl + SPARE_MS, repeat=False
        )
        return bool(first == 1)

    def _key(self, gate: str) -> str:
        return f"{self._prefix}gate:{gate}"
