"""Who has blocked whom. Decided in commands/blocks.py; one stream an edge, on photolog.follows, keyed by blocked."""

from events.envelope import Event, recorded
from schemas.ids import AccountId


@recorded("block.started.v1", subject="blocker_id")
class Blocked(Event):
    """Neither is to see anything of the other. The follows between them end by events of their own."""

    blocker_id: AccountId
    blocked_id: AccountId


@recorded("block.ended.v1", subject="blocker_id")
class Unblocked(Event):
    """As far as the blocker is concerned, both see each other again. It brings back nothing else."""

    blocker_id: AccountId
    blocked_id: AccountId
