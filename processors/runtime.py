"""The runtime that the log itself drives: reads each partition from its own position, hands over batches, never skips.

At least once, in order within a partition. A failing batch is retried with backoff for ever and holds its partition;
what cannot be true (a gap, a position beyond the end) ends the process, before it does harm.
"""

import asyncio
from dataclasses import dataclass
from functools import partial

from commands.invariants import BrokenInvariant
from events.topics import PARTITIONS
from processors.feeder import Feeder, Place, lags

__all__ = ["Runtime", "lags"]

IDLE_S = 1.0


@dataclass
class Runtime(Feeder):
    """Feeds every partition of the subscriber's topics in this one process."""

    async def run(self) -> None:
        """Works until it is cancelled; a batch in hand is then finished or left for the next start."""
        places = [(topic, partition) for topic in self.subscriber.topics for partition in range(PARTITIONS)]
        try:
            async with asyncio.TaskGroup() as partitions:
                for place, offset in (await self.due(places)).items():
                    partitions.create_task(self._follow(place, offset))
        except* BrokenInvariant as broken:
            self.end_process(broken.exceptions[0])

    async def _follow(self, place: Place, offset: int) -> None:
        while True:
            offset = await self.insist(place, offset, partial(self._step, place, offset))

    async def _step(self, place: Place, offset: int) -> int:
        """Hands over what there is from this offset on, or waits for more; where to go on."""
        entries = await self.read(place, offset)
        if not entries:
            await self.log.wait(IDLE_S)
            return offset
        return await self.hand_over(entries)
