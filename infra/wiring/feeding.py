"""Feeding: keeps every version that follows the log fed in this process, as the site's state has it.

A version that is built begins to be fed once it follows, one that is paused or dropped is let go: nobody restarts.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from commands.invariants import end_process
from processors.planning import Subscriber
from processors.runtime import Runtime
from projections.effects import Projection
from projections.site import HeldState
from projections.versions import Standing, Versions

LOOK_S = 0.25


class Driver(Protocol):
    """Who says that there is something new."""

    runtime: Runtime

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
        await self._follow((await self.state.fresh()).state.of)

    async def run(self) -> None:
        """Until it is cancelled; then it waits for all. Where a driver ends by itself the process does: readers must
        not go on as if nothing had happened."""
        try:
            while True:
                held = self.state.held
                if held is not None:
                    await self._follow(held.state.of)
                tasks = [task for _, task in self._driving.values()]
                done, _ = await asyncio.wait(tasks, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    end_process("subscribers", task.exception() or RuntimeError("a driver has ended"))
        finally:
            await self._let_go(list(self._driving))

    async def _follow(self, versions: Callable[[str], Versions]) -> None:
        wanted: Mapping[str, Subscriber] = {
            version.id: version for one in self.subscribers for version in _versions(one, versions)
        }
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


def _versions(subscriber: Subscriber, versions: Callable[[str], Versions]) -> Sequence[Subscriber]:
    if not isinstance(subscriber, Projection):
        return [subscriber]
    kept = versions(subscriber.name).kept
    return [replace(subscriber, version=number) for number in sorted(kept) if kept[number] is Standing.FOLLOWING]
