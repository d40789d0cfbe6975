"""Cases: what moderators may decide, what follows from it in the streams that it is about, and what is open."""

from typing import Any

import pytest

from commands.accounts import ChangeProfile, ReinstateAccount, SuspendAccount
from commands.cases import DecideCase, FlagPost, NotDecidable, carrying
from commands.comments import DeleteComment, RemoveComment, RestoreComment
from commands.follows import FollowAccount, UnfollowAccount
from commands.likes import LikePost, UnlikePost
from commands.post_commands import DeletePost, EditPost, PublishPost, RejectPost, RemovePost, RestorePost
from events.cases import CaseDecided, CaseFlagged, Verdict
from events.comments import CommentRemoved, CommentRestored, CommentWritten
from events.delivery import Delivery
from events.follows import Followed
from events.posts import PostEdited, PostRejected, RejectionReason
from events.reports import ReportFiled
from processors.media import MediaSubscriber, RemoveOriginal
from processors.moderation import open_case
from projections.moderation import MODERATION, MODERATION_DAYS, PROJECTION
from schemas.errors import Gone
from schemas.ids import AccountId
from schemas.positions import Position
from schemas.refusals import NotYours, Suspended, UnknownAccount, UnknownPost
from tests.unit.given import Given, folded, given
from tests.unit.samples import (
    ANN,
    BEN,
    CHANGED,
    COMMENT,
    COMPLETED,
    DELETED,
    NOON,
    OPENED,
    POST,
    PUBLISHED,
    REINSTATED,
    REMOVED,
    RESERVED,
    RESTORED,
    SAMPLES,
    STARTED,
    SUSPENDED,
    recorded,
)

OPERATOR, MEDIA = AccountId("system:operator:olga"), AccountId("system:media")
PUBLIC = (RESERVED, COMPLETED, STARTED, PUBLISHED)
A_POST, A_REMOVED = folded(*PUBLIC, kind="post"), folded(*PUBLIC, REMOVED, kind="post")
BLOCKED_UPLOAD = folded(RESERVED, COMPLETED, PostRejected(author_id=ANN, reason="blocked"), kind="post")
ANNS, SUSPENDED_ANN = folded(OPENED, kind="account"), folded(OPENED, CHANGED, SUSPENDED, kind="account")
(WRITTEN,) = (one for one in SAMPLES if isinstance(one, CommentWritten))
A_COMMENT = folded(WRITTEN, kind="comment")
ABOUT: dict[str, Any] = {"account_id": ANN, "post_id": POST, "comment_id": None}


def decided(verdict: Verdict, **about: Any) -> CaseDecided:
    return CaseDecided(**{**ABOUT, **about}, verdict=verdict, reason="why")


def delivered(reason: RejectionReason) -> Delivery:
    return Delivery(recorded(PostRejected(author_id=ANN, reason=reason)), Position("photolog.posts", 0, 0))


def decide(verdict: Verdict, about: str = POST) -> DecideCase:
    return DecideCase(OPERATOR, about, verdict, "why")


def test_a_verdict_is_recorded_once_until_it_is_taken_back() -> None:
    given().and_(A_POST).when(decide("remove")).then(decided("remove"))
    given(decided("remove")).and_(A_REMOVED).when(decide("remove")).then_nothing()
    given(decided("remove")).and_(A_REMOVED).when(decide("restore")).then(decided("restore"))
    given(decided("remove"), decided("restore")).and_(A_POST).when(decide("remove")).then(decided("remove"))
    given(decided("remove"), decided("dismiss")).and_(A_REMOVED).when(decide("remove")).then_nothing()


def test_a_dismissal_is_recorded_each_time_because_reports_may_have_come_since() -> None:
    given(decided("dismiss")).and_(A_POST).when(decide("dismiss")).then(decided("dismiss"))


def test_what_the_blocklist_has_caught_can_be_restored_and_a_removal_of_it_stands() -> None:
    given().and_(BLOCKED_UPLOAD).when(decide("restore")).then(decided("restore"))
    given().and_(BLOCKED_UPLOAD).when(decide("remove")).then(decided("remove"))


@pytest.mark.parametrize(
    ("verdict", "about", "state", "refusal"),
    [
        ("remove", POST, None, UnknownPost),
        ("remove", POST, folded(RESERVED, kind="post"), UnknownPost),
        ("remove", POST, folded(*PUBLIC, DELETED, kind="post"), Gone),
        ("restore", POST, A_POST, NotDecidable),
        ("suspend", POST, A_POST, NotDecidable),
        ("remove", ANN, ANNS, NotDecidable),
        ("reinstate", ANN, ANNS, NotDecidable),
        ("suspend", ANN, None, UnknownAccount),
        ("restore", COMMENT, A_COMMENT, NotDecidable),
    ],
)
def test_nothing_is_decided_that_makes_no_sense(verdict: Verdict, about: str, state: Any, refusal: Any) -> None:
    given().and_(state).when(decide(verdict, about)).then_refused(refusal)


def test_an_entry_of_a_blocklist_is_found_once() -> None:
    flag = FlagPost(MEDIA, POST, "list 7", 3)
    found = CaseFlagged(**ABOUT, source="blocklist", match="list 7", distance=3)
    given().and_(A_POST).when(flag).then(found)
    given(found).and_(A_POST).when(flag).then_nothing()


def test_each_verdict_is_carried_out_in_the_stream_that_it_is_about() -> None:
    assert carrying(POST, "remove", OPERATOR) == RemovePost(OPERATOR, POST)
    assert carrying(POST, "restore", OPERATOR) == RestorePost(OPERATOR, POST)
    assert carrying(COMMENT, "remove", OPERATOR) == RemoveComment(OPERATOR, COMMENT)
    assert carrying(COMMENT, "restore", OPERATOR) == RestoreComment(OPERATOR, COMMENT)
    assert carrying(ANN, "suspend", OPERATOR) == SuspendAccount(OPERATOR, ANN)
    assert carrying(ANN, "reinstate", OPERATOR) == ReinstateAccount(OPERATOR, ANN)
    assert carrying(POST, None, OPERATOR) is carrying(POST, "dismiss", OPERATOR) is None


def test_a_post_is_removed_and_restored_into_the_place_that_it_had() -> None:
    given(*PUBLIC).when(RemovePost(OPERATOR, POST)).then(REMOVED)
    given(*PUBLIC, REMOVED).when(RemovePost(OPERATOR, POST)).then_nothing()
    given(*PUBLIC, REMOVED).when(RestorePost(OPERATOR, POST)).then(RESTORED)
    again = PublishPost(MEDIA, POST, 1, NOON + 99, PUBLISHED.renditions, 1080, 720, "L00000")
    given(*PUBLIC, REMOVED, RESTORED).when(again).then(PUBLISHED)
    assert folded(*PUBLIC, REMOVED, RESTORED, PUBLISHED, kind="post").cleared, "no blocklist takes it again"


def test_a_post_stays_in_the_part_of_its_authors_posts_that_it_was_published_in() -> None:
    there = {"salt": 3}
    public = [*PUBLIC[:-1], PUBLIC[-1].model_copy(update=there)]
    removed = REMOVED.model_copy(update=there)
    given(*public).when(RemovePost(OPERATOR, POST)).then(removed)
    given(*public).when(DeletePost(ANN, POST)).then(DELETED.model_copy(update=there))
    again = PublishPost(MEDIA, POST, 1, NOON + 99, PUBLISHED.renditions, 1080, 720, "L00000", salt=1)
    given(*public, removed, RESTORED).when(again).then(public[-1])


def test_a_restoration_is_cancelled_by_another_removal_and_deletion_is_for_ever() -> None:
    given(*PUBLIC, REMOVED, RESTORED).when(RemovePost(OPERATOR, POST)).then(REMOVED)
    given(*PUBLIC, REMOVED).when(DeletePost(ANN, POST)).then(DELETED)
    given(*PUBLIC, REMOVED, DELETED).when(RestorePost(OPERATOR, POST)).then_nothing()


def test_no_edit_shows_what_is_removed_or_not_yet_restored() -> None:
    edit = EditPost(ANN, POST, {"caption": "New", "caption_tags": ()})
    given(*PUBLIC, REMOVED).when(edit).then_nothing()
    (edited,) = given(*PUBLIC, REMOVED, RESTORED).when(edit).decided()
    assert isinstance(edited, PostEdited)
    assert edited.picture is None


@pytest.mark.parametrize("hidden", [(*PUBLIC, REMOVED), (*PUBLIC, REMOVED, RESTORED)])
def test_a_removed_post_is_not_there_for_anybody_else(hidden: Any) -> None:
    given().and_(folded(*hidden, kind="post")).when(LikePost(BEN, POST)).then_refused(UnknownPost)
    given(*hidden).when(DeletePost(BEN, POST)).then_refused(UnknownPost)
    given(*PUBLIC).when(DeletePost(BEN, POST)).then_refused(NotYours)


def test_a_comment_is_removed_and_restored_as_it_was_unless_it_was_deleted() -> None:
    place = {"post_id": POST, "comment_id": COMMENT, "author_id": BEN, "written_at": NOON}
    removed = CommentRemoved(**place)
    said: Given = given(WRITTEN).and_(A_POST)
    said.when(RemoveComment(OPERATOR, COMMENT)).then(removed)
    gone = given(WRITTEN, removed).and_(A_POST)
    gone.when(RemoveComment(OPERATOR, COMMENT)).then_nothing()
    gone.when(RestoreComment(OPERATOR, COMMENT)).then(CommentRestored(**place, text=WRITTEN.text))
    said.when(RestoreComment(OPERATOR, COMMENT)).then_nothing()
    deleted = gone.when(DeleteComment(BEN, COMMENT)).decided()
    given(WRITTEN, removed, *deleted).and_(A_POST).when(RestoreComment(OPERATOR, COMMENT)).then_nothing()


def test_a_suspended_account_changes_nothing_of_its_own_and_comes_back_as_it_was() -> None:
    given(OPENED, CHANGED).when(SuspendAccount(OPERATOR, ANN)).then(SUSPENDED)
    given(OPENED, CHANGED, SUSPENDED).when(SuspendAccount(OPERATOR, ANN)).then_nothing()
    given(OPENED, CHANGED, SUSPENDED).when(ChangeProfile(ANN, "Other", None)).then_refused(Suspended)
    given(OPENED, CHANGED, SUSPENDED).when(ReinstateAccount(OPERATOR, ANN)).then(REINSTATED)
    given(OPENED).when(ReinstateAccount(OPERATOR, ANN)).then_nothing()


def test_nobody_follows_or_likes_the_suspended_but_takes_both_back() -> None:
    given().and_(SUSPENDED_ANN, None, None).when(FollowAccount(BEN, ANN)).then_refused(UnknownAccount)
    given().and_(A_POST, SUSPENDED_ANN, None, None).when(LikePost(BEN, POST)).then_refused(UnknownPost)
    follows = given(Followed(follower_id=BEN, followee_id=ANN)).and_(SUSPENDED_ANN)
    assert follows.when(UnfollowAccount(BEN, ANN)).decided()
    assert given().and_(A_POST).when(UnlikePost(BEN, POST)).decided()


def test_the_original_of_a_blocked_upload_is_held_and_of_any_other_refused_one_it_is_not() -> None:
    media = MediaSubscriber()
    assert not list(media.plan(delivered("blocked")))
    assert list(media.plan(delivered("corrupt"))) == [RemoveOriginal(POST)]


def test_a_report_and_a_find_are_entries_of_one_kind() -> None:
    filed = ReportFiled(reporter_id=BEN, post_id=POST, comment_id=None, user_id=None, reason="spam", text="Again")
    found = CaseFlagged(**ABOUT, source="blocklist", match="list 7", distance=3)
    for event, stream in ((filed, "report/re_1"), (found, f"case/{POST}")):
        entry, listed = PROJECTION.effects(recorded(event, stream))
        assert (entry.table, entry.row["about_id"]) == (MODERATION, POST)  # type: ignore[attr-defined]
        assert (listed.table, listed.row["about_id"], listed.row["day"]) == (MODERATION_DAYS, POST, "2027-01-15")  # type: ignore[attr-defined]


def test_a_case_is_open_until_something_is_decided_after_its_newest_entry() -> None:
    def rows(*said: str) -> list[dict[str, Any]]:
        return [{"said": one, "reason": f"r{at}", "said_at": -at} for at, one in enumerate(said)]

    assert open_case(POST, rows()) is None
    assert open_case(POST, rows("dismiss", "report")) is None
    opened = open_case(POST, rows("report", "blocklist", "restore", "report"))
    assert opened is not None
    assert (opened["entries"], opened["sources"], opened["reasons"]) == (2, ["blocklist", "report"], ["r0", "r1"])


def test_a_late_publication_of_a_removed_post_or_a_refusal_of_it_comes_to_nothing() -> None:
    late = PublishPost(MEDIA, POST, 1, NOON, PUBLISHED.renditions, 1, 1, "L00000")
    given(*PUBLIC, REMOVED).when(late).then_nothing()
    given(*PUBLIC, REMOVED).when(RejectPost(MEDIA, POST, 1, "corrupt")).then_nothing()
