"""What feeds are made of: posts by author, follows both ways, and whose posts are pulled. Fed by events/posts.py,
events/follows.py and events/celebrities.py.

One projection, because a publication and a follow must each be written before the other is read (DESIGN, "The feed").
"""

from typing import Any

from events.celebrities import CelebrityCleared, CelebrityCrossed, CelebritySettled
from events.envelope import Recorded
from events.follows import Followed, Unfollowed
from events.posts import PostDeleted, PostPublished, PostRemoved
from projections.buckets import bucket
from projections.celebrities import CELEBRITIES, put
from projections.effects import Backfill, Delete, Effects, FanOut, Projection, Put, Settle, Weigh
from projections.posts import post_id
from schemas.ids import AccountId, PostId
from schemas.positions import FOLLOWS, POSTS
from schemas.tables import TIME, Count, Key, Relation, Table

POSTS_BY_AUTHOR = Table(
    "posts_by_author",
    partition="author_id",
    order="published_at desc, post_id desc",
    subject="author_id",
    counts=Count("post_count", per="author_id"),
    partition_cached=300,
)
SALTED_POSTS = Table(
    "salted_posts",
    partition="author_id, salt",
    order="published_at desc, post_id desc",
    subject="author_id",
    counts=Count("post_count", per="author_id"),
    partition_cached=300,
    part_of=POSTS_BY_AUTHOR.name,
)
"""Posts with a salt: further parts of their author's. Only who is, or was, a celebrity has any."""
MOST_PARTS = 4
"""Of one author: the one without salt, and these."""
FOLLOWERS = Table(
    "followers",
    partition="followee_id, bucket",
    order="follower_id",
    columns={"followed_at": TIME},
    subject="follower_id",
    counts=Count("follower_count", per="followee_id"),
)
FOLLOWEE = Relation("f", of="follower_id", to="followee_id")
FOLLOWER = Relation("b", of="followee_id", to="follower_id")
FOLLOWING = Table(
    "following",
    partition="follower_id",
    order="followee_id",
    columns={"followed_at": TIME},
    subject="follower_id",
    counts=Count("following_count", per="follower_id", cached=300),
    partition_cached=300,
    relations=(FOLLOWEE, FOLLOWER),
)


def parts_of(author: str, *, spread: bool) -> list[tuple[Table, Key]]:
    """The partitions in which an author's posts lie. `spread`: whether there is a row in CELEBRITIES."""
    further: list[tuple[Table, Key]] = [(SALTED_POSTS, (author, salt)) for salt in range(1, MOST_PARTS) if spread]
    return [(POSTS_BY_AUTHOR, (author,)), *further]


def _part(author: AccountId, salt: int) -> tuple[Table, dict[str, Any]]:
    return (SALTED_POSTS, {"author_id": author, "salt": salt}) if salt else (POSTS_BY_AUTHOR, {"author_id": author})


PROJECTION = Projection(
    "feed", topics=[POSTS, FOLLOWS], tables=[POSTS_BY_AUTHOR, SALTED_POSTS, FOLLOWERS, FOLLOWING, CELEBRITIES]
)


@PROJECTION.projects(PostPublished, sealed=True)
def published(recorded: Recorded[PostPublished]) -> Effects:
    event, post = recorded.event, PostId(post_id(recorded.stream))
    table, part = _part(event.author_id, event.salt)
    yield Put(table, **part, published_at=event.published_at, post_id=post)
    yield FanOut(event.author_id, post, event.published_at)


@PROJECTION.projects(PostDeleted, PostRemoved)
def deleted(recorded: Recorded[PostDeleted | PostRemoved]) -> Effects:
    event = recorded.event
    if event.published_at is not None:
        table, part = _part(event.author_id, event.salt)
        yield Delete(table, **part, published_at=event.published_at, post_id=post_id(recorded.stream))


@PROJECTION.projects(Followed)
def followed(recorded: Recorded[Followed]) -> Effects:
    event = recorded.event
    yield Put(
        FOLLOWERS,
        followee_id=event.followee_id,
        bucket=bucket(event.follower_id),
        follower_id=event.follower_id,
        followed_at=recorded.at,
    )
    yield Put(FOLLOWING, follower_id=event.follower_id, followee_id=event.followee_id, followed_at=recorded.at)
    yield Backfill(event.follower_id, event.followee_id)
    yield Weigh(event.followee_id)


@PROJECTION.projects(Unfollowed)
def unfollowed(recorded: Recorded[Unfollowed]) -> Effects:
    event = recorded.event
    yield Delete(
        FOLLOWERS,
        followee_id=event.followee_id,
        bucket=bucket(event.follower_id),
        follower_id=event.follower_id,
    )
    yield Delete(FOLLOWING, follower_id=event.follower_id, followee_id=event.followee_id)


@PROJECTION.projects(CelebrityCrossed, CelebritySettled)
def stands(recorded: Recorded[CelebrityCrossed | CelebritySettled]) -> Effects:
    yield put(recorded.event)


@PROJECTION.projects(CelebrityCleared)
def cleared(recorded: Recorded[CelebrityCleared]) -> Effects:
    event = recorded.event
    yield put(event)
    end = event.spans[-1].until
    if end is not None:
        yield Settle(event.account_id, end)
