"""Everything that queries read from, wired in infra, and how rows are read: from memory, the cache, the tables."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from projections.live import Live
from projections.ports import Caches, Feeds, Lease, Positions, Relations, SearchReads, TableReads, chunks
from projections.position_tokens import PositionTokens
from query_api.card_memory import CardMemory
from query_api.celebrities import CelebrityReads
from query_api.memory import Entry, Memory
from query_api.pulling import Pulling
from query_api.rebuilds import Rebuilds
from query_api.turns import Turns
from schemas.ids import AccountId, Millis
from schemas.tables import Key, Row, Table

LEASE_S = 10
"""How long a reader may take from its miss to its fill."""


class Viewers(Protocol):
    """Who a bearer token belongs to."""

    def verify(self, token: str, now: Millis) -> AccountId:
        """Whose token it is. Raises TokenInvalid or TokenExpired."""


@dataclass(frozen=True)
class Reads:
    """What the query API works with."""

    tables: TableReads
    search: SearchReads
    feeds: Feeds
    caches: Caches
    relations: Relations
    memory: Memory
    """Rows and counts, by the names under which they are cached."""
    related: Memory
    """What is known of how accounts stand to others, by account: see relations.py."""
    cards: CardMemory
    rebuilds: Rebuilds
    celebrities: CelebrityReads
    pulling: Pulling
    positions: Positions
    live: Live
    """Which version of each projection a request goes by."""
    position_tokens: PositionTokens
    viewers: Viewers
    clock: Callable[[], Millis]
    media_url: Callable[[str], str]
    """The absolute URL of a public object."""
    cursor_secrets: Sequence[bytes] = field(repr=False)
    table_turns: Turns
    """How many reads of `tables` are under way."""
    short_page_turns: Turns
    """How many pages of feeds are made while each must be read from the tables. Who waits there has asked for nothing
    yet: a page that is begun is soon over, however many come."""
    short_page: int = 10
    """Posts of a feed's page at most, while each must be read from the tables."""
    absent_s: int = 5
    """How long a cache says that there is no such row."""


@dataclass(frozen=True)
class Wish:
    """A row, or the count of a table, by its key."""

    table: Table
    key: Key
    is_count: bool = False

    @property
    def name(self) -> str:
        """Under which it is remembered and cached."""
        return (self.table.sizes if self.is_count else self.table).cache_key(self.key)

    @property
    def cached(self) -> int | None:
        """For how many seconds; None: not at all."""
        return self.table.sizes.cached if self.is_count else self.table.cached


@dataclass
class Wanted:
    """What one page needs, collected first and then read in a fixed number of round trips."""

    wishes: dict[str, Wish] = field(default_factory=dict)

    def row(self, table: Table, keys: Iterable[Key]) -> None:
        """Asks for rows by their whole keys."""
        self._add(Wish(table, key) for key in keys)

    def size(self, table: Table, keys: Iterable[Key]) -> None:
        """Asks for the count of a table for these values of its `per` columns."""
        self._add(Wish(table, key, is_count=True) for key in keys)

    def _add(self, wishes: Iterable[Wish]) -> None:
        self.wishes.update((wish.name, wish) for wish in wishes)


@dataclass(frozen=True)
class Found:
    """What there was."""

    entries: Mapping[str, Entry]

    def row(self, table: Table, *key: Any) -> Row | None:
        """A row that was asked for; None where there is none."""
        row: Row | None = self.entries[table.cache_key(key)].row
        return row

    def size(self, table: Table, *key: Any) -> int:
        """A count that was asked for."""
        size: int = self.entries[table.sizes.cache_key(key)].row
        return size


async def find(wanted: Wanted, reads: Reads, since: Any = None) -> Found:
    """Everything wanted, as it stands at `since` (a moment of the caches; None: now) or later."""
    await reads.caches.fence(reads.caches.moment() if since is None else since)
    heard_of = {name: wish for name, wish in wanted.wishes.items() if wish.cached is not None}
    others = [wish for name, wish in wanted.wishes.items() if name not in heard_of]
    remembered, read = await asyncio.gather(
        reads.memory.read(heard_of, lambda names: load([heard_of[name] for name in names], reads)),
        load(others, reads),  # nobody says when these change: they are in no cache
    )
    return Found({**remembered, **read})


async def load(wishes: Sequence[Wish], reads: Reads) -> dict[str, Entry]:
    """One look into the cache, then one read for each table that something is missing from, all at once."""
    by_name = {wish.name: wish for wish in wishes}
    cached, leases = await reads.caches.get(
        [name for name, wish in by_name.items() if wish.cached is not None], LEASE_S
    )
    values = {name: orjson.loads(value) for name, value in cached.items()}
    missing: dict[tuple[Table, bool], list[Key]] = {}
    for name, wish in by_name.items():
        if name not in values:
            missing.setdefault((wish.table, wish.is_count), []).append(wish.key)
    for read in await asyncio.gather(*(_of_table(*of, keys, reads) for of, keys in missing.items())):
        values.update(read)
    await _fill({lease: (by_name[lease.key], values[lease.key]) for lease in leases}, reads)
    return {name: Entry(value) for name, value in values.items()}


async def _of_table(table: Table, is_count: bool, keys: Sequence[Key], reads: Reads) -> dict[str, Any]:
    """By the names of these wishes."""
    read: Mapping[Key, Any] = await (_sizes if is_count else _rows)(table, keys, reads)
    return {Wish(table, key, is_count).name: value for key, value in read.items()}


async def _rows(table: Table, keys: Sequence[Key], reads: Reads) -> dict[Key, Row | None]:
    rows: dict[Key, Row | None] = dict.fromkeys(keys)
    for read in await asyncio.gather(*(reads.tables.get(table, some) for some in chunks(keys))):
        rows.update(read)
    return rows


async def _sizes(table: Table, keys: Sequence[Key], reads: Reads) -> dict[Key, int]:
    sizes: dict[Key, int] = {}
    for read in await asyncio.gather(*(reads.tables.sizes(table, some) for some in chunks(keys))):
        sizes.update(read)
    return sizes


async def _fill(read: Mapping[Lease, tuple[Wish, Any]], reads: Reads) -> None:
    """Gives what was missing to the cache; an absent row too, so that it is not looked for again and again, but for
    seconds alone, so that made-up names do not fill the store."""
    by_ttl: dict[int, dict[Lease, bytes]] = {}
    for lease, (wish, value) in read.items():
        ttl = min(wish.cached or 0, reads.absent_s) if value is None else wish.cached or 0
        by_ttl.setdefault(ttl, {})[lease] = orjson.dumps(value)
    for ttl, entries in by_ttl.items():
        await reads.caches.fill(entries, ttl)
