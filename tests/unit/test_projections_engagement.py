"""Likes and comments as readers see them: event in, effects out."""

from events.comments import CommentDeleted, CommentWritten
from events.likes import PostLiked, PostUnliked
from events.personal import REDACTED
from projections import comments, likes
from projections.buckets import BUCKETS, bucket
from projections.comments import COMMENTS
from projections.effects import Delete, Put
from projections.likes import LIKES
from tests.unit.samples import ANN, BEN, COMMENT, NOON, POST, recorded

LIKE = f"like/{POST}/{BEN}"
ROW = {"post_id": POST, "bucket": bucket(BEN), "account_id": BEN}
WRITTEN = CommentWritten(
    post_id=POST, comment_id=COMMENT, author_id=BEN, text="Wow", written_at=NOON, post_author_id=ANN, mentions=()
)
PLACE = {"post_id": POST, "written_at": NOON, "comment_id": COMMENT}


def test_a_like_is_a_row_in_its_accounts_bucket() -> None:
    liked = recorded(PostLiked(post_id=POST, account_id=BEN, author_id=ANN), LIKE)
    assert likes.PROJECTION.effects(liked) == [Put(LIKES, **ROW, liked_at=liked.at)]


def test_an_unlike_takes_the_same_row_away() -> None:
    unliked = recorded(PostUnliked(post_id=POST, account_id=BEN), LIKE, 2)
    assert likes.PROJECTION.effects(unliked) == [Delete(LIKES, **ROW)]


def test_buckets_spread_accounts_and_never_change() -> None:
    assert {bucket(f"ac_{number}") for number in range(500)} == set(range(BUCKETS))
    assert (bucket(ANN), bucket(BEN)) == (3, 9), "another bucket would be another row"


def test_a_comment_is_shown_until_it_is_taken_away() -> None:
    assert comments.PROJECTION.effects(recorded(WRITTEN)) == [Put(COMMENTS, **PLACE, author_id=BEN, text="Wow")]
    deleted = CommentDeleted(post_id=POST, comment_id=COMMENT, author_id=BEN, written_at=NOON, deleted_as="post_author")
    assert comments.PROJECTION.effects(recorded(deleted, version=2)) == [Delete(COMMENTS, **PLACE)]


def test_a_comment_whose_authors_key_is_gone_has_no_text() -> None:
    redacted = WRITTEN.model_copy(update={"text": REDACTED})
    assert comments.PROJECTION.effects(recorded(redacted)) == [Put(COMMENTS, **PLACE, author_id=BEN, text=None)]
