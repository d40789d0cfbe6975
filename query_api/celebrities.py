"""Whose posts a viewer pulls: celebrities that the viewer follows. Read by feed.py; what is pulled: pulling.py.

Two things are cached, and remembered in the process as rows are: who is a celebrity, and which of them a viewer
follows. Both are dropped with the rows that they are made of.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from projections.celebrities import ALL, CELEBRITIES, Pulled
from projections.feed import FOLLOWING
from projections.ports import MAX_KEYS, Caches, TableReads, chunks
from projections.site import NotTold
from query_api.memory import Entry, Memory
from schemas.ids import AccountId
from schemas.tables import Key, Row, Table

LEASE_S = 10
"""How long a reader may take from its miss to its fill."""
ROWS_AT_ONCE = 1_500
"""So that most lists are one question, and none keeps the loop for more than some milliseconds."""
ASKED = 2 * MAX_KEYS
"""Up to so many celebrities are asked for one by one; among more, everybody whom the viewer follows is looked for."""
LISTED = CELEBRITIES.partition_cache_key((ALL,))


class _Listed(NamedTuple):
    """Everybody who is a celebrity or was one. Another `mark` is other people."""

    mark: str
    spans: dict[str, list[Pulled]]


class _Followed(NamedTuple):
    """Those of the people with this mark whom a viewer follows."""

    mark: str
    accounts: list[str]


class Celebrities(NamedTuple):
    """Those whom a viewer follows, with their spans, as somebody knew it."""

    authors: Sequence[tuple[AccountId, Sequence[Pulled]]]
    known_from: tuple[Entry, ...]
    """What it was remembered by: the same again is the same knowledge."""


@dataclass(frozen=True)
class CelebrityReads:
    """Of one process."""

    tables: TableReads
    caches: Caches
    memory: Memory

    @property
    def listed(self) -> bool:
        """Whether it is remembered who is a celebrity."""
        return LISTED in self.memory.entries

    def known(self, viewer: AccountId) -> Celebrities | None:
        """What is remembered; believe it behind a fence. None: not enough."""
        listed = self.memory.entries.get(LISTED)
        if listed is None:
            return None
        if not listed.row.spans:
            return Celebrities((), (listed,))
        followed = self.memory.entries.get(FOLLOWING.partition_cache_key((viewer,)))
        if followed is None or followed.row.mark != listed.row.mark:
            return None
        return _celebrities(listed, followed)

    async def followed(self, viewer: AccountId) -> Celebrities:
        """As it is now."""
        known = self.known(viewer)
        if known is not None:
            return known
        listed = (await self.memory.read([LISTED], self._list))[LISTED]
        if not listed.row.spans:
            return Celebrities((), (listed,))
        name = FOLLOWING.partition_cache_key((viewer,))

        async def load(_names: Sequence[str]) -> dict[str, Entry]:
            return {name: Entry(await self._follows(viewer, listed.row))}

        followed = (await self.memory.read([name], load))[name]
        if followed.row.mark != listed.row.mark:  # of other people, from before
            followed = await self.memory.renew(name, load)
        if followed.row.mark != listed.row.mark:  # somebody else has asked about others just now
            followed = Entry(_Followed(listed.row.mark, await self._among(viewer, list(listed.row.spans))))
        return _celebrities(listed, followed)

    async def _list(self, _names: Sequence[str]) -> dict[str, Entry]:
        async def all_rows() -> dict[str, Any]:
            rows = await whole(self.tables, CELEBRITIES, (ALL,))
            return {row["account_id"]: row["spans"] for row in rows}

        found = await self._cached(LISTED, CELEBRITIES.partition_cached or 0, all_rows)
        spans = {account: [Pulled(*span) for span in some] for account, some in found.items()}
        mark = hashlib.blake2b(" ".join(sorted(spans)).encode(), digest_size=8).hexdigest()
        return {LISTED: Entry(_Listed(mark, spans))}

    async def _follows(self, viewer: AccountId, listed: _Listed) -> _Followed:
        name, ttl_s = FOLLOWING.partition_cache_key((viewer,)), FOLLOWING.partition_cached or 0

        async def now() -> list[Any]:
            return [listed.mark, await self._among(viewer, list(listed.spans))]

        followed = _Followed(*await self._cached(name, ttl_s, now))
        if followed.mark == listed.mark:
            return followed
        with suppress(NotTold):  # then it stays, and is again not enough
            await self.caches.drop([name])
        return _Followed(*await self._cached(name, ttl_s, now))

    async def _cached(self, name: str, ttl_s: int, make: Callable[[], Awaitable[Any]]) -> Any:
        """What the cache has under this name, or what is made, and kept there if nothing it is made of changes."""
        cached, leases = await self.caches.get([name], LEASE_S)
        if name in cached:
            return orjson.loads(cached[name])
        made = await make()
        await self.caches.fill({lease: orjson.dumps(made) for lease in leases}, ttl_s)
        return made

    async def _among(self, viewer: AccountId, accounts: Sequence[str]) -> list[str]:
        """Those of these accounts whom the viewer follows."""
        if len(accounts) > ASKED:
            followees = {row["followee_id"] for row in await whole(self.tables, FOLLOWING, (viewer,))}
            return [account for account in accounts if account in followees]
        found: list[str] = []
        for keys in chunks([(viewer, account) for account in accounts]):
            rows = await self.tables.get(FOLLOWING, keys)
            found += [account for _, account in keys if (viewer, account) in rows]
        return found


def _celebrities(listed: Entry, followed: Entry) -> Celebrities:
    spans = listed.row.spans
    authors = [(AccountId(account), spans[account]) for account in followed.row.accounts]
    return Celebrities(authors, (listed, followed))


async def whole(tables: TableReads, table: Table, partition: Key) -> list[Row]:
    found: list[Row] = []
    after: Key | None = None
    while True:
        rows = await tables.slice(table, partition, ROWS_AT_ONCE, after)
        found += rows
        if len(rows) < ROWS_AT_ONCE:
            return found
        after = tuple(rows[-1][name] for name in table.order_columns)
