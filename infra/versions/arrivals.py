"""Arrivals: projections that are new to a site whose log is older. Nothing is answered from them until they caught up.

Marked in the site's state before anybody feeds them; whoever feeds takes the mark away. No operator is needed.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from commands.ports import Log
from processors.caught_up import CaughtUp
from projections.effects import Projection
from projections.ports import Positions
from projections.site import HeldState, SiteState
from projections.versions import id_of
from schemas.errors import NotYetVisible

LOOK_S = 0.25

logger = logging.getLogger("photolog.arrivals")


async def shaped_today(projections: Sequence[Projection], state: HeldState, positions: Positions) -> None:
    """What has never been fed here has the shape of today from its first version on. Raises Unavailable."""
    now = (await state.fresh()).state
    unsaid = [each for each in projections if each.shape != 1 and each.name not in {**now.shapes, **now.versions}]
    new = [each for each in unsaid if not await positions.progress(id_of(each.name, 1))]

    def edit(before: SiteState) -> SiteState:
        for each in new:
            if each.name not in before.shapes:
                before = before.shaped(each.name, 1, each.shape)
        return before

    if new:
        await state.change(edit)


async def met(projections: Sequence[Projection], state: HeldState, log: Log, positions: Positions) -> SiteState:
    """Marks those that nobody has ever fed here, though there is something to be fed with. The state then. Raises
    Unavailable."""
    now = (await state.fresh()).state
    written = {topic for (topic, _), end in (await log.ends()).items() if end}
    live = {one.name: now.of(one.name).live for one in projections if written & set(one.topics)}
    fed = await asyncio.gather(*(positions.progress(id_of(name, version)) for name, version in live.items()))
    new = {name: live[name] for name, progress in zip(live, fed, strict=True) if not progress}
    return (await state.change(lambda before: before.met(new))).state if new else now


@dataclass(frozen=True)
class Arrivals:
    """Of one process that feeds."""

    projections: Sequence[Projection]
    """As this release declares them: one of a later release is left to it."""
    state: HeldState
    log: Log
    positions: Positions

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Waits some seconds for those that are arriving."""
        held = self.state.held
        arriving = {} if held is None else held.state.arriving
        here = [replace(one, version=arriving[one.name]) for one in self.projections if one.name in arriving]
        await asyncio.gather(*map(self._arrive, here))

    async def _arrive(self, one: Projection) -> None:
        try:
            if one.version in (await self.state.fresh()).state.of(one.name).kept:
                await CaughtUp(self.log, self.positions, one)()
            await self.state.change(lambda before: before.arrived(one.name, one.version))
            logger.info("%s has caught up, and is served", one.id)
        except NotYetVisible:
            return
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the next look may not
            logger.warning("nobody can see whether %s has caught up: %s", one.id, type(error).__name__)
