"""RedisFeeds: the Feeds port. Pushed to by the fan-out, rebuilt and read by the feed query; its scripts stand apart.

Redis may forget everything: a feed is whole only under the epoch and on the master that are believed now (belief.py). A
server that starts again or takes over is another master.
"""

import secrets
from collections.abc import Sequence
from functools import lru_cache

from infra.redis.belief import TAG_BYTES, RedisBelief
from infra.redis.commands import Command
from infra.redis.feed_scripts import BEGIN, COMPLETE, LOOK, PUSH, READ
from infra.redis.redis import Redis
from projections.ports import FEED_LIMIT, FeedEntry, FeedSlice, FeedState, StoredFeed
from schemas.errors import StorageFull
from schemas.ids import AccountId, PostId

LIFE_MS = 7 * 24 * 3_600_000
"""A feed lives this long after a read, at least."""
SPARE_MS = 3_600_000
"""And this much longer at most: so a read writes once an hour."""
UNTRIMMED = 50
"""A feed may hold one part in so many more entries than its limit, which nobody sees."""
SEPARATOR = " "
"""Below every character of an id, so that members of one score are in the order of (post id, author id)."""
NEWEST = "+inf"
NONCE_BYTES = 8
BETWEEN = b"\n"
"""Members that are read at once; no id has it."""
REMEMBERED = 50_000
"""Members that are not taken apart again, and as many that are not put together again: a post goes to many."""
REMEMBERED_AT_ONCE = 10_000
"""And so many first pages, which are read again and again: 1.3 KB for 20 entries, and 5 KB more where no other feed has
them too."""
MOST_PAIRS = 1_000
"""Entries of one push to one feed: Lua unpacks no more than a few thousand words."""
PUSHED_AT_ONCE = 50
"""Entries that one script adds to several feeds, counted for each."""


class RedisFeeds:
    """Feeds as sorted sets, which exist while they are read: pushing to others costs a look."""

    def __init__(self, connection: Redis, belief: RedisBelief, prefix: str = "", limit: int = FEED_LIMIT) -> None:
        """`prefix` begins the names of all keys."""
        self._connection = connection
        self._belief = belief
        self._prefix = prefix
        self._limit = limit
        self._untrimmed = max(1, limit // UNTRIMMED)
        self._push = connection.script(PUSH)
        self._read = connection.script(READ)
        self._look = connection.script(LOOK)
        self._begin = connection.script(BEGIN)
        self._complete = connection.script(COMPLETE)

    async def push(self, accounts: Sequence[AccountId], entries: Sequence[FeedEntry]) -> None:
        """All in one round trip: a script for as many feeds as may be."""
        keys, commands = [self._key(account) for account in accounts], list[Command]()
        for start in range(0, len(entries), MOST_PAIRS):
            some = entries[start : start + MOST_PAIRS]
            pairs = [word for entry in some for word in (entry.published_at, _member(entry))]
            said = (self._limit, self._untrimmed, *pairs)
            size = max(1, min(self._connection.keys_at_once, PUSHED_AT_ONCE // len(some)))
            for first in range(0, len(keys), size):
                its = keys[first : first + size]
                commands.append(("EVALSHA", self._push, len(its), *its, *said))
        await self._belief.tell(commands)

    async def read(self, account: AccountId, limit: int, after: FeedEntry | None = None) -> FeedSlice | None:
        """State, entries and floor from one script, so that no push falls between them."""
        terms = self._belief.known or await self._belief.terms()
        if terms is None:
            return None
        start = after.published_at if after else NEWEST
        limits = (self._limit, LIFE_MS, SPARE_MS)
        look: Command = ("EVALSHA", self._read, 1, self._key(account), *limits, start, limit, terms.tag)
        found = await self._belief.ask(terms, [look])
        if found is None or found[0] is None:
            return None
        members, lowest = found[0]
        if after is None and not lowest:
            return FeedSlice(_first_page(members), None)
        floor = _entry(lowest[0]) if lowest else None
        entries = [
            entry
            for entry in _entries(members)
            if (after is None or entry < after) and (floor is None or entry >= floor)
        ]
        return FeedSlice(entries[:limit], floor)

    async def reached(self) -> bool:
        """Without asking Redis."""
        return (self._belief.known or await self._belief.terms()) is not None

    async def begin(self, account: AccountId) -> bytes | None:
        """Makes the feed, or joins whoever makes it under the same epoch; never in place of a higher one."""
        terms = await self._belief.terms()
        if terms is None:
            return None
        nonce = secrets.token_bytes(NONCE_BYTES)
        begin: Command = ("EVALSHA", self._begin, 1, self._key(account), LIFE_MS + SPARE_MS, terms.tag, nonce)
        try:
            begun = await self._belief.ask(terms, [begin])
        except StorageFull:
            return None
        return None if begun is None or begun[0] is None else terms.tag + begun[0]

    async def complete(self, account: AccountId, begun: bytes, entries: Sequence[FeedEntry]) -> None:
        """A feed that was lost since `begin`, or made anew, missed pushes: it stays away, to be begun again."""
        words = [word for entry in entries for word in (entry.published_at, _member(entry))]
        limits = (self._limit, LIFE_MS + SPARE_MS)
        key, tag, nonce = self._key(account), begun[:TAG_BYTES], begun[TAG_BYTES:]
        # where it is not taken the feed is not whole, which is always right
        await self._belief.offer([("EVALSHA", self._complete, 1, key, *limits, tag, nonce, *words)])

    async def look(self, account: AccountId, limit: int, asked: Sequence[FeedEntry] = ()) -> StoredFeed:
        """One script, so that no push falls between what it says."""
        terms = await self._belief.terms()
        if terms is None:
            return StoredFeed("unknown")
        look: Command = ("EVALSHA", self._look, 1, self._key(account), self._limit, limit, *map(_member, asked))
        found = await self._belief.ask(terms, [look])
        if found is None:
            return StoredFeed("unknown")
        if found[0] is None:
            return StoredFeed("absent")
        sentinel, size, left_ms, lowest, newest, held = found[0]
        floor = _entry(lowest[0]) if lowest else None
        return StoredFeed(
            state=_state(sentinel, terms.tag),
            length=min(size, self._limit),
            floor=floor,
            left_ms=left_ms,
            newest=[entry for entry in map(_entry, newest) if floor is None or entry >= floor],
            held=frozenset(entry for entry, there in zip(asked, held, strict=True) if there),
        )

    def _key(self, account: AccountId) -> str:
        return f"{self._prefix}feed:{account}"


def _state(sentinel: bytes, tag: bytes) -> FeedState:
    """What a sentinel says to who believes this tag."""
    kind, _, of = sentinel.partition(b":")
    if kind == b"whole" and of == tag:
        return "whole"
    return "building" if kind == b"building" and of.startswith(tag) else "over"


@lru_cache(REMEMBERED)
def _member(entry: FeedEntry) -> str:
    """Names the time too, in hexadecimal: an entry is all three, and so needs no score when it is read."""
    return f"{entry.post_id}{SEPARATOR}{entry.author_id}{SEPARATOR}{entry.published_at:x}"


def _entries(members: bytes) -> Sequence[FeedEntry]:
    return list(map(_entry, members.split(BETWEEN))) if members else []


_first_page = lru_cache(REMEMBERED_AT_ONCE)(_entries)
"""The same list again for the same members."""


@lru_cache(REMEMBERED)
def _entry(member: bytes) -> FeedEntry:
    post, author, published_at = member.decode().split(SEPARATOR)
    return FeedEntry(int(published_at, 16), PostId(post), AccountId(author))
