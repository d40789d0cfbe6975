"""SqlitePositions: the Positions port. Advanced by the processors with their effects; waited for by queries."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

from infra.sqlite.database import SqliteDatabase
from projections.ports import Progress
from schemas.positions import Partition, Position

_DDL = """
CREATE TABLE IF NOT EXISTS positions (
    projection TEXT NOT NULL, topic TEXT NOT NULL, log_partition INTEGER NOT NULL,
    next_offset INTEGER NOT NULL, event_id TEXT NOT NULL, finished INTEGER NOT NULL,
    PRIMARY KEY (projection, topic, log_partition)
) WITHOUT ROWID
"""
_ADDED = """
ALTER TABLE positions ADD COLUMN finished INTEGER NOT NULL DEFAULT 0;
UPDATE positions SET finished = next_offset;
"""
"""For files of earlier versions, which moved a position on when reactions were over too."""
_ADVANCE = """
INSERT INTO positions VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET finished = max(finished, excluded.finished), event_id = CASE
    WHEN excluded.next_offset > next_offset THEN excluded.event_id ELSE event_id END,
    next_offset = max(next_offset, excluded.next_offset)
"""
_FINISH = """
UPDATE positions SET finished = max(finished, ?) WHERE projection = ? AND topic = ? AND log_partition = ?
"""

LOOK_AGAIN_S = 0.01
"""A commit here wakes who waits; a commit by another process is seen after this time at the latest."""

Awaited = dict[tuple[str, Partition, str], int]
"""The offset that a column must be above, by projection, partition and column."""


class SqlitePositions:
    """Positions beside the tables, so that effects and position commit together."""

    def __init__(self, database: SqliteDatabase, topics: Mapping[str, Sequence[str]]) -> None:
        """`topics`: by projection id, what the projection reads."""
        self._database = database
        self._topics = topics
        self._committed = asyncio.Event()
        database.define(_DDL)
        if not database.has_column("positions", "finished"):
            database.define(_ADDED)
        database.after_commit(self._wake)

    async def progress(self, subscriber: str) -> dict[Partition, Progress]:
        """By partition."""
        found = self._database.rows(
            "SELECT topic, log_partition, next_offset, finished, event_id FROM positions WHERE projection = ?",
            [subscriber],
        )
        return {Partition(topic, number): Progress(*rest) for topic, number, *rest in found}

    async def next_offsets(self, projection: str) -> dict[Partition, int]:
        """By partition."""
        return {partition: progress.rows for partition, progress in (await self.progress(projection)).items()}

    async def advance(self, projection: str, last: Position, event_id: str, finished: int | None = None) -> None:
        """Seen by others once the surrounding transaction commits."""
        following = last.offset + 1
        finished = following if finished is None else finished
        await self._database.write(_ADVANCE, [projection, last.topic, last.partition, following, event_id, finished])

    async def finish(self, subscriber: str, partition: Partition, finished: int) -> None:
        """Seen by others once the surrounding transaction commits."""
        await self._database.write(_FINISH, [finished, subscriber, *partition])

    async def wait(
        self,
        projections: Sequence[str],
        positions: Sequence[Position],
        timeout: float,
        finished: Sequence[Position] = (),
    ) -> bool:
        """Looks after each commit, and every LOOK_AGAIN_S seconds besides."""
        awaited = self._awaited(projections, positions, "next_offset")
        awaited |= self._awaited(projections, finished, "finished")
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout
        while True:
            committed = self._committed  # taken before looking: a commit in between sets this one
            awaited = {what: offset for what, offset in awaited.items() if self._next(*what) <= offset}
            left = end - loop.time()
            if not awaited or left <= 0:
                return not awaited
            with suppress(TimeoutError):
                await asyncio.wait_for(committed.wait(), min(left, LOOK_AGAIN_S))

    def _awaited(self, projections: Sequence[str], positions: Sequence[Position], column: str) -> Awaited:
        awaited: Awaited = {}
        for projection in projections:
            for position in positions:
                if position.topic in self._topics[projection]:
                    key = (projection, Partition.of(position), column)
                    awaited[key] = max(position.offset, awaited.get(key, 0))
        return awaited

    def _next(self, projection: str, partition: Partition, column: str) -> int:
        found = self._database.row(
            f"SELECT {column} FROM positions WHERE projection = ? AND topic = ? AND log_partition = ?",
            [projection, *partition],
        )
        return found[0] if found else 0

    def _wake(self) -> None:
        self._committed.set()
        self._committed = asyncio.Event()
