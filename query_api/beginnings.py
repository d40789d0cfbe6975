"""How the posts of celebrities begin: remembered, cached for all who follow them, read from the tables. Asked by
pulling.py.

When many celebrities post, all readers would wait for the same few queries, again and again. Who has not asked to see
anything in particular goes on with what was true a moment ago, while it is read anew once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from functools import lru_cache
from time import monotonic
from typing import Any, NamedTuple

import orjson

from projections.feed import POSTS_BY_AUTHOR
from projections.ports import Caches, FeedEntry, TableReads
from query_api.memory import Entry, Memory
from query_api.spread import beginnings
from schemas.errors import PhotologError
from schemas.ids import AccountId, PostId

KEPT = 100
"""Posts of an author that are cached: the newest."""
TTL_S = POSTS_BY_AUTHOR.partition_cached or 0
LEASE_S = 10
"""How long a reader may take from its miss to its fill."""
NAMES = 10_000
"""That are not put together again: every page asks for some."""
GRACE_S = 1.0
"""How old what is shown may be at most, to whom that will do."""

Ready = Callable[[Sequence[FeedEntry]], Awaitable[Collection[PostId]]]
"""Makes ready what shows these posts, before anybody sees that they are there. Which cannot be shown yet."""

logger = logging.getLogger("photolog.feed")


class Beginning(NamedTuple):
    """The newest posts of an author, oldest first."""

    entries: list[FeedEntry]
    is_all: bool


class _Lately(NamedTuple):
    """What was true until a moment ago."""

    beginning: Beginning
    until: float
    """Of the clock: up to then it is shown."""


class Beginnings:
    """Of one process. Call from one event loop."""

    def __init__(
        self, tables: TableReads, caches: Caches, memory: Memory, clock: Callable[[], float] = monotonic
    ) -> None:
        """`clock` counts seconds."""
        self._tables, self._caches, self._memory, self._clock = tables, caches, memory, clock
        self._lately: dict[str, _Lately] = {}
        self._renewing: asyncio.Task[None] | None = None
        memory.hear(self._changed)

    async def read(self, authors: Iterable[AccountId], ready: Ready | None = None) -> dict[AccountId, Beginning]:
        """As they are now. With `ready`: as they are, or were within GRACE_S; what is new is made ready by it first."""
        entries, found, missing = self._memory.entries, dict[AccountId, Beginning](), dict[str, AccountId]()
        for author in authors:
            entry = entries.get(name := _name(author))
            if entry is None:
                missing[name] = author
            else:
                found[author] = entry.row
        if missing and ready and (lately := self._still_shown(missing)):
            found.update((missing[name], one) for name, one in lately.items())
            self._renew({name: missing.pop(name) for name in lately}, ready)
        if missing:
            read = await self._memory.read(missing, lambda names: self._load([missing[name] for name in names]))
            if late := [author for name, author in missing.items() if read[name].row is None]:
                read.update(await self._load(late))  # somebody was making it ready just now, in vain
            found.update((author, read[name].row) for name, author in missing.items())
        return found

    def _still_shown(self, names: Iterable[str]) -> dict[str, Beginning]:
        now = self._clock()
        self._lately = {name: one for name, one in self._lately.items() if now < one.until}
        return {name: self._lately[name].beginning for name in names if name in self._lately}

    def _renew(self, authors: dict[str, AccountId], ready: Ready) -> None:
        """Unless somebody is at it; then whoever asks next has it done."""
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._renewed(authors, ready))

    async def _renewed(self, authors: dict[str, AccountId], ready: Ready) -> None:
        try:
            await self._memory.read(authors, lambda missing: self._load([authors[name] for name in missing], ready))
        except PhotologError as error:
            logger.info("celebrities' posts could not be read ahead: %s", error.code)  # readers will, and say so
        finally:
            self._renewing = None

    async def _load(self, authors: Sequence[AccountId], ready: Ready | None = None) -> dict[str, Entry]:
        """None for those of whom something new is not ready yet: nobody remembers that."""
        began = self._clock()
        loaded = await self._looked_up(authors)
        if ready is not None:
            lately = [(author, self._lately.get(_name(author))) for author in authors]
            new = [entry for author, one in lately if one for entry in _new(loaded[author], one.beginning)]
            late = await ready(new)
            for author in {entry.author_id for entry in new if entry.post_id in late}:
                del loaded[author]
        for author, one in loaded.items():
            if (name := _name(author)) in self._lately:  # it may be spoiled, but nobody is to go back behind it
                self._lately[name] = _Lately(one, began + GRACE_S)
        return {_name(author): Entry(loaded.get(author)) for author in authors}

    async def _looked_up(self, authors: Sequence[AccountId]) -> dict[AccountId, Beginning]:
        """One look into the cache, and a read of many authors at once for what is not there."""
        cached, leases = await self._caches.get([_name(author) for author in authors], LEASE_S)
        found: dict[str, Any] = {name: orjson.loads(value) for name, value in cached.items()}
        missing = [author for author in authors if _name(author) not in found]
        for author, (rows, is_all) in (await beginnings(self._tables, missing, KEPT)).items():
            posts = [[row["published_at"], row["post_id"]] for row in rows]
            found[_name(author)] = {"posts": posts, "is_all": is_all}
        await self._caches.fill({lease: orjson.dumps(found[lease.key]) for lease in leases}, TTL_S)
        return {author: _beginning(author, found[_name(author)]) for author in authors}

    def _changed(self, names: Collection[str] | None) -> None:
        """Hears what memory is about to forget. Where anything may have changed, nobody can say since when."""
        if names is None:
            self._lately.clear()
            return
        for name in names:
            entry = self._memory.entries.get(name)
            if entry is not None and isinstance(entry.row, Beginning):
                self._lately[name] = _Lately(entry.row, self._clock() + GRACE_S)


def _new(beginning: Beginning, known: Beginning) -> list[FeedEntry]:
    """What is in front of all that was known."""
    return [entry for entry in beginning.entries if not known.entries or entry > known.entries[-1]]


@lru_cache(NAMES)
def _name(author: str) -> str:
    return POSTS_BY_AUTHOR.partition_cache_key((author,))


def _beginning(author: AccountId, kept: dict[str, Any]) -> Beginning:
    entries = [FeedEntry(at, PostId(post), author) for at, post in reversed(kept["posts"])]
    return Beginning(entries, kept["is_all"])
