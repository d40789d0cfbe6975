"""The wall clock of a process, and how it is compared with that of the stores. Handed to whatever needs the time."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from schemas.errors import Unavailable
from schemas.ids import Millis

TOLERANCE_MS = 1_000
"""How far this process's clock may be from the stores' before it refuses commands."""
COMPARE_EVERY_S = 5.0
BOOT: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Only Linux counts sleep apart."""

logger = logging.getLogger("photolog.clock")


def wall_clock() -> Millis:
    """Milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


def boot_clock() -> float:
    """Seconds since the machine was started, those included in which it slept: what a lease is measured with."""
    return time.clock_gettime(BOOT)


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
        """How far this clock certainly is from the stores': as last compared, and how far it has jumped since."""
        return abs(self._ahead(self._now(), self._steady()))

    def check(self) -> None:
        """Raises Unavailable while this clock is off."""
        if self.off_ms > TOLERANCE_MS:
            raise Unavailable("the clock of this server is off", retry_after=round(COMPARE_EVERY_S))

    async def compare(self) -> None:
        """Asks the stores for their time. Raises Unavailable."""
        asked, before = self._now(), self._steady()
        theirs = await self._stores_time()
        took = (self._steady() - before) * 1_000
        least, most = asked - theirs, asked + took - theirs
        # What is known stands as far as the answer allows: one that was long on its way must not clear a clock.
        self._off_ms = min(max(self._ahead(asked, before), least), most)
        self._since = before * 1_000 - asked
        if abs(self._off_ms) > TOLERANCE_MS:
            logger.error("the clock of this server is %d ms from the stores': commands are refused", self._off_ms)

    def _ahead(self, now: Millis, steady: float) -> float:
        """How far this clock was ahead of the stores' at that moment, as far as is known."""
        jumped = self._since - (steady * 1_000 - now)
        return self._off_ms + jumped

    async def watch(self) -> None:
        """Compares until it is cancelled. While the stores do not answer, the last comparison stands."""
        while True:
            try:
                await self.compare()
            except Exception as error:  # noqa: BLE001 - whatever went wrong, the next comparison may not
                logger.warning("the stores do not tell the time: %s", type(error).__name__)
            await asyncio.sleep(COMPARE_EVERY_S)
