"""KafkaHistory: infra.history.source.Source over a site's topics, by one consumer of its own that commits nothing.

No topic is made, nor any group.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from commands.ports import Entry
from commands.ports.headers import entry_of
from events.topics import partitions_of
from infra.history.source import Offsets, in_order
from infra.kafka.connection import DEADLINE_S, KafkaConnection
from infra.kafka.errors import translated
from schemas.positions import TOPICS, Partition, Position

BATCH = 4_000
"""Records that are taken over at once."""
FETCH_BYTES, PARTITION_BYTES = 16 * 1024 * 1024, 256 * 1024
"""What a broker sends at once, and of one partition: so the partitions come forward together, and memory is bounded."""
WAIT_MS = 500


class KafkaHistory:
    """Started at its first use. A topic's name on the brokers is `prefix` and its name here."""

    def __init__(self, connection: KafkaConnection, partitions: int, prefix: str = "") -> None:
        """`partitions`: of each topic, as the brokers have it."""
        self._connection = connection
        self._places = {
            TopicPartition(prefix + topic, number): Partition(topic, number)
            for topic in TOPICS
            for number in range(partitions_of(topic, partitions))
        }
        self._physical = {place: physical for physical, place in self._places.items()}
        self._consumer: AIOKafkaConsumer | None = None

    async def ends(self) -> Offsets:
        """One request to each broker."""
        with translated("looking at the ends"):
            ends = await (await self._started()).end_offsets(list(self._places))
        return {self._places[physical]: end for physical, end in ends.items() if end}

    async def read(self, starts: Offsets, ends: Offsets) -> AsyncIterator[Sequence[Entry]]:
        """In the order in which brokers send, which is a piece of each partition in turn."""
        left = {self._physical[place]: end for place, end in ends.items() if starts.get(place, 0) < end}
        if not left:
            return
        with translated("reading"):
            consumer = await self._started()
            consumer.assign(list(left))
            for physical in left:
                consumer.seek(physical, starts.get(self._places[physical], 0))
        due = {physical: starts.get(self._places[physical], 0) for physical in left}
        while left:
            with translated("reading"):
                found = await self._found(consumer)
            for physical, entries in self._entries(found, left):
                in_order(self._places[physical], due[physical], entries[0].position.offset)
                due[physical] = entries[-1].position.offset + 1
                yield entries
                if due[physical] == left[physical]:
                    del left[physical]
                    consumer.pause(physical)

    async def close(self) -> None:
        if self._consumer is not None:
            await self._consumer.stop()

    async def _found(self, consumer: AIOKafkaConsumer) -> Mapping[TopicPartition, Sequence[ConsumerRecord]]:
        """There is something to be found: who is not told of it within the deadline has no broker."""
        async with asyncio.timeout(DEADLINE_S):
            while not (found := await consumer.getmany(timeout_ms=WAIT_MS, max_records=BATCH)):
                pass
        return found  # type: ignore[no-any-return]  # aiokafka is untyped

    def _entries(
        self, found: Mapping[TopicPartition, Sequence[ConsumerRecord]], left: Mapping[TopicPartition, int]
    ) -> list[tuple[TopicPartition, list[Entry]]]:
        """By partition, what of these records is to be read: none from its end on."""
        taken = []
        for physical in found.keys() & left.keys():
            topic, number = self._places[physical]
            entries = [
                entry_of(Position(topic, number, record.offset), record.headers, record.value, record.timestamp)
                for record in found[physical]
                if record.offset < left[physical]
            ]
            if entries:
                taken.append((physical, entries))
        return taken

    async def _started(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                **self._connection.arguments,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                fetch_max_bytes=FETCH_BYTES,
                max_partition_fetch_bytes=PARTITION_BYTES,
            )
            await consumer.start()
            self._consumer = consumer
        return self._consumer
