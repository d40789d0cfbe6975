"""CqlPositions: the Positions port. Advanced by the processors after their effects; waited for by queries."""

import asyncio
from collections.abc import Mapping, Sequence

from infra.cql.session import CqlSession
from schemas.positions import Position

DDL = """
CREATE TABLE IF NOT EXISTS positions (
    projection text, topic text, log_partition bigint, next_offset bigint, event_id text,
    PRIMARY KEY (projection, topic, log_partition)
)
"""
NEXT_OFFSETS = "SELECT topic, log_partition, next_offset FROM positions WHERE projection = ?"
ADVANCE = """
INSERT INTO positions (projection, topic, log_partition, next_offset, event_id) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?
"""
LOOK_AGAIN_S = 0.02

Awaited = dict[str, dict[tuple[str, int], int]]
"""By projection: the offset to be applied, by topic and partition."""


class CqlPositions:
    """Positions whose next offset is the timestamp of the write: an older one changes nothing, whenever it comes."""

    def __init__(self, session: CqlSession, topics: Mapping[str, Sequence[str]]) -> None:
        """`topics`: by projection id, what the projection reads."""
        self._session = session
        self._topics = topics

    async def next_offsets(self, projection: str) -> dict[tuple[str, int], int]:
        """By topic and partition."""
        found = await self._session.execute(NEXT_OFFSETS, (projection,))
        return {(record["topic"], record["log_partition"]): record["next_offset"] for record in found}

    async def advance(self, projection: str, last: Position, event_id: str) -> None:
        """Moves forward only."""
        following = last.offset + 1
        await self._session.execute(ADVANCE, (projection, last.topic, last.partition, following, event_id, following))

    async def wait(self, projections: Sequence[str], positions: Sequence[Position], timeout: float) -> bool:
        """Looks at once, and then every LOOK_AGAIN_S seconds."""
        awaited = self._awaited(projections, positions)
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

    async def _behind(self, projection: str, places: dict[tuple[str, int], int]) -> dict[tuple[str, int], int]:
        """Those of the places that the projection has still to apply."""
        following = await self.next_offsets(projection)
        return {place: offset for place, offset in places.items() if following.get(place, 0) <= offset}

    def _awaited(self, projections: Sequence[str], positions: Sequence[Position]) -> Awaited:
        awaited: Awaited = {}
        for projection in projections:
            for place in positions:
                if place.topic in self._topics[projection]:
                    places = awaited.setdefault(projection, {})
                    key = (place.topic, place.partition)
                    places[key] = max(place.offset, places.get(key, 0))
        return awaited
