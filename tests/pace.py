"""How patient tests are: a bound that only says "not for ever" is longer where other work wants the processors too.

What something may cost is another question, and is asked in processor time.
"""

import asyncio
import os
import resource
from collections.abc import Callable


def patient(seconds: float) -> float:
    """What may take so long on a machine that does nothing else may take this long now; at most five times as long, so
    that what is really slow is still seen."""
    return seconds * min(5.0, max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)))


async def until(true: Callable[[], object], within_s: float = 60) -> None:
    """Waits for what another task or thread brings about and announces to nobody. Raises TimeoutError."""
    async with asyncio.timeout(patient(within_s)):
        while not true():  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.01)


def children_s() -> float:
    """Processor time of the children that have ended and were waited for, in seconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
