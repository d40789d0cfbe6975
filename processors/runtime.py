"""The runtime: feeds one subscriber from the log, at least once, in order within a partition, never skipping.

What fails while effects are applied fails for a while, and is tried again for ever; what cannot be true (a gap, a
position beyond the end) ends the process before it does harm. reading.py has the steps. Who says that there is
something new is a driver's business: log_driver.py, faust_driver.py.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NoReturn

from commands.invariants import BrokenInvariant, end_process
from commands.ports import Entry
from events.codec import NewerVersion
from processors.allowance import Allowance
from processors.appliers import Appliers
from processors.attempts import Attempts
from processors.dead_letters import DeadLetters, Letters
from processors.draining import drain
from processors.forks import Forks
from processors.holds import Holds
from processors.pace import Pace
from processors.planning import Plan, Poison, Subscriber
from processors.reach import AlwaysReached, Reach
from processors.reading import Reading, Sources
from processors.window import Unsure, Window
from projections.ports import Progress
from projections.site import Share
from schemas.positions import Partition

BACKOFF_S, MAX_BACKOFF_S = 0.05, 5.0
LOOK_S = 1.0
"""Between two looks at what operators say of what is held."""
NOWHERE = Progress(0, 0, "")
FOREIGN = "these read models are not its own"

logger = logging.getLogger("photolog.runtime")

Step = Callable[[], Awaitable[None]]


@dataclass
class Runtime:
    """Feeds one subscriber. Partitions advance side by side."""

    subscriber: Subscriber
    appliers: Appliers
    sources: Sources
    pace: Pace = field(default_factory=Pace)
    reach: Reach = field(default_factory=AlwaysReached)
    """Told which partitions are this process's."""
    failing: dict[Partition, str] = field(default_factory=dict)
    """Partitions that are held by an error now, and which: what health reports."""
    late: dict[Partition, str] = field(default_factory=dict)
    """Partitions with a reaction that fails now, and how."""
    retries: int = 0
    """Steps and reactions that failed and are tried again, since the process began."""
    readings: dict[Partition, Reading] = field(default_factory=dict)
    """Of the partitions that are this process's now, as its driver has them."""
    forks: Forks = field(default_factory=Forks)
    may_react: Callable[[], bool] = lambda: True
    """Whether this process is sure that its partitions are still its own; before it reacts, that is asked."""
    slices: AbstractAsyncContextManager[Any] = field(default_factory=nullcontext)
    """Held while a batch is taken: shared by runtimes that must leave their loop to others between two batches."""

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.pace.at_once)
        self._attempts = Attempts(self.sources.tables, self.subscriber.id)
        name = self.subscriber.id.partition("@")[0]
        self.dead_letters = DeadLetters(self.sources.handler, self.sources.tables, name)
        self._allowance = Allowance(self.pace.dead_letters, time.monotonic)

    async def partitions(self) -> list[Partition]:
        """All that there are of the subscriber's topics."""
        return [Partition(*one) for one in await self.sources.log.ends() if one[0] in self.subscriber.topics]

    def owns(self, partitions: Iterable[Partition]) -> None:
        """These partitions, and no others, are this process's now."""
        self.reach.owns(self.subscriber.id, [Share(self.subscriber.id, *partition) for partition in partitions])

    async def open(self, partitions: Iterable[Partition]) -> dict[Partition, Reading]:
        """A reading of each of these partitions, from where it is finished. Raises BrokenInvariant where the log does
        not hold what was taken last."""
        own, ends = await self.sources.positions.progress(self.subscriber.id), await self.sources.log.ends()
        progress = {partition: own.get(partition, NOWHERE) for partition in partitions}
        ahead = [str(partition) for partition, one in progress.items() if one.rows > ends.get(partition, 0)]
        if ahead:
            raise BrokenInvariant(f"positions {ahead} lie beyond the end of the log: {FOREIGN}")
        await asyncio.gather(*(self._check_last(partition, one) for partition, one in progress.items() if one.rows))
        letters = await self.dead_letters.all()
        opened = {partition: self._reading(partition, one, letters) for partition, one in progress.items()}
        await asyncio.gather(*(reading.holds.load() for reading in opened.values()))
        return opened

    async def drain_for_ever(self) -> None:
        """Until it is cancelled: looks whether operators have had a word on what is held here."""
        while True:
            await asyncio.sleep(LOOK_S)
            for reading in list(self.readings.values()):
                idle = reading.draining is None or reading.draining.done()
                if reading.holds and idle:
                    draining = self._insist_late(reading.partition, partial(drain, reading))
                    reading.draining = asyncio.create_task(draining)

    async def lags(self) -> Mapping[Partition, int]:
        """Events whose rows are still to be written, measured against the log's end."""
        own, ends = await self.sources.positions.progress(self.subscriber.id), await self.sources.log.ends()
        found = {Partition(*one): end for one, end in ends.items() if one[0] in self.subscriber.topics}
        return {partition: end - own.get(partition, NOWHERE).rows for partition, end in found.items()}

    async def read(self, reading: Reading) -> Sequence[Entry]:
        """The entries of the log that are due. Raises BrokenInvariant when one is missing."""
        entries = await self.sources.log.read(*reading.partition, reading.next, self.pace.batch)
        for expected, entry in enumerate(entries, start=reading.next):
            if entry.position.offset != expected:
                raise BrokenInvariant(f"{reading.partition} has {entry.position.offset} where {expected} is due")
        return entries

    async def take(self, reading: Reading, entries: Sequence[Entry]) -> None:
        """One step of a reading. Raises BrokenInvariant for a fork, else what `Reading.take` raises."""
        self.forks.check(entries)
        await reading.room()
        async with self.slices:
            await reading.take(entries)
            for _ in range(self.pace.turns):  # whoever else is on this loop, before the next slice
                await asyncio.sleep(0)

    async def insist(self, reading: Reading, step: Step) -> None:
        """Makes a step until it succeeds, or the reading is closed. Everything in it may fail for a while."""
        backoff = BACKOFF_S
        while not reading.closed:
            try:
                await step()
            except BrokenInvariant:
                raise
            except Exception as error:  # noqa: BLE001 - whatever went wrong, the event must not be skipped
                self._say(self.failing, reading.partition, f"is held at {reading.partition} {reading.next}", error)
                await asyncio.sleep(backoff)
                backoff = min(2 * backoff, MAX_BACKOFF_S)
            else:
                self.failing.pop(reading.partition, None)
                return

    def end_process(self, broken: BaseException) -> NoReturn:
        """Ends the process before it does harm, without asking anybody."""
        end_process(self.subscriber.id, broken)

    async def _check_last(self, partition: Partition, progress: Progress) -> None:
        (last,) = await self.sources.log.read(*partition, progress.rows - 1, 1)
        if last.event_id != progress.event_id:
            place = f"{partition} {progress.rows - 1}"
            raise BrokenInvariant(f"{place} is {last.event_id}, where {progress.event_id} was taken: {FOREIGN}")

    def _reading(self, partition: Partition, progress: Progress, letters: Letters) -> Reading:
        insist = partial(self._insist_late, partition)
        return Reading(
            subscriber=self.subscriber,
            appliers=self.appliers,
            sources=self.sources,
            partition=partition,
            rows=progress.rows,
            next=progress.finished,
            window=Window(self._react, insist),
            width=self.pace.width,
            insist=insist,
            dead_letters=self.dead_letters,
            allowance=self._allowance,
            holds=Holds(self.sources.tables, self.subscriber.id, partition),
            letters=dict(letters),
            told=progress.finished,
        )

    async def _insist_late(self, partition: Partition, step: Step) -> None:
        """What goes on beside the rows, and delays none."""
        backoff = BACKOFF_S
        while True:
            try:
                await step()
            except BrokenInvariant as broken:
                self.end_process(broken)
            except Exception as error:  # noqa: BLE001 - whatever went wrong, it must be done
                self._say(self.late, partition, f"is late in {partition}", error)
                await asyncio.sleep(backoff)
                backoff = min(2 * backoff, MAX_BACKOFF_S)
            else:
                self.late.pop(partition, None)
                return

    async def _react(self, plan: Plan, alone: bool) -> None:
        if not self.may_react():
            raise Unsure
        async with self._slots:
            if not alone:
                await self.appliers.react(plan, 0)
                return
            async with self._attempts.alone(plan.delivery.position) as cut_short:
                await self.appliers.react(plan, cut_short)

    def _say(self, where: dict[Partition, str], partition: Partition, what: str, error: Exception) -> None:
        """Says once per kind of failure what holds something up; never a value, which may be personal."""
        self.retries += 1
        tells = isinstance(error, NewerVersion | Poison)
        reason = str(error) if tells else type(error).__name__
        if where.get(partition) != reason:
            logger.error("%s %s: %s", self.subscriber.id, what, reason, exc_info=None if tells else error)
        where[partition] = reason
