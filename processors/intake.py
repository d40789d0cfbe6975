"""An intake: what a reading takes next, of what its lot was delivered, or of the log where that begins elsewhere.

Deliveries are shared by everybody who reads the partition. Whoever cannot follow reads the log itself until it can.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile

from commands.invariants import BrokenInvariant
from commands.ports import Entry
from processors.reading import Reading
from processors.runtime import Runtime

PATIENCE_S = 1.0
"""How long a reading may stand still before others go on without it."""

logger = logging.getLogger("photolog.faust")


@dataclass
class Intake:
    """Feeds one reading until that is closed."""

    runtime: Runtime
    reading: Reading
    edge: int
    """Behind what was delivered last."""
    clock: Callable[[], float]
    _waiting: deque[Entry] = field(default_factory=deque, init=False)
    _news: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def __post_init__(self) -> None:
        self._moved = self.clock()

    def begin(self) -> None:
        """Works in a task of its own from now on."""
        self.reading.work = asyncio.create_task(self._run())

    def deliver(self, entries: Sequence[Entry]) -> None:
        """Some entries of the partition, in order. What finds no room here is read from the log when it is due."""
        if len(self._waiting) + len(entries) <= self.runtime.pace.room:
            self._waiting += entries

    def reaches(self, edge: int) -> None:
        """The log has everything below."""
        self.edge = edge
        self._news.set()

    @property
    def keeps_up(self) -> bool:
        """Whether others can be asked to wait for it."""
        if self.reading.partition in self.runtime.failing:
            return False
        return self.reading.next >= self.edge or self.clock() - self._moved < PATIENCE_S

    async def end(self, patience_s: float) -> None:
        """Waits so long for what is in hand and under way, and then cuts it short."""
        self.reading.closed = True
        self._news.set()
        await self.reading.close(patience_s)

    async def _run(self) -> None:
        try:
            while not self.reading.closed:
                await self.runtime.insist(self.reading, self._step)
        except BrokenInvariant as broken:
            self.runtime.end_process(broken)

    async def _step(self) -> None:
        entries = self._due()
        if not entries and self.reading.next < self.edge:
            entries = await self._from_the_log()
        if entries:
            await self.runtime.take(self.reading, entries)
        else:
            self._news.clear()
            await self._news.wait()
        self._moved = self.clock()

    def _due(self) -> Sequence[Entry]:
        """Of what was delivered, as much as goes on where the reading is."""
        due, waiting = self.reading.next, self._waiting
        while waiting and waiting[0].position.offset < due:
            waiting.popleft()
        first = enumerate(islice(waiting, self.runtime.pace.batch), start=due)
        return [entry for _, entry in takewhile(lambda one: one[1].position.offset == one[0], first)]

    async def _from_the_log(self) -> Sequence[Entry]:
        name, place, due = self.runtime.subscriber.id, self.reading.partition, self.reading.next
        logger.info("%s reads %s from %d on: it was not delivered from there", name, place, due)
        entries = await self.runtime.read(self.reading)
        if not entries:
            raise BrokenInvariant(f"{place} ends before {due}, but something later was delivered")
        return entries
