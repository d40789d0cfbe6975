"""A client of the brokers that makes, describes and removes topics and groups, for setting up and for checks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError

from infra.kafka.connection import DEADLINE_S, KafkaConnection
from infra.kafka.errors import translated

LOOK_S = 0.1


@asynccontextmanager
async def administering(connection: KafkaConnection, doing: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client for the length of the block. Raises Unavailable, also for what goes wrong inside; `doing` is logged."""
    with translated(doing):
        admin = AIOKafkaAdminClient(**connection.arguments)
        try:
            await admin.start()
            await _controlled(admin)
            yield admin
        finally:
            await admin.close()


async def _controlled(admin: AIOKafkaAdminClient) -> None:
    """Waits until the brokers know each other: one that has just started names no controller, and aiokafka takes for
    granted that there is one. Raises KafkaConnectionError."""
    loop = asyncio.get_running_loop()
    end = loop.time() + DEADLINE_S
    while not await _names_a_controller(admin):
        if loop.time() > end:
            raise KafkaConnectionError("no broker names a controller")
        await asyncio.sleep(LOOK_S)


async def _names_a_controller(admin: AIOKafkaAdminClient) -> bool:
    try:
        cluster = await admin.describe_cluster()
    except KafkaError:
        return False
    return cluster["controller_id"] in {broker["node_id"] for broker in cluster["brokers"]}
