"""The wall clock of a process, and how it is compared with that of the stores. Handed to whatever needs the time."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from schemas.errors import PhotologError, Unavailable
from schemas.ids import Millis

TOLERANCE_MS = 1_000
"""How far this process's clock may be from the stores' before it refuses commands."""
COMPARE_EVERY_S = 5.0

logger = logging.getLogger("photolog.clock")


def wall_clock() -> Millis:
    """Milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


class OwnClock:
    """The clock of a backend whose stores are in this process: there is nothing to be off from."""

    def __call__(self) -> Millis:
        """The time of this machine."""
        return wall_clock()

    def check(self) -> None:
        """Never refuses."""


class ComparedClock:
    """This process's clock, compared with the stores' from time to time; between comparisons a jump is noticed too.

    How far off it is, is known to half of the time that asking takes (Cristian 1989): what is certainly off counts.
    """

    def __init__(
        self,
        stores_time: Callable[[], Awaitable[Millis]],
        now: Callable[[], Millis] = wall_clock,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stores_time = stores_time
        self._now = now
        self._steady = steady
        self._off_ms = 0.0
        self._since = steady() * 1_000 - now()
        """What the wall clock is behind the steady one: changes only when the wall clock is set."""

    def __call__(self) -> Millis:
        """The time of this machine."""
        return self._now()

    @property
    def off_ms(self) -> float:
        """How far this clock certainly was from the stores' when last compared, and how far it has jumped since."""
        jumped = self._since - (self._steady() * 1_000 - self._now())
        return abs(self._off_ms + jumped)

    def check(self) -> None:
        """Raises Unavailable while this clock is off."""
        if self.off_ms > TOLERANCE_MS:
            raise Unavailable("the clock of this server is off", retry_after=round(COMPARE_EVERY_S))

    async def compare(self) -> None:
        """Asks the stores for their time. Raises Unavailable."""
        asked, before = self._now(), self._steady()
        theirs = await self._stores_time()
        took = (self._steady() - before) * 1_000
        self._since = before * 1_000 - asked
        ahead = asked + took / 2 - theirs
        certain = max(0.0, abs(ahead) - took / 2)
        self._off_ms = certain if ahead > 0 else -certain
        if certain > TOLERANCE_MS:
            logger.error("the clock of this server is %d ms from the stores': commands are refused", ahead)

    async def watch(self) -> None:
        """Compares until it is cancelled. While the stores do not answer, the last comparison stands."""
        while True:
            try:
                await self.compare()
            except PhotologError as error:
                logger.warning("the stores do not tell the time: %s", error.code)
            await asyncio.sleep(COMPARE_EVERY_S)
