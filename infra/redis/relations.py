"""RedisRelations: the Relations port. One sorted set an account: filled by queries, kept up by processors.

A member's score is 2 x its row's number + 1 if the row is there, written with ZADD GT: older never replaces newer. What
is being read from the tables stands there as LEASED, so that a change meanwhile lands on it. One more member is the
tag that all this was written under (belief.py), and its score the lease: were the set lost in between, the lease is
over. Of a set under another tag nothing is believed.
"""

import secrets
from collections.abc import Iterable, Sequence

from infra.redis.belief import RedisBelief
from infra.redis.commands import TRACKED
from infra.redis.hearing import under
from infra.redis.redis import Redis
from projections.ports import Changed, Related
from schemas.ids import AccountId

LIFE_MS = 300_000
LEASED = -1
MARK = b"@"
"""Begins no member's name."""

_LEASE = """
-- ARGV: mark, nonce, ms, then the members that are wanted. The lease that stands, or this one.
local lease = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not lease then
  redis.call('UNLINK', KEYS[1])
  lease = ARGV[2]
  redis.call('ZADD', KEYS[1], lease, ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
for i = 4, #ARGV do redis.call('ZADD', KEYS[1], 'NX', -1, ARGV[i]) end
return lease
"""
_FILL = """
-- ARGV: mark, lease, then score and member of each
if redis.call('ZSCORE', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
return redis.call('ZADD', KEYS[1], 'XX', 'GT', 'CH', unpack(ARGV, 3))
"""


class RedisRelations:
    """Every command is about one key."""

    def __init__(self, connection: Redis, belief: RedisBelief, prefix: str = "") -> None:
        """`prefix` begins the names of all keys."""
        self._belief = belief
        self._prefix = prefix
        self._lease = connection.script(_LEASE)
        self._fill = connection.script(_FILL)
        self._changed: Changed = lambda _accounts: None

    def hear(self, changed: Changed) -> None:
        """Told by Redis: client-side caching, on the connection that reads. And by the site's state."""
        self._changed = changed
        self._belief.hear(under(self._key(AccountId("")), changed))

    async def look(self, account: AccountId, members: Sequence[str]) -> tuple[dict[str, bool], str]:
        """One round trip, and one more for the lease if something is not known."""
        if not members:
            return {}, ""
        terms = await self._belief.terms()
        found = None
        if terms is not None:
            mark = MARK + terms.tag
            found = await self._belief.ask(terms, [TRACKED, ("ZMSCORE", self._key(account), mark, *members)])
        if found is None:
            return {}, self._unheard(account)
        lease, *scores = found[1]
        if lease is None:
            known: dict[str, bool] = {}
        else:
            pairs = zip(members, scores, strict=True)
            known = {member: score % 2 == 1 for member, score in pairs if score is not None and score >= 0}
            if len(known) == len(members):
                return known, ""
        return known, await self._leased(account, mark, [member for member in members if member not in known])

    async def fill(self, lease: str, rows: Sequence[Related]) -> None:
        """Under the lease's tag: what was given under another one is over with that."""
        if not lease or not rows:
            return
        mark, _, nonce = lease.encode("latin-1").rpartition(b" ")
        words = [word for row in rows for word in (score(row), row.member)]
        # what it does not take is read from the tables, which is always right
        await self._belief.offer([("EVALSHA", self._fill, 1, self._key(rows[0].account), mark, nonce, *words)])

    async def note(self, rows: Sequence[Related]) -> None:
        """Lands on what is known or leased; elsewhere there is nothing to keep up. Raises NotTold."""
        await self._belief.tell([("ZADD", self._key(row.account), "XX", "GT", score(row), row.member) for row in rows])

    async def _leased(self, account: AccountId, mark: bytes, members: Iterable[str]) -> str:
        key = self._key(account)
        nonce = secrets.randbits(52)  # a score holds it exactly
        found = await self._belief.offer([("EVALSHA", self._lease, 1, key, mark, nonce, LIFE_MS, *members)])
        if found is None:
            return self._unheard(account)  # where nothing is, a note changes nothing that could be told
        (lease,) = found
        return f"{mark.decode('latin-1')} {lease.decode() if isinstance(lease, bytes) else lease}"

    def _unheard(self, account: AccountId) -> str:
        """Changes of this go unheard: nobody must remember what is read of it now. No lease."""
        self._changed([account])
        return ""

    def _key(self, account: AccountId) -> str:
        return f"{self._prefix}relations:{account}"


def score(row: Related) -> int:
    """Orders what is said of one member: by number."""
    return 2 * row.number + row.present
