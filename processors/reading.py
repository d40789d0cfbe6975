"""A reading: one partition, as one subscriber reads it while the partition is this process's. Plan, apply, position.

Rows are written in order. What follows from them goes on in a window, many at once: a slow or failing reaction delays
nobody, until as many events as the window is wide lie between it and the next. So there are two positions: `rows`, and
`finished`, the lowest event whose reactions are not over. A restart begins at `finished`; below `rows` only reactions
are repeated.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from commands.ports import Entry, Log, Transactions, Vault
from events.codec import NewerVersion
from processors.appliers import Appliers
from processors.planning import Plan, Poison, Subscriber, keys_of, planned
from processors.window import Insist, Window
from projections.ports import Positions, Tables
from schemas.positions import Partition


@dataclass(frozen=True)
class Sources:
    """What a runtime reads, and where it keeps how far it is."""

    log: Log
    vault: Vault
    positions: Positions
    tables: Tables
    """Where attempts are kept: the same store as positions and rows."""
    transactions: Transactions
    """Of that store: on a backend that has them, rows and position stand or fall together."""


@dataclass
class Reading:
    """Where it is, and what is under way. Closed, it takes nothing more; another may then begin where it got to."""

    subscriber: Subscriber
    appliers: Appliers
    sources: Sources
    partition: Partition
    rows: int
    """The offset whose rows are written next."""
    next: int
    """The offset that is taken next: below `rows` after a restart."""
    window: Window
    width: int
    """Events from the lowest unfinished one on that may be taken before it is finished."""
    insist: Insist
    told: int
    """The `finished` that is written."""
    closed: bool = False
    work: asyncio.Task[None] | None = None
    """What is in hand, while its driver has it in a task of its own."""
    _telling: asyncio.Task[None] | None = field(default=None, init=False)

    @property
    def finished(self) -> int:
        """The lowest offset whose reactions are not over."""
        lowest = self.window.lowest
        return self.next if lowest is None else lowest

    async def take(self, entries: Sequence[Entry]) -> None:
        """Does what these entries, which begin at `next`, ask for: as far as the window reaches, and up to the first
        that cannot be planned.

        Raises Poison or NewerVersion for the first entry, and whatever kept it from applying.
        """
        reached = [entry for entry in entries if entry.position.offset < self.finished + self.width]
        again = [entry for entry in reached if entry.position.offset < self.rows]
        if not reached:
            await self._moved()
        elif again:
            await self._react_again(again)
        else:
            await self._apply(reached)

    async def close(self, patience_s: float) -> None:
        """Waits so long for what is under way, and then cuts it short. What is finished by then is written."""
        self.closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                if self.work is not None:
                    await asyncio.wait([self.work])
                await self.window.over()
                if self._telling is not None:
                    await asyncio.wait([self._telling])
        ending = [task for task in (self.work, self._telling) if task is not None]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, self.window.cancelled(), return_exceptions=True)

    async def _apply(self, entries: Sequence[Entry]) -> None:
        plans = await self._plans(entries)
        last = plans[-1].delivery
        async with self.sources.transactions.together():
            await self.appliers.rows.apply(plans)
            finished = self._finished_with(plans)
            await self.sources.positions.advance(self.subscriber.id, last.position, last.recorded.id, finished)
        self.rows = self.next = last.position.offset + 1
        self.told = finished
        self._react(plans, alone=False)

    async def _react_again(self, entries: Sequence[Entry]) -> None:
        """What a process before this one may not have finished. Whatever is poison was so then."""
        keys = await keys_of(entries, self.sources.vault)
        plans = []
        for entry in entries:
            with suppress(Poison):
                plans.append(planned(entry, keys, self.subscriber))
        self.next = entries[-1].position.offset + 1
        self._react(plans, alone=True)

    async def _plans(self, entries: Sequence[Entry]) -> list[Plan]:
        keys = await keys_of(entries, self.sources.vault)
        plans: list[Plan] = []
        for entry in entries:
            try:
                plans.append(planned(entry, keys, self.subscriber))
            except (NewerVersion, Poison):
                if not plans:
                    raise
                break
        return plans

    def _react(self, plans: Sequence[Plan], alone: bool) -> None:
        for plan in plans:
            if plan.reactions:
                self.window.begin(plan, alone)
        if self.finished > self.told or self.window:
            self._tell()

    def _finished_with(self, plans: Sequence[Plan]) -> int:
        """`finished`, once these plans' rows are written and nothing of what follows from them is done."""
        if self.window:
            return self.finished
        unfinished = (plan.delivery.position.offset for plan in plans if plan.reactions)
        return next(unfinished, plans[-1].delivery.position.offset + 1)

    async def _moved(self) -> None:
        self.window.moved.clear()
        await self.window.moved.wait()

    def _tell(self) -> None:
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._telling_until_over())

    async def _telling_until_over(self) -> None:
        """Writes `finished` whenever it has moved, until nothing is under way."""
        while True:
            finished = self.finished
            if finished > self.told:
                await self.insist(partial(self.sources.positions.finish, self.subscriber.id, self.partition, finished))
                self.told = max(finished, self.told)
            elif not self.window:
                return
            else:
                await self._moved()
