"""The comment aggregate: written under what can be seen, taken away by its author or the post's."""

from dataclasses import replace

import pytest

from commands.comments import CommentCommand, DeleteComment, WriteComment, comment_id, post_of
from events.comments import CommentDeleted, CommentWritten
from schemas.errors import Gone
from schemas.ids import AccountId, CommentId, PostId
from schemas.refusals import NotYours, UnknownComment, UnknownPost
from tests.partitions import route
from tests.unit.given import folded, given
from tests.unit.samples import (
    ANN,
    BEN,
    COMMENT,
    COMPLETED,
    DELETED,
    EVE,
    NOON,
    OPENED,
    POST,
    PUBLISHED,
    RESERVED,
    STARTED,
)

WRITE = WriteComment(BEN, COMMENT, "Wow", NOON)
DELETE = DeleteComment(BEN, COMMENT)
WRITTEN = CommentWritten(
    post_id=POST, comment_id=COMMENT, author_id=BEN, text="Wow", written_at=NOON, post_author_id=ANN, mentions=()
)
TAKEN_AWAY = CommentDeleted(
    post_id=POST, comment_id=COMMENT, author_id=BEN, written_at=NOON, deleted_as="comment_author"
)
A_PUBLISHED = folded(RESERVED, COMPLETED, STARTED, PUBLISHED, kind="post")
A_DELETED = folded(RESERVED, COMPLETED, STARTED, PUBLISHED, DELETED, kind="post")


def test_a_published_post_can_be_commented_on() -> None:
    given().and_(A_PUBLISHED).when(WRITE).then(WRITTEN)


def test_writing_the_same_comment_again_is_not_news() -> None:
    given(WRITTEN).and_(A_PUBLISHED).when(WRITE).then_nothing()
    given(WRITTEN, TAKEN_AWAY).and_(A_PUBLISHED).when(WRITE).then_nothing()


@pytest.mark.parametrize("post", [None, folded(RESERVED, kind="post"), folded(RESERVED, COMPLETED, kind="post")])
def test_what_is_not_public_cannot_be_commented_on(post: object) -> None:
    given().and_(post).when(WRITE).then_refused(UnknownPost)


def test_a_deleted_post_cannot_be_commented_on() -> None:
    given().and_(A_DELETED).when(WRITE).then_refused(Gone)


@pytest.mark.parametrize(("actor", "role"), [(ANN, "post_author"), (BEN, "comment_author")])
@pytest.mark.parametrize("post", [A_PUBLISHED, A_DELETED])
def test_the_author_of_the_comment_or_of_the_post_takes_it_away(actor: AccountId, role: str, post: object) -> None:
    taken_away = TAKEN_AWAY.model_copy(update={"deleted_as": role})
    given(WRITTEN).and_(post).when(replace(DELETE, actor=actor)).then(taken_away)


def test_nobody_else_takes_it_away() -> None:
    given(WRITTEN).and_(A_PUBLISHED).when(replace(DELETE, actor=EVE)).then_refused(NotYours)


def test_a_comment_that_was_taken_away_is_gone_for_others_and_no_news_for_those_who_may() -> None:
    given(WRITTEN, TAKEN_AWAY).and_(A_PUBLISHED).when(replace(DELETE, actor=EVE)).then_refused(Gone)
    given(WRITTEN, TAKEN_AWAY).and_(A_PUBLISHED).when(DELETE).then_nothing()
    given(WRITTEN, TAKEN_AWAY).and_(A_PUBLISHED).when(replace(DELETE, actor=ANN)).then_nothing()


def test_an_unknown_comment_cannot_be_taken_away() -> None:
    given().and_(A_PUBLISHED).when(DELETE).then_refused(UnknownComment)


def test_a_comments_id_leads_to_its_post() -> None:
    made = comment_id("0000000000C", POST)
    assert made == COMMENT
    assert post_of(made) == POST
    assert (WRITE.stream, list(WRITE.needs)) == (f"comment/{POST}/{COMMENT}", [f"post/{POST}"])


def test_comments_and_likes_of_a_post_share_its_partition_of_the_engagement_topic() -> None:
    assert route(WRITE.stream) == route(f"like/{POST}/{BEN}")


@pytest.mark.parametrize("post", ["", "po_", "po_short", "ac_0000000000A", "po_0000000000P0", "0000000000P"])
def test_what_is_no_posts_id_has_no_comments(post: str) -> None:
    with pytest.raises(UnknownPost):
        comment_id("0000000000C", PostId(post))


@pytest.mark.parametrize("comment", ["", "co_", POST, "co_0000000000C", f"{COMMENT}0", f"{COMMENT}/x"])
def test_what_is_no_comments_id_is_unknown(comment: str) -> None:
    with pytest.raises(UnknownComment):
        post_of(CommentId(comment))
    with pytest.raises(UnknownComment):
        _ = CommentCommand(BEN, CommentId(comment)).stream


def test_what_cannot_happen_is_a_fault() -> None:
    with pytest.raises(TypeError, match="AccountOpened does not happen to a comment"):
        folded(OPENED, kind="comment")
