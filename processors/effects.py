"""The only place that makes effects happen: rows, then their counts, then caches, then feeds, then the position."""

from collections.abc import Sequence
from dataclasses import dataclass

from commands.ports import Transactions
from processors.counts import Change, contribution, pieces, row_write, size_writes
from processors.delivery import Delivery
from processors.fanout import FanOuts
from projections.effects import Backfill, Delete, FanOut, Projection, Put
from projections.ports import Caches, Feeds, Origin, Positions, Stamp, Tables
from schemas.tables import Key, Table


@dataclass(frozen=True)
class Stores:
    """What effects are applied to."""

    transactions: Transactions
    tables: Tables
    positions: Positions
    feeds: Feeds
    caches: Caches


@dataclass(frozen=True)
class ProjectionSubscriber:
    """Feeds one projection from the log."""

    projection: Projection
    stores: Stores

    @property
    def id(self) -> str:
        return self.projection.id

    @property
    def topics(self) -> Sequence[str]:
        return self.projection.topics

    async def take(self, batch: Sequence[Delivery]) -> None:
        """Effects of a batch, then its position. Safe to repeat: an older number never changes a newer row."""
        async with self.stores.transactions.together():
            await apply(batch, self.projection, self.stores)
            last = batch[-1]
            await self.stores.positions.advance(self.id, last.position, last.recorded.id)


async def apply(batch: Sequence[Delivery], projection: Projection, stores: Stores) -> None:
    """Everything that the projection says about these events, but for the position."""
    changes: list[Change] = []
    jobs: list[FanOut | Backfill] = []
    for delivery in batch:
        origin = Origin(delivery.position.partition, delivery.position.offset)
        for effect in projection.effects(delivery.recorded):
            if isinstance(effect, Put | Delete):
                changes.append(Change(effect, delivery.recorded.version, origin))
            else:
                jobs.append(effect)
    for piece in pieces(changes):
        await _write(piece, stores.tables)
    await stores.caches.drop(_stale(changes))
    fan_outs = FanOuts(stores.tables, stores.feeds)
    for job in jobs:
        await fan_outs.run(job)


async def _write(piece: Sequence[Change], tables: Tables) -> None:
    stored: dict[tuple[Table, Key], Stamp] = {}
    for table in {change.table for change in piece if change.table.counts}:
        keys = [change.effect.key for change in piece if change.table == table]
        stored.update({(table, key): stamp for key, stamp in (await tables.stamps(table, keys)).items()})
    before = [(change, stored.get((change.table, change.effect.key))) for change in piece]
    await tables.write([row_write(change, stamp) for change, stamp in before])
    counted = [(change, contribution(change, stamp)) for change, stamp in before if change.table.counts]
    await tables.write(await size_writes(tables, counted))


def _stale(changes: Sequence[Change]) -> list[str]:
    """The cache entries that these changes make wrong: rows, and sizes of counted tables."""
    stale: dict[str, None] = {}
    for change in changes:
        table, key = change.table, change.effect.key
        if table.cached is not None:
            stale[table.cache_key(key)] = None
        if table.counts is not None and table.sizes.cached is not None:
            columns = dict(zip(table.key_columns, key, strict=True))
            stale[table.sizes.cache_key(tuple(columns[name] for name in table.counts.per_columns))] = None
    return list(stale)
