"""Whose new posts somebody is told of. Fed by events/follows.py; read by the list of notifications, which reads these
accounts' posts, and by processors/ringing.py, which tells phones.

No row is written for a post: what there is to tell is made of the post itself, by `told`.
"""

import zlib

from events.envelope import Recorded
from events.follows import BellAdded, BellRemoved
from projections.buckets import bucket
from projections.effects import Delete, Effects, Projection, Put
from schemas.ids import EPOCH, MACHINE_BITS, NOTIFICATION_PREFIX, SEQUENCE_BITS, AccountId, Millis, PostId, base62
from schemas.positions import FOLLOWS
from schemas.tables import TIME, Count, Row, Table

POST = "post"
"""The kind of such a notification."""
BELLS = Table(
    "bells",
    partition="follower_id",
    order="followee_id",
    columns={"bell_since": TIME},
    subject="follower_id",
    counts=Count("bell_count", per="follower_id"),
)
BELLS_BY_FOLLOWEE = Table(
    "bells_by_followee",
    partition="followee_id, bucket",
    order="follower_id",
    columns={"bell_since": TIME},
    subject="follower_id",
)

PROJECTION = Projection("bells", topics=[FOLLOWS], tables=[BELLS, BELLS_BY_FOLLOWEE])


@PROJECTION.projects(BellAdded)
def added(recorded: Recorded[BellAdded]) -> Effects:
    event, since = recorded.event, recorded.at
    edge = {"follower_id": event.follower_id, "followee_id": event.followee_id}
    yield Put(BELLS, **edge, bell_since=since)
    yield Put(BELLS_BY_FOLLOWEE, **edge, bucket=bucket(event.follower_id), bell_since=since)


@PROJECTION.projects(BellRemoved)
def removed(recorded: Recorded[BellRemoved]) -> Effects:
    event = recorded.event
    edge = {"follower_id": event.follower_id, "followee_id": event.followee_id}
    yield Delete(BELLS, **edge)
    yield Delete(BELLS_BY_FOLLOWEE, **edge, bucket=bucket(event.follower_id))


def told(recipient: str, author: AccountId, post: PostId, published_at: Millis) -> Row:
    """What somebody is told of a post: as a row of NOTIFICATIONS, that no table has."""
    place = {"recipient_id": recipient, "kind": POST, "notification_id": _id(post, published_at)}
    about = {"author_id": author, "post_id": post, "comment_id": "", "notified_at": published_at}
    return {**place, "actor_id": author, **about}


def _id(post: PostId, published_at: Millis) -> str:
    """Among those of rows by time; of two posts of one moment, hardly ever the same."""
    low = MACHINE_BITS + SEQUENCE_BITS
    number = max(0, published_at - EPOCH) << low | zlib.crc32(post.encode()) % (1 << low)
    return f"{NOTIFICATION_PREFIX}_{base62(number)}"
