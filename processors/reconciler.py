"""The reconciler: finishes commands whose process died between the ledger and the log. Fed by announcements.

Works from nothing but what is announced: no clock says who is dead. What two passes in a row find above a mark is
appended, which is harmless beside a slow producer: the log then holds the event twice, under one id.
"""

import asyncio
import logging
from asyncio import gather
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from commands.invariants import BrokenInvariant, end_process
from commands.ports import Announcement, Announcements, Instance
from commands.streams import Streams
from schemas.errors import PhotologError

EVERY_S = 2.0
"""Between two passes: what is in flight for longer may be appended twice."""
AT_ONCE = 64
OFTEN, SELDOM = 15, 32
"""Passes in which an announcement is looked at whose version does not come, and after which only every so many: its
writer may still be asleep before the insert, though most are dead."""

QUIET = 15
"""Passes in which an instance says nothing new, all of it covered, before it is retired."""
RETIRED_AT_ONCE = 4
"""Retired instances that a pass looks at, in turn: one may have been asleep in the middle of announcing."""

Owned = tuple[str, Announcement]
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
    _covered: set[Owned] = field(default_factory=set)
    """Covered by a mark, which never moves back: never looked at again while they stand."""
    _seen: dict[Owned, int] = field(default_factory=dict)
    """In how many passes each of the others was there."""
    _quiet: dict[tuple[Instance, tuple[Announcement, ...]], int] = field(default_factory=dict)
    """In how many passes an instance has said the same, all of it covered."""
    _after: str = ""
    """The last of all instances that a pass has looked at in turn."""

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
        instances = await self.announcements.at_work()
        slots = dict(zip(instances, await _each([one.name for one in instances], self._slots), strict=True))
        standing = {(instance.name, one) for instance, some in slots.items() for one in some}
        self._covered &= standing
        uncovered = await self._uncovered(sorted(standing - self._covered))
        self._covered |= standing - uncovered
        due = sorted({one.stream for name, one in uncovered if self._is_due((name, one))})
        self._seen = {owned: self._seen.get(owned, 0) + 1 for owned in uncovered}
        finished = sum(await _each(due, self._finish))
        await self._retire(slots, {name for name, _ in uncovered})
        await self._look_at_retired({instance.name for instance in instances})
        self.unfinished = len({one.stream for _, one in uncovered})
        self.finished += finished
        self.passes += 1
        return finished

    def _is_due(self, owned: Owned) -> bool:
        """Not when it is seen for the first time: most are in flight then."""
        seen = self._seen.get(owned, 0)
        return 0 < seen <= OFTEN or seen % SELDOM == SELDOM - 1

    async def _uncovered(self, announced: Sequence[Owned]) -> set[Owned]:
        """Those of these whose version no mark covers."""
        marks = await _each([one.stream for _, one in announced], self.streams.ledger.mark)
        versions = [mark.version if mark else 0 for mark in marks]
        return {owned for owned, version in zip(announced, versions, strict=True) if version < owned[1].version}

    async def _slots(self, instance: str) -> tuple[Announcement, ...]:
        return tuple(await self.announcements.announced(instance))

    async def _retire(self, slots: Mapping[Instance, tuple[Announcement, ...]], unfinished: set[str]) -> None:
        """Those that say nothing new for long, with nothing left to finish. One that has said something meanwhile is
        looked at again: this pass may have been asleep for longer than it."""
        covered = [one for one in slots.items() if one[0].name not in unfinished]
        self._quiet = {one: self._quiet.get(one, 0) + 1 for one in covered}
        for instance, said in [one for one, passes in self._quiet.items() if passes >= QUIET]:
            await self.announcements.retire(instance)
            if await self._slots(instance.name) != said:
                await self.announcements.register(instance.name)

    async def _look_at_retired(self, at_work: set[str]) -> None:
        """The next few of all: whoever has announced something that is not covered is at work again."""
        names = await self.announcements.known(self._after, RETIRED_AT_ONCE)
        self._after = names[-1] if len(names) == RETIRED_AT_ONCE else ""
        retired = [name for name in names if name not in at_work]
        said = await _each(retired, self._slots)
        owned = [(name, one) for name, some in zip(retired, said, strict=True) for one in some]
        await _each(sorted({name for name, _ in await self._uncovered(owned)}), self.announcements.register)

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
