"""KafkaViewLog: the ViewLog port on a topic of its own, which forgets. Appended to by the command API; for analysts."""

import zlib

from commands.ports import Viewed
from infra.kafka.connection import DEADLINE_S, KafkaConnection
from infra.kafka.errors import translated
from infra.kafka.producing import KafkaProducing, Outgoing
from infra.kafka.topics import VIEWS


class KafkaViewLog:
    """A record for what is reported at once, keyed by viewer. A producer of its own: whatever fails with it is no
    command's trouble."""

    def __init__(
        self, connection: KafkaConnection, partitions: int, prefix: str = "", deadline: float = DEADLINE_S
    ) -> None:
        """`partitions`: of the topic, as the brokers have it."""
        self._topic = prefix + VIEWS
        self._partitions = partitions
        self._producing = KafkaProducing(connection, deadline)

    async def append(self, viewed: Viewed) -> None:
        """Shares requests with concurrent calls."""
        key = viewed.viewer.encode()
        record = Outgoing(self._topic, zlib.crc32(key) % self._partitions, key, viewed.wire, [])
        with translated("appending views"):
            await self._producing.send([record])

    async def close(self) -> None:
        """What is being appended is sent first."""
        await self._producing.close()
