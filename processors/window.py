"""The window: reactions of one partition that are under way. Many at once, those of one stream in their order.

What a crash left unfinished begins alone, one after the other: so whatever takes the process along again is known. One
that only fails has shown that it does not, and is tried again beside the others.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from processors.planning import Plan

React = Callable[[Plan, bool], Awaitable[None]]
"""Carries out what follows from a plan; the second argument says whether it is alone. Raises: try again."""
Insist = Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]
"""Does something until it succeeds."""

Before = asyncio.Task[None] | None
Tried = asyncio.Event | None


class Unsure(Exception):
    """The partition may be another process's by now: nothing was begun."""


@dataclass
class Window:
    """Knows which events of the partition are unfinished. Lives as long as the partition is this process's."""

    react: React
    insist: Insist
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever an event is finished; who waits for it clears it first."""
    _open: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    """By offset, lowest first."""
    _latest: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    """The last one of each stream."""
    _tried: Tried = None
    """Set once the last one that begins alone has been tried."""

    def __len__(self) -> int:
        return len(self._open)

    @property
    def lowest(self) -> int | None:
        """The lowest offset that is not finished; None: all are."""
        return next(iter(self._open), None)

    def begin(self, plan: Plan, alone: bool) -> None:
        """Starts what follows from a plan. Offsets only rise."""
        offset, stream = plan.delivery.position.offset, plan.delivery.recorded.stream
        before, tried = self._latest.get(stream), self._tried
        if alone:
            self._tried = asyncio.Event()
            task = asyncio.create_task(self._alone(plan, before, tried, self._tried))
        else:
            task = asyncio.create_task(self._beside_others(plan, before, tried))
        self._open[offset] = self._latest[stream] = task
        task.add_done_callback(lambda done: self._ended(offset, stream, done))

    async def over(self) -> None:
        """Returns once nothing is under way."""
        while under_way := [task for task in self._open.values() if not task.done()]:
            await asyncio.wait(under_way)

    async def cancelled(self) -> None:
        """Cuts short what is under way; it stays unfinished."""
        cut = list(self._open.values())
        for task in cut:
            task.cancel()
        await asyncio.gather(*cut, return_exceptions=True)

    async def _beside_others(self, plan: Plan, before: Before, tried: Tried) -> None:
        if tried is not None:
            await tried.wait()
        if before is not None:
            await asyncio.wait([before])
        await self.insist(lambda: self.react(plan, False))

    async def _alone(self, plan: Plan, before: Before, tried: Tried, mine: asyncio.Event) -> None:
        async def step() -> None:
            alone = not mine.is_set()
            try:
                await self.react(plan, alone)
            except Unsure:
                raise
            except Exception:
                mine.set()
                raise
            mine.set()

        if tried is not None:
            await tried.wait()
        if before is not None and not before.done():  # what failed alone: its stream waits for it, and nobody else does
            mine.set()
            await asyncio.wait([before])
        await self.insist(step)

    def _ended(self, offset: int, stream: str, task: asyncio.Task[None]) -> None:
        if self._latest.get(stream) is task:
            del self._latest[stream]
        if not task.cancelled() and task.exception() is None:
            del self._open[offset]
            self.moved.set()
