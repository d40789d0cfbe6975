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


@recorded("follow.bell_added.v1", subject="follower_id")
class BellAdded(Event):
    """The follower wants to be told of what the followee posts from now on."""

    follower_id: AccountId
    followee_id: AccountId


@recorded("follow.bell_removed.v1", subject="follower_id")
class BellRemoved(Event):
    """The follower no longer wants to be told, or does not follow any more."""

    follower_id: AccountId
    followee_id: AccountId
