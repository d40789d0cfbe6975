"""Turns: how much of one kind of work a process does at once, and how many may wait for it; the others are turned away.

So a store that readers fall back on is asked for no more than it was sized for, whatever happens to the one before it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from schemas.errors import Unavailable

WITHIN_S = 2.0
"""Who has waited so long is turned away: behind a store that is too slow a queue only makes everybody late."""


class Turns:
    """Of one process. Call from one event loop."""

    def __init__(self, at_once: int, most_waiting: int, refusal: str, within_s: float = WITHIN_S) -> None:
        """`refusal` says in plain English why somebody is turned away."""
        self.under_way = 0
        self.most_under_way = 0
        """Ever, and below how many were turned away: for metrics."""
        self.refused = 0
        self.at_once = at_once
        self._turns = asyncio.Semaphore(at_once)
        self._most_waiting = most_waiting
        self._waiting = 0
        self._refusal = refusal
        self._within_s = within_s

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits for a turn, and has it during the block. Raises Unavailable where too many wait already, or it takes
        too long."""
        self.check()
        if self._turns.locked():
            await self._wait()
        else:
            await self._turns.acquire()
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            yield
        finally:
            self.under_way -= 1
            self._turns.release()

    def check(self) -> None:
        """Raises Unavailable for who would be turned away at once: before anything is done for a turn."""
        if self._turns.locked() and self._waiting == self._most_waiting:
            raise self._refused()

    @asynccontextmanager
    async def in_time(self) -> AsyncIterator[None]:
        """The block waits for no longer than one waits for a turn. Raises Unavailable where it would."""
        try:
            async with asyncio.timeout(self._within_s):
                yield
        except TimeoutError:
            raise self._refused() from None

    def _refused(self) -> Unavailable:
        self.refused += 1
        return Unavailable(self._refusal)

    async def _wait(self) -> None:
        self._waiting += 1
        try:
            async with self.in_time():
                await self._turns.acquire()
        finally:
            self._waiting -= 1
