"""Upgrading: what a release has changed is brought to its shape while the site serves. For sites without an operator.

Until then queries are answered from what there is, and a column that is new reads as its default.
"""

import asyncio
import logging
from dataclasses import dataclass

from infra.versions.orders import Orders
from projections.versions import Standing

AGAIN_S = 5.0

logger = logging.getLogger("photolog.upgrading")


@dataclass(frozen=True)
class Upgrading:
    """Of an embedded site, by its own process."""

    orders: Orders

    async def run(self) -> None:
        """Until it is cancelled: once all is of today there is nothing more to do."""
        stop = asyncio.Event()
        left = list(self.orders.projections)
        while left:
            left = [name for name in left if not await self._brought(name, stop)]
            if left:
                await asyncio.sleep(AGAIN_S)
        await stop.wait()

    async def _brought(self, name: str, stop: asyncio.Event) -> bool:
        """Whether there is nothing left to try: it is of today, or what was built is not what the log says."""
        try:
            await self._bring(name, stop)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, what there is serves on
            logger.warning("%s is not changed yet: %s", name, type(error).__name__)
            return False
        return True

    async def _bring(self, name: str, stop: asyncio.Event) -> None:
        state, today = (await self.orders.state.fresh()).state, self.orders.projections[name].shape
        versions = state.of(name)
        of_today = [version for version in sorted(versions.kept) if state.shape(name, version) == today]
        if versions.live in of_today or versions.before in of_today:
            return  # or an operator went back, and has reasons
        ready = [one for one in of_today if one in versions.verified and versions.kept[one] is Standing.FOLLOWING]
        if not ready:
            verdict = await self.orders.rebuild(name, stop)
            if verdict is None or not verdict.is_right:
                logger.error("%s stays as it was: what was built is not what the log says", name)
                return
        await self.orders.switch(name, ready[-1] if ready else None)
        logger.info("%s has the shape of this release", name)
