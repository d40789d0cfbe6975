"""Likes: whether the post can be liked is all that is decided; the number says which decision is later."""

import pytest

from commands.all import AGGREGATES
from commands.likes import LikeCommand, LikePost, UnlikePost
from events.likes import PostLiked, PostUnliked
from events.posts import PostDeleted
from schemas.errors import Gone
from schemas.refusals import UnknownPost
from tests.unit.given import folded, given
from tests.unit.samples import ANN, BEN, COMPLETED, DELETED, POST, PUBLISHED, REJECTED, RESERVED, STARTED

LIKE, UNLIKE = LikePost(BEN, POST), UnlikePost(BEN, POST)
LIKED, UNLIKED = PostLiked(post_id=POST, account_id=BEN, author_id=ANN), PostUnliked(post_id=POST, account_id=BEN)
A_PUBLISHED = folded(RESERVED, COMPLETED, STARTED, PUBLISHED, kind="post")
A_DELETED = folded(RESERVED, COMPLETED, STARTED, PUBLISHED, DELETED, kind="post")
UNSEEN = [
    None,
    folded(RESERVED, kind="post"),
    folded(RESERVED, COMPLETED, STARTED, kind="post"),
    folded(RESERVED, COMPLETED, STARTED, REJECTED, kind="post"),
    folded(RESERVED, PostDeleted(author_id=ANN, published_at=None, salt=0), kind="post"),
]


def test_a_published_post_can_be_liked_and_unliked() -> None:
    given().and_(A_PUBLISHED).when(LIKE).then(LIKED)
    given().and_(A_PUBLISHED).when(UNLIKE).then(UNLIKED)


def test_authors_may_like_their_own_posts() -> None:
    given().and_(A_PUBLISHED).when(LikePost(ANN, POST)).then(PostLiked(post_id=POST, account_id=ANN, author_id=ANN))


@pytest.mark.parametrize("command", [LIKE, UNLIKE])
@pytest.mark.parametrize("post", UNSEEN)
def test_a_post_that_was_never_public_is_unknown(post: object, command: LikeCommand) -> None:
    given().and_(post).when(command).then_refused(UnknownPost)


@pytest.mark.parametrize("command", [LIKE, UNLIKE])
def test_a_deleted_post_is_gone(command: LikeCommand) -> None:
    given().and_(A_DELETED).when(command).then_refused(Gone)


def test_a_like_is_numbered_by_post_and_account_and_looks_at_the_post() -> None:
    assert AGGREGATES["like"].numbered
    assert (LIKE.stream, list(LIKE.needs)) == (f"like/{POST}/{BEN}", [f"post/{POST}"])
    assert UNLIKE.stream == LIKE.stream, "of a like and an unlike the later must win"


def test_likes_keep_no_state() -> None:
    with pytest.raises(TypeError, match="a like keeps no state"):
        folded(LIKED, kind="like")


def test_a_like_that_was_decided_before_a_crash_is_said_again_without_asking_about_the_post() -> None:
    assert AGGREGATES["like"].said(LIKE, A_PUBLISHED) == [LIKED]
    assert AGGREGATES["like"].said(UNLIKE, A_PUBLISHED) == [UNLIKED]
