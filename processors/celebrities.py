"""Accounts that have become too popular to push to: seen by their counted followers, and said in a stream of theirs.

Knows two reactions of the feed's projection: after a follow it weighs the followee, after an operator's word it pushes
what was left to readers meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass

from commands.aggregate import SYSTEM
from commands.celebrities import CelebrityCommand, ClearCelebrity, CrossThreshold, SettleCelebrity
from commands.handling import Cause, Decision, Handler
from events.celebrities import Celebrity
from events.delivery import Delivery
from processors.fanout import FanOuts
from projections.celebrities import ALL, CELEBRITIES, celebrity_row, is_celebrity
from projections.effects import Settle, Weigh
from projections.feed import FOLLOWERS
from projections.ports import TableReads
from schemas.ids import AccountId, Millis
from schemas.tables import Key, Row

AT_ONCE = 500
ACTOR = AccountId(f"{SYSTEM}feed")


@dataclass(frozen=True)
class Celebrities:
    """Carries out both. Safe to repeat: the stream knows what is news."""

    handler: Handler
    tables: TableReads
    fan_outs: FanOuts
    clock: Callable[[], Millis]

    async def apply(self, job: Weigh | Settle, delivery: Delivery, cut_short: int) -> None:
        """Says what follows. Raises Unavailable."""
        match job:
            case Weigh(account_id=account):
                followers = (await self.tables.sizes(FOLLOWERS, [(account,)]))[account,]
                if followers >= self.fan_outs.threshold.followers and await self._may_cross(account, followers):
                    crossed = await self._say(CrossThreshold(ACTOR, account, followers, self.clock()), delivery)
                    self.fan_outs.tally.crossings += bool(crossed.events)
            case Settle(author_id=account, since=since):
                await self.fan_outs.published_since(account, since, delivery)
                await self._say(SettleCelebrity(ACTOR, account, since), delivery)

    async def _may_cross(self, account: AccountId, followers: int) -> bool:
        """Mostly not, so that the many follows of a celebrity cost a look each, and no command."""
        row = await celebrity_row(self.tables, account)
        return row is None or not (is_celebrity(row) or followers < row["again_at"])

    async def _say(self, command: CelebrityCommand, delivery: Delivery) -> Decision:
        command_id = await self.handler.ids.command_id()
        return await self.handler.handle(command, Cause(command_id, delivery.recorded.correlation))


@dataclass(frozen=True)
class CelebrityOrders:
    """What operators see of celebrities, and what they order. Read and ordered by `photolog feed celebrity`."""

    handler: Handler
    tables: TableReads
    clock: Callable[[], Millis]

    async def all(self) -> list[Row]:
        """Everybody who is a celebrity or was one: rows of CELEBRITIES."""
        found: list[Row] = []
        after: Key | None = None
        while rows := await self.tables.slice(CELEBRITIES, (ALL,), AT_ONCE, after):
            found += rows
            after = (rows[-1]["account_id"],)
        return found

    async def clear(self, actor: AccountId, account: AccountId, reason: str, again_at: int | None) -> Celebrity:
        """Ends its span, if one goes on. How it stands now. Raises UnknownCelebrity."""
        followers = (await self.tables.sizes(FOLLOWERS, [(account,)]))[account,]
        command_id = await self.handler.ids.command_id()
        order = ClearCelebrity(actor, account, followers, self.clock(), reason, again_at)
        state: Celebrity = (await self.handler.handle(order, Cause(command_id, command_id))).state
        return state
