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

from commands.handling import Handler
from commands.ports import Entry, Log, Transactions, Vault
from events.codec import NewerVersion
from processors.allowance import Allowance
from processors.appliers import Appliers
from processors.batches import Batch, sorted_out
from processors.dead_letters import DeadLetters, letter_id
from processors.holds import Hold, Holds
from processors.planning import Plan, Poison, Subscriber
from processors.window import Insist, Window
from projections.ports import Positions, Tables
from schemas.positions import Partition
from schemas.tables import Row


@dataclass(frozen=True)
class Sources:
    """What a runtime reads, and where it keeps how far it is."""

    log: Log
    vault: Vault
    handler: Handler
    """Who records dead letters."""
    positions: Positions
    tables: Tables
    """Where attempts and holds are kept: the same store as positions and rows."""
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
    dead_letters: DeadLetters
    allowance: Allowance
    holds: Holds
    letters: dict[str, Row]
    """What operators had said when this began; of what is held here, what they said since."""
    told: int
    """The `finished` that is written."""
    closed: bool = False
    work: asyncio.Task[None] | None = None
    """What is in hand, while its driver has it in a task of its own."""
    draining: asyncio.Task[None] | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Of whoever writes rows and moves `rows`, or lets a stream go."""
    _telling: asyncio.Task[None] | None = field(default=None, init=False)

    @property
    def finished(self) -> int:
        """The lowest offset whose reactions are not over."""
        lowest = self.window.lowest
        return self.next if lowest is None else lowest

    async def take(self, entries: Sequence[Entry]) -> None:
        """Does what these entries, which begin at `next`, ask for: as far as the window reaches, and up to the first
        that cannot be planned; that one alone is put aside.

        Raises TooMany or NewerVersion for the first entry, and whatever kept it from applying.
        """
        reached = [entry for entry in entries if entry.position.offset < self.finished + self.width]
        again = [entry for entry in reached if entry.position.offset < self.rows]
        if again:
            await self._react_again(again)
        elif reached:
            await self._apply(reached)

    async def room(self) -> None:
        """Returns once the window reaches what is due."""
        while self.next >= self.finished + self.width:
            await self._moved()

    async def close(self, patience_s: float) -> None:
        """Waits so long for what is under way, and then cuts it short. What is finished by then is written."""
        self.closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                for task in (self.work, self.draining):
                    if task is not None:
                        await asyncio.wait([task])
                await self.window.over()
                if self._telling is not None:
                    await asyncio.wait([self._telling])
        ending = [task for task in (self.work, self.draining, self._telling) if task is not None]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, self.window.cancelled(), return_exceptions=True)

    async def _apply(self, entries: Sequence[Entry]) -> None:
        batch = await self._sorted_out(entries)
        if not batch.taken:
            await self._put_aside(entries[0], batch.trouble)
            return
        async with self.turn:
            async with self.sources.transactions.together():
                await self.appliers.rows.apply(batch.plans)
                finished = await self._advance(batch.taken[-1], batch.plans)
            self._got_to(batch.taken[-1], finished)
        self._react(batch.plans, alone=False)

    async def _react_again(self, entries: Sequence[Entry]) -> None:
        """What a process before this one may not have finished. What is poison was so then, and is not decided anew."""
        left = list(entries)
        while left:
            batch = await self._sorted_out(left)
            if isinstance(batch.trouble, NewerVersion) and not batch.taken:
                raise batch.trouble
            passed = len(batch.taken) + isinstance(batch.trouble, Poison)
            self.next = left[passed - 1].position.offset + 1
            self._react(batch.plans, alone=True)
            left = left[passed:]

    async def _sorted_out(self, entries: Sequence[Entry]) -> Batch:
        return await sorted_out(entries, self.subscriber, self.sources.vault, self.holds, self.letters)

    async def _put_aside(self, entry: Entry, trouble: Poison | NewerVersion | None) -> None:
        """Poison becomes a dead letter, and its stream waits behind it, before the position moves on."""
        if not isinstance(trouble, Poison):
            raise trouble or AssertionError("some entry was taken, or one is in trouble")
        name = letter_id(entry)
        known = self.letters.get(name)
        hold = Hold.of(entry, name, known["said"] if known else 0)
        if known is None:
            self.allowance.take(name, trouble)
        await self.dead_letters.tell(entry, trouble, hold.stream, hold.tried)
        async with self.turn:
            async with self.sources.transactions.together():
                await self.holds.write(hold)
                finished = await self._advance(entry, [])
            self.holds.begin(hold)
            self._got_to(entry, finished)

    async def _advance(self, last: Entry, plans: Sequence[Plan]) -> int:
        finished = self.finished
        if not self.window:
            unfinished = (plan.delivery.position.offset for plan in plans if plan.reactions)
            finished = next(unfinished, last.position.offset + 1)
        await self.sources.positions.advance(self.subscriber.id, last.position, last.event_id, finished)
        return finished

    def _got_to(self, last: Entry, finished: int) -> None:
        self.rows = self.next = last.position.offset + 1
        self.told = finished

    def _react(self, plans: Sequence[Plan], alone: bool) -> None:
        for plan in plans:
            if plan.reactions:
                self.window.begin(plan, alone)
        if self.finished > self.told or self.window:
            self._tell()

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
