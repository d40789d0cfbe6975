"""A producer that is replaced when it fails, so that a process outlives whatever its producer does not."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, ProducerClosed

from infra.kafka.connection import DEADLINE_S, KafkaConnection

BATCH_BYTES = 128 * 1024
CLOSE_WITHIN_S = 5.0


class OffsetUnknown(KafkaError):  # type: ignore[misc]  # aiokafka is untyped
    """The broker has these records already, and no longer knows where."""


@dataclass(frozen=True)
class Outgoing:
    """One record on its way."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


class KafkaProducing:
    """Sends records, durably and in order within each partition.

    Any failure ends the producer behind it: its sequence numbers have a hole then, and the broker would refuse
    everything after it. Whatever was with the old producer has failed, or may still arrive as a late duplicate.
    """

    def __init__(self, connection: KafkaConnection, deadline: float = DEADLINE_S) -> None:
        self._connection = connection
        self._deadline = deadline
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    async def send(self, records: Sequence[Outgoing]) -> list[int]:
        """The offset of each record, once all are durable. Raises KafkaError or TimeoutError."""
        producer: AIOKafkaProducer | None = None
        try:
            async with asyncio.timeout(self._deadline):
                producer = await self._started()
                return await _sent(producer, records)
        except MessageSizeTooLargeError:
            raise  # refused before it was sent
        except (KafkaError, TimeoutError) as error:
            self._retire(producer, error)
            raise

    async def close(self) -> None:
        """Sends what is on its way and lets go of the brokers."""
        self._retire(self._producer, None)
        while self._closing:
            await asyncio.wait(self._closing)

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **self._connection.arguments, acks="all", enable_idempotence=True, max_batch_size=BATCH_BYTES
                )
                try:
                    await producer.start()
                except BaseException as error:
                    self._close_later(producer, error)
                    raise
                self._producer = producer
            return self._producer

    def _retire(self, producer: AIOKafkaProducer | None, error: BaseException | None) -> None:
        """The next call gets a new producer; calls that are still with this one fail."""
        if producer is not None and producer is self._producer:
            self._producer = None
            self._close_later(producer, error)

    def _close_later(self, producer: AIOKafkaProducer, error: BaseException | None) -> None:
        task = asyncio.get_running_loop().create_task(_closed(producer, error))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def _sent(producer: AIOKafkaProducer, records: Sequence[Outgoing]) -> list[int]:
    acknowledged = [
        await producer.send(one.topic, one.value, key=one.key, partition=one.partition, headers=one.headers)
        for one in records
    ]
    offsets = [metadata.offset for metadata in await asyncio.gather(*acknowledged)]
    if min(offsets) < 0:
        raise OffsetUnknown
    return offsets


async def _closed(producer: AIOKafkaProducer, error: BaseException | None) -> None:
    """A failed producer is not flushed: brokers that are away would make that last for ever."""
    if error is not None:
        producer._message_accumulator.fail_all(ProducerClosed())
    try:
        async with asyncio.timeout(CLOSE_WITHIN_S):
            await producer.stop()
    except (KafkaError, TimeoutError):
        await producer.client.close()
