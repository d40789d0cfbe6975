"""Diff: in what two versions of a projection differ, while both are fed. Counted, and sampled with the rows.

A row that differs at the first look may only be behind: it counts if it still differs once both have passed where the
other was then.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from projections.effects import Projection
from projections.ports import Tables, chunks
from schemas.tables import Key, Row, Table

NAMED = 20
MOST_LOOKED_AT = 100_000
"""Rows that are looked at again; if more differ at the first look, no more are."""


@dataclass
class Differences:
    """Of a candidate from the live version."""

    rows: int = 0
    differing: Counter[str] = field(default_factory=Counter)
    named: list[dict[str, Any]] = field(default_factory=list)
    is_cut: bool = False
    """Whether more differ than were looked at twice."""

    @property
    def total(self) -> int:
        return sum(self.differing.values())


@dataclass(frozen=True)
class Diff:
    """Compares the tables of two versions."""

    projection: Projection
    candidate: Tables
    live: Tables
    passed: Callable[[], Awaitable[None]]
    """Returns once each version has passed where the other was when it was asked."""

    async def run(self) -> Differences:
        """Everything that is stored on either side."""
        found, suspects = Differences(), list[tuple[Table, Key]]()
        for table in self.projection.tables:
            async for stored in self.candidate.stored(table):
                found.rows += sum(one.row is not None for one in stored)
                suspects += [(table, key) for key in await self._unlike(table, [one.key for one in stored])]
            async for stored in self.live.stored(table):
                present = [one.key for one in stored if one.row is not None]
                there = await _rows(self.candidate, table, present)
                suspects += [(table, key) for key in present if key not in there]
        found.is_cut = len(suspects) > MOST_LOOKED_AT
        if suspects:
            await self.passed()
        for table in self.projection.tables:
            again = dict.fromkeys(key for of, key in suspects[:MOST_LOOKED_AT] if of == table)
            await self._settle(found, table, list(again))
        return found

    async def _unlike(self, table: Table, keys: Sequence[Key]) -> list[Key]:
        mine, live = await _rows(self.candidate, table, keys), await _rows(self.live, table, keys)
        return [key for key in keys if mine.get(key) != live.get(key)]

    async def _settle(self, found: Differences, table: Table, keys: Sequence[Key]) -> None:
        mine, live = await _rows(self.candidate, table, keys), await _rows(self.live, table, keys)
        for key in keys:
            row, other = mine.get(key), live.get(key)
            if row == other:
                continue
            how = "only in the live one" if row is None else "only in the new one" if other is None else "other columns"
            found.differing[f"{table.name}: {how}"] += 1
            if len(found.named) < NAMED:
                columns = [name for name in table.types if row and other and row[name] != other[name]]
                found.named.append({"table": table.name, "key": list(key), "how": how, "columns": columns})


async def _rows(tables: Tables, table: Table, keys: Sequence[Key]) -> dict[Key, Row]:
    found: dict[Key, Row] = {}
    for some in chunks(keys):
        found |= await tables.get(table, some)
    return found
