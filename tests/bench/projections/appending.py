"""Appends events from a process of its own, so that it is not the worker's time."""

import asyncio
from collections.abc import Sequence

from commands.ports import LedgerRow
from infra.kafka.connection import KafkaConnection
from infra.kafka.log import KafkaLog

APPEND = 500


def ready() -> None:
    """Has been imported."""


def append(servers: str, partitions: int, prefix: str, rows: Sequence[LedgerRow]) -> None:
    """All of them, batch by batch, each once the one before is acknowledged."""
    asyncio.run(_append(KafkaLog(KafkaConnection(servers), partitions, prefix), rows))


async def _append(log: KafkaLog, rows: Sequence[LedgerRow]) -> None:
    for start in range(0, len(rows), APPEND):
        await log.append(rows[start : start + APPEND])
    await log.close()
