"""The vigil: which shares of the log do not get on, seen from outside of what feeds them. Reads positions, the log's
ends and pulses; told by /readyz, /metrics and `photolog top`.

A share is stalled that has something due and does not move, or that nobody is there to feed, for PATIENCE_S.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from commands.ports import Log
from infra.process.clock import boot_clock
from infra.process.pulses import Pulse, forget, pulses
from processors.planning import Subscriber
from processors.runtime import NOWHERE
from projections.ports import Positions, Tables
from projections.site import Share
from schemas.positions import Partition

LOOK_S = 1.0
PATIENCE_S = 6.0
"""With what looks and pulses add, whatever stands still is known in 10 s."""
ASLEEP_S = 3.0
"""Who has not looked for so long has slept, or the stores were away: it begins anew to wait."""
FORGOTTEN_S = 600.0
NAMED = 20
"""Partitions that are named of a subscriber."""
STILL, UNFED = "does not move", "is fed by nobody"

logger = logging.getLogger("photolog.vigil")


@dataclass
class LastWell:
    """When each thing was last seen to be well. Pure, but for its clock."""

    clock: Callable[[], float]
    began: float = float("-inf")
    """When it began to look, or to wait anew."""
    _at: dict[Any, float] = field(default_factory=dict)
    _looked: float = float("-inf")

    def unwell(self, things: Iterable[Any], well: Collection[Any]) -> dict[Any, float]:
        """For how many seconds each of these has not been well. One that is new may have been well until now."""
        now = self.clock()
        slept = now - self._looked > ASLEEP_S
        self.began = now if slept else self.began
        self._at = {one: now if slept or one in well else self._at.get(one, now) for one in things}
        self._looked = now
        return {one: now - at for one, at in self._at.items()}


@dataclass(frozen=True)
class Stall:
    """What is wrong with a share, and for how long."""

    why: str
    seconds: float


@dataclass
class Vigil:
    """Of a whole site, kept by one process: it judges by its own clock alone."""

    log: Log
    positions: Positions
    tables: Tables
    followed: Callable[[], Iterable[Subscriber]]
    """Who is to be fed, as this process knows it."""
    by_others: bool
    """Whether workers feed them, who say so by pulses."""
    clock: Callable[[], float] = boot_clock
    stalled: Mapping[Share, Stall] = field(default_factory=dict)
    _rows: dict[Share, int] = field(default_factory=dict)
    _beats: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._moved, self._fed, self._heard = LastWell(self.clock), LastWell(self.clock), LastWell(self.clock)

    @property
    def awake_s(self) -> float:
        """For how long it has looked without a pause: what has stood still since is known after PATIENCE_S."""
        return self.clock() - self._moved.began

    async def run(self) -> None:
        """Looks until it is cancelled; while the stores are away, nobody can say more than that."""
        while True:
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - whatever went wrong, the next look may not
                logger.warning("nobody can see who gets on: %s", type(error).__name__)
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """One look. Raises Unavailable."""
        ends = {Partition(*place): end for place, end in (await self.log.ends()).items()}
        due = {
            Share(one.id, *place): end
            for one in self.followed()
            for place, end in ends.items()
            if place.topic in one.topics
        }
        rows = await self._progress(due)
        well = {one for one, end in due.items() if rows[one] >= end or rows[one] != self._rows.get(one)}
        self._rows = rows
        still = _stalls(STILL, self._moved.unwell(due, well))
        self.stalled = {**still, **await self._unfed(due)}

    async def _progress(self, due: Mapping[Share, int]) -> dict[Share, int]:
        """Up to where the rows of each share are written; asked only where something is due."""
        behind = sorted({one.subscriber for one, end in due.items() if self._rows.get(one, -1) < end})
        found = dict(zip(behind, await asyncio.gather(*map(self.positions.progress, behind)), strict=True))
        return {
            one: found[one.subscriber].get(Partition(one.topic, one.partition), NOWHERE).rows
            if one.subscriber in found
            else self._rows[one]
            for one in due
        }

    async def _unfed(self, shares: Collection[Share]) -> dict[Share, Stall]:
        if not self.by_others:
            return {}
        said = await pulses(self.tables)
        changed = [one for one in said if self._beats.get(one.instance) != one.beat]
        self._beats = {one.instance: one.beat for one in said}
        await self._forget(said, changed)
        fed = {share for one in changed for share in one.feeds}
        return _stalls(UNFED, self._fed.unwell(shares, fed))

    async def _forget(self, said: Iterable[Pulse], changed: Iterable[Pulse]) -> None:
        silent = self._heard.unwell([one.instance for one in said], {one.instance for one in changed})
        gone = [one for one in said if silent[one.instance] >= FORGOTTEN_S]
        if gone:
            await forget(self.tables, gone)


def _stalls(why: str, unwell: Mapping[Share, float]) -> dict[Share, Stall]:
    return {share: Stall(why, seconds) for share, seconds in unwell.items() if seconds >= PATIENCE_S}


def told(stalled: Mapping[Share, Stall]) -> dict[str, Any]:
    """By subscriber, as /readyz says it."""
    said: dict[str, Any] = {}
    for share, stall in sorted(stalled.items()):
        one = said.setdefault(share.subscriber, {"partitions": 0, "why": stall.why, "seconds": 0.0, "named": []})
        one["partitions"] += 1
        one["seconds"] = round(max(one["seconds"], stall.seconds), 1)
        if len(one["named"]) < NAMED:
            one["named"].append(str(Partition(share.topic, share.partition)))
    return said
