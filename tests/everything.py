"""What tests of subscribers mostly do not care about: one that is given every event, and opens whatever is sealed."""

from collections.abc import Sequence

from events.delivery import Delivery
from projections.effects import Effect


class Everything:
    """A part of a subscriber. Plans nothing, unless it says otherwise."""

    def reads(self, stored: str) -> bool:
        return True

    def opens(self, stored: str) -> bool:
        return True

    def plan(self, delivery: Delivery) -> Sequence[Effect]:
        return ()
