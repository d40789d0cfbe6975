"""A lot: subscribers that share deliveries, each partition read by all of them whose topic it is, from where each is.

Whoever assigns partitions and delivers tells it: processors/faust_driver.py. How a reading takes what begins where it
is: processors/intake.py.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from commands.invariants import BrokenInvariant, end_process
from commands.ports import Entry
from processors.intake import Intake
from processors.pace import Pace
from processors.runtime import BACKOFF_S, MAX_BACKOFF_S, Runtime
from schemas.positions import Partition

LET_GO_S = 20.0
"""How long whoever goes waits for batches in hand."""

logger = logging.getLogger("photolog.lots")


@dataclass
class Lot:
    """As one process has it."""

    name: str
    pace: Pace
    is_member: Callable[[], bool]
    """Whether this process is sure that its partitions are still its own."""
    clock: Callable[[], float] = time.monotonic
    _carried: dict[str, Runtime] = field(default_factory=dict, init=False)
    """By subscriber."""
    _given: frozenset[Partition] = field(default_factory=frozenset, init=False)
    """What is ours: nothing while partitions are shared out anew, and once it ends. A new object each time."""
    _intakes: dict[Partition, dict[str, Intake]] = field(default_factory=dict, init=False)
    """Of what is ours and whose positions are known, by subscriber."""
    _edges: dict[Partition, int] = field(default_factory=dict, init=False)
    """What is delivered, and behind what was delivered last there."""
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def carry(self, runtime: Runtime) -> None:
        """Feeds this one too, from where it is, until it is cancelled; then finishes what it has in hand."""
        name = runtime.subscriber.id
        self._carried[name] = runtime
        runtime.may_react = self.is_member
        self._told_shares(runtime)
        joining = asyncio.create_task(self._join())
        try:
            await runtime.drain_for_ever()
        finally:
            joining.cancel()
            del self._carried[name]
            await self._let_go([(partition, name) for partition in self._intakes], LET_GO_S)

    def given(self, partitions: Iterable[Partition]) -> None:
        """These partitions, and no others, are ours from now on. Whatever still looks for positions looks in vain."""
        self._given = frozenset(partitions)
        for runtime in self._carried.values():
            self._told_shares(runtime)

    async def begin(self) -> Mapping[Partition, int]:
        """Where deliveries of what is given are to begin; nothing while positions cannot be read. What goes on here
        goes on."""
        given = self._given
        await self._let_go([one for one in self._all() if one[0] not in given], 0)
        if not await self._opened(given):
            return {}
        starts = {partition: self._start(partition) for partition in given}
        for partition, start in starts.items():
            self._reaches(partition, start)
        logger.info("%s has %s", self.name, {str(one): offset for one, offset in starts.items()})
        return starts

    def deliver(self, entries: Sequence[Entry]) -> None:
        """Some entries of one partition, in order; at least one. Nobody but who is ahead of them misses them."""
        last = entries[-1].position
        partition = Partition.of(last)
        if partition in self._edges:
            self._reaches(partition, last.offset + 1)
            for intake in self._intakes.get(partition, {}).values():
                intake.deliver(entries)

    async def let_all_go(self, seconds: float) -> None:
        """Nothing is ours any more: waits so long for what is in hand."""
        self._given = frozenset()
        self._edges.clear()
        await self._let_go(self._all(), seconds)

    def applied(self, partitions: Iterable[Partition]) -> Mapping[Partition, int]:
        """By partition that is delivered, the offset behind what everybody has taken who keeps up."""
        return {partition: self._applied(partition) for partition in partitions if partition in self._edges}

    def _applied(self, partition: Partition) -> int:
        intakes = list(self._intakes.get(partition, {}).values())
        waited_for = [one for one in intakes if one.keeps_up] or intakes
        return min((one.reading.next for one in waited_for), default=self._edges[partition])

    def _start(self, partition: Partition) -> int:
        """Where the hindmost is, of those who are near the foremost; the others read the log until they are."""
        nexts = [intake.reading.next for intake in self._intakes.get(partition, {}).values()]
        near = max(nexts, default=0) - self.pace.backlog
        return min((one for one in nexts if one >= near), default=0)

    def _reaches(self, partition: Partition, end: int) -> None:
        edge = self._edges[partition] = max(self._edges.get(partition, 0), end)
        for intake in self._intakes.get(partition, {}).values():
            intake.reaches(edge)

    def _told_shares(self, runtime: Runtime) -> None:
        runtime.owns([partition for partition in self._given if partition.topic in runtime.subscriber.topics])

    async def _join(self) -> None:
        """Those who come when partitions have been given already begin by themselves."""
        backoff = BACKOFF_S
        while not await self._opened(self._given):
            await asyncio.sleep(backoff)
            backoff = min(2 * backoff, MAX_BACKOFF_S)

    async def _opened(self, given: frozenset[Partition]) -> bool:
        """Has everybody read what they are given. Whether all do, and it is still theirs."""
        async with self._opening:
            try:
                for runtime in list(self._carried.values()):
                    await self._open(runtime, given)
            except BrokenInvariant as broken:
                end_process(self.name, broken)
            except Exception as error:  # noqa: BLE001 - whoever delivers would crash of it; it asks again
                logger.warning("%s: positions cannot be read: %s", self.name, type(error).__name__)
                return False
            return given is self._given

    async def _open(self, runtime: Runtime, given: frozenset[Partition]) -> None:
        name, topics = runtime.subscriber.id, runtime.subscriber.topics
        new = [each for each in given if each.topic in topics and each not in runtime.readings]
        opened = await runtime.open(new) if new else {}
        if given is not self._given or self._carried.get(name) is not runtime:
            return
        for partition, reading in opened.items():
            runtime.readings[partition] = reading
            intake = Intake(runtime, reading, self._edges.get(partition, 0), self.clock)
            self._intakes.setdefault(partition, {})[name] = intake
            intake.begin()

    def _all(self) -> list[tuple[Partition, str]]:
        return [(partition, name) for partition, intakes in self._intakes.items() for name in intakes]

    async def _let_go(self, which: Iterable[tuple[Partition, str]], seconds: float) -> None:
        """Waits so long for what is in hand and under way there, where nothing fails; then cuts it short."""
        closing = [intake for partition, name in which if (intake := self._intakes[partition].pop(name, None))]
        for intake in closing:
            intake.runtime.readings.pop(intake.reading.partition, None)
        await asyncio.gather(
            *(one.end(0 if one.reading.partition in one.runtime.failing else seconds) for one in closing)
        )
        for intake in closing:
            intake.runtime.failing.pop(intake.reading.partition, None)
            intake.runtime.late.pop(intake.reading.partition, None)
