"""Waiting for a read model: until it has what was in the log when somebody asked. For reactions that read a table which
another subscriber writes."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from commands.ports import Log
from projections.effects import Projection
from projections.ports import Positions
from schemas.errors import NotYetVisible
from schemas.positions import Position

WITHIN_S = 5.0
Ends = Mapping[tuple[str, int], int]


@dataclass
class CaughtUp:
    """Of one projection."""

    log: Log
    positions: Positions
    projection: Projection
    _asking: asyncio.Task[Ends] | None = field(default=None, init=False)
    _next: asyncio.Task[Ends] | None = field(default=None, init=False)

    async def __call__(self) -> None:
        """What is in the log now is in the rows on return. Raises NotYetVisible."""
        ends = await self._ends()
        topics = self.projection.topics
        places = [Position(*place, end - 1) for place, end in ends.items() if end and place[0] in topics]
        if not await self.positions.wait([self.projection.id], places, WITHIN_S):
            raise NotYetVisible(f"{self.projection.name} is behind")

    async def _ends(self) -> Ends:
        """Callers share a question, but none that was put before they came."""
        if self._next is None:
            self._next = asyncio.create_task(self._ask_after(self._asking))
        return await asyncio.shield(self._next)

    async def _ask_after(self, earlier: asyncio.Task[Ends] | None) -> Ends:
        if earlier is not None:
            await asyncio.wait([earlier])
        self._asking, self._next = self._next, None
        return await self.log.ends()
