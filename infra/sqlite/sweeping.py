"""Sweeping: what is over leaves the embedded files by itself, piece by piece, beside the requests that are served.

On a cluster rows expire by their TTL instead.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from schemas.errors import Unavailable
from schemas.ids import Millis

logger = logging.getLogger("photolog.sweeping")
PIECE = 200
"""Rows that one transaction removes: nobody waits for it for long."""
Sweep = Callable[[Millis, int], Awaitable[int]]
"""Removes up to so many rows of what is over at this time; how many that were."""


@dataclass(frozen=True)
class Sweeping:
    """Sweeps at the start, and every so many seconds from then on."""

    sweeps: Sequence[Sweep]
    clock: Callable[[], Millis]
    every_s: float

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                await self.once()
            except Unavailable as error:  # a full disk, say: what is left is there the next time
                logger.warning("nothing is swept away: %s", error.detail)
            await asyncio.sleep(self.every_s)

    async def once(self) -> int:
        """Removes all that is over; how many rows that were."""
        removed = 0
        for sweep in self.sweeps:
            while piece := await sweep(self.clock(), PIECE):
                removed += piece
        return removed
