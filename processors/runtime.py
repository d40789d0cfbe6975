"""The runtime: feeds one subscriber from the log. Plan, apply, position: three steps that are never mixed.

At least once, in order within a partition, never skipping. What fails while effects are applied fails for a while, and
is tried again for ever; what cannot be true (a gap, a position beyond the end) ends the process before it does harm.
Who says that there is something new is a driver's business: log_driver.py, faust_driver.py.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn, TypeVar

from commands.invariants import BrokenInvariant, end_process
from commands.ports import Entry, Log, Transactions, Vault
from events.codec import NewerVersion
from processors.appliers import Appliers
from processors.forks import Forks
from processors.planning import Plan, Poison, Subscriber, keys_of, planned
from projections.ports import Positions
from schemas.positions import Partition

BATCH = 500
BACKOFF_S, MAX_BACKOFF_S = 0.05, 5.0

logger = logging.getLogger("photolog.runtime")

T = TypeVar("T")


@dataclass(frozen=True)
class Sources:
    """What a runtime reads, and where it keeps how far it is."""

    log: Log
    vault: Vault
    positions: Positions
    transactions: Transactions
    """Of the store of rows and positions: on a backend that has them, they stand or fall together."""


@dataclass
class Runtime:
    """Feeds one subscriber. Partitions advance side by side, each in order."""

    subscriber: Subscriber
    appliers: Appliers
    sources: Sources
    batch: int = BATCH
    failing: dict[Partition, str] = field(default_factory=dict)
    """Partitions that are held by an error now, and which: what health reports."""
    forks: Forks = field(default_factory=Forks)

    async def partitions(self) -> list[Partition]:
        """All that there are of the subscriber's topics."""
        ends = await self.sources.log.ends()
        return [Partition(*one) for one in ends if one[0] in self.subscriber.topics]

    async def due(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Where to go on in each of these partitions. Raises BrokenInvariant for a position beyond the end."""
        own, ends = await self.sources.positions.next_offsets(self.subscriber.id), await self.sources.log.ends()
        due = {partition: own.get(partition, 0) for partition in partitions}
        ahead = [str(partition) for partition, offset in due.items() if offset > ends.get(partition, 0)]
        if ahead:
            raise BrokenInvariant(f"positions {ahead} lie beyond the end of the log: these read models are not its own")
        return due

    async def lags(self) -> Mapping[Partition, int]:
        """Events that each partition still has to take, measured against the log's end."""
        own, ends = await self.sources.positions.next_offsets(self.subscriber.id), await self.sources.log.ends()
        return {Partition(*one): end - own.get(one, 0) for one, end in ends.items() if one[0] in self.subscriber.topics}

    async def read(self, partition: Partition, offset: int) -> Sequence[Entry]:
        """The next entries of the log from this offset on. Raises BrokenInvariant when one is missing."""
        entries = await self.sources.log.read(*partition, offset, self.batch)
        for expected, entry in enumerate(entries, start=offset):
            if entry.position.offset != expected:
                raise BrokenInvariant(f"{partition} has {entry.position.offset} where {expected} is due")
        return entries

    async def take(self, entries: Sequence[Entry]) -> int:
        """Does what these entries ask for, up to the first that cannot be planned; where to go on.

        Raises BrokenInvariant for a fork, Poison or NewerVersion for the first entry, and whatever kept it from
        applying: a batch is cut before any other that cannot be planned, so that nothing waits that need not.
        """
        self.forks.check(entries)
        plans = await self._plans(entries)
        async with self.sources.transactions.together():
            await self.appliers.rows.apply(plans)
        await self._react(plans)
        last = plans[-1].delivery
        await self.sources.positions.advance(self.subscriber.id, last.position, last.recorded.id)
        return last.position.offset + 1

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

    async def _react(self, plans: Sequence[Plan]) -> None:
        """Streams side by side, the reactions of one stream in order."""
        by_stream: dict[str, list[Plan]] = defaultdict(list)
        for plan in plans:
            if plan.reactions:
                by_stream[plan.delivery.recorded.stream].append(plan)
        async with asyncio.TaskGroup() as streams:
            for of_stream in by_stream.values():
                streams.create_task(self._react_in_order(of_stream))

    async def _react_in_order(self, plans: Sequence[Plan]) -> None:
        for plan in plans:
            for reaction in plan.reactions:
                await self.appliers.react(reaction, plan.delivery)

    async def insist(self, partition: Partition, offset: int, step: Callable[[], Awaitable[T]]) -> T:
        """Makes a step from this offset until it succeeds: reading, planning and applying may all fail for a while."""
        backoff = BACKOFF_S
        while True:
            try:
                result = await step()
            except BrokenInvariant:
                raise
            except Exception as error:  # noqa: BLE001 - whatever went wrong, the event must not be skipped
                self._hold(partition, offset, error)
                await asyncio.sleep(backoff)
                backoff = min(2 * backoff, MAX_BACKOFF_S)
            else:
                self.failing.pop(partition, None)
                return result

    def end_process(self, broken: BaseException) -> NoReturn:
        """Ends the process before it does harm, without asking anybody."""
        end_process(self.subscriber.id, broken)

    def _hold(self, partition: Partition, first: int, error: Exception) -> None:
        """Says once per kind of failure what holds the partition; never a value, which may be personal."""
        tells = isinstance(error, NewerVersion | Poison)
        reason = str(error) if tells else type(error).__name__
        if self.failing.get(partition) != reason:
            logger.error("%s is held at %s %d: %s", self.subscriber.id, partition, first, reason,
                         exc_info=None if tells else error)  # fmt: skip
        self.failing[partition] = reason
