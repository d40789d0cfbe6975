"""Faust, made to follow somebody else's positions: where it would use Kafka's committed offsets it asks `Positions`.

Used by processors/faust_driver.py. Everything here corrects a fault or a default of faust-streaming 0.15.
"""

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import faust
from faust.app.base import BootStrategy
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from processors.brokers import Joining, at_once
from processors.leaving import stopped
from processors.pace import Pace

FETCH_WAIT_MS = 500
"""How long a broker keeps a fetch of nothing. Faust's own 1,500 ms would be how long every seek takes; what comes back
empty costs an idle worker and its broker as much as an event."""

LOOK_S = 0.2
"""How long a partition that may be fetched again waits for its turn at most."""

logger = logging.getLogger("photolog.faust")


def now() -> float:
    """Seconds that go on while this machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True)
class Fetched:
    """What one fetch brought of one partition, in order, as one message: every message costs Faust as much as a row."""

    records: Sequence[Any]
    """aiokafka's; at least one."""


class Keeper(Protocol):
    """Who knows how far each partition is applied."""

    pace: Pace

    def given(self, partitions: Iterable[TP]) -> None:
        """These partitions, and no others, are ours from now on until they are revoked."""

    async def assigned(self, partitions: Iterable[TP]) -> Mapping[TP, int]:
        """Where to go on in each of these that is ours. One that is left out is not fetched. Asked more than once."""

    async def revoked(self, partitions: Iterable[TP]) -> None:
        """These partitions may be another's soon: waits until nothing is done for them, but not for ever."""

    def applied(self, partitions: Iterable[TP]) -> Mapping[TP, int]:
        """Which offset comes next in each partition that is ours and whose positions are known."""


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """Fetches without long waits, does not die of a commit, and ends even if its broker does not answer."""

    def _create_worker_consumer(self, transport: driver.Transport) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer

    async def on_start(self) -> None:
        """Every heartbeat that is answered is told to the application: until then its partitions are its own."""
        await super().on_start()
        await cast(App, self.app).joining(self._ensure_consumer(), self.app.conf.id)
        coordinator = self._ensure_consumer()._coordinator
        beat = coordinator._do_heartbeat

        async def told() -> bool:
            sent = now()
            answered: bool = await beat()
            if answered:
                cast(App, self.app).heard_from(sent)
            return answered

        coordinator._do_heartbeat = told

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Committed offsets are for the operator's tools: nothing here relies on them."""
        try:
            await self._ensure_consumer().commit(dict(offsets))
        except Exception as error:  # noqa: BLE001 - Faust's own method ends the application here
            logger.debug("progress is not told to Kafka: %s", type(error).__name__)
            return False
        return True

    async def on_thread_stop(self) -> None:
        """The driver's own waits for the group as long as for any request, and for whatever was under way to join."""
        await super(driver.AIOKafkaConsumerThread, self).on_thread_stop()
        if self._consumer is not None:
            await stopped(self._consumer, self.app.conf.id)


class Consumer(driver.Consumer):
    """Seeks to the keeper's positions whenever Faust seeks to the committed ones."""

    @property
    def keeper(self) -> Keeper:
        return cast(App, self.app).keeper

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """Runs after every assignment, twice in some."""
        cast(App, self.app).heard_from(now())
        positions = await self.keeper.assigned(self.assignment())
        if positions:
            await self.seek_wait(positions)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:
        """Fetches what may be fetched. Faust's own way of holding back a full partition can hold back all others."""
        active = active_partitions or set()
        applied = self.keeper.applied(active)
        if len(applied) < len(active):  # positions could not be read when they were assigned
            await self.perform_seek()
        backlog = {tp: (self._read_offset[tp] or 0) - offset for tp, offset in self.keeper.applied(active).items()}
        ready = {tp for tp, events in backlog.items() if events < self.keeper.pace.backlog}
        if not ready:
            await self.sleep(LOOK_S)
            return {}
        fetched = await super()._getmany(ready, timeout if ready == active else min(timeout, LOOK_S))
        return {tp: [Fetched(records)] for tp, records in fetched.items() if records}

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        """It stands where its last record does: up to there this partition is read."""
        message = super()._to_message(tp, record.records[-1])
        message.value = record
        return message

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """The group has shared its partitions out anew."""
        self.keeper.given(assigned)
        await super().on_partitions_assigned(assigned, generation_id)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Stops the flow, then waits for what is in hand: the next owner starts behind it."""
        await super().on_partitions_revoked(revoked)
        await self.keeper.revoked(revoked)

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Tells what is applied, whatever Faust believes to be done."""
        offsets = self.keeper.applied(self.assignment())
        return bool(offsets) and await self._thread.commit(offsets)

    async def commit_and_end_transactions(self) -> None:
        """At the end nothing is told: after a crash the thread that would do so is gone, and is waited for for ever."""

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Faust complains of partitions that are held; that is ours to say."""


class Transport(driver.Transport):
    """Kafka with that consumer."""

    Consumer = Consumer


class ConsumerOnly(BootStrategy):
    """What an application starts: it produces nothing, so it has no producer."""

    enable_kafka_producer = False


class App(faust.App):
    """An application that leaves no trace: no folders, no topics, no web server, no producer."""

    BootStrategy = ConsumerOnly
    keeper: Keeper

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.crashed_once = asyncio.Event()
        self.joining: Joining = at_once
        self._heard = 0.0

    def heard_from(self, sent: float) -> None:
        """The group counted this process among its members when it sent this."""
        self._heard = sent

    def is_member(self, session_s: float) -> bool:
        """Whether the group cannot have given its partitions to others yet."""
        return now() - self._heard < session_s

    def _crash(self, reason: BaseException) -> None:
        super()._crash(reason)
        self.crashed_once.set()

    def _new_transport(self) -> Transport:
        return Transport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """Nothing of ours is in files."""
