"""Parts: what is taken from the log until it is put on disk, a file for each table and day. Parquet, or JSON lines.

Files are named after their segment: which of them count is said by the manifest.
"""

import os
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from commands.ports import Entry
from infra.history.columns import EVENTS, UNREADABLE, Columns
from infra.history.reading import Told
from infra.history.rows import Values, batch, envelope_of, event_row, typed_row, unreadable_row
from processors.planning import Poison
from schemas.ids import Millis

EVENTS_TABLE, UNREADABLE_TABLE = "events", "unreadable"
DAY_MS = 86_400_000
AT_ONCE = 4_000
"""Rows that are made columns of together."""
Cell = tuple[str, int]
"""A table and a day, counted from 1970."""


class Part(ABC):
    """What one segment holds so far, by table and day."""

    suffix: str

    @abstractmethod
    def take(self, entry: Entry, one: Told | Poison) -> None:
        """Adds an entry."""

    @property
    @abstractmethod
    def size(self) -> int:
        """About how many bytes of memory it takes."""

    @property
    @abstractmethod
    def rows(self) -> Mapping[Cell, int]:
        """How many there are."""

    @abstractmethod
    def write(self, cell: Cell, target: BinaryIO) -> None:
        """Writes one file."""

    def put(self, folder: Path, number: int) -> Mapping[str, int]:
        """Puts every file in place, durably; rows by table."""
        counted: dict[str, int] = defaultdict(int)
        for cell, count in self.rows.items():
            file = folder / file_name(cell, number, self.suffix)
            file.parent.mkdir(parents=True, exist_ok=True)
            unfinished = file.with_name(f".{file.name}.new")
            with unfinished.open("wb") as target:
                self.write(cell, target)
                target.flush()
                os.fsync(target.fileno())
            unfinished.replace(file)
            counted[cell[0]] += count
        return dict(counted)


class ParquetPart(Part):
    """Rows become columns some thousand at a time, which take a fraction of the memory."""

    suffix = "parquet"

    def __init__(self, columns: Mapping[str, Columns]) -> None:
        self._columns = columns
        self._waiting: dict[Cell, list[Values]] = defaultdict(list)
        self._number = self._bytes = 0
        self._batches: dict[Cell, list[pa.RecordBatch]] = defaultdict(list)

    def take(self, entry: Entry, one: Told | Poison) -> None:
        if isinstance(one, Poison):
            self._waiting[UNREADABLE_TABLE, entry.at // DAY_MS].append(unreadable_row(entry, one))
        else:
            columns, day = self._columns[one.stem], one.recorded.at // DAY_MS
            envelope = envelope_of(one)
            self._waiting[EVENTS_TABLE, day].append(event_row(one, envelope))
            self._waiting[columns.table, day].append(typed_row(one, envelope, columns, clear=False))
        self._number += 1
        if self._number >= AT_ONCE:
            self._gather()

    @property
    def size(self) -> int:
        return self._bytes

    @property
    def rows(self) -> Mapping[Cell, int]:
        self._gather()
        return {cell: sum(one.num_rows for one in batches) for cell, batches in sorted(self._batches.items())}

    def write(self, cell: Cell, target: BinaryIO) -> None:
        table = pa.Table.from_batches(self._batches[cell], self._schema(cell[0]))
        pq.write_table(table, target, compression="zstd")

    def _gather(self) -> None:
        for cell, rows in self._waiting.items():
            made = batch(self._schema(cell[0]), rows)
            self._bytes += made.nbytes
            self._batches[cell].append(made)
        self._waiting.clear()
        self._number = 0

    def _schema(self, table: str) -> Any:
        known = {EVENTS_TABLE: EVENTS, UNREADABLE_TABLE: UNREADABLE}
        if table in known:
            return known[table]
        return next(one.sealed for one in self._columns.values() if one.table == table)


class JsonLinesPart(Part):
    """One table of events, each as it is stored, with its place."""

    suffix = "jsonl"

    def __init__(self) -> None:
        self._lines: dict[Cell, list[bytes]] = defaultdict(list)
        self._bytes = 0

    def take(self, entry: Entry, one: Told | Poison) -> None:
        if isinstance(one, Poison):
            names: Sequence[str] = UNREADABLE.names
            said, cell = dict(zip(names, unreadable_row(entry, one), strict=True)), (UNREADABLE_TABLE, entry.at)
        else:
            place = entry.position
            where = {"topic": place.topic, "partition": place.partition, "position": place.offset}
            said, cell = {**one.raw, **where}, (EVENTS_TABLE, one.recorded.at)
        line = orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)
        self._bytes += len(line)
        self._lines[cell[0], cell[1] // DAY_MS].append(line)

    @property
    def size(self) -> int:
        return self._bytes

    @property
    def rows(self) -> Mapping[Cell, int]:
        return {cell: len(lines) for cell, lines in sorted(self._lines.items())}

    def write(self, cell: Cell, target: BinaryIO) -> None:
        target.writelines(self._lines[cell])


def file_name(cell: Cell, number: int, suffix: str) -> str:
    """`<table>/day=2026-11-29/000001.parquet`: what reads Parquet takes the day for a column."""
    table, day = cell
    return f"{table}/day={day_of(day * DAY_MS)}/{number:06}.{suffix}"


def day_of(at: Millis) -> str:
    """The day of a time, in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).date().isoformat()


def numbered(folder: Path, suffix: str) -> dict[Path, int]:
    """Files of an export, with the segments that they are named after."""
    found = folder.glob(f"*/day=*/*.{suffix}")
    return {file: int(file.stem) for file in found if file.stem.isdecimal()}
