"""Group-less consumers that read any partition from any offset, several at once. They commit nothing."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from infra.kafka.connection import DEADLINE_S, KafkaConnection

READERS = 8
FETCH_WAIT_MS = 10
"""How long a fetch that waits at the end of a partition may delay the same reader's next one, elsewhere."""
LOOK_MS = 100
FETCH_BYTES = 4 * 1024 * 1024


@dataclass(eq=False)
class Reader:
    """One consumer, which remembers where it stands: reading on costs neither a seek nor a look at the end."""

    consumer: AIOKafkaConsumer
    places: Collection[TopicPartition] = ()
    next: int = -1
    end: int = 0

    async def read(self, start: int, limit: int) -> list[ConsumerRecord]:
        (place,) = self.places
        if start + limit > self.end:
            self.end = (await self.ends())[place]
        if start >= self.end or limit == 0:
            return []
        if start != self.next:
            self.consumer.seek(place, start)
        self.consumer.resume(place)
        found: list[ConsumerRecord] = []
        self.next = start
        while len(found) < limit and self.next < self.end:
            page = await self.consumer.getmany(place, timeout_ms=LOOK_MS, max_records=limit - len(found))
            found += page.get(place, [])
            self.next = found[-1].offset + 1 if found else start
        if self.next >= self.end:
            self.consumer.pause(place)  # an idle reader asks the broker nothing
        return found

    async def ends(self) -> Mapping[TopicPartition, int]:
        ends: Mapping[TopicPartition, int] = await self.consumer.end_offsets(self.places)
        return ends

    def turn_to(self, places: Collection[TopicPartition]) -> None:
        """Assigning is also what makes all the metadata come at once."""
        if self.places != places:
            self.consumer.assign(places)
            self.consumer.pause(*places)
            self.places, self.next, self.end = places, -1, 0


class KafkaReading:
    """A few readers for all calls. One that fails or is interrupted is thrown away."""

    def __init__(self, connection: KafkaConnection, deadline: float = DEADLINE_S) -> None:
        self._connection = connection
        self._deadline = deadline
        self._turns = asyncio.Semaphore(READERS)
        self._idle: list[Reader] = []
        self._open = 0
        self._closing: set[asyncio.Task[None]] = set()

    async def read(self, place: TopicPartition, start: int, limit: int) -> list[ConsumerRecord]:
        """Up to `limit` records from `start` on; none at the end. Raises KafkaError or TimeoutError."""
        async with self._reader((place,), start) as reader:
            return await reader.read(start, limit)

    async def ends(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The offset after the last durable record of each partition. Raises KafkaError or TimeoutError."""
        async with self._reader(tuple(places), -1) as reader:
            return await reader.ends()

    async def close(self) -> None:
        """Lets go of the brokers."""
        while self._idle:
            self._close_later(self._idle.pop())
        while self._closing:
            await asyncio.wait(self._closing)

    @asynccontextmanager
    async def _reader(self, places: Collection[TopicPartition], start: int) -> AsyncIterator[Reader]:
        async with asyncio.timeout(self._deadline), self._turns:
            reader = self._nearest(places, start) or await self._opened()
            try:
                reader.turn_to(places)
                yield reader
            except BaseException:
                self._close_later(reader)
                raise
            self._idle.append(reader)

    def _nearest(self, places: Collection[TopicPartition], start: int) -> Reader | None:
        """The idle reader that has the shortest way there; None to open another one."""

        def way(reader: Reader) -> int:
            return (0 if reader.next == start else 1) if reader.places == places else 2

        found = min(self._idle, key=way, default=None)
        if found is None or (way(found) == 2 and self._open < READERS):
            return None
        self._idle.remove(found)
        return found

    async def _opened(self) -> Reader:
        consumer = AIOKafkaConsumer(
            **self._connection.arguments,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=FETCH_WAIT_MS,
            max_partition_fetch_bytes=FETCH_BYTES,
        )
        reader = Reader(consumer)
        self._open += 1
        try:
            await consumer.start()
        except BaseException:
            self._close_later(reader)
            raise
        return reader

    def _close_later(self, reader: Reader) -> None:
        self._open -= 1
        task = asyncio.get_running_loop().create_task(_closed(reader.consumer))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def _closed(consumer: AIOKafkaConsumer) -> None:
    try:
        await consumer.stop()
    except KafkaError:
        return  # it held nothing but connections
