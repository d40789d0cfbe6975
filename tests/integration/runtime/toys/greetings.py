"""A kind of effect: what it says, and who carries it out. It asks its table first, so that it is as good twice."""

from dataclasses import dataclass, field

from events.delivery import Delivery
from projections.effects import Reaction
from projections.ports import TableReads
from schemas.ids import AccountId
from schemas.tables import Table


@dataclass(frozen=True)
class Greet(Reaction):
    """Somebody is welcome."""

    host_id: AccountId
    guest_id: AccountId


@dataclass
class Greetings:
    """Says hello to guests whose row is there."""

    tables: TableReads
    guests: Table
    said: list[AccountId] = field(default_factory=list)

    async def apply(self, reaction: Greet, delivery: Delivery, cut_short: int) -> None:
        if await self.tables.get(self.guests, [(reaction.host_id, reaction.guest_id)]):
            self.said.append(reaction.guest_id)
