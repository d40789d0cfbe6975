"""Replaying a projection in bulk, from where it is to where the log ends: rows alone, nothing outside hears of it.

The same runtime as ever, so that what is held, discarded or replaced is honoured as it is live, and it goes on where it
was cut short.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from events.delivery import Delivery
from processors.forecast import Forecast
from processors.log_driver import LogDriver
from processors.runtime import NOWHERE, Runtime
from projections.effects import Delete, Effect, Projection, Put
from schemas.positions import Partition, Position

LOOK_S = 0.05
"""Between two words on how far it is; its end is not waited for by looking."""


@dataclass(frozen=True)
class RowsAlone:
    """A projection whose reactions are somebody else's."""

    projection: Projection

    @property
    def id(self) -> str:
        return self.projection.id

    @property
    def topics(self) -> Sequence[str]:
        return self.projection.topics

    def reads(self, stored: str) -> bool:
        """What the projection reads."""
        return self.projection.reads(stored)

    def opens(self, stored: str) -> bool:
        """What the projection looks at."""
        return self.projection.opens(stored)

    def plan(self, delivery: Delivery) -> Iterable[Effect]:
        """What the projection says of rows."""
        return [effect for effect in self.projection.effects(delivery.recorded) if isinstance(effect, (Put, Delete))]


@dataclass(frozen=True)
class Replayed:
    """How far a replay is."""

    due: int
    """Events that it had to take when it began."""
    left: int
    per_second: float
    seconds_left: float | None
    """None: nothing says how long it takes."""
    held: Sequence[str]
    """What keeps it from going on, if anything does."""

    @property
    def line(self) -> str:
        """For whoever waits for it."""
        share = 1 - self.left / self.due if self.due else 1.0
        left = "…" if self.seconds_left is None else f"{self.seconds_left:.0f} s left"
        said = f"{share:6.1%}  {self.due - self.left:,} of {self.due:,} events; {self.per_second:,.0f} events/s, {left}"
        return f"{said}; held: {'; '.join(self.held)}" if self.held else said


async def replay(runtime: Runtime, say: Callable[[Replayed], None], stop: asyncio.Event) -> bool:
    """Up to where the log ends now, or until it is told to stop. Whether it got there. Raises what ends the driver.

    What is appended meanwhile is left alone: of a batch that is cut short rows may be written, and neither its counts
    nor its position, so that one who got there must have none in hand.
    """
    topics, log = runtime.subscriber.topics, runtime.sources.log
    ends = {Partition(*place): end for place, end in (await log.ends()).items() if place[0] in topics}
    forecast, due = Forecast(runtime.pace.batch, time.monotonic), sum((await _left(runtime, ends)).values())
    driving = asyncio.create_task(LogDriver(runtime, ends).run())
    stopping = asyncio.create_task(stop.wait())
    ending = asyncio.create_task(_ended(runtime, ends))
    beside: Sequence[asyncio.Task[Any]] = (driving, stopping, ending)
    try:
        while True:
            by_partition = await _left(runtime, ends)
            forecast.look(by_partition)
            left = sum(by_partition.values())
            held = [f"{partition}: {why}" for partition, why in runtime.failing.items()]
            say(Replayed(due, left, forecast.per_second, forecast.seconds_left, held))
            if left == 0 or stop.is_set():
                return left == 0
            await asyncio.wait(beside, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
            for task in (driving, ending):
                if task.done():
                    task.result()
    finally:
        for one in beside:
            one.cancel()
        await asyncio.gather(*beside, return_exceptions=True)


async def _ended(runtime: Runtime, ends: Mapping[Partition, int]) -> None:
    """Returns as soon as the rows of everything below these ends are written. Raises what the store does."""
    last = [Position(*place, end - 1) for place, end in ends.items() if end]
    await runtime.sources.positions.wait([runtime.subscriber.id], last, math.inf)


async def _left(runtime: Runtime, ends: Mapping[Partition, int]) -> dict[Partition, int]:
    """Events below these ends whose rows are not written."""
    own = await runtime.sources.positions.progress(runtime.subscriber.id)
    return {place: max(0, end - own.get(place, NOWHERE).rows) for place, end in ends.items()}
