"""KafkaLog: commands.ports.Log on Kafka. Appended to by commands, read in bulk by rebuilds and analysts.

Offsets are consecutive because nothing here is transactional, compacted or expired (see infra/kafka/topics.py).
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from aiokafka import ConsumerRecord, TopicPartition

from commands.ports import Entry, LedgerRow
from commands.ports.headers import entry_of, headers_of
from events.topics import ROUTES, partitions_of, route
from infra.kafka.connection import DEADLINE_S, KafkaConnection
from infra.kafka.errors import translated
from infra.kafka.producing import KafkaProducing, Outgoing
from infra.kafka.reading import KafkaReading
from schemas.positions import TOPICS, Position

LOOK_S = 0.02
"""How often waiters look at the ends, in seconds: appends of other processes tell nobody."""


class KafkaLog:
    """The Log port. A topic's name on the brokers is `prefix` and its name here."""

    def __init__(
        self, connection: KafkaConnection, partitions: int, prefix: str = "", deadline: float = DEADLINE_S
    ) -> None:
        """`partitions`: of each topic, as the brokers have it."""
        self._prefix = prefix
        self.partitions = partitions
        self._producing = KafkaProducing(connection, deadline)
        self._reading = KafkaReading(connection, deadline)
        self._places = {
            TopicPartition(prefix + topic, partition): (topic, partition)
            for topic in TOPICS
            for partition in range(partitions_of(topic, partitions))
        }
        self._appended = asyncio.Event()
        self._seen: WeakKeyDictionary[asyncio.Task[Any], int] = WeakKeyDictionary()
        self._look: asyncio.Task[int] | None = None

    async def append(self, rows: Sequence[LedgerRow]) -> list[Position]:
        """All rows at once, in order within each partition; they share requests with concurrent calls."""
        if not rows:
            return []
        places = [route(row.stream, self.partitions) for row in rows]
        records = [
            Outgoing(self._prefix + topic, partition, _key(row.stream), row.wire, headers_of(row))
            for row, (topic, partition) in zip(rows, places, strict=True)
        ]
        with translated("appending"):
            offsets = await self._producing.send(records)
        self._wake()
        return [Position(*place, offset) for place, offset in zip(places, offsets, strict=True)]

    async def read(self, topic: str, partition: int, start: int, limit: int) -> list[Entry]:
        """Durable entries, in order."""
        if start < 0 or limit < 0:
            raise ValueError(f"start {start} and limit {limit} must not be negative")
        with translated("reading"):
            records = await self._reading.read(TopicPartition(self._prefix + topic, partition), start, limit)
        return [_entry(topic, record) for record in records]

    async def ends(self) -> Mapping[tuple[str, int], int]:
        """One request to each broker."""
        with translated("looking at the ends"):
            ends = await self._reading.ends(self._places)
        return {place: ends[physical] for physical, place in self._places.items()}

    async def wait(self, timeout: float) -> None:
        """Each task that waits has a memory of its own: what was appended since its last call ends its next at once.

        A task's first call cannot know what its caller has read, so it returns after LOOK_S at the latest.
        """
        task = asyncio.current_task()
        assert task is not None, "a coroutine runs in a task"
        now = asyncio.get_running_loop().time
        deadline = now() + (timeout if task in self._seen else min(timeout, LOOK_S))
        generation = await self._generation()
        seen = self._seen.get(task, generation)
        while generation == seen and (left := deadline - now()) > 0:
            await self._next_append(min(left, LOOK_S))
            generation = await self._generation()
        self._seen[task] = generation

    async def close(self) -> None:
        """Ends the connections. What is being appended is sent first."""
        if self._look is not None:
            await asyncio.wait([self._look])
        await asyncio.gather(self._producing.close(), self._reading.close())

    async def _generation(self) -> int:
        """A number that every append raises, by whatever process. Waiters share one look at the brokers."""
        if self._look is None or self._look.done():
            self._look = asyncio.create_task(self._sum_of_ends())
        return await asyncio.shield(self._look)

    async def _sum_of_ends(self) -> int:
        return sum((await self.ends()).values())

    async def _next_append(self, timeout: float) -> None:
        try:
            async with asyncio.timeout(timeout):
                await self._appended.wait()
        except TimeoutError:
            return

    def _wake(self) -> None:
        """Wakes those who wait now; who comes later waits for the next append."""
        self._appended.set()
        self._appended = asyncio.Event()


def _key(stream: str) -> bytes:
    """What decides the partition; the same key for whatever must stay in order."""
    parts = stream.split("/")
    return parts[ROUTES[parts[0]].key_part].encode()


def _entry(topic: str, record: ConsumerRecord) -> Entry:
    position = Position(topic, record.partition, record.offset)
    return entry_of(position, record.headers, record.value, record.timestamp)
