"""Who carries out which kind of effect. Built by the wiring for each subscriber; asked by the runtime alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from commands.correlation import correlated
from events.delivery import Delivery
from processors.planning import Plan
from projections.effects import Reaction


class RowApplier(Protocol):
    """Writes what plans say of rows."""

    async def apply(self, plans: Sequence[Plan]) -> None:
        """The row effects of these plans of one partition, in their order. Safe to repeat. Raises: try again."""


class ReactionApplier(Protocol):
    """Carries out one kind of reaction, or several."""

    async def apply(self, reaction: Any, delivery: Delivery, cut_short: int) -> None:
        """What this reaction of this event asks for. Raises: try again.

        It is repeated after a crash, long after the event perhaps: it asks the stream or the table before it acts.
        `cut_short`: how often a process ended while this was the only thing that it did.
        """


@dataclass(frozen=True)
class Appliers:
    """The appliers of one subscriber."""

    rows: RowApplier
    reactions: Mapping[type[Reaction], ReactionApplier]

    async def react(self, plan: Plan, cut_short: int) -> None:
        """Carries out what follows from a plan, in its order. Raises whatever went wrong: try again."""
        with correlated(plan.delivery.recorded.correlation):
            for reaction in plan.reactions:
                await self.reactions[type(reaction)].apply(reaction, plan.delivery, cut_short)
