"""How the subscribers of this process stand, as /readyz says it: how far behind, what holds them, what waits."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from infra.process.pulses import feeds
from infra.process.vigil import Stall, told
from processors.holds import Hold
from processors.runtime import Runtime
from projections.site import HeldState, Share

NAMED = 20
"""Letters that are named for a partition: `photolog dlq list` says all."""


async def standing(runtimes: Iterable[Runtime], stalled: Mapping[Share, Stall]) -> dict[str, Any]:
    """Of each: events behind the log's end, in all partitions; in those of this process, what holds them, and behind
    which dead letters streams wait. `stalled` is of the whole site: where that is this process's, it is not ready.
    Raises Unavailable."""
    fed = list(runtimes)
    said = {
        "processors": {runtime.subscriber.id: await _standing(runtime) for runtime in fed},
        "stalled": told(stalled),
    }
    return {**said, "status": "stalled"} if feeds(fed) & stalled.keys() else said


def arriving(state: HeldState) -> list[str]:
    """Projections that are new here, and answer nothing before they have caught up: as this process knows it."""
    held = state.held
    return [] if held is None else [name for name in sorted(held.state.arriving) if held.state.is_arriving(name)]


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
