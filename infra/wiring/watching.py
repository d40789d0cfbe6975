"""What watches a site from within its processes: the vigil over who is fed, and the canary of who takes commands."""

from collections.abc import Iterable

from commands.handling import Handler
from commands.ports import Log
from infra.process.canary import Canary
from infra.process.settings import Settings
from infra.process.vigil import Vigil
from infra.wiring.feeding import followed
from infra.wiring.sides import ReadSide
from infra.wiring.subscribers import SUBSCRIBERS
from processors.planning import Subscriber
from projections.site import HeldState


def vigil(log: Log, read: ReadSide, state: HeldState, *, by_others: bool) -> Vigil:
    """Over everything that follows the log, as this process holds the site's state. `by_others`: workers feed it."""

    def following() -> Iterable[Subscriber]:
        return [] if state.held is None else followed(SUBSCRIBERS, state.held.state)

    return Vigil(log, read.positions, read.tables, following, by_others)


def canary(read: ReadSide, handler: Handler, settings: Settings) -> Canary:
    """On the way from a command of this process to what queries read."""
    queried = read.queried
    return Canary(handler, queried.tables, queried.positions, settings.canary_every_s)
