"""Breaker: whether readers ask Redis at all. Between RedisBelief and its connection, one a process.

While Redis answers it is closed and costs nothing. A failure opens it: nobody waits for Redis any more, readers go past
it. After a pause one probe asks (half-open); if Redis answers well in time it is closed again, else the pause doubles.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from schemas.errors import Unavailable

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 2.0
"""Until the first probe, and between two at most: so readers are back within so much of Redis."""
WELL_S = 0.25
"""A probe that is answered later than this says that Redis is too slow to be asked."""

logger = logging.getLogger("photolog.redis")


class Breaker:
    """Call from one event loop. The probe raises Unavailable where Redis does not answer."""

    def __init__(
        self,
        probe: Callable[[], Awaitable[object]],
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        well_s: float = WELL_S,
    ) -> None:
        self.closed = True
        self.opened = 0
        """How often: for metrics."""
        self._probe = probe
        self._clock = clock
        self._pause = pause
        self._well_s = well_s
        self._probing: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Redis has failed a reader: from now on nobody asks it but the probe."""
        if not self.closed:
            return
        self.closed = False
        self.opened += 1
        logger.warning("Redis does not answer: readers go past it")
        if self._probing is None or self._probing.done():
            self._probing = asyncio.create_task(self._half_open())

    def answered(self) -> None:
        """Somebody else was answered well in time."""
        self.closed = True

    async def end(self) -> None:
        """Ends the probe, with the process."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.wait([self._probing])

    async def _half_open(self) -> None:
        pause = FIRST_PAUSE_S
        while not self.closed:
            await self._pause(pause)
            if await self._answers():
                self.closed = True
            pause = min(2 * pause, LONGEST_PAUSE_S)
        logger.info("Redis answers: readers ask it again")

    async def _answers(self) -> bool:
        asked = self._clock()
        try:
            await self._probe()
        except Unavailable:
            return False
        return self._clock() - asked <= self._well_s
