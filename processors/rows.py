"""Rows of declared tables: written in the order of the log, then their counts; then caches drop them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from processors.counts import Change, contribution, lane, latest, pieces, row_write, size_writes
from processors.planning import Plan
from processors.related import related
from projections.effects import Delete, Put
from projections.ports import Origin, Related, Tables
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
    drops: Drops | None
    """None: nobody has copies."""
    binds: bool = False
    """Whether all that is written with a position stands or falls with it: then each event is counted once, and of a
    row that a batch changes again and again the last change says all."""

    async def apply(self, plans: Sequence[Plan]) -> None:
        """The rows that these plans of one partition ask for. Reactions are not its business."""
        changes = [change for plan in plans for change in changes_of(plan)]
        if not changes:
            return
        plain = latest(change for change in changes if not change.table.counts)
        if plain:
            await self.tables.write([row_write(change, None) for change in plain])
        counted = [change for change in changes if change.table.counts]
        for piece in [latest(counted)] if self.binds else pieces(counted):
            await self._write(piece)
        if self.drops is not None and (told := (_stale(changes), related(changes))) != ([], []):
            await self.drops.drop(*told, Partition.of(plans[0].delivery.position))

    async def _write(self, piece: Sequence[Change]) -> None:
        keys: dict[Table, list[Key]] = {}
        for change in piece:
            keys.setdefault(change.table, []).append(change.key)
        stored = {table: await self.tables.stamps(table, of_table) for table, of_table in keys.items()}
        before = [(change, stored[change.table].get(change.key)) for change in piece]
        await self.tables.write([row_write(change, stamp) for change, stamp in before])
        counted = [(change, lane(change, stamp), contribution(change, stamp)) for change, stamp in before]
        await self.tables.write(await size_writes(self.tables, counted))


def changes_of(plan: Plan) -> list[Change]:
    """The rows that one event changes."""
    delivery = plan.delivery
    origin = Origin(delivery.position.partition, delivery.position.offset)
    return [
        Change.of(effect, delivery.recorded.version, origin, plan.lane)
        for effect in plan.effects
        if isinstance(effect, (Put, Delete))
    ]


def _stale(changes: Sequence[Change]) -> list[str]:
    """The cache entries that these changes make wrong: rows, what was made of partitions, sizes of counted tables."""
    stale: dict[str, None] = {}
    for change in changes:
        table, key = change.table, change.key
        if table.cached is not None:
            stale[table.cache_key(key)] = None
        if table.partition_cached is not None:
            stale[table.partition_cache_key(key[: len(table.partition_columns)])] = None
        if table.counts is not None and table.sizes.cached is not None:
            stale[table.sizes.cache_key(table.counted_by(key))] = None
    return list(stale)
