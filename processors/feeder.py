"""What every driver of a subscriber does alike: own positions, gapless reading, and insisting until a step succeeds.

The drivers differ in who says that there is something new: the log itself (runtime.py) or Faust (faust_driver.py).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn, TypeVar

from commands.invariants import BrokenInvariant, end_process
from commands.ports import Entry, Log, Vault
from events.codec import NewerVersion, Undecodable
from processors.delivery import Subscriber, decoded
from processors.forks import Forks
from projections.ports import Positions

BATCH = 500
BACKOFF_S, MAX_BACKOFF_S = 0.05, 5.0

logger = logging.getLogger("photolog.runtime")

Place = tuple[str, int]
"""A topic and a partition of it."""
T = TypeVar("T")


@dataclass
class Feeder:
    """Feeds one subscriber from the log. Partitions advance side by side, each in order."""

    subscriber: Subscriber
    log: Log
    vault: Vault
    positions: Positions
    batch: int = BATCH
    failing: dict[Place, str] = field(default_factory=dict)
    """Partitions that are held by an error now, and which: what health reports."""
    forks: Forks = field(default_factory=Forks)

    async def due(self, places: Iterable[Place]) -> dict[Place, int]:
        """Where to go on in each of these partitions. Raises BrokenInvariant for a position beyond the end."""
        own, ends = await self.positions.next_offsets(self.subscriber.id), await self.log.ends()
        due = {place: own.get(place, 0) for place in places}
        ahead = [place for place, offset in due.items() if offset > ends.get(place, 0)]
        if ahead:
            raise BrokenInvariant(f"positions {ahead} lie beyond the end of the log: these read models are not its own")
        return due

    async def read(self, place: Place, offset: int) -> Sequence[Entry]:
        """The next entries of the log from this offset on. Raises BrokenInvariant when one is missing."""
        topic, partition = place
        entries = await self.log.read(topic, partition, offset, self.batch)
        for expected, entry in enumerate(entries, start=offset):
            if entry.position.offset != expected:
                raise BrokenInvariant(f"{topic}[{partition}] has {entry.position.offset} where {expected} is due")
        return entries

    async def hand_over(self, entries: Sequence[Entry]) -> int:
        """Has the subscriber take these entries, up to the first that cannot be read; where to go on.

        Raises BrokenInvariant for a fork.
        """
        self.forks.check(entries)
        deliveries = await decoded(entries, self.vault)
        await self.subscriber.take(deliveries)
        return deliveries[-1].position.offset + 1

    async def insist(self, place: Place, offset: int, step: Callable[[], Awaitable[T]]) -> T:
        """Makes a step from this offset until it succeeds: reading, decoding and taking may all fail for a while."""
        backoff = BACKOFF_S
        while True:
            try:
                result = await step()
            except BrokenInvariant:
                raise
            except Exception as error:  # noqa: BLE001 - whatever went wrong, the event must not be skipped
                self._hold(place, offset, error)
                await asyncio.sleep(backoff)
                backoff = min(2 * backoff, MAX_BACKOFF_S)
            else:
                self.failing.pop(place, None)
                return result

    def end_process(self, broken: BaseException) -> NoReturn:
        """Ends the process before it does harm, without asking anybody."""
        end_process(self.subscriber.id, broken)

    def _hold(self, place: Place, first: int, error: Exception) -> None:
        """Says once per kind of failure what holds the partition; never a value, which may be personal."""
        tells = isinstance(error, NewerVersion | Undecodable)
        reason = str(error) if tells else type(error).__name__
        if self.failing.get(place) != reason:
            logger.error("%s is held at %s[%d] %d: %s", self.subscriber.id, *place, first, reason,
                         exc_info=None if tells else error)  # fmt: skip
        self.failing[place] = reason


async def lags(feeder: Feeder) -> Mapping[Place, int]:
    """Events that each partition still has to take, measured against the log's end."""
    own, ends = await feeder.positions.next_offsets(feeder.subscriber.id), await feeder.log.ends()
    return {place: end - own.get(place, 0) for place, end in ends.items() if place[0] in feeder.subscriber.topics}
