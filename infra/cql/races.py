"""Conditional writes against others: tried again until something stands, with pauses that grow and differ."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from infra.cql.errors import Uncertain
from schemas.errors import Unavailable

T = TypeVar("T")

DEADLINE_S = 10.0
PAUSE_S, MAX_PAUSE_S = 0.002, 0.2


async def won(apply: Callable[[], Awaitable[bool]], stands: Callable[[], Awaitable[bool]]) -> bool:
    """Whether a conditional write took place, for good. After an uncertain outcome it is repeated; when it is refused
    then, `stands` says whether it was by itself: whether what it wrote is there."""
    in_doubt = False

    async def attempt() -> bool:
        nonlocal in_doubt
        try:
            applied = await apply()
        except Uncertain:
            in_doubt = True
            raise
        return applied or (in_doubt and await stands())

    return await insist(attempt)


async def insist(attempt: Callable[[], Awaitable[T | None]]) -> T:
    """What `attempt` answers, once it is not None. An attempt begins by looking at what stands, so it may follow one
    whose outcome is uncertain. Raises Uncertain or Unavailable after DEADLINE_S."""
    loop = asyncio.get_running_loop()
    end, pause = loop.time() + DEADLINE_S, PAUSE_S
    while True:
        try:
            answer = await attempt()
        except Uncertain:
            if loop.time() > end:
                raise
        else:
            if answer is not None:
                return answer
            if loop.time() > end:
                raise Unavailable("too many others write this at once")
        await asyncio.sleep(random.uniform(0, pause))
        pause = min(2 * pause, MAX_PAUSE_S)
