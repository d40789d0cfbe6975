"""ParquetPart: rows of an export as columns, which take a fraction of the memory that what they are made of takes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commands.ports import Entry
from infra.history.as_stored import alike
from infra.history.at_once import made_at_once
from infra.history.columns import EVENTS, EVENTS_TABLE, UNREADABLE, UNREADABLE_TABLE, all_columns
from infra.history.one_by_one import made_one_by_one
from infra.history.parts import Cell, Part
from infra.history.seen import SEEN, VIEWS_TABLE


class ParquetPart(Part):
    """Entries become columns some thousand at a time."""

    suffix = "parquet"

    def __init__(self) -> None:
        super().__init__()
        self._schemas = {EVENTS_TABLE: EVENTS, UNREADABLE_TABLE: UNREADABLE, VIEWS_TABLE: SEEN}
        self._schemas |= {one.table: one.sealed for one in all_columns().values()}
        self._batches: dict[Cell, list[pa.RecordBatch]] = defaultdict(list)

    @property
    def _counted(self) -> Mapping[Cell, int]:
        return {cell: sum(one.num_rows for one in batches) for cell, batches in self._batches.items()}

    def write(self, cell: Cell, target: BinaryIO) -> None:
        """Without dictionaries: most columns hold what is there once, and zstd finds what repeats."""
        table = pa.Table.from_batches(self._batches[cell], self._schemas[cell[0]])
        pq.write_table(table, target, compression="zstd", use_dictionary=False)

    def _add(self, entries: Sequence[Entry]) -> None:
        for name, places in alike(entry.type for entry in entries).items():
            same = [entries[place] for place in places]
            for table, rows in made_at_once(name, same) or made_one_by_one(same):
                self._keep(table, rows)

    def _add_seen(self, rows: list[dict[str, Any]]) -> None:
        self._keep(VIEWS_TABLE, pa.RecordBatch.from_pylist(rows, SEEN))

    def _keep(self, table: str, rows: pa.RecordBatch) -> None:
        """Rows of a table, each to its day."""
        self.size += rows.nbytes
        days = rows.column("at").cast(pa.date32()).cast(pa.int32())
        if len(met := days.unique().to_pylist()) == 1:
            self._batches[table, met[0]].append(rows)
            return
        for day in met:
            self._batches[table, day].append(rows.filter(pc.equal(days, day)))
