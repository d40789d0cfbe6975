"""KafkaUploads on a broker of its own, which can be frozen."""

import asyncio
import logging

import pytest
from aiokafka import AIOKafkaProducer

from infra.kafka.connection import KafkaConnection
from infra.kafka.topics import UPLOADS, ensure_topics, topics_of
from infra.kafka.uploads import KafkaUploads
from infra.local.stack.stack import Stack
from tests.broker import frozen
from tests.pace import patient


async def test_it_ends_while_its_broker_does_not_answer(broker: Stack, caplog: pytest.LogCaptureFixture) -> None:
    """A request may take longer than a process is given to end."""
    connection = KafkaConnection(broker.environment["PHOTOLOG_KAFKA"])
    await ensure_topics(connection, 1, 1, topics_of(1))
    heard = asyncio.Event()

    def keys(_value: bytes) -> list[str]:
        return ["uploads/po_1"]

    async def arrived(_key: str) -> None:
        heard.set()

    task = asyncio.create_task(KafkaUploads(connection, "uploads", keys, arrived).run())
    await told(connection)
    await heard.wait()
    with frozen(broker), caplog.at_level(logging.INFO, "photolog"):
        task.cancel()
        async with asyncio.timeout(patient(15)):
            await asyncio.wait([task])
        assert "uploads does not let its consumer go" in caplog.text


async def told(connection: KafkaConnection) -> None:
    """The store says that something has come."""
    async with AIOKafkaProducer(**connection.arguments) as producer:
        await producer.send_and_wait(UPLOADS, b"{}")
