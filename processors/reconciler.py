"""The reconciler: finishes commands whose process died between the ledger and the log. Fed by announcements.

Works from nothing but what is announced: no clock says who is dead. What two passes in a row find above a mark is
appended, which is harmless beside a slow producer: the log then holds the event twice, under one id.
"""

import asyncio
import logging
from asyncio import gather
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from commands.invariants import BrokenInvariant, end_process
from commands.ports import Announcement, Announcements
from commands.streams import Streams
from schemas.errors import PhotologError

EVERY_S = 2.0
"""Between two passes: what is in flight for longer may be appended twice."""
AT_ONCE = 64
OFTEN, SELDOM = 15, 32
"""Passes in which an announcement is looked at whose version does not come, and after which only every so many: its
writer may still be asleep before the insert, though most are dead."""

Place = tuple[str, Announcement]
"""An announcement and whose it is."""
A = TypeVar("A")
R = TypeVar("R")

logger = logging.getLogger("photolog.reconciler")


@dataclass
class Reconciler:
    """Any number may run, in any process. Counts what it does since it started, for metrics."""

    announcements: Announcements
    streams: Streams
    passes: int = 0
    finished: int = 0
    """Events that this appended."""
    unfinished: int = 0
    """Streams that the last pass found announced and not covered by a mark, whether or not anything was inserted."""
    _settled: set[Place] = field(default_factory=set)
    """Covered by a mark, which never moves back: never looked at again while they stand."""
    _seen: dict[Place, int] = field(default_factory=dict)
    """In how many passes each of the others was there."""

    async def run(self) -> None:
        """Works until it is cancelled; stores that are away only make it wait."""
        while True:
            try:
                await self.once()
            except BrokenInvariant as broken:
                end_process("the reconciler", broken)
            except Exception as error:  # noqa: BLE001 - whatever went wrong, the next pass looks at the same again
                logger.warning("a pass ends with %s", type(error).__name__)
            await asyncio.sleep(EVERY_S)

    async def once(self) -> int:
        """One pass; the number of events that it finished."""
        instances = await self.announcements.instances()
        slots = await _each(instances, self.announcements.announced)
        standing = {(who, one) for who, some in zip(instances, slots, strict=True) for one in some}
        self._settled &= standing
        uncovered = await self._uncovered(sorted(standing - self._settled))
        self._settled |= standing - uncovered
        due = sorted({one.stream for who, one in uncovered if self._is_due((who, one))})
        self._seen = {place: self._seen.get(place, 0) + 1 for place in uncovered}
        finished = sum(await _each(due, self._finish))
        self.unfinished = len({one.stream for _, one in uncovered})
        self.finished += finished
        self.passes += 1
        return finished

    def _is_due(self, place: Place) -> bool:
        """Not when it is seen for the first time: most are in flight then."""
        seen = self._seen.get(place, 0)
        return 0 < seen <= OFTEN or seen % SELDOM == SELDOM - 1

    async def _uncovered(self, places: Sequence[Place]) -> set[Place]:
        """Those of these whose version no mark covers."""
        marks = await _each([one.stream for _, one in places], self.streams.ledger.mark)
        versions = [mark.version if mark else 0 for mark in marks]
        return {place for place, version in zip(places, versions, strict=True) if version < place[1].version}

    async def _finish(self, stream: str) -> int:
        """Appends what stands above the mark: nothing, where the version was never inserted or a store is away."""
        try:
            finished = await self.streams.finish(stream)
        except PhotologError as error:
            logger.warning("a %s is left for the next passes: %s", stream.partition("/")[0], error.code)
            return 0
        if finished:
            logger.info("finished %d events of a %s", finished, stream.partition("/")[0])
        return finished


async def _each(items: Iterable[A], work: Callable[[A], Awaitable[R]]) -> list[R]:
    """The work on every item, AT_ONCE at a time."""
    left, done = list(items), list[R]()
    for start in range(0, len(left), AT_ONCE):
        done += await gather(*map(work, left[start : start + AT_ONCE]))
    return done
