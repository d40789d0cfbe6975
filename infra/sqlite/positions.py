"""SqlitePositions: the Positions port. Advanced by the processors with their effects; waited for by queries."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

from infra.sqlite.database import SqliteDatabase
from schemas.positions import Position

_DDL = """
CREATE TABLE IF NOT EXISTS positions (
    projection TEXT NOT NULL, topic TEXT NOT NULL, log_partition INTEGER NOT NULL,
    next_offset INTEGER NOT NULL, event_id TEXT NOT NULL,
    PRIMARY KEY (projection, topic, log_partition)
) WITHOUT ROWID
"""

LOOK_AGAIN_S = 0.01
"""A commit here wakes who waits; a commit by another process is seen after this time at the latest."""

Awaited = dict[tuple[str, str, int], int]
"""The offset to be applied, by projection, topic and partition."""


class SqlitePositions:
    """Positions beside the tables, so that effects and position commit together."""

    def __init__(self, database: SqliteDatabase, topics: Mapping[str, Sequence[str]]) -> None:
        """`topics`: by projection id, what the projection reads."""
        self._database = database
        self._topics = topics
        self._committed = asyncio.Event()
        database.define(_DDL)
        database.after_commit(self._wake)

    async def next_offsets(self, projection: str) -> dict[tuple[str, int], int]:
        """By topic and partition."""
        found = self._database.rows(
            "SELECT topic, log_partition, next_offset FROM positions WHERE projection = ?", [projection]
        )
        return {(topic, partition): offset for topic, partition, offset in found}

    async def advance(self, projection: str, last: Position, event_id: str) -> None:
        """Moves forward only; seen by others once the surrounding transaction commits."""
        await self._database.write(
            "INSERT INTO positions VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
            "next_offset = excluded.next_offset, event_id = excluded.event_id "
            "WHERE excluded.next_offset > positions.next_offset",
            [projection, last.topic, last.partition, last.offset + 1, event_id],
        )

    async def wait(self, projections: Sequence[str], positions: Sequence[Position], timeout: float) -> bool:
        """Looks after each commit, and every LOOK_AGAIN_S seconds besides."""
        awaited = self._awaited(projections, positions)
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout
        while True:
            committed = self._committed  # taken before looking: a commit in between sets this one
            awaited = {place: offset for place, offset in awaited.items() if self._next(*place) <= offset}
            left = end - loop.time()
            if not awaited or left <= 0:
                return not awaited
            with suppress(TimeoutError):
                await asyncio.wait_for(committed.wait(), min(left, LOOK_AGAIN_S))

    def _awaited(self, projections: Sequence[str], positions: Sequence[Position]) -> Awaited:
        awaited: Awaited = {}
        for projection in projections:
            for place in positions:
                if place.topic in self._topics[projection]:
                    key = (projection, place.topic, place.partition)
                    awaited[key] = max(place.offset, awaited.get(key, 0))
        return awaited

    def _next(self, projection: str, topic: str, partition: int) -> int:
        found = self._database.row(
            "SELECT next_offset FROM positions WHERE projection = ? AND topic = ? AND log_partition = ?",
            [projection, topic, partition],
        )
        return found[0] if found else 0

    def _wake(self) -> None:
        self._committed.set()
        self._committed = asyncio.Event()
