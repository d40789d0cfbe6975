"""The feed's tables and jobs: posts by author, follows both ways, and who is pushed what."""

from events.follows import Followed, Unfollowed
from events.posts import PostDeleted
from projections.buckets import bucket
from projections.celebrities import ALL, CELEBRITIES
from projections.effects import Backfill, Delete, FanOut, Put, Settle, Weigh
from projections.feed import FOLLOWERS, FOLLOWING, POSTS_BY_AUTHOR, PROJECTION
from tests.unit.samples import ANN, BEN, CLEARED, CROSSED, DELETED, NOON, POST, PUBLISHED, REJECTED, SETTLED, recorded

EDGE = f"follow/{BEN}/{ANN}"
FOLLOWER = {"followee_id": ANN, "bucket": bucket(BEN), "follower_id": BEN}
ENTRY = {"author_id": ANN, "published_at": NOON, "post_id": POST}


def test_a_publication_is_in_the_grid_before_it_is_fanned_out() -> None:
    assert PROJECTION.effects(recorded(PUBLISHED)) == [Put(POSTS_BY_AUTHOR, **ENTRY), FanOut(ANN, POST, NOON)]


def test_a_deleted_post_leaves_the_grid() -> None:
    assert PROJECTION.effects(recorded(DELETED)) == [Delete(POSTS_BY_AUTHOR, **ENTRY)]


def test_what_was_never_public_leaves_nothing() -> None:
    assert PROJECTION.effects(recorded(PostDeleted(author_id=ANN, published_at=None, salt=0))) == []
    assert PROJECTION.effects(recorded(REJECTED)) == []


def test_a_follow_is_known_both_ways_before_the_backfill() -> None:
    followed = recorded(Followed(follower_id=BEN, followee_id=ANN), EDGE)
    assert PROJECTION.effects(followed) == [
        Put(FOLLOWERS, **FOLLOWER, followed_at=followed.at),
        Put(FOLLOWING, follower_id=BEN, followee_id=ANN, followed_at=followed.at),
        Backfill(BEN, ANN),
        Weigh(ANN),
    ]


def test_an_ended_follow_is_forgotten_both_ways() -> None:
    assert PROJECTION.effects(recorded(Unfollowed(follower_id=BEN, followee_id=ANN), EDGE, 2)) == [
        Delete(FOLLOWERS, **FOLLOWER),
        Delete(FOLLOWING, follower_id=BEN, followee_id=ANN),
    ]


def test_whose_posts_are_pulled_is_one_row_and_its_end_is_settled_by_pushing_what_came_after() -> None:
    row = {"kind": ALL, "account_id": ANN, "followers": 10_000}
    crossed = Put(CELEBRITIES, **row, spans=[[NOON, None, False]], again_at=0)
    cleared = Put(CELEBRITIES, **row, spans=[[NOON, NOON + 9, False]], again_at=20_004)
    settled = Put(CELEBRITIES, **row, spans=[[NOON, NOON + 9, True]], again_at=20_004)
    stream = f"celebrity/{ANN}"
    assert PROJECTION.effects(recorded(CROSSED, stream)) == [crossed]
    assert PROJECTION.effects(recorded(CLEARED, stream, 2)) == [cleared, Settle(ANN, NOON + 9)]
    assert PROJECTION.effects(recorded(SETTLED, stream, 3)) == [settled]
