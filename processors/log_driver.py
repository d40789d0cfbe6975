"""The embedded driver: the log itself says that there is something new. One process feeds every partition."""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from commands.invariants import BrokenInvariant
from processors.reading import Reading
from processors.runtime import Runtime
from schemas.positions import Partition

IDLE_S = 1.0
LET_GO_S = 3.0
"""How long the end waits for what is under way; it is carried out again at the next start."""


@dataclass
class LogDriver:
    """Feeds every partition of a subscriber's topics."""

    runtime: Runtime
    ends: Mapping[Partition, int] = field(default_factory=dict)
    """From here on nothing is taken of these partitions; others are followed for as long as it works."""

    async def run(self) -> None:
        """Works until it is cancelled, and then finishes what is in hand or leaves it for the next start."""
        try:
            partitions = await self.runtime.partitions()
            self.runtime.owns(partitions)
            self.runtime.readings = readings = await self.runtime.open(partitions)
            try:
                async with asyncio.TaskGroup() as work:
                    work.create_task(self.runtime.drain_for_ever())
                    for reading in readings.values():
                        work.create_task(self._follow(reading))
            finally:
                await asyncio.gather(*(reading.close(LET_GO_S) for reading in readings.values()))
        except* BrokenInvariant as broken:
            self.runtime.end_process(broken.exceptions[0])

    async def _follow(self, reading: Reading) -> None:
        end = self.ends.get(reading.partition, math.inf)
        while reading.next < end:
            await self.runtime.insist(reading, partial(self._step, reading, end))

    async def _step(self, reading: Reading, end: float) -> None:
        """Hands over what is due, or waits for more."""
        entries = [entry for entry in await self.runtime.read(reading) if entry.position.offset < end]
        if entries:
            await self.runtime.take(reading, entries)
        else:
            await self.runtime.sources.log.wait(IDLE_S)
