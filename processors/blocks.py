"""Ending follows between accounts that are apart: whatever a block's own request did not get to, or could not see.

Asks the ledger first, so it is safe to repeat, and late: a block that was taken back ends nothing any more.
"""

from asyncio import gather
from dataclasses import dataclass

from commands.blocks import apart, block_stream
from commands.follows import partings
from commands.handling import Cause, Handler
from commands.ids import Snowflakes
from events.delivery import Delivery
from processors.waves import Waves
from projections.blocks import Part
from schemas.ids import AccountId


@dataclass
class Partings:
    """Carries out what the blocks projection asks for. Every follow asks, and hardly anybody has blocked: so whether a
    block was ever written is asked for all who ask at the time."""

    handler: Handler
    ids: Snowflakes

    def __post_init__(self) -> None:
        self._unwritten = Waves(self.handler.ledger.unwritten)

    async def apply(self, part: Part, delivery: Delivery, cut_short: int) -> None:
        """Both ways, on the word of whoever has blocked."""
        ways = {block_stream(*way): way for way in ((part.one, part.other), (part.other, part.one))}
        unwritten = await self._unwritten(ways)
        await gather(*(self._of(*way, delivery) for stream, way in ways.items() if stream not in unwritten))

    async def _of(self, blocker: AccountId, blocked: AccountId, delivery: Delivery) -> None:
        if not apart([await self.handler.states.look(block_stream(blocker, blocked))]):
            return
        for command in partings(blocker, blocked):
            command_id = await self.ids.command_id()
            await self.handler.handle(command, Cause(command_id, delivery.recorded.correlation))
