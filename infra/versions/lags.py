"""How far a version is behind the log: in events whose rows are still to be written, and by the age of the oldest."""

from collections.abc import Mapping
from typing import Any

from commands.ports import Log
from infra.process.clock import wall_clock
from schemas.positions import Partition


async def lag(log: Log, rows: Mapping[Partition, int]) -> dict[str, Any]:
    """`rows`: by partition, the offset whose rows are written next."""
    ends = await log.ends()
    behind = {place: ends[place] - offset for place, offset in rows.items() if ends[place] > offset}
    due = [entry for place in behind for entry in await log.read(*place, rows[place], 1)]
    ages = [max(0.0, (wall_clock() - entry.at) / 1_000) for entry in due]
    return {"lag_events": sum(behind.values()), "lag_seconds": max(ages, default=0.0)}
