"""The cluster's driver of a runtime: Faust delivers what the log holds, our own positions say what of it is due.

Each subscriber is one Faust application, whose group shares the partitions out among processes. Faust may deliver
twice, leave out, or go on where nobody stopped: a delivery is only ever taken if it begins where we are, and else the
log itself is read. So nothing here depends on what Faust acknowledges.
"""

import asyncio
import logging
from collections import defaultdict
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
    _due: dict[Partition, int] = field(default_factory=dict, init=False)
    """Partitions that we know our position in, and which offset comes next."""
    _taken: dict[Partition, int] = field(default_factory=dict, init=False)
    """How far this process got itself: a batch that ends while positions are read is in neither."""
    _in_hand: dict[Partition, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock), init=False)
    _app: App | None = field(default=None, init=False)
    """The application whose deliveries are taken; None: none."""

    @property
    def batch(self) -> int:
        """Events that are taken at once, at most."""
        return self.runtime.batch

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
        app = faust_app(self.runtime.subscriber.id, self.brokers, self, self.runtime.batch)
        topic = app.topic(*(self.brokers.prefix + topic for topic in self.runtime.subscriber.topics), value_type=bytes)
        app.agent(topic, name=self.runtime.subscriber.id, concurrency=1, isolated_partitions=True)(self._body)
        self._app = app
        try:
            await app.start()
            await app.crashed_once.wait()
        finally:
            self._app = None
            await self._let_go(list(self._in_hand), LET_GO_S)
            await self._stopped(app)
            self._due.clear()
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
            if waiting.empty() or len(events) == self.runtime.batch:
                await self._delivered(events)
                events = []

    async def _delivered(self, events: Sequence[EventT[Any]]) -> None:
        """No exception leaves it, because Faust would acknowledge the events and go on."""
        entries = [self._entry(event) for event in events]
        tp, partition = events[0].message.tp, Partition.of(entries[0].position)
        async with self._in_hand[partition]:
            try:
                if self._is_ours(tp):
                    await self._catch_up(partition, entries)
            except BrokenInvariant as broken:
                self.runtime.end_process(broken)

    async def _catch_up(self, partition: Partition, delivered: Sequence[Entry]) -> None:
        """Takes everything up to the last of these."""
        last = max(entry.position.offset for entry in delivered)
        while (due := self._due.get(partition, last + 1)) <= last:
            following = await self.runtime.insist(partition, due, partial(self._step, partition, due, delivered))
            self._taken[partition] = max(self._taken.get(partition, 0), following)
            if partition in self._due:  # still ours
                self._due[partition] = max(self._due[partition], following)

    async def _step(self, partition: Partition, due: int, delivered: Sequence[Entry]) -> int:
        entries = [entry for entry in delivered if entry.position.offset >= due]
        if [entry.position.offset for entry in entries] != list(range(due, due + len(entries))):
            logger.info(
                "%s reads %s from %d on: the delivery leaves something out", self.runtime.subscriber.id, partition, due
            )
            entries = list(await self.runtime.read(partition, due))
            if not entries:
                raise BrokenInvariant(f"{partition} ends before {due}, but something later was delivered")
        return await self.runtime.take(entries)

    def _entry(self, event: EventT[Any]) -> Entry:
        message = event.message
        position = Position(message.topic.removeprefix(self.brokers.prefix), message.partition, message.offset)
        headers = message.headers.items() if isinstance(message.headers, Mapping) else message.headers or ()
        return entry_of(position, headers, message.value, round(message.timestamp * 1000))

    def _partition(self, tp: TP) -> Partition:
        return Partition(tp.topic.removeprefix(self.brokers.prefix), tp.partition)

    def _is_ours(self, tp: TP) -> bool:
        """False while partitions are shared out anew, and from the moment on at which the driver ends."""
        return self._app is not None and tp in self._app.consumer.assignment()

    async def _let_go(self, partitions: Iterable[Partition], seconds: float) -> None:
        """Waits for batches in hand that are not failing."""
        try:
            async with asyncio.timeout(seconds):
                for partition in partitions:
                    if partition not in self.runtime.failing:
                        async with self._in_hand[partition]:
                            pass
        except TimeoutError:
            logger.warning("%s does not wait for a batch any longer", self.runtime.subscriber.id)

    async def assigned(self, partitions: Iterable[TP]) -> Mapping[TP, int]:
        """Our own positions; while they cannot be read, nothing is fetched."""
        ours = {self._partition(tp): tp for tp in partitions}
        try:
            due = await self.runtime.due(ours)
        except BrokenInvariant as broken:
            self.runtime.end_process(broken)
        except Exception as error:  # noqa: BLE001 - Faust would crash of it
            logger.warning("%s: its positions cannot be read: %s", self.runtime.subscriber.id, type(error).__name__)
            due = {}
        self._due = {partition: max(offset, self._taken.get(partition, 0)) for partition, offset in due.items()}
        logger.info("%s has %s", self.runtime.subscriber.id, self._due)
        return {ours[partition]: offset for partition, offset in self._due.items()}

    async def revoked(self, partitions: Iterable[TP]) -> None:
        """Waits for half a session at most: a process that waits longer is given up for dead."""
        revoked = [self._partition(tp) for tp in partitions]
        await self._let_go(revoked, self.brokers.session_s / 2)
        for partition in revoked:
            self._due.pop(partition, None)
            self.runtime.failing.pop(partition, None)

    def applied(self, partitions: Iterable[TP]) -> Mapping[TP, int]:
        """The offset after what was taken last."""
        return {tp: self._due[partition] for tp in partitions if (partition := self._partition(tp)) in self._due}
