"""Everything that queries read from, wired in infra, and how rows are read through the cache."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from projections.ports import MAX_KEYS, Caches, Feeds, Lease, Positions, TableReads
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
    feeds: Feeds
    caches: Caches
    positions: Positions
    viewers: Viewers
    clock: Callable[[], Millis]
    media_url: Callable[[str], str]
    """The absolute URL of a public object."""
    cursor_secrets: Sequence[bytes] = field(repr=False)


@dataclass
class Wanted:
    """What one page needs, collected first and then read in a fixed number of round trips."""

    rows: dict[tuple[Table, Key], None] = field(default_factory=dict)
    sizes: dict[tuple[Table, Key], None] = field(default_factory=dict)

    def row(self, table: Table, keys: Iterable[Key]) -> None:
        """Asks for rows by their whole keys."""
        self.rows.update(dict.fromkeys((table, key) for key in keys))

    def size(self, table: Table, keys: Iterable[Key]) -> None:
        """Asks for the count of a table for these values of its `per` columns."""
        self.sizes.update(dict.fromkeys((table, key) for key in keys))


@dataclass(frozen=True)
class Found:
    """What there was."""

    rows: Mapping[tuple[Table, Key], Row | None]
    sizes: Mapping[tuple[Table, Key], int]

    def row(self, table: Table, *key: Any) -> Row | None:
        """A row that was asked for; None where there is none."""
        return self.rows[table, key]

    def size(self, table: Table, *key: Any) -> int:
        """A count that was asked for."""
        return self.sizes[table, key]


async def find(wanted: Wanted, reads: Reads) -> Found:
    """Reads everything wanted: one look into the cache, then one read for each table that something is missing from."""
    names = {table.cache_key(key): (table, key) for table, key in wanted.rows if table.cached is not None}
    size_names = {
        table.sizes.cache_key(key): (table, key) for table, key in wanted.sizes if table.sizes.cached is not None
    }
    cached, leases = await reads.caches.get([*names, *size_names], LEASE_S)
    rows = {names[name]: orjson.loads(value) for name, value in cached.items() if name in names}
    sizes = {size_names[name]: orjson.loads(value) for name, value in cached.items() if name in size_names}
    for table, keys in _missing(wanted.rows, rows).items():
        read = {key: row for some in _chunks(keys) for key, row in (await reads.tables.get(table, some)).items()}
        rows.update({(table, key): read.get(key) for key in keys})
    for table, keys in _missing(wanted.sizes, sizes).items():
        for some in _chunks(keys):
            sizes.update({(table, key): size for key, size in (await reads.tables.sizes(table, some)).items()})
    await _fill(leases, names, rows, reads)
    await _fill(leases, size_names, sizes, reads)
    return Found(rows, sizes)


async def _fill(
    leases: Sequence[Lease],
    names: Mapping[str, tuple[Table, Key]],
    values: Mapping[tuple[Table, Key], Any],
    reads: Reads,
) -> None:
    """Gives what was missing to the cache; an absent row too, so that it is not looked for again and again."""
    by_ttl: dict[int, dict[Lease, bytes]] = {}
    for lease in leases:
        if lease.key in names:
            table, key = names[lease.key]
            by_ttl.setdefault(table.cached or 0, {})[lease] = orjson.dumps(values[table, key])
    for ttl, entries in by_ttl.items():
        await reads.caches.fill(entries, ttl)


def _missing(wanted: Iterable[tuple[Table, Key]], found: Mapping[tuple[Table, Key], Any]) -> dict[Table, list[Key]]:
    missing: dict[Table, list[Key]] = {}
    for table, key in wanted:
        if (table, key) not in found:
            missing.setdefault(table, []).append(key)
    return missing


def _chunks(keys: Sequence[Key]) -> Iterable[Sequence[Key]]:
    return (keys[start : start + MAX_KEYS] for start in range(0, len(keys), MAX_KEYS))
