"""A schedule drawn from a seed: which step of which process goes next, and what befalls it. For tests.

Every step of every process waits for its turn, late writes and reconcilers' steps too. On a loop where nothing waits
for threads or clocks the same seed is the same schedule.
"""

import asyncio
import itertools
import random
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.integration.schedules.fate import (
    Call,
    Fate,
    Fault,
    as_ever,
    dies_after,
    dies_before,
    is_refused,
    lands_later,
    loses_the_answer,
)

WRITES = {"register", "retire", "announce", "insert", "append", "move_mark", "keep_snapshot", "take_number", "answer"}
WRITES |= {"write", "push", "begin", "complete"}
CALM = 20
"""Turns without a fault, on average, for each with one."""


class DrawnSchedule:
    """Lets those who wait go on one at a time, in an order of its own; some are overlooked for long."""

    def __init__(self, seed: int, late: bool = True) -> None:
        """`late`: whether a write can land after its process gave it up, which no transaction lets happen."""
        self._late = late
        self.draw = random.Random(seed)
        self._waiting: list[tuple[Fate | None, asyncio.Future[None]]] = []
        self._slow: set[int] = set()
        self._names = itertools.count()
        self._run = f"{seed:08x}"

    def name(self, kind: str) -> str:
        """A name that no other has, and that the next run of this seed has again, in the same order among others."""
        return f"{kind} {self._run} {next(self._names):04}"

    def fate(self) -> Fate:
        """A fate whose every step waits for its turn, and may then meet a fault."""
        fate = Fate()

        def usual(step: str) -> Fault:
            async def fault(own: Fate, call: Call) -> Any:
                await self.turn(own)
                answer = await self._drawn(step)(own, call)
                if self.draw.random() < 0.3:
                    await self.turn(own)
                return answer

            return fault

        fate.usual = usual
        return fate

    async def turn(self, fate: Fate | None = None) -> None:
        """Waits until this schedule has it go on."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((fate, waiter))
        await waiter

    async def run(self, work: Awaitable[Any]) -> Any:
        """Gives turns until the work is done, and everything that lands later has landed."""
        task = asyncio.ensure_future(work)
        while not task.done() or self._waiting:
            if self._waiting:
                self._give_a_turn()
            await asyncio.sleep(0)
        return await task

    def _give_a_turn(self) -> None:
        """Whoever is slow is passed over while others wait, for 30 turns on average: seconds, as it were."""
        if self.draw.random() < 1 / 30:
            self._slow = {id(fate) for fate, _ in self._waiting if self.draw.random() < 0.4}
        ready = [place for place, (fate, _) in enumerate(self._waiting) if id(fate) not in self._slow]
        place = self.draw.choice(ready or range(len(self._waiting)))
        self._waiting.pop(place)[1].set_result(None)

    def _drawn(self, step: str) -> Fault:
        if self.draw.random() > 1 / CALM:
            return as_ever
        if step not in WRITES:
            return self.draw.choice((is_refused, dies_before))
        late = lands_later(self._much_later, dies=self.draw.random() < 0.5)
        faults = [dies_before, dies_after, is_refused, loses_the_answer]
        return self.draw.choice([*faults, late, late] if self._late else faults)

    async def _much_later(self) -> None:
        """When a write lands whose process does not wait for it any more."""
        for _ in range(self.draw.randrange(1, 60)):
            await self.turn()


class RealTime(DrawnSchedule):
    """The same on servers: every step begins at once or after a while, seconds now and then, and all may overlap."""

    async def turn(self, fate: Fate | None = None) -> None:
        """Mostly does not wait."""
        await asyncio.sleep(self.draw.uniform(0.2, 3) if self.draw.random() < 1 / CALM else 0)

    async def run(self, work: Awaitable[Any]) -> Any:
        """There is nobody to give turns to."""
        return await work

    async def _much_later(self) -> None:
        await asyncio.sleep(self.draw.uniform(0, 4))


@contextmanager
def says(seed: int) -> Iterator[None]:
    try:
        yield
    except BaseException:
        print(f"repeat with PHOTOLOG_SEED={seed}")
        raise
