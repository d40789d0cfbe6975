"""Traces of what a subscriber does: rows and reactions hang below the command whose event asked for them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from commands.ports import Attributes, Span, Traces
from events.delivery import Delivery
from processors.appliers import Appliers, ReactionApplier, RowApplier
from processors.planning import Plan


def traced(appliers: Appliers, subscriber: str, traces: Traces) -> Appliers:
    """The same, drawn; the very same where nobody draws."""
    if not traces.kept:
        return appliers
    reactions = {kind: TracedReactions(one, subscriber, traces) for kind, one in appliers.reactions.items()}
    return Appliers(TracedRows(appliers.rows, subscriber, traces), reactions)


@dataclass(frozen=True)
class TracedRows:
    """A batch is written at once: each of its events was under way for as long as all."""

    rows: RowApplier
    subscriber: str
    traces: Traces

    async def apply(self, plans: Sequence[Plan]) -> None:
        began = time.time_ns()
        await self.rows.apply(plans)
        self.traces.past(began, *(_span("rows", self.subscriber, plan.delivery) for plan in plans if plan.effects))


@dataclass(frozen=True)
class TracedReactions:
    """Of one kind."""

    reactions: ReactionApplier
    subscriber: str
    traces: Traces

    async def apply(self, reaction: Any, delivery: Delivery, cut_short: int) -> None:
        with self.traces.span(_span(type(reaction).__name__, self.subscriber, delivery)):
            await self.reactions.apply(reaction, delivery, cut_short)


def _span(what: str, subscriber: str, delivery: Delivery) -> Span:
    recorded, place = delivery.recorded, delivery.position
    attributes: Attributes = {
        "photolog.subscriber": subscriber,
        "photolog.event": recorded.type,
        "messaging.destination.name": place.topic,
        "messaging.destination.partition.id": str(place.partition),
        "messaging.kafka.offset": place.offset,
    }
    return Span(f"{subscriber} {what}", recorded.correlation, parent=recorded.causation, attributes=attributes)
