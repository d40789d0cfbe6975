"""The cluster's driver of a runtime: Faust delivers what the log holds, our own positions say what of it is due.

Each subscriber is one Faust application, whose group shares the partitions out among processes. Faust may deliver
twice, leave out, or go on where nobody stopped: a delivery is only ever taken if it begins where we are, and else the
log itself is read. So nothing here depends on what Faust acknowledges.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from faust import ChannelT, EventT, Stream, StreamT
from faust.types import TP

from commands.invariants import BrokenInvariant
from commands.ports import Entry
from commands.ports.headers import entry_of
from processors.brokers import Brokers
from processors.faust_settings import faust_app
from processors.faust_transport import App
from processors.reading import Reading
from processors.runtime import BACKOFF_S, MAX_BACKOFF_S, Runtime
from schemas.positions import Partition, Position

TURNS = 8
"""Turns of the event loop that a batch waits for what is fetched but not yet distributed."""
LET_GO_S = 20.0
"""How long the end of the process waits for batches in hand."""

logger = logging.getLogger("photolog.faust")


@dataclass
class FaustDriver:
    """Feeds the partitions that this process is assigned. Several drivers share a process and its event loop."""

    runtime: Runtime
    brokers: Brokers
    _given: frozenset[Partition] = field(default_factory=frozenset, init=False)
    """What is ours: nothing while partitions are shared out anew, and once the driver ends. A new object each time."""
    _app: App | None = field(default=None, init=False)
    """What works now."""

    @property
    def batch(self) -> int:
        """Events that are taken at once, at most."""
        return self.runtime.pace.batch

    async def run(self) -> None:
        """Works until it is cancelled, and then finishes the batches in hand. Outlives crashes of Faust."""
        backoff = BACKOFF_S
        while True:
            try:
                await self._run_once()
            except Exception as error:
                logger.error("%s: Faust ends with %s", self.runtime.subscriber.id, type(error).__name__, exc_info=error)
                await asyncio.sleep(backoff)
                backoff = min(2 * backoff, MAX_BACKOFF_S)

    async def _run_once(self) -> None:
        app = faust_app(self.runtime.subscriber.id, self.brokers, self, self.batch)
        topic = app.topic(*(self.brokers.prefix + topic for topic in self.runtime.subscriber.topics), value_type=bytes)
        app.agent(topic, name=self.runtime.subscriber.id, concurrency=1, isolated_partitions=True)(self._body)
        self._app = app
        self.runtime.may_react = partial(app.is_member, self.brokers.session_s)
        draining = asyncio.create_task(self.runtime.drain_for_ever())
        try:
            await app.start()
            await app.crashed_once.wait()
        finally:
            draining.cancel()
            self._given = frozenset()
            await self._let_go(list(self.runtime.readings), LET_GO_S)
            await self._stopped(app)
        if app.crash_reason:
            raise app.crash_reason

    async def _stopped(self, app: App) -> None:
        """An application that does not end stays in its group and keeps its partitions: then the process ends."""
        try:
            async with asyncio.timeout(LET_GO_S):
                await app.stop()
        except TimeoutError:
            self.runtime.end_process(TimeoutError("Faust does not stop"))

    async def _body(self, stream: StreamT[Any]) -> None:
        """A batch is whatever has come while the one before was in hand: nothing waits for more to come."""
        events: list[EventT[Any]] = []
        waiting = cast(ChannelT[Any], stream.channel).queue
        async for event in cast(Stream[bytes], stream).noack().events():
            events.append(event)
            for _ in range(TURNS):
                if not waiting.empty():
                    break
                await asyncio.sleep(0)
            if waiting.empty() or len(events) == self.batch:
                await self._delivered(events)
                events = []

    async def _delivered(self, events: Sequence[EventT[Any]]) -> None:
        """No exception leaves it, because Faust would acknowledge the events and go on."""
        entries = [self._entry(event) for event in events]
        reading = self.runtime.readings.get(Partition.of(entries[0].position))
        if reading is None or reading.closed:
            return
        reading.work = asyncio.create_task(self._catch_up(reading, entries))
        await asyncio.wait([reading.work])

    async def _catch_up(self, reading: Reading, delivered: Sequence[Entry]) -> None:
        """Takes everything up to the last of these, unless the partition is taken away."""
        last = max(entry.position.offset for entry in delivered)
        try:
            while reading.next <= last and not reading.closed:
                await self.runtime.insist(reading, partial(self._step, reading, delivered))
        except BrokenInvariant as broken:
            self.runtime.end_process(broken)

    async def _step(self, reading: Reading, delivered: Sequence[Entry]) -> None:
        due = reading.next
        entries = [entry for entry in delivered if entry.position.offset >= due]
        if [entry.position.offset for entry in entries] != list(range(due, due + len(entries))):
            logger.info(
                "%s reads %s from %d on: the delivery leaves something out",
                self.runtime.subscriber.id,
                reading.partition,
                due,
            )
            entries = list(await self.runtime.read(reading))
            if not entries:
                raise BrokenInvariant(f"{reading.partition} ends before {due}, but something later was delivered")
        await self.runtime.take(reading, entries)

    def _entry(self, event: EventT[Any]) -> Entry:
        message = event.message
        position = Position(message.topic.removeprefix(self.brokers.prefix), message.partition, message.offset)
        headers = message.headers.items() if isinstance(message.headers, Mapping) else message.headers or ()
        return entry_of(position, headers, message.value, round(message.timestamp * 1000))

    def _partition(self, tp: TP) -> Partition:
        return Partition(tp.topic.removeprefix(self.brokers.prefix), tp.partition)

    async def _let_go(self, partitions: Iterable[Partition], seconds: float) -> None:
        """Waits so long for what is in hand and under way there, where nothing fails; then cuts it short."""
        closing = [reading for partition in partitions if (reading := self.runtime.readings.pop(partition, None))]
        await asyncio.gather(
            *(reading.close(0 if reading.partition in self.runtime.failing else seconds) for reading in closing)
        )
        for reading in closing:
            self.runtime.failing.pop(reading.partition, None)
            self.runtime.late.pop(reading.partition, None)

    def given(self, partitions: Iterable[TP]) -> None:
        """Whatever still looks for positions since before this looks in vain."""
        self._given = frozenset(map(self._partition, partitions))
        self.runtime.owns(self._given)

    async def assigned(self, partitions: Iterable[TP]) -> Mapping[TP, int]:
        """Our own positions; while they cannot be read, nothing is fetched. What goes on here already goes on."""
        given = self._given
        await self._let_go([partition for partition in self.runtime.readings if partition not in given], 0)
        ours = {partition: tp for tp in partitions if (partition := self._partition(tp)) in given}
        try:
            opened = await self.runtime.open(
                [partition for partition in ours if partition not in self.runtime.readings]
            )
        except BrokenInvariant as broken:
            self.runtime.end_process(broken)
        except Exception as error:  # noqa: BLE001 - Faust would crash of it
            logger.warning("%s: its positions cannot be read: %s", self.runtime.subscriber.id, type(error).__name__)
            opened = {}
        if given is not self._given:
            return {}
        self.runtime.readings = {**opened, **self.runtime.readings}
        due = {partition: reading.next for partition, reading in self.runtime.readings.items()}
        logger.info("%s has %s", self.runtime.subscriber.id, {str(one): offset for one, offset in due.items()})
        return {ours[partition]: offset for partition, offset in due.items() if partition in ours}

    async def revoked(self, partitions: Iterable[TP]) -> None:
        """Waits for half a session at most: a process that waits longer is given up for dead."""
        self._given = frozenset()
        await self._let_go(list(self.runtime.readings), self.brokers.session_s / 2)

    def applied(self, partitions: Iterable[TP]) -> Mapping[TP, int]:
        """The offset after what was taken last."""
        found = {tp: self.runtime.readings.get(self._partition(tp)) for tp in partitions}
        return {tp: reading.next for tp, reading in found.items() if reading is not None}
