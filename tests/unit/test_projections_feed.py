"""The feed's tables and jobs: posts by author, follows both ways, and who is pushed what."""

from events.follows import Followed, Unfollowed
from events.posts import PostDeleted
from projections.buckets import bucket
from projections.effects import Backfill, Delete, FanOut, Put
from projections.feed import FOLLOWERS, FOLLOWING, POSTS_BY_AUTHOR, PROJECTION
from tests.unit.samples import ANN, BEN, DELETED, NOON, POST, PUBLISHED, REJECTED, recorded

EDGE = f"follow/{BEN}/{ANN}"
FOLLOWER = {"followee_id": ANN, "bucket": bucket(BEN), "follower_id": BEN}
ENTRY = {"author_id": ANN, "published_at": NOON, "post_id": POST}


def test_a_publication_is_in_the_grid_before_it_is_fanned_out() -> None:
    assert PROJECTION.effects(recorded(PUBLISHED)) == [Put(POSTS_BY_AUTHOR, **ENTRY), FanOut(ANN, POST, NOON)]


def test_a_deleted_post_leaves_the_grid() -> None:
    assert PROJECTION.effects(recorded(DELETED)) == [Delete(POSTS_BY_AUTHOR, **ENTRY)]


def test_what_was_never_public_leaves_nothing() -> None:
    assert PROJECTION.effects(recorded(PostDeleted(author_id=ANN, published_at=None))) == []
    assert PROJECTION.effects(recorded(REJECTED)) == []


def test_a_follow_is_known_both_ways_before_the_backfill() -> None:
    followed = recorded(Followed(follower_id=BEN, followee_id=ANN), EDGE)
    assert PROJECTION.effects(followed) == [
        Put(FOLLOWERS, **FOLLOWER, followed_at=followed.at),
        Put(FOLLOWING, follower_id=BEN, followee_id=ANN, followed_at=followed.at),
        Backfill(BEN, ANN),
    ]


def test_an_ended_follow_is_forgotten_both_ways() -> None:
    assert PROJECTION.effects(recorded(Unfollowed(follower_id=BEN, followee_id=ANN), EDGE, 2)) == [
        Delete(FOLLOWERS, **FOLLOWER),
        Delete(FOLLOWING, follower_id=BEN, followee_id=ANN),
    ]
