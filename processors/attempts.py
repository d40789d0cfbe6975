"""Attempts: how often a process ended while a reaction was the only one that it carried out. Kept beside the positions.

So a photo that takes its worker along is known from those that were merely beside it, and no stream grows for it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from projections.ports import Tables, Write
from schemas.positions import Position
from schemas.tables import INT, Table

ATTEMPTS = Table(
    "attempts",
    partition="subscriber, topic, log_partition",
    order="log_offset",
    columns={"cut_short": INT, "revision": INT},
)


@dataclass(frozen=True)
class Attempts:
    """Those of one subscriber."""

    tables: Tables
    subscriber: str

    @asynccontextmanager
    async def alone(self, position: Position) -> AsyncIterator[int]:
        """The block counts as cut short unless it ends, however it ends. How many were cut short before."""
        key = (self.subscriber, position.topic, position.partition, position.offset)
        row = (await self.tables.get(ATTEMPTS, [key])).get(key, {"cut_short": 0, "revision": 0})
        cut_short, revision = row["cut_short"], row["revision"]
        await self._write(key, cut_short + 1, revision + 1)
        try:
            yield cut_short
        finally:
            await self._write(key, cut_short, revision + 2)

    async def _write(self, key: tuple[str, str, int, int], cut_short: int, revision: int) -> None:
        row = {**dict(zip(ATTEMPTS.key_columns, key, strict=True)), "cut_short": cut_short, "revision": revision}
        await self.tables.write([Write(ATTEMPTS, key, revision, row)])
