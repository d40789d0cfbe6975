"""The one runtime of every processor: reads each partition from its own position, hands over batches, never skips.

At least once, in order within a partition. A failing batch is retried with backoff for ever and holds its partition;
what cannot be true (a gap, a position beyond the end) ends the process, before it does harm.
"""

import asyncio
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from commands.ports import Entry, Log, Vault
from events.codec import Undecodable
from events.topics import PARTITIONS
from processors.delivery import Subscriber, decoded
from projections.ports import Positions

BATCH = 500
IDLE_S = 1.0
BACKOFF_S, MAX_BACKOFF_S = 0.05, 5.0
BROKEN: Final = 70  # EX_SOFTWARE of sysexits.h

logger = logging.getLogger("photolog.runtime")


class BrokenInvariant(Exception):
    """Something that cannot be true is: going on would do harm."""


@dataclass
class Runtime:
    """Feeds one subscriber. Partitions advance side by side, each in order."""

    subscriber: Subscriber
    log: Log
    vault: Vault
    positions: Positions
    batch: int = BATCH
    failing: dict[tuple[str, int], str] = field(default_factory=dict)
    """Partitions that are held by an error now, and which: what health reports."""

    async def run(self) -> None:
        """Works until it is cancelled; a batch in hand is then finished or left for the next start."""
        try:
            async with asyncio.TaskGroup() as partitions:
                for place, offset in (await self._assigned()).items():
                    partitions.create_task(self._follow(*place, offset))
        except* BrokenInvariant as broken:
            logger.critical("%s stops: %s", self.subscriber.id, broken.exceptions[0])
            os._exit(BROKEN)

    async def _assigned(self) -> dict[tuple[str, int], int]:
        """Where to go on in each partition."""
        own, ends = await self.positions.next_offsets(self.subscriber.id), await self.log.ends()
        places = [(topic, partition) for topic in self.subscriber.topics for partition in range(PARTITIONS)]
        ahead = [place for place in places if own.get(place, 0) > ends.get(place, 0)]
        if ahead:
            raise BrokenInvariant(f"positions {ahead} lie beyond the end of the log: these read models are not its own")
        return {place: own.get(place, 0) for place in places}

    async def _follow(self, topic: str, partition: int, offset: int) -> None:
        while True:
            offset = await self._insist(topic, partition, offset)

    async def _step(self, topic: str, partition: int, offset: int) -> int:
        """Hands over what there is from this offset on, or waits for more; where to go on."""
        entries = await self._read(topic, partition, offset)
        if not entries:
            await self.log.wait(IDLE_S)
            return offset
        await self.subscriber.take(await decoded(entries, self.vault))
        return entries[-1].position.offset + 1

    async def _read(self, topic: str, partition: int, offset: int) -> Sequence[Entry]:
        entries = await self.log.read(topic, partition, offset, self.batch)
        for expected, entry in enumerate(entries, start=offset):
            if entry.position.offset != expected:
                raise BrokenInvariant(f"{topic}[{partition}] has {entry.position.offset} where {expected} is due")
        return entries

    async def _insist(self, topic: str, partition: int, offset: int) -> int:
        """Makes a step until it succeeds: reading, decoding and taking may all fail for a while."""
        backoff = BACKOFF_S
        while True:
            try:
                following = await self._step(topic, partition, offset)
            except BrokenInvariant:
                raise
            except Exception as error:  # noqa: BLE001 - whatever went wrong, the event must not be skipped
                self._hold(topic, partition, offset, error)
                await asyncio.sleep(backoff)
                backoff = min(2 * backoff, MAX_BACKOFF_S)
            else:
                self.failing.pop((topic, partition), None)
                return following

    def _hold(self, topic: str, partition: int, first: int, error: Exception) -> None:
        """Says once per kind of failure what holds the partition; never a value, which may be personal."""
        reason = str(error) if isinstance(error, Undecodable) else type(error).__name__
        if self.failing.get((topic, partition)) != reason:
            logger.error("%s is held at %s[%d] %d: %s", self.subscriber.id, topic, partition, first, reason,
                         exc_info=None if isinstance(error, Undecodable) else error)  # fmt: skip
        self.failing[topic, partition] = reason


async def lags(runtime: Runtime) -> Mapping[tuple[str, int], int]:
    """Events that each partition still has to take, measured against the log's end."""
    own, ends = await runtime.positions.next_offsets(runtime.subscriber.id), await runtime.log.ends()
    return {place: end - own.get(place, 0) for place, end in ends.items() if place[0] in runtime.subscriber.topics}
