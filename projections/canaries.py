"""The canaries that have come through. Fed by the topic of canaries; read by whoever sent one."""

from events.canaries import CanarySent
from events.envelope import Recorded
from projections.effects import Effects, Projection, Put
from schemas.positions import CANARIES
from schemas.tables import TIME, Table

HEARD = Table("canaries", partition="canary_id", columns={"sent_at": TIME})

PROJECTION = Projection("canaries", topics=[CANARIES], tables=[HEARD])


@PROJECTION.projects(CanarySent)
def heard(recorded: Recorded[CanarySent]) -> Effects:
    yield Put(HEARD, canary_id=recorded.event.canary_id, sent_at=recorded.at)
