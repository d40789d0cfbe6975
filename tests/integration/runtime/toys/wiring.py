"""The lists that a new projection and a new kind of effect are put into, as infra/wiring/subscribers.py has them."""

from collections.abc import Mapping, Sequence

from processors.appliers import ReactionApplier
from processors.planning import Subscriber
from projections.all import PROJECTIONS
from projections.effects import Reaction
from tests.integration.runtime.toys import guests
from tests.integration.runtime.toys.greetings import Greet, Greetings

SUBSCRIBERS: Sequence[Subscriber] = (*PROJECTIONS, guests.PROJECTION)


def with_greetings(
    reactions: Mapping[type[Reaction], ReactionApplier], greetings: Greetings
) -> Mapping[type[Reaction], ReactionApplier]:
    return {
        **reactions,
        Greet: greetings,
    }
