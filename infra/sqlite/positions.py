"""SqlitePositions: the Positions port. Advanced by the processors with their effects; waited for by queries."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

from infra.sqlite.database import SqliteDatabase
from infra.watch import Watched
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


class SqlitePositions(Watched):
    """Positions beside the tables, so that effects and position commit together."""

    def __init__(self, database: SqliteDatabase, topics: Mapping[str, Sequence[str]]) -> None:
        """`topics`: by projection id, what the projection reads."""
        super().__init__(topics)
        self._database = database
        self._committed = asyncio.Event()
        database.define(_DDL)
        if not database.has_column("positions", "finished"):
            database.define(_ADDED)
        database.after_commit(self._committed.set)

    async def progress(self, subscriber: str) -> dict[Partition, Progress]:
        """By partition."""
        found = self._database.rows(
            "SELECT topic, log_partition, next_offset, finished, event_id FROM positions WHERE projection = ?",
            [subscriber],
        )
        return {Partition(topic, number): Progress(*rest) for topic, number, *rest in found}

    async def advance(self, projection: str, last: Position, event_id: str, finished: int | None = None) -> None:
        """Seen by others once the surrounding transaction commits."""
        following = last.offset + 1
        finished = following if finished is None else finished
        await self._database.write(_ADVANCE, [projection, last.topic, last.partition, following, event_id, finished])

    async def finish(self, subscriber: str, partition: Partition, finished: int) -> None:
        """Seen by others once the surrounding transaction commits."""
        await self._database.write(_FINISH, [finished, subscriber, *partition])

    async def forget(self, subscriber: str) -> None:
        """All its rows."""
        await self._database.write("DELETE FROM positions WHERE projection = ?", [subscriber])

    async def moved(self) -> None:
        """After a commit, and LOOK_AGAIN_S seconds later at the latest."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._committed.wait(), LOOK_AGAIN_S)
        self._committed.clear()
