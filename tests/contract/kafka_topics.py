"""Kafka logs for one test: topics of its own, made before it, and removed after it if the brokers outlast the run."""

import os
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiokafka.admin import NewTopic

from events.topics import partitions_of
from infra.kafka.admin import administering
from infra.kafka.connection import KafkaConnection
from infra.kafka.log import KafkaLog
from infra.kafka.topics import ensure_topics
from schemas.positions import TOPICS
from tests.partitions import PARTITIONS
from tests.stack import THROWN_AWAY


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest) -> KafkaConnection:
    """The brokers that PHOTOLOG_KAFKA names, else those of a stack."""
    return KafkaConnection(
        os.environ.get("PHOTOLOG_KAFKA") or request.getfixturevalue("stack").environment["PHOTOLOG_KAFKA"]
    )


@asynccontextmanager
async def own_topics(connection: KafkaConnection, retention: str | None = None) -> AsyncIterator[str]:
    """The prefix of topics that nobody else uses."""
    prefix = f"test-{uuid.uuid4().hex[:12]}."
    numbers = {topic: partitions_of(topic, PARTITIONS) for topic in TOPICS}
    if retention:
        config = {"retention.ms": retention}
        async with administering(connection, "a test") as admin:
            await admin.create_topics(
                [NewTopic(prefix + topic, number, 1, topic_configs=config) for topic, number in numbers.items()]
            )
    else:
        await ensure_topics(connection, 1, 1, numbers, prefix)
    try:
        yield prefix
    finally:
        if not THROWN_AWAY:
            async with administering(connection, "a test") as admin:
                await admin.delete_topics([prefix + topic for topic in TOPICS])


@asynccontextmanager
async def kafka_logs(request: pytest.FixtureRequest) -> AsyncIterator[Callable[[], KafkaLog]]:
    """Opens the same log again and again, each time as another process would."""
    connection: KafkaConnection = request.getfixturevalue("kafka")
    opened: list[KafkaLog] = []

    def new_log() -> KafkaLog:
        opened.append(KafkaLog(connection, PARTITIONS, prefix))
        return opened[-1]

    async with own_topics(connection) as prefix:
        yield new_log
        for log in opened:
            await log.close()
