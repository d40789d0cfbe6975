"""The end of a consumer that is in a group: it says that it leaves, and does not wait long for an answer."""

import asyncio
import logging
from typing import Any

LEAVE_WITHIN_S = 3.0
"""How long the end of a process waits for a group to let it go: without that it is missed after its session."""

logger = logging.getLogger("photolog.leaving")


async def stopped(consumer: Any, group: str) -> None:
    """Stops an AIOKafkaConsumer. Its own `stop` waits for the group for as long as any request may take."""
    try:
        async with asyncio.timeout(LEAVE_WITHIN_S):
            await consumer.stop()
    except TimeoutError:
        logger.info("%s does not let its consumer go", group)
        if consumer._fetcher is not None:  # it had been started
            await consumer._fetcher.close()
        await consumer._client.close()
