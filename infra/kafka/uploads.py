"""KafkaUploads: hears on photolog.uploads what the object store has taken, and tells whoever completes uploads.

At least once: an offset is committed after what it says was done. The topic is MinIO's, not part of the log.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from aiokafka import AIOKafkaConsumer

from infra.kafka.connection import KafkaConnection
from infra.kafka.predecessors import put_out
from infra.kafka.topics import UPLOADS
from processors.leaving import stopped

BACKOFF_S, MAX_BACKOFF_S = 0.2, 5.0

logger = logging.getLogger("photolog.uploads")


class KafkaUploads:
    """A member of the group that shares the store's notifications out among workers."""

    def __init__(
        self,
        connection: KafkaConnection,
        group: str,
        keys: Callable[[bytes], Iterable[str]],
        arrived: Callable[[str], Awaitable[None]],
        member: str = "",
    ) -> None:
        """`keys` reads the object keys out of a record; it raises ValueError for a record that is none of ours.
        `member`: what this process is called whenever it begins."""
        self._connection = connection
        self._group = group
        self._keys = keys
        self._arrived = arrived
        self._member = member

    async def run(self) -> None:
        """Works until it is cancelled; begins anew after errors, for ever."""
        backoff = BACKOFF_S
        while True:
            try:
                await self._listen()
            except Exception as error:
                logger.error("uploads are not heard of: %s", type(error).__name__, exc_info=error)
                await asyncio.sleep(backoff)
                backoff = min(2 * backoff, MAX_BACKOFF_S)

    async def _listen(self) -> None:
        consumer = AIOKafkaConsumer(
            **self._connection.arguments,
            client_id=self._member or "photolog",
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        try:
            await consumer.start()
            await put_out(self._member, consumer, self._group)
            consumer.subscribe([UPLOADS])
            async for record in consumer:
                for key in self._read(record.value):
                    await self._arrived(key)
                await consumer.commit()
        finally:
            await stopped(consumer, self._group)

    def _read(self, value: bytes | None) -> Iterable[str]:
        try:
            return list(self._keys(value or b""))
        except ValueError as error:
            logger.warning("a notification is passed over: %s", error)
            return ()
