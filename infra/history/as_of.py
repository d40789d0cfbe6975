"""Any declared table as of a moment: the log folded with the functions that feed it live, written as Parquet.

An event counts if it happened at that moment or before, by the time that it says. A row belongs to one stream, so the
log is folded partition by partition, and only one's rows are in memory. What operators have said of dead letters is
honoured as that read model honours it, today's orders, and what it cannot be fed with holds its stream here, too.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from commands.ports import Entry
from events.codec import Keys
from infra.event_schemas.personal import personal_columns
from infra.history.columns import TIME
from infra.history.orders import read_orders
from infra.history.progress import Progress
from infra.history.reading import KeysOf, no_keys
from infra.history.refusals import Refused
from infra.history.rows import batch
from infra.history.source import Source
from processors.dead_letters import honoured
from processors.holds import Hold
from processors.planning import Poison, planned
from projections.all import PROJECTIONS
from projections.effects import Delete, Projection, Put
from schemas.ids import Millis
from schemas.tables import ColumnType, Key, Row, Table

TYPES = {
    ColumnType.TEXT: pa.string(),
    ColumnType.INT: pa.int64(),
    ColumnType.BOOL: pa.bool_(),
    ColumnType.TIME: TIME,
    ColumnType.JSON: pa.string(),
}
READ_MODELS = {table.name: (projection, table) for projection in PROJECTIONS for table in projection.tables}
"""Every declared table, and what feeds it."""


@dataclass
class Fold:
    """One table, from the entries of one partition."""

    projection: Projection
    table: Table
    at: Millis
    rows: dict[Key, tuple[int, Row | None]] = field(default_factory=dict)
    """By key, the number of the event that wrote it last, and what stands; None: nothing."""
    held: set[str] = field(default_factory=set)

    def take(self, entry: Entry, read_as: Entry | None, keys: Keys) -> None:
        """The next entry, in the order of the log, and as what operators have it read. Raises NewerVersion."""
        if read_as is None or entry.stream in self.held:
            return
        if read_as is entry and not self.projection.reads(entry.type):
            return  # as in live processing, nothing is held by what is not read
        try:
            plan = planned(read_as, keys, self.projection)
        except Poison:
            self.held.add(Hold.of(entry, "", 0).held)
            return
        recorded = plan.delivery.recorded
        if recorded.at > self.at:
            return
        for effect in plan.effects:
            if isinstance(effect, Put | Delete) and effect.table.name == self.table.name:
                standing = self.rows.get(effect.key)
                if standing is None or standing[0] < recorded.version:
                    self.rows[effect.key] = recorded.version, effect.row if isinstance(effect, Put) else None

    @property
    def standing(self) -> Iterator[Row]:
        """The rows that are there."""
        return (row for _, row in self.rows.values() if row is not None)


@dataclass(frozen=True)
class AsOf:
    """One table at one moment. `keys`: what opens personal fields, for whoever has been recorded; else none is."""

    source: Source
    read_model: str
    at: Millis
    keys: KeysOf = no_keys

    async def write(self, file: Path, say: Callable[[Progress], None]) -> int:
        """Writes the file, whole or not at all; how many rows. Raises Refused for a table that there is not."""
        projection, table = declared(self.read_model)
        columns = self._columns(projection, table)
        schema = pa.schema([(name, TYPES[table.types[name]]) for name in columns])
        ends = await self.source.ends()
        here = {place: end for place, end in ends.items() if place.topic in projection.topics}
        letters = (await read_orders(self.source, ends)).of(projection.name)
        progress, written, unfinished = Progress(sum(here.values())), 0, file.with_name(f".{file.name}.new")
        with pq.ParquetWriter(unfinished, schema, compression="zstd") as target:
            for place, end in sorted(here.items()):
                fold = Fold(projection, table, self.at)
                async for entries in self.source.read({}, {place: end}):
                    read_as = [honoured(entry, letters) for entry in entries]
                    keys = await self.keys([entry for entry in read_as if entry is not None])
                    for entry, one in zip(entries, read_as, strict=True):
                        fold.take(entry, one, keys)
                    progress.passed(len(entries))
                    say(progress)
                rows = [tuple(_value(table, name, row[name]) for name in columns) for row in fold.standing]
                target.write_batch(batch(schema, rows))
                written += len(rows)
        unfinished.replace(file)
        return written

    def _columns(self, projection: Projection, table: Table) -> list[str]:
        """All of them, or those that hold nothing personal."""
        if self.keys is not no_keys:
            return list(table.types)
        personal = personal_columns(projection, table)
        if personal & set(table.key_columns):
            raise Refused(f"{table.name} is by what is personal: it needs --personal")
        return [name for name in table.types if name not in personal]


def declared(name: str) -> tuple[Projection, Table]:
    """The table of this name, and what feeds it. Raises Refused."""
    if name not in READ_MODELS:
        raise Refused(f"there is no read model {name}; there are {', '.join(sorted(READ_MODELS))}")
    return READ_MODELS[name]


def _value(table: Table, name: str, value: Any) -> Any:
    return orjson.dumps(value).decode() if table.types[name] is ColumnType.JSON and value is not None else value
