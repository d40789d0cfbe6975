"""KafkaSeen: infra.history.seen.Seen over a site's topic of views, by a consumer of its own that commits nothing."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from infra.history.seen import VIEWS_TOPIC, Report
from infra.history.source import Offsets
from infra.kafka.connection import DEADLINE_S, KafkaConnection
from infra.kafka.errors import translated
from infra.kafka.topics import VIEWS
from schemas.positions import Partition

AT_ONCE, WAIT_MS = 1_000, 500


class KafkaSeen:
    """As many partitions as the log's topics have."""

    def __init__(self, connection: KafkaConnection, partitions: int, prefix: str = "") -> None:
        self._connection = connection
        self._places = [TopicPartition(prefix + VIEWS, number) for number in range(partitions)]

    async def read(self, starts: Offsets) -> AsyncIterator[Sequence[Report]]:
        """In the order in which brokers send."""
        with translated("reading views"):
            consumer = AIOKafkaConsumer(**self._connection.arguments, enable_auto_commit=False)
            await consumer.start()
        try:
            with translated("reading views"):
                left = await self._sought(consumer, starts)
            while left:
                with translated("reading views"):
                    async with asyncio.timeout(DEADLINE_S):
                        while not (found := await consumer.getmany(timeout_ms=WAIT_MS, max_records=AT_ONCE)):
                            pass
                for place, records in found.items():
                    end = left.get(place, 0)
                    reports = [Report(place.partition, one.offset, one.value) for one in records if one.offset < end]
                    if reports:
                        yield reports
                    if records[-1].offset + 1 >= end:
                        left.pop(place, None)
                        consumer.pause(place)
        finally:
            await consumer.stop()

    async def _sought(self, consumer: AIOKafkaConsumer, starts: Offsets) -> dict[TopicPartition, int]:
        """Puts the consumer where to begin; the ends of the partitions that have anything there."""
        begins, ends = await consumer.beginning_offsets(self._places), await consumer.end_offsets(self._places)
        at = {
            place: max(begins[place], starts.get(Partition(VIEWS_TOPIC, place.partition), 0)) for place in self._places
        }
        left = {place: end for place, end in ends.items() if at[place] < end}
        consumer.assign(list(left))
        for place in left:
            consumer.seek(place, at[place])
        return left
