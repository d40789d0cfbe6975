"""Who came to see whom first. A projection as any: tables, functions, and here also what follows from a row."""

from events.envelope import Recorded
from events.follows import Followed
from projections.effects import Effects, Projection, Put
from schemas.positions import FOLLOWS
from schemas.tables import TIME, Table
from tests.integration.runtime.toys.greetings import Greet

GUESTS = Table("guests", partition="host_id", order="guest_id", columns={"came_at": TIME}, subject="guest_id")

PROJECTION = Projection("guests", topics=[FOLLOWS], tables=[GUESTS])


@PROJECTION.projects(Followed)
def came(recorded: Recorded[Followed]) -> Effects:
    event = recorded.event
    yield Put(GUESTS, host_id=event.followee_id, guest_id=event.follower_id, came_at=recorded.at)
    yield Greet(event.followee_id, event.follower_id)
