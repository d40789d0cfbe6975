"""One event as the log delivers it: what a subscriber's `plan` is given. Made by the runtime in processors/."""

from dataclasses import dataclass

from events.envelope import Event, Recorded
from schemas.positions import Position


@dataclass(frozen=True)
class Delivery:
    """One event and where it stands."""

    recorded: Recorded[Event]
    position: Position
