"""Parts: what is taken from the log until it is put on disk, a file for each table and day.

Of each format: parquet.py and json_lines.py. Files are named after their segment: which of them count is said by the
manifest.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from commands.all_ended import all_ended
from commands.ports import Entry
from infra.history.seen import DAY_MS, Report, rows_of
from infra.history.targets import Target
from schemas.ids import Millis

SIDE_BY_SIDE = 2
AT_ONCE = 4_000
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
    def _add(self, entries: Sequence[Entry]) -> None:
        """Adds what these say. Raises NewerVersion."""

    @abstractmethod
    def write(self, cell: Cell, target: BinaryIO) -> None:
        """Writes one file."""

    def take_seen(self, reports: Sequence[Report]) -> None:
        """Adds views."""
        self._add_seen(rows_of(reports))

    @abstractmethod
    def _add_seen(self, rows: list[dict[str, Any]]) -> None:
        """Adds views."""

    def _read(self) -> None:
        entries, self._waiting = self._waiting, []
        self._add(entries)

    async def put(self, target: Target, number: int) -> Mapping[str, int]:
        """Puts every file in place, durably, a few side by side; rows by table."""
        counted, turns = dict[str, int](), asyncio.Semaphore(SIDE_BY_SIDE)

        async def put(cell: Cell) -> None:
            async with turns:
                await target.put(file_name(cell, number, self.suffix), partial(self.write, cell))

        await all_ended(map(put, self.rows))  # where one fails, nothing of this part is written any more by then
        for (table, _), count in self.rows.items():
            counted[table] = counted.get(table, 0) + count
        return counted


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
