"""CqlPositions: the Positions port. Advanced by the processors after their effects; waited for by queries."""

import asyncio
from collections.abc import Mapping, Sequence

from infra.cql.session import CqlSession
from projections.ports import Progress
from schemas.positions import Partition, Position

DDL = """
CREATE TABLE IF NOT EXISTS positions (
    projection text, topic text, log_partition bigint, next_offset bigint, event_id text, finished bigint,
    PRIMARY KEY (projection, topic, log_partition)
)
"""
ADDED = ("positions", "finished", "bigint")
"""A column that keyspaces of earlier versions lack: they moved a position on when reactions were over too."""
PROGRESS = "SELECT topic, log_partition, next_offset, finished, event_id FROM positions WHERE projection = ?"
ADVANCE = """
INSERT INTO positions (projection, topic, log_partition, next_offset, event_id) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?
"""
FINISH = "INSERT INTO positions (projection, topic, log_partition, finished) VALUES (?, ?, ?, ?) USING TIMESTAMP ?"
ADVANCE_WHOLE = """
INSERT INTO positions (projection, topic, log_partition, next_offset, event_id, finished)
VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?
"""
LOOK_AGAIN_S = 0.02

Awaited = dict[str, dict[tuple[Partition, str], int]]
"""By projection: the offset that a part of its progress must be above, by partition and part."""


class CqlPositions:
    """Positions whose next offset is the timestamp of the write: an older one changes nothing, whenever it comes."""

    def __init__(self, session: CqlSession, topics: Mapping[str, Sequence[str]]) -> None:
        """`topics`: by projection id, what the projection reads."""
        self._session = session
        self._topics = topics

    async def progress(self, subscriber: str) -> dict[Partition, Progress]:
        """By partition."""
        found = await self._session.execute(PROGRESS, (subscriber,))
        return {
            Partition(one["topic"], one["log_partition"]): Progress(
                one["next_offset"],
                one["next_offset"] if one["finished"] is None else min(one["finished"], one["next_offset"]),
                one["event_id"],
            )
            for one in found
            if one["next_offset"] is not None
        }

    async def next_offsets(self, projection: str) -> dict[Partition, int]:
        """By partition."""
        return {partition: progress.rows for partition, progress in (await self.progress(projection)).items()}

    async def advance(self, projection: str, last: Position, event_id: str, finished: int | None = None) -> None:
        """Without reactions under way one statement. Else what is unfinished is told first: without it, nothing is."""
        place, following = (projection, last.topic, last.partition), last.offset + 1
        if finished in (None, following):
            await self._session.execute(ADVANCE_WHOLE, (*place, following, event_id, following, following))
            return
        await self._session.execute(FINISH, (*place, finished, finished))
        await self._session.execute(ADVANCE, (*place, following, event_id, following))

    async def finish(self, subscriber: str, partition: Partition, finished: int) -> None:
        """Moves forward only."""
        await self._session.execute(FINISH, (subscriber, *partition, finished, finished))

    async def wait(
        self,
        projections: Sequence[str],
        positions: Sequence[Position],
        timeout: float,
        finished: Sequence[Position] = (),
    ) -> bool:
        """Looks at once, and then every LOOK_AGAIN_S seconds."""
        awaited = self._awaited(projections, positions, finished)
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout
        while True:
            awaited = {projection: behind for projection, behind in zip(
                awaited, await asyncio.gather(*(self._behind(*one) for one in awaited.items())), strict=True
            ) if behind}  # fmt: skip
            left = end - loop.time()
            if not awaited or left <= 0:
                return not awaited
            await asyncio.sleep(min(left, LOOK_AGAIN_S))

    async def _behind(
        self, projection: str, awaited: dict[tuple[Partition, str], int]
    ) -> dict[tuple[Partition, str], int]:
        """Those that the projection has still to get to."""
        progress = await self.progress(projection)
        return {
            (partition, part): offset
            for (partition, part), offset in awaited.items()
            if partition not in progress or getattr(progress[partition], part) <= offset
        }

    def _awaited(
        self, projections: Sequence[str], positions: Sequence[Position], finished: Sequence[Position]
    ) -> Awaited:
        awaited: Awaited = {}
        for projection in projections:
            for part, some in (("rows", positions), ("finished", finished)):
                for position in some:
                    if position.topic in self._topics[projection]:
                        of_projection = awaited.setdefault(projection, {})
                        key = (Partition.of(position), part)
                        of_projection[key] = max(position.offset, of_projection.get(key, 0))
        return awaited
