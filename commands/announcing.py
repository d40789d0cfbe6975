"""Announcer: tells, before a version is inserted, which: so that a reconciler finds it if this process dies.

A slot is used again once it cannot matter any more: the mark covers its version, or its attempt is over. After an error
nobody knows, so the slot waits until the mark covers it.
"""

import asyncio
import heapq
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from commands.ports import Announcement, Announcements, Ledger

LOOK_EVERY = 16
"""Announcements between two looks at a slot in doubt."""
KNOWN_S = 1.0
"""Seconds after which a process looks whether it was retired meanwhile. Nothing rests on them: what is announced by
one that was is found too, only later."""


class Announcer:
    """The slots of one process, its instance. Call from one event loop."""

    def __init__(self, announcements: Announcements, ledger: Ledger, instance: str) -> None:
        self._announcements = announcements
        self._ledger = ledger
        self._instance = instance
        self._registered = False
        self._registering = asyncio.Lock()
        self._looked_at = 0.0
        """When it last knew that it was at work."""
        self._revision = 0
        self._slots = 0
        self._free: list[int] = []
        """A heap: the lowest first, so that few are in use."""
        self._in_doubt: deque[Announcement] = deque()
        self._writing = asyncio.Lock()
        self._unwritten: list[Announcement] = []
        """What was said while others were written: the next write takes all of it along."""

    def announced(self, stream: str, version: int) -> AbstractAsyncContextManager[None]:
        """Inside, this version may be inserted and appended. What raises there is left to the reconciler."""
        return self.all_announced([(stream, version)])

    @asynccontextmanager
    async def all_announced(self, versions: Sequence[tuple[str, int]]) -> AsyncIterator[None]:
        """The same of versions of several streams."""
        await self._stay_at_work()
        if self._in_doubt and self._revision % LOOK_EVERY == 0:
            await self._look()
        told = []
        for stream, version in versions:
            self._revision += 1
            told.append(Announcement(self._take(), stream, version, self._revision))
        try:
            await self._write(told)
        except BaseException:
            self._free_slots(told)  # nothing was inserted: the attempt is over
            raise
        try:
            yield
        except BaseException:
            self._in_doubt.extend(told)
            raise
        self._free_slots(told)

    @property
    def in_doubt(self) -> int:
        """Slots that wait for a mark."""
        return len(self._in_doubt)

    def _free_slots(self, announcements: Sequence[Announcement]) -> None:
        for one in announcements:
            heapq.heappush(self._free, one.slot)

    async def _write(self, told: Sequence[Announcement]) -> None:
        """Returns once they are durable: another's write may have taken them along, or it takes all who wait along."""
        self._unwritten.extend(told)
        async with self._writing:
            if told[0] not in self._unwritten:
                return
            taken, self._unwritten = self._unwritten, []
            try:
                await self._announcements.announce(self._instance, taken)
            except BaseException:
                self._unwritten += [one for one in taken if one not in told]  # theirs to try for themselves
                raise

    def _take(self) -> int:
        if self._free:
            return heapq.heappop(self._free)
        self._slots += 1
        return self._slots - 1

    async def _stay_at_work(self) -> None:
        """Registers at first, and again where a reconciler has retired this instance because it was quiet for long."""
        now = time.monotonic()
        if not self._registered:
            await self._register()
            self._looked_at = now
        elif now - self._looked_at >= KNOWN_S:
            self._looked_at = now
            if not await self._announcements.is_at_work(self._instance):
                await self._announcements.register(self._instance)

    async def _register(self) -> None:
        """An instance that was there before goes on above what it announced then, all of which is in doubt."""
        async with self._registering:
            if self._registered:
                return
            await self._announcements.register(self._instance)
            standing = await self._announcements.announced(self._instance)
            self._in_doubt.extend(standing)
            self._slots = max((one.slot + 1 for one in standing), default=0)
            self._revision = max((one.revision for one in standing), default=0)
            self._registered = True

    async def _look(self) -> None:
        """Frees the slot that has been in doubt for longest, or puts it last."""
        oldest = self._in_doubt.popleft()
        mark = await self._mark(oldest)
        if mark >= oldest.version:
            heapq.heappush(self._free, oldest.slot)
        else:
            self._in_doubt.append(oldest)

    async def _mark(self, announcement: Announcement) -> int:
        try:
            mark = await self._ledger.mark(announcement.stream)
        except BaseException:
            self._in_doubt.append(announcement)
            raise
        return mark.version if mark else 0
