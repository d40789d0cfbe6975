"""A process that begins again under its name puts out of its group whoever had the name before.

One that was killed would else be missed after its session alone, and all of the group would wait for that: workers that
are killed again and again would do nothing in between.
"""

import asyncio
import logging
from typing import Any

from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.admin import DescribeGroupsRequest
from aiokafka.protocol.group import LeaveGroupRequest

WITHIN_S = 3.0
"""How long a beginning waits for that: who cannot put out a predecessor waits for its session to end."""

logger = logging.getLogger("photolog.predecessors")


async def put_out(name: str, consumer: Any, group: str) -> int:
    """Takes the members of that name out of a group that a started AIOKafkaConsumer is yet to join. How many
    there were. One that lives all the same is told with its next heartbeat, and joins again as somebody else."""
    if not name:
        return 0
    try:
        async with asyncio.timeout(WITHIN_S):
            return await _put_out(consumer._coordinator, group, name)
    except (TimeoutError, KafkaError) as error:
        logger.info("%s: whether %s was there before is not known: %s", group, name, type(error).__name__)
        return 0


async def _put_out(coordinator: Any, group: str, name: str) -> int:
    await coordinator.ensure_coordinator_known()
    (described,) = (await coordinator._send_req(DescribeGroupsRequest([group]))).to_object()["groups"]
    members = [one["member_id"] for one in described["members"] if one["client_id"] == name]
    for member in members:
        answer = await coordinator._send_req(LeaveGroupRequest(group, member))
        logger.info("%s: %s was there before: %s", group, name, for_code(answer.error_code).__name__)
    return len(members)
