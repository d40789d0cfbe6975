"""Rows of declared tables: written in the order of the log, then their counts; then caches drop them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from processors.counts import Change, contribution, lane, latest, pieces, row_write, size_writes
from processors.planning import Plan
from processors.related import related
from projections.effects import Delete, Put
from projections.ports import Origin, Related, Stamp, Tables
from schemas.positions import Partition
from schemas.tables import Key, Table


class Drops(Protocol):
    """Keeps copies of rows from being believed once the rows have changed, on behalf of one partition of the log."""

    async def drop(self, keys: Sequence[str], related: Sequence[Related], on_behalf_of: Partition) -> None:
        """From its return on nobody believes these cache entries any more, nor what else was said of these relations,
        whether or not the copies could be reached.

        Rows wait for it, so it must not wait for copies that are away.
        """


@dataclass(frozen=True)
class Rows:
    """Writes rows. Safe to repeat, from any event on: an older number never changes a newer row."""

    tables: Tables
    drops: Drops

    async def apply(self, plans: Sequence[Plan]) -> None:
        """The rows that these plans of one partition ask for. Reactions are not its business."""
        changes = [change for plan in plans for change in changes_of(plan)]
        if not changes:
            return
        plain = latest(change for change in changes if not change.table.counts)
        await self.tables.write([row_write(change, None) for change in plain])
        for piece in pieces(change for change in changes if change.table.counts):
            await self._write(piece)
        stale, said = _stale(changes), related(changes)
        if stale or said:
            await self.drops.drop(stale, said, Partition.of(plans[0].delivery.position))

    async def _write(self, piece: Sequence[Change]) -> None:
        stored: dict[tuple[Table, Key], Stamp] = {}
        for table in {change.table for change in piece}:
            keys = [change.effect.key for change in piece if change.table == table]
            stored.update({(table, key): stamp for key, stamp in (await self.tables.stamps(table, keys)).items()})
        before = [(change, stored.get((change.table, change.effect.key))) for change in piece]
        await self.tables.write([row_write(change, stamp) for change, stamp in before])
        counted = [(change, lane(change, stamp), contribution(change, stamp)) for change, stamp in before]
        await self.tables.write(await size_writes(self.tables, counted))


def changes_of(plan: Plan) -> list[Change]:
    """The rows that one event changes."""
    delivery = plan.delivery
    origin = Origin(delivery.position.partition, delivery.position.offset)
    return [
        Change(effect, delivery.recorded.version, origin, plan.lane)
        for effect in plan.effects
        if isinstance(effect, Put | Delete)
    ]


def _stale(changes: Sequence[Change]) -> list[str]:
    """The cache entries that these changes make wrong: rows, what was made of partitions, sizes of counted tables."""
    stale: dict[str, None] = {}
    for change in changes:
        table, key = change.table, change.effect.key
        if table.cached is not None:
            stale[table.cache_key(key)] = None
        if table.partition_cached is not None:
            stale[table.partition_cache_key(key[: len(table.partition_columns)])] = None
        if table.counts is not None and table.sizes.cached is not None:
            columns = dict(zip(table.key_columns, key, strict=True))
            stale[table.sizes.cache_key(tuple(columns[name] for name in table.counts.per_columns))] = None
    return list(stale)
