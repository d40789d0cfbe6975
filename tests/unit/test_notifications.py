"""Notifications: who is told of what, how far they have read, and how what is told is put together."""

from typing import Any

import pytest

from commands.notifications import ReadNotifications
from commands.post_commands import EditPost, PublishPost, ReservePost
from commands.post_state import Description
from events.comments import CommentWritten
from events.envelope import Event
from events.follows import Followed
from events.likes import PostLiked
from events.notifications import NotificationsRead
from events.posts import AccountsMentioned
from infra.event_schemas.files import FILES
from infra.event_schemas.replay import replayed
from projections.effects import Put
from projections.notifications import NOTIFICATIONS, NOTIFICATIONS_READ, PROJECTION
from query_api.groups import Group, grouped
from schemas.ids import AccountId
from schemas.mentions import MAX_MENTIONS, mentioned
from tests.unit.given import folded, given
from tests.unit.samples import (
    ANN,
    BEN,
    COMMENT,
    COMPLETED,
    EVE,
    NOON,
    OPENED,
    POST,
    PUBLISHED,
    RESERVED,
    STARTED,
    recorded,
)

SYSTEM_MEDIA = AccountId("system:media")
EVENT = "ev_0000000000V"
FIRST, SECOND, THIRD = "no_00000000001", "no_00000000002", "no_00000000003"


def told(event: Event) -> list[tuple[str, str, str, str]]:
    """Recipient, kind, id and actor of each row of the list."""
    effects = PROJECTION.effects(recorded(event, event_id=EVENT))
    assert all(isinstance(one, Put) and one.table == NOTIFICATIONS for one in effects)
    named = ("recipient_id", "kind", "notification_id", "actor_id")
    return [tuple(one.row[name] for name in named) for one in effects]  # type: ignore[attr-defined]


def written(by: AccountId, *mentions: AccountId) -> CommentWritten:
    return CommentWritten(
        post_id=POST,
        comment_id=COMMENT,
        author_id=by,
        text="Wow",
        written_at=NOON,
        post_author_id=ANN,
        mentions=mentions,
    )


def test_whoever_an_event_concerns_is_told() -> None:
    assert told(PostLiked(post_id=POST, account_id=BEN, author_id=ANN)) == [(ANN, "like", "no_0000000000V", BEN)]
    assert told(Followed(follower_id=BEN, followee_id=ANN)) == [(ANN, "follow", "no_0000000000V", BEN)]
    assert told(written(BEN, EVE)) == [
        (ANN, "comment", "no_0000000000C", BEN),
        (EVE, "mention", "no_0000000000C", BEN),
    ]


def test_nobody_is_told_of_themselves_or_twice_of_one_comment() -> None:
    assert told(PostLiked(post_id=POST, account_id=ANN, author_id=ANN)) == []
    assert told(written(ANN, ANN, BEN)) == [(BEN, "mention", "no_0000000000C", ANN)]
    assert told(written(BEN, ANN, BEN)) == [(ANN, "comment", "no_0000000000C", BEN)]


@pytest.mark.parametrize("name", ["post.liked.v1", "comment.written.v1"])
def test_of_what_did_not_say_whom_it_concerns_nobody_is_told(name: str) -> None:
    event = replayed(FILES.goldens()[name]).event
    assert isinstance(event, PostLiked | CommentWritten)
    assert told(event) == []


def test_reading_moves_forward_alone() -> None:
    read = NotificationsRead(account_id=ANN, up_to=SECOND)
    given().when(ReadNotifications(ANN, SECOND)).then(read)
    for earlier in (FIRST, SECOND):
        given(read).when(ReadNotifications(ANN, earlier)).then_nothing()
    given(read).when(ReadNotifications(ANN, THIRD)).then(NotificationsRead(account_id=ANN, up_to=THIRD))
    assert PROJECTION.effects(recorded(read)) == [Put(NOTIFICATIONS_READ, account_id=ANN, up_to=SECOND)]
    with pytest.raises(TypeError, match="AccountOpened does not happen to notifications"):
        folded(OPENED, kind="notification")


def row(number: int, actor: str, kind: str = "like", post: str = POST) -> dict[str, Any]:
    at = {"notification_id": f"no_{number:011}", "notified_at": NOON + number}
    return {**at, "kind": kind, "post_id": post, "actor_id": actor, "comment_id": "", "author_id": ANN}


def test_those_of_one_kind_about_one_post_are_one_with_its_newest_actors_first() -> None:
    rows = [row(1, BEN), row(2, EVE), row(3, BEN, "comment"), row(4, BEN, "comment"), row(5, BEN, post="po_other")]
    assert grouped(rows, "") == [
        Group("no_00000000005", "like", "po_other", NOON + 5, False, (BEN,)),
        Group("no_00000000004", "comment", POST, NOON + 4, False, (BEN,)),
        Group("no_00000000002", "like", POST, NOON + 2, False, (EVE, BEN)),
    ]


def test_what_was_read_is_told_apart_from_what_came_later() -> None:
    rows = [row(1, BEN), row(2, EVE), row(3, ANN)]
    assert [(group.actors, group.read) for group in grouped(rows, SECOND)] == [((ANN,), False), ((EVE, BEN), True)]


def test_of_somebody_who_likes_again_the_last_like_counts_alone_but_every_comment_does() -> None:
    again = [row(1, BEN), row(3, BEN)]
    assert [(group.id, group.read) for group in grouped(again, SECOND)] == [(THIRD, False)]
    said = [row(1, BEN, "comment"), row(3, BEN, "comment")]
    assert [(group.id, group.read) for group in grouped(said, SECOND)] == [(THIRD, False), (FIRST, True)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Look, @Ann.Marie and @ben!", ("ann.marie", "ben")),
        ("Thanks @ann. (@ben) @ANN", ("ann", "ben")),
        ("ann@example.org, https://example.org/@ann, x.org/@ann", ()),
        ("@annä @ab @" + "a" * 31 + " @@ann", ()),
        ("„@ann_1“、@ben", ("ann_1", "ben")),
        (" ".join(f"@name{number}" for number in range(20)), tuple(f"name{number}" for number in range(MAX_MENTIONS))),
    ],
)
def test_a_mention_is_a_username_behind_an_at_sign_that_is_no_address(text: str, names: tuple[str, ...]) -> None:
    assert mentioned(text) == names


SAID_OF = "#x @ben @eve"


def test_whom_a_caption_calls_is_told_once_it_can_be_seen() -> None:
    reserved = ReservePost(
        ANN, POST, "a.jpg", "image/jpeg", 9, None, False, Description(caption=SAID_OF), mentions=(BEN,)
    )
    (_, quiet) = given().when(reserved).decided()
    assert quiet == AccountsMentioned(author_id=ANN, mentions=(BEN,), tells=())
    publish = PublishPost(SYSTEM_MEDIA, POST, 1, NOON, PUBLISHED.renditions, 1, 1, "L00000")
    (told_all, _) = given(RESERVED, quiet, COMPLETED, STARTED).when(publish).decided()
    assert told_all == AccountsMentioned(author_id=ANN, mentions=(BEN,), tells=(BEN,))
    edit = EditPost(ANN, POST, {"caption": SAID_OF}, mentions=(BEN, EVE))
    (_, told_new) = given(RESERVED, quiet, COMPLETED, STARTED, told_all, PUBLISHED).when(edit).decided()
    assert told_new == AccountsMentioned(author_id=ANN, mentions=(BEN, EVE), tells=(EVE,))
    assert [one[:2] for one in told(told_new)] == [(EVE, "mention")]


def test_a_caption_that_is_not_given_calls_whom_it_called_before() -> None:
    before = AccountsMentioned(author_id=ANN, mentions=(BEN,), tells=())
    edit = EditPost(ANN, POST, {"alt_text": "Other"})
    assert len(given(RESERVED, before, COMPLETED, STARTED, PUBLISHED).when(edit).decided()) == 1
    nobody = EditPost(ANN, POST, {"caption": "Other"}, mentions=())
    (_, taken_back) = given(RESERVED, before, COMPLETED, STARTED, PUBLISHED).when(nobody).decided()
    assert taken_back == AccountsMentioned(author_id=ANN, mentions=(), tells=())
