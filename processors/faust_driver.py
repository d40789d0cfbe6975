"""The runtime of the cluster: Faust delivers what the log holds, our own positions say what of it is due.

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
from processors.feeder import BACKOFF_S, MAX_BACKOFF_S, Feeder, Place
from schemas.positions import Position

TURNS = 8
"""Turns of the event loop that a batch waits for what is fetched but not yet distributed."""
LET_GO_S = 20.0
"""How long the end of the process waits for batches in hand."""

logger = logging.getLogger("photolog.faust")


@dataclass
class FaustDriver(Feeder):
    """Feeds the partitions that this process is assigned. Several drivers share a process and its event loop."""

    brokers: Brokers = field(kw_only=True)
    _due: dict[Place, int] = field(default_factory=dict, init=False)
    """Partitions that we know our position in, and which offset comes next."""
    _taken: dict[Place, int] = field(default_factory=dict, init=False)
    """How far this process got itself: a batch that ends while positions are read is in neither."""
    _in_hand: dict[Place, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock), init=False)
    _app: App | None = field(default=None, init=False)
    """The application whose deliveries are taken; None: none."""

    async def run(self) -> None:
        """Works until it is cancelled, and then finishes the batches in hand. Outlives crashes of Faust."""
        backoff = BACKOFF_S
        while True:
            try:
                await self._run_once()
            except Exception as error:
                logger.error("%s: Faust ends with %s", self.subscriber.id, type(error).__name__, exc_info=error)
                await asyncio.sleep(backoff)
                backoff = min(2 * backoff, MAX_BACKOFF_S)

    async def _run_once(self) -> None:
        app = faust_app(self.subscriber.id, self.brokers, self, self.batch)
        topic = app.topic(*(self.brokers.prefix + topic for topic in self.subscriber.topics), value_type=bytes)
        app.agent(topic, name=self.subscriber.id, concurrency=1, isolated_partitions=True)(self._body)
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
            self.end_process(TimeoutError("Faust does not stop"))

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
        tp, place = events[0].message.tp, (entries[0].position.topic, entries[0].position.partition)
        async with self._in_hand[place]:
            try:
                if self._is_ours(tp):
                    await self._catch_up(place, entries)
            except BrokenInvariant as broken:
                self.end_process(broken)

    async def _catch_up(self, place: Place, delivered: Sequence[Entry]) -> None:
        """Takes everything up to the last of these."""
        last = max(entry.position.offset for entry in delivered)
        while (due := self._due.get(place, last + 1)) <= last:
            following = await self.insist(place, due, partial(self._step, place, due, delivered))
            self._taken[place] = max(self._taken.get(place, 0), following)
            if place in self._due:  # still ours
                self._due[place] = max(self._due[place], following)

    async def _step(self, place: Place, due: int, delivered: Sequence[Entry]) -> int:
        entries = [entry for entry in delivered if entry.position.offset >= due]
        if [entry.position.offset for entry in entries] != list(range(due, due + len(entries))):
            logger.info(
                "%s reads %s[%d] from %d on: the delivery leaves something out", self.subscriber.id, *place, due
            )
            entries = list(await self.read(place, due))
            if not entries:
                raise BrokenInvariant(f"{place[0]}[{place[1]}] ends before {due}, but something later was delivered")
        return await self.hand_over(entries)

    def _entry(self, event: EventT[Any]) -> Entry:
        message = event.message
        position = Position(message.topic.removeprefix(self.brokers.prefix), message.partition, message.offset)
        headers = message.headers.items() if isinstance(message.headers, Mapping) else message.headers or ()
        return entry_of(position, headers, message.value, round(message.timestamp * 1000))

    def _place(self, tp: TP) -> Place:
        return tp.topic.removeprefix(self.brokers.prefix), tp.partition

    def _is_ours(self, tp: TP) -> bool:
        """False while partitions are shared out anew, and from the moment on at which the driver ends."""
        return self._app is not None and tp in self._app.consumer.assignment()

    async def _let_go(self, places: Iterable[Place], seconds: float) -> None:
        """Waits for batches in hand that are not failing."""
        try:
            async with asyncio.timeout(seconds):
                for place in places:
                    if place not in self.failing:
                        async with self._in_hand[place]:
                            pass
        except TimeoutError:
            logger.warning("%s does not wait for a batch any longer", self.subscriber.id)

    async def assigned(self, places: Iterable[TP]) -> Mapping[TP, int]:
        """Our own positions; while they cannot be read, nothing is fetched."""
        ours = {self._place(tp): tp for tp in places}
        try:
            due = await self.due(ours)
        except BrokenInvariant as broken:
            self.end_process(broken)
        except Exception as error:  # noqa: BLE001 - Faust would crash of it
            logger.warning("%s: its positions cannot be read: %s", self.subscriber.id, type(error).__name__)
            due = {}
        self._due = {place: max(offset, self._taken.get(place, 0)) for place, offset in due.items()}
        logger.info("%s has %s", self.subscriber.id, self._due)
        return {ours[place]: offset for place, offset in self._due.items()}

    async def revoked(self, places: Iterable[TP]) -> None:
        """Waits for half a session at most: a process that waits longer is given up for dead."""
        revoked = [self._place(tp) for tp in places]
        await self._let_go(revoked, self.brokers.session_s / 2)
        for place in revoked:
            self._due.pop(place, None)
            self.failing.pop(place, None)

    def applied(self, places: Iterable[TP]) -> Mapping[TP, int]:
        """The offset after what was taken last."""
        return {tp: self._due[place] for tp in places if (place := self._place(tp)) in self._due}
