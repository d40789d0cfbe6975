"""JsonLinesPart: one table of events, each as it is stored, with its place; and the tables that are not of events."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import orjson

from commands.ports import Entry
from infra.history.as_stored import AsStored, as_stored
from infra.history.columns import EVENTS_TABLE, UNREADABLE, UNREADABLE_TABLE
from infra.history.parts import Cell, Part
from infra.history.rows import unreadable_row
from infra.history.seen import DAY_MS, VIEWS_TABLE
from schemas.ids import Millis


class JsonLinesPart(Part):
    """Lines of a file are one piece of memory: kept one by one, each leaves a hole behind what it was written in."""

    suffix = "jsonl"

    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[Cell, bytearray] = defaultdict(bytearray)
        self._numbers = Counter[Cell]()

    @property
    def _counted(self) -> Mapping[Cell, int]:
        return self._numbers

    def _add(self, entries: Sequence[Entry]) -> None:
        for entry, one in zip(entries, as_stored(entries), strict=True):
            if isinstance(one, AsStored):
                place = entry.position
                where = {"topic": place.topic, "partition": place.partition, "position": place.offset}
                self._keep(EVENTS_TABLE, one.raw["at"], {**one.raw, **where})
            else:
                said = dict(zip(UNREADABLE.names, unreadable_row(entry, one), strict=True))
                self._keep(UNREADABLE_TABLE, entry.at, said)

    def _add_seen(self, rows: list[dict[str, Any]]) -> None:
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
