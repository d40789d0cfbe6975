"""Feeding: keeps every version that follows the log fed in this process, as the site's state has it.

A version that is built begins to be fed once it follows, one that is paused or dropped is let go: nobody restarts.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from commands.invariants import end_process
from processors.planning import Subscriber
from processors.runtime import Runtime
from projections.effects import Projection
from projections.site import HeldState, SiteState
from projections.versions import Standing

LOOK_S = 0.25


class Driver(Protocol):
    """Who says that there is something new."""

    @property
    def runtime(self) -> Runtime:
        """Whom it feeds."""

    async def run(self) -> None:
        """Until it is cancelled."""


@dataclass
class Feeding:
    """Of one process."""

    subscribers: Collection[Subscriber]
    """As they are declared."""
    state: HeldState
    drive: Callable[[Subscriber], Driver]
    _driving: dict[str, tuple[Driver, asyncio.Task[None]]] = field(default_factory=dict)

    def runtimes(self) -> Sequence[Runtime]:
        """Those that are fed just now."""
        return [driver.runtime for driver, _ in self._driving.values()]

    async def begin(self) -> None:
        """Begins to feed what follows. Raises Unavailable."""
        await self._follow((await self.state.fresh()).state)

    async def run(self) -> None:
        """Until it is cancelled; then it waits for all. Where a driver ends by itself the process does: readers must
        not go on as if nothing had happened."""
        try:
            while True:
                held = self.state.held
                if held is not None:
                    await self._follow(held.state)
                tasks = [task for _, task in self._driving.values()]
                done, _ = await asyncio.wait(tasks, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    end_process("subscribers", task.exception() or RuntimeError("a driver has ended"))
        finally:
            await self._let_go(list(self._driving))

    async def _follow(self, state: SiteState) -> None:
        wanted = {one.id: one for one in followed(self.subscribers, state)}
        for name, subscriber in wanted.items():
            if name not in self._driving:
                driver = self.drive(subscriber)
                self._driving[name] = (driver, asyncio.create_task(driver.run()))
        await self._let_go([name for name in self._driving if name not in wanted])

    async def _let_go(self, names: Sequence[str]) -> None:
        tasks = [self._driving.pop(name)[1] for name in names]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def followed(subscribers: Iterable[Subscriber], state: SiteState) -> list[Subscriber]:
    """What is to be fed of these: of a projection, every version that follows the log, by the functions of its shape.
    One of a shape that this release does not know is left to those that do."""
    return [version for one in subscribers for version in _versions(one, state)]


def _versions(subscriber: Subscriber, state: SiteState) -> Sequence[Subscriber]:
    if not isinstance(subscriber, Projection):
        return [subscriber]
    kept, name = state.of(subscriber.name).kept, subscriber.name
    following = [number for number in sorted(kept) if kept[number] is Standing.FOLLOWING]
    shaped = (subscriber.shaped(state.shape(name, number), number) for number in following)
    return [one for one in shaped if one is not None]
