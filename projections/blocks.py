"""Who has blocked whom. Fed by events/blocks.py and, for what must not go on, events/follows.py; read by whatever shows
accounts."""

from dataclasses import dataclass

from events.blocks import Blocked, Unblocked
from events.envelope import Recorded
from events.follows import Followed
from projections.effects import Delete, Effects, Projection, Put, Reaction
from schemas.ids import AccountId
from schemas.positions import FOLLOWS
from schemas.tables import TIME, Relation, Table

BLOCKED = Relation("x", of="blocker_id", to="blocked_id")
BLOCKER = Relation("y", of="blocked_id", to="blocker_id")
BLOCKS = Table(
    "blocks",
    partition="blocker_id",
    order="blocked_id",
    columns={"blocked_at": TIME},
    subject="blocker_id",
    relations=(BLOCKED, BLOCKER),
)

PROJECTION = Projection("blocks", topics=[FOLLOWS], tables=[BLOCKS])


@dataclass(frozen=True)
class Part(Reaction):
    """End the follows between two accounts, if either has blocked the other."""

    one: AccountId
    other: AccountId


@PROJECTION.projects(Blocked)
def blocked(recorded: Recorded[Blocked]) -> Effects:
    event = recorded.event
    yield Put(BLOCKS, blocker_id=event.blocker_id, blocked_id=event.blocked_id, blocked_at=recorded.at)
    yield Part(event.blocker_id, event.blocked_id)


@PROJECTION.projects(Unblocked)
def unblocked(recorded: Recorded[Unblocked]) -> Effects:
    event = recorded.event
    yield Delete(BLOCKS, blocker_id=event.blocker_id, blocked_id=event.blocked_id)


@PROJECTION.projects(Followed)
def followed(recorded: Recorded[Followed]) -> Effects:
    """A follow that was decided while the block was: neither saw the other, and whoever comes second finds both."""
    yield Part(recorded.event.follower_id, recorded.event.followee_id)
