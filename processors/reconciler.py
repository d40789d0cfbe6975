"""The reconciler: finishes commands whose process died between the ledger and the log. Fed by announcements.

Works from nothing but what is announced: no clock says who is dead. What two passes in a row find above a mark is
appended, which is harmless beside a slow producer: the log then holds the event twice, under one id.
"""

import asyncio
import logging
from asyncio import gather
from collections.abc import Sequence
from dataclasses import dataclass, field

from commands.invariants import BrokenInvariant, end_process
from commands.ports import Announcement, Announcements
from commands.streams import Streams

EVERY_S = 2.0
"""Between two passes: what is in flight for longer may be appended twice."""
AT_ONCE = 64

Place = tuple[str, Announcement]
"""An announcement and whose it is."""

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
    """Streams that the last pass found announced and not yet covered by a mark."""
    _settled: set[Place] = field(default_factory=set)
    """Covered by a mark, which never moves back: never looked at again while they stand."""
    _before: set[Place] = field(default_factory=set)
    """Not yet covered in the pass before."""

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
        standing: set[Place] = set()
        for instance in await self.announcements.instances():
            standing.update((instance, one) for one in await self.announcements.announced(instance))
        self._settled &= standing
        open_places = await self._uncovered(sorted(standing - self._settled, key=lambda place: place[1].stream))
        self._settled |= standing - open_places
        finished = sum([await self._finish(stream) for stream in sorted(_streams(open_places & self._before))])
        self._before = open_places
        self.unfinished = len(_streams(open_places))
        self.finished += finished
        self.passes += 1
        return finished

    async def _uncovered(self, places: Sequence[Place]) -> set[Place]:
        """Those of these whose version no mark covers."""
        uncovered: set[Place] = set()
        for start in range(0, len(places), AT_ONCE):
            some = places[start : start + AT_ONCE]
            marks = await gather(*(self.streams.ledger.mark(one.stream) for _, one in some))
            versions = [mark.version if mark else 0 for mark in marks]
            uncovered.update(place for place, version in zip(some, versions, strict=True) if version < place[1].version)
        return uncovered

    async def _finish(self, stream: str) -> int:
        """Appends what stands above the mark; nothing, where the announced version was never inserted."""
        finished = await self.streams.finish(stream)
        if finished:
            logger.info("finished %d events of %s", finished, stream.partition("/")[0])
        return finished


def _streams(places: set[Place]) -> set[str]:
    return {one.stream for _, one in places}
