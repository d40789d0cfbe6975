"""SharedState: the site's state as one process holds it, on a lease. Read from a durable row.

Nobody hears of a change but by reading: whoever makes one waits for others' leases where they must not go on.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from infra.process.clock import boot_clock
from projections.site import LEASE_S, STATE, Held, SiteRow, SiteRows, SiteState, read, written
from schemas.errors import Unavailable

REFRESH_S = 0.35
"""Between two reads, so that one may fail and the lease still holds."""

logger = logging.getLogger("photolog.site")


class SharedState:
    """The HeldState port. One a process; `run` keeps its lease."""

    def __init__(self, rows: SiteRows, clock: Callable[[], float] = boot_clock) -> None:
        """`clock` counts seconds, those too in which the machine slept."""
        self._rows = rows
        self._clock = clock
        self._held: Held | None = None
        self._reading: asyncio.Task[Held] | None = None
        self._next: asyncio.Task[Held] | None = None
        self._changed: list[Callable[[], None]] = []

    @property
    def held(self) -> Held | None:
        return self._held

    def hear(self, changed: Callable[[], None]) -> None:
        """From now on `changed` is called whenever another state is read than before."""
        self._changed.append(changed)

    async def current(self) -> Held | None:
        """A state whose lease holds; mostly without asking. None: the row cannot be read now."""
        if self._held is not None and self._held.holds:
            return self._held
        try:
            fresh = await self.fresh()
        except Unavailable:
            return None
        return fresh if fresh.holds else None

    async def fresh(self) -> Held:
        """Callers share a read, but none that began before they asked."""
        if self._next is None:
            self._next = asyncio.create_task(self._read_after(self._reading))
        return await asyncio.shield(self._next)

    async def change(self, edit: Callable[[SiteState], SiteState]) -> Held:
        """Begins with a read of its own: what it builds on is never older than the call."""
        while True:
            before = await self.fresh()
            after = edit(before.state)
            if after == before.state:
                return before
            began, content = self._clock(), written(after)
            if await self._rows.write(STATE, content, before.revision):
                return self._learn(SiteRow(before.revision + 1, content), began)

    async def run(self) -> None:
        """Reads again and again until it is cancelled; while the row cannot be read, the lease runs out."""
        while True:
            try:
                await self.fresh()
            except Exception as error:  # noqa: BLE001 - whatever went wrong, the next read may not
                logger.warning("the site's state cannot be read: %s", type(error).__name__)
            await asyncio.sleep(REFRESH_S)

    async def _read_after(self, earlier: asyncio.Task[Held] | None) -> Held:
        if earlier is not None:
            await asyncio.wait([earlier])
        self._reading, self._next = self._next, None
        began = self._clock()
        return self._learn(await self._rows.read(STATE), began)

    def _learn(self, row: SiteRow | None, began: float) -> Held:
        """What was read last stands, unless a later revision is known already: that one's lease is its own."""
        state, revision = (read(row.content), row.revision) if row else (SiteState(), 0)
        told = Held(state, revision, began + LEASE_S, self._clock)
        known = self._held
        if known is not None and known.revision > revision:
            return known
        if known is not None and known.revision == revision:
            self._held = replace(known, until=max(known.until, told.until))
            return self._held
        self._held = told
        for changed in self._changed:
            changed()
        return told
