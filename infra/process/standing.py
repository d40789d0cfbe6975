"""How the subscribers of this process stand, as /readyz says it: how far behind, what holds them, what waits."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from processors.holds import Hold
from processors.runtime import Runtime

NAMED = 20
"""Letters that are named for a partition: `photolog dlq list` says all."""


async def standing(runtimes: Iterable[Runtime]) -> dict[str, Any]:
    """Of each: events behind the log's end, in all partitions; in those of this process, what holds them, and behind
    which dead letters streams wait. Raises Unavailable."""
    return {"processors": {runtime.subscriber.id: await _standing(runtime) for runtime in runtimes}}


async def _standing(runtime: Runtime) -> dict[str, Any]:
    return {
        "lag": sum((await runtime.lags()).values()),
        "held": {str(partition): reason for partition, reason in runtime.failing.items()},
        "held_streams": {
            str(reading.partition): {"streams": len(reading.holds), "letters": _letters(reading.holds)}
            for reading in runtime.readings.values()
            if reading.holds
        },
    }


def _letters(holds: Iterable[Hold]) -> list[str]:
    return [hold.letter_id for hold in islice(holds, NAMED)]
