"""Who likes what. Fed by events/likes.py; read by card hydration and the list of likers."""

from events.envelope import Recorded
from events.likes import PostLiked, PostUnliked
from projections.buckets import bucket
from projections.effects import Delete, Effects, Projection, Put
from schemas.positions import ENGAGEMENT
from schemas.tables import TIME, Count, Relation, Table

LIKED = Relation("l", of="account_id", to="post_id")
LIKES = Table(
    "likes",
    partition="post_id, bucket",
    order="account_id",
    columns={"liked_at": TIME},
    subject="account_id",
    counts=Count("like_count", per="post_id", cached=3600),
    relations=(LIKED,),
)

PROJECTION = Projection("likes", topics=[ENGAGEMENT], tables=[LIKES])


@PROJECTION.projects(PostLiked)
def liked(recorded: Recorded[PostLiked]) -> Effects:
    event = recorded.event
    yield Put(
        LIKES,
        post_id=event.post_id,
        bucket=bucket(event.account_id),
        account_id=event.account_id,
        liked_at=recorded.at,
    )


@PROJECTION.projects(PostUnliked)
def unliked(recorded: Recorded[PostUnliked]) -> Effects:
    event = recorded.event
    yield Delete(LIKES, post_id=event.post_id, bucket=bucket(event.account_id), account_id=event.account_id)
