"""CqlPositions: the Positions port. Advanced by the processors after their effects; waited for by queries."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from infra.cql.session import CqlSession, Statement
from infra.watch import Watched
from processors.waves import Waves
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
FORGET = "DELETE FROM positions WHERE projection = ?"
LOOK_AGAIN_S = 0.02


class Step(NamedTuple):
    """What is written of one partition, in this order."""

    finished: Statement | None
    rows: Statement | None


class CqlPositions(Watched):
    """Positions whose next offset is the timestamp of the write: an older one changes nothing, whenever it comes.

    Partitions advance side by side, and what they write goes out in waves: a request costs as much as a row, and a
    batch of events of which nothing follows has nothing else to write.
    """

    def __init__(self, session: CqlSession, topics: Mapping[str, Sequence[str]]) -> None:
        """`topics`: by projection id, what the projection reads."""
        super().__init__(topics)
        self._session = session
        self._steps = Waves(self._write)

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

    async def advance(self, projection: str, last: Position, event_id: str, finished: int | None = None) -> None:
        """Without reactions under way one statement. Else what is unfinished is told first: without it, nothing is."""
        place, following = (projection, last.topic, last.partition), last.offset + 1
        if finished in (None, following):
            step = Step(None, (ADVANCE_WHOLE, (*place, following, event_id, following, following)))
        else:
            step = Step((FINISH, (*place, finished, finished)), (ADVANCE, (*place, following, event_id, following)))
        await self._steps([step])

    async def finish(self, subscriber: str, partition: Partition, finished: int) -> None:
        """Moves forward only."""
        await self._steps([Step((FINISH, (subscriber, *partition, finished, finished)), None)])

    async def forget(self, subscriber: str) -> None:
        """The whole partition: the number of a version is never used again, so that nothing is ever written there."""
        await self._session.execute(FORGET, (subscriber,))

    async def _write(self, steps: Sequence[Step]) -> None:
        for statements in zip(*steps, strict=True):
            await self._session.write_many([one for one in statements if one is not None])

    async def moved(self) -> None:
        """LOOK_AGAIN_S seconds later."""
        await asyncio.sleep(LOOK_AGAIN_S)
