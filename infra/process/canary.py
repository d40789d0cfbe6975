"""The canary of a process: a command that goes the way of all, from the ledger through the log to a row that is read.

How long that takes is what users wait for until they see what others did. Counted by /metrics.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from commands.aggregate import SYSTEM
from commands.canaries import SendCanary
from commands.handling import Cause, Handler
from processors.durations import Durations
from projections.canaries import HEARD, PROJECTION
from projections.ports import Positions, TableReads
from schemas.errors import NotYetVisible, Unavailable
from schemas.ids import AccountId

ACTOR = AccountId(f"{SYSTEM}canary")
IDS = 16
"""Rows that canaries are heard in: as many numbers are kept, whoever sends."""
WITHIN_S = 30.0
AGAIN_S = 1.0
"""After one that was not heard."""

logger = logging.getLogger("photolog.canary")


@dataclass
class Canary:
    """Sends one canary after the other."""

    handler: Handler
    tables: TableReads
    """What queries read."""
    positions: Positions
    """What queries wait for."""
    every_s: float
    """0: none is sent."""
    within_s: float = WITHIN_S
    clock: Callable[[], float] = time.monotonic
    heard: int = 0
    lost: int = 0
    """Those that were not heard in time, or could not be sent."""
    took: Durations = field(default_factory=Durations)
    last_s: float = 0.0
    """How long the last took that was heard."""
    since: float | None = None
    """When the first was sent of those that nobody has heard since."""

    @property
    def delay_s(self) -> float:
        """What the last took; more, as soon as those that are not heard have waited for longer."""
        return self.last_s if self.since is None else max(self.last_s, self.clock() - self.since)

    async def run(self) -> None:
        """Until it is cancelled."""
        if self.every_s == 0:
            await asyncio.Event().wait()
        while True:
            await asyncio.sleep(self.every_s if self.since is None else min(AGAIN_S, self.every_s))
            try:
                await self.once()
            except Exception as error:  # noqa: BLE001 - whatever went wrong, it is what the delay says
                self.lost += 1
                logger.warning("a canary is not heard: %s", type(error).__name__)

    async def once(self) -> float:
        """Sends one; the seconds until a query saw it. Raises NotYetVisible, and whatever keeps it from being sent."""
        began = self.clock()
        self.since = began if self.since is None else self.since
        command_id = await self.handler.ids.command_id()
        command = SendCanary(ACTOR, str(random.randrange(IDS)))
        decision = await self.handler.handle(command, Cause(command_id, command_id))
        if not await self.positions.wait([PROJECTION.id], decision.positions, self.within_s):
            raise NotYetVisible
        if not await self.tables.get(HEARD, [(command.canary_id,)]):
            raise Unavailable("what was applied is not there")
        self.heard += 1
        self.last_s, self.since = self.clock() - began, None
        self.took.add(self.last_s)
        return self.last_s
