"""A subscriber of which every event asks for one reaction, and whoever carries those out: as a test wants it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from events.delivery import Delivery
from processors.appliers import Appliers
from processors.pace import Pace
from processors.reading import Reading
from projections.effects import Effect, Reaction
from schemas.positions import ENGAGEMENT, Partition, Position
from tests.everything import Everything
from tests.integration.runtime.recorder import Recorder
from tests.integration.schedules.fate import Fate, Faulty
from tests.integration.stores import KEPT, Site
from tests.pace import patient

REACTOR = "reactor@v1"
Befalls = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Ask(Reaction):
    """Something is to follow from an event."""

    stream: str


class Killed(BaseException):
    """The process dies here."""


@dataclass
class Reactor(Everything):
    """Says what is asked for, and carries it out. `befalls`: what happens at an offset before it is done."""

    befalls: dict[int, Befalls] = field(default_factory=dict)
    begun: list[int] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    cut_short: dict[int, int] = field(default_factory=dict)
    """What was told of earlier attempts."""
    most_at_once: int = 0
    now: int = 0
    rows: Recorder = field(default_factory=Recorder)
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    id: str = REACTOR
    topics: Sequence[str] = (ENGAGEMENT,)

    def plan(self, delivery: Delivery) -> Sequence[Effect]:
        return [Ask(delivery.recorded.stream)]

    async def apply(self, reaction: Ask, delivery: Delivery, cut_short: int) -> None:
        offset = delivery.position.offset
        self.begun.append(offset)
        self.cut_short[offset] = cut_short
        self.now += 1
        self.most_at_once = max(self.now, self.most_at_once)
        self._say()
        try:
            if offset in self.befalls:
                await self.befalls[offset]()
            else:
                await asyncio.sleep(0)
        finally:
            self.now -= 1
        self.done.append(offset)
        self._say()

    async def has(self, begun: int = 0, done: int = 0) -> None:
        """Waits until so many reactions were begun, and so many done."""
        async with asyncio.timeout(patient(20)):
            while len(self.begun) < begun or len(self.done) < done:
                moved = self.moved
                await moved.wait()

    @property
    def appliers(self) -> Appliers:
        return Appliers(self.rows, {Ask: self})

    def _say(self) -> None:
        self.moved.set()
        self.moved = asyncio.Event()


async def opened_at(site: Site, reactor: Reactor, place: Position, fate: Fate | None = None) -> Reading:
    """What a process reads that has just got the partition, and has taken what there is."""
    await site.tables.create(KEPT)
    runtime = site.runtime(reactor, Pace(), reactor.appliers)
    tables: Any = Faulty(site.tables, fate or Fate())
    runtime = replace(runtime, sources=replace(runtime.sources, tables=tables))
    (reading,) = (await runtime.open([Partition.of(place)])).values()
    while entries := await runtime.read(reading):
        await runtime.take(reading, entries)
    return reading
