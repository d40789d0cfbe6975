"""Parts: what is taken from the log until it is put on disk, a file for each table and day. Parquet, or JSON lines.

Files are named after their segment: which of them count is said by the manifest.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import PurePosixPath
from typing import Any, BinaryIO

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from commands.ports import Entry
from infra.history.as_stored import AsStored, alike, as_stored
from infra.history.columns import EVENTS, UNREADABLE, Columns
from infra.history.rows import batch, envelopes, events_batch, typed_batch, unreadable_row
from infra.history.seen import DAY_MS, SEEN, VIEWS_TABLE, Report, by_day, rows_of
from infra.history.targets import Target
from processors.planning import Poison
from schemas.ids import Millis

EVENTS_TABLE, UNREADABLE_TABLE = "events", "unreadable"
SIDE_BY_SIDE = 2
AT_ONCE = 2_000
"""Entries that are read together, and made columns of."""
Cell = tuple[str, int]
"""A table and a day, counted from 1970."""


class Part(ABC):
    """What one segment holds so far, by table and day."""

    suffix: str

    def __init__(self) -> None:
        self._waiting: list[Entry] = []
        self.size = 0
        """About how many bytes of memory it takes."""

    def take(self, entries: Sequence[Entry]) -> None:
        """Adds entries. Raises NewerVersion."""
        self._waiting += entries
        if len(self._waiting) >= AT_ONCE:
            self._read()

    @property
    def rows(self) -> Mapping[Cell, int]:
        """How many there are."""
        self._read()
        return dict(sorted(self._counted.items()))

    @property
    @abstractmethod
    def _counted(self) -> Mapping[Cell, int]:
        """The same of what was read."""

    @abstractmethod
    def _add(self, page: Sequence[AsStored], unreadable: Sequence[tuple[Entry, Poison]]) -> None:
        """Adds what was read of some entries."""

    @abstractmethod
    def write(self, cell: Cell, target: BinaryIO) -> None:
        """Writes one file."""

    def take_seen(self, reports: Sequence[Report]) -> None:
        """Adds views."""
        for day, rows in by_day(rows_of(reports)):
            self._add_seen(day, rows)

    @abstractmethod
    def _add_seen(self, day: int, rows: list[dict[str, Any]]) -> None:
        """Adds views of a day."""

    def _read(self) -> None:
        entries, self._waiting = self._waiting, []
        read = list(zip(entries, as_stored(entries), strict=True))
        page = [one for _, one in read if isinstance(one, AsStored)]
        self._add(page, [(entry, one) for entry, one in read if isinstance(one, Poison)])

    async def put(self, target: Target, number: int) -> Mapping[str, int]:
        """Puts every file in place, durably, a few side by side; rows by table."""
        counted, turns = dict[str, int](), asyncio.Semaphore(SIDE_BY_SIDE)

        async def put(cell: Cell) -> None:
            async with turns:
                await target.put(file_name(cell, number, self.suffix), partial(self.write, cell))

        for failed in await asyncio.gather(*map(put, self.rows), return_exceptions=True):
            if failed is not None:
                raise failed  # by now nothing of this part is written any more
        for (table, _), count in self.rows.items():
            counted[table] = counted.get(table, 0) + count
        return counted


class ParquetPart(Part):
    """Rows become columns some thousand at a time, which take a fraction of the memory."""

    suffix = "parquet"

    def __init__(self, columns: Mapping[str, Columns]) -> None:
        super().__init__()
        self._columns = columns
        self._schemas = {EVENTS_TABLE: EVENTS, UNREADABLE_TABLE: UNREADABLE, VIEWS_TABLE: SEEN}
        self._schemas |= {one.table: one.sealed for one in columns.values()}
        self._batches: dict[Cell, list[pa.RecordBatch]] = defaultdict(list)

    @property
    def _counted(self) -> Mapping[Cell, int]:
        return {cell: sum(one.num_rows for one in batches) for cell, batches in self._batches.items()}

    def write(self, cell: Cell, target: BinaryIO) -> None:
        """Without dictionaries: most columns hold what is there once, and zstd finds what repeats."""
        table = pa.Table.from_batches(self._batches[cell], self._schemas[cell[0]])
        pq.write_table(table, target, compression="zstd", use_dictionary=False)

    def _add(self, page: Sequence[AsStored], unreadable: Sequence[tuple[Entry, Poison]]) -> None:
        days = [one.raw["at"] // DAY_MS for one in page]
        envelope = envelopes(page)
        self._keep(EVENTS_TABLE, days, events_batch(page, envelope))
        for stem, places in alike(one.stem for one in page).items():
            columns, of_type = self._columns[stem], envelope.take(pa.array(places))
            made = typed_batch([page[place].event for place in places], of_type, columns, clear=False)
            self._keep(columns.table, [days[place] for place in places], made)
        rows = [unreadable_row(entry, poison) for entry, poison in unreadable]
        self._keep(UNREADABLE_TABLE, [entry.at // DAY_MS for entry, _ in unreadable], batch(UNREADABLE, rows))

    def _add_seen(self, day: int, rows: list[dict[str, Any]]) -> None:
        self._keep(VIEWS_TABLE, [day] * len(rows), pa.RecordBatch.from_pylist(rows, SEEN))

    def _keep(self, table: str, days: Sequence[int], made: pa.RecordBatch) -> None:
        """Rows of a table, each to its day."""
        self.size += made.nbytes
        if len({*days}) == 1:
            self._batches[table, days[0]].append(made)
            return
        for day, places in alike(days).items():
            self._batches[table, day].append(made.take(pa.array(places)))


class JsonLinesPart(Part):
    """One table of events, each as it is stored, with its place.

    Lines of a file are one piece of memory: kept one by one, each leaves a hole behind what it was written in.
    """

    suffix = "jsonl"

    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[Cell, bytearray] = defaultdict(bytearray)
        self._numbers = Counter[Cell]()

    @property
    def _counted(self) -> Mapping[Cell, int]:
        return self._numbers

    def _add(self, page: Sequence[AsStored], unreadable: Sequence[tuple[Entry, Poison]]) -> None:
        for one in page:
            place = one.entry.position
            where = {"topic": place.topic, "partition": place.partition, "position": place.offset}
            self._keep(EVENTS_TABLE, one.raw["at"], {**one.raw, **where})
        for entry, poison in unreadable:
            said = dict(zip(UNREADABLE.names, unreadable_row(entry, poison), strict=True))
            self._keep(UNREADABLE_TABLE, entry.at, said)

    def _add_seen(self, day: int, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            self._keep(VIEWS_TABLE, row["at"], row)

    def _keep(self, table: str, at: Millis, said: Mapping[str, Any]) -> None:
        line = orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)
        cell = table, at // DAY_MS
        self.size += len(line)
        self._lines[cell] += line
        self._numbers[cell] += 1

    def write(self, cell: Cell, target: BinaryIO) -> None:
        target.write(self._lines[cell])


def file_name(cell: Cell, number: int, suffix: str) -> str:
    """`<table>/day=2026-11-29/000001.parquet`: what reads Parquet takes the day for a column."""
    table, day = cell
    return f"{table}/day={day_of(day * DAY_MS)}/{number:06}.{suffix}"


def day_of(at: Millis) -> str:
    """The day of a time, in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).date().isoformat()


def numbered(names: Iterable[str], suffix: str) -> dict[str, int]:
    """Files of an export, with the segments that they are named after; in the order of their names."""
    found = (name for name in sorted(names) if name.count("/") == 2 and name.endswith(f".{suffix}"))
    return {name: int(stem) for name in found if (stem := PurePosixPath(name).stem).isdecimal()}


def is_before(name: str, day: int) -> bool:
    """Whether a file of an export is of an earlier day."""
    return name.split("/")[1] < f"day={day_of(day * DAY_MS)}"


def table_of(name: str) -> str:
    """Whose rows a file of an export holds."""
    return name.partition("/")[0]
