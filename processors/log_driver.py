"""The embedded driver: the log itself says that there is something new. One process feeds every partition."""

import asyncio
from dataclasses import dataclass
from functools import partial

from commands.invariants import BrokenInvariant
from processors.runtime import Runtime
from schemas.positions import Partition

IDLE_S = 1.0


@dataclass
class LogDriver:
    """Feeds every partition of a subscriber's topics."""

    runtime: Runtime

    async def run(self) -> None:
        """Works until it is cancelled; a batch in hand is then finished or left for the next start."""
        try:
            due = await self.runtime.due(await self.runtime.partitions())
            async with asyncio.TaskGroup() as partitions:
                for partition, offset in due.items():
                    partitions.create_task(self._follow(partition, offset))
        except* BrokenInvariant as broken:
            self.runtime.end_process(broken.exceptions[0])

    async def _follow(self, partition: Partition, offset: int) -> None:
        while True:
            offset = await self.runtime.insist(partition, offset, partial(self._step, partition, offset))

    async def _step(self, partition: Partition, offset: int) -> int:
        """Hands over what there is from this offset on, or waits for more; where to go on."""
        entries = await self.runtime.read(partition, offset)
        if not entries:
            await self.runtime.sources.log.wait(IDLE_S)
            return offset
        return await self.runtime.take(entries)
