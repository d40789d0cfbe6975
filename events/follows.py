"""Who follows whom. Decided in commands/follows.py; one stream an edge, on photolog.follows, keyed by followee."""

from events.envelope import Event, recorded
from schemas.ids import AccountId


@recorded("follow.started.v1", subject="follower_id")
class Followed(Event):
    """The follower wants to see the followee's posts."""

    follower_id: AccountId
    followee_id: AccountId


@recorded("follow.ended.v1", subject="follower_id")
class Unfollowed(Event):
    """The follower no longer wants to."""

    follower_id: AccountId
    followee_id: AccountId
