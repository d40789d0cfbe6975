"""The reference model itself, by hand-made examples: it judges everything else, so nothing else judges it."""

from tests.reference.compare import differences
from tests.reference.facts import (
    CommentDeleted,
    Commented,
    Fact,
    Followed,
    Liked,
    PostDeleted,
    Published,
    SignedUp,
    Unfollowed,
    Unliked,
)
from tests.reference.history import Acknowledged, facts_told
from tests.reference.model import FEED_LENGTH, AccountView, PostView, Readable, readable

ADA, BEN, CLEO = "ac_ada", "ac_ben", "ac_cleo"
EVERYBODY: list[Fact] = [SignedUp(ADA), SignedUp(BEN), SignedUp(CLEO)]


def view_of(account: str, *facts: Fact) -> AccountView:
    return readable([*EVERYBODY, *facts]).accounts[account]


def post_after(*facts: Fact) -> PostView:
    return readable([*EVERYBODY, Published("po_1", ADA, 10), *facts]).posts["po_1"]


def test_an_account_that_did_nothing_has_an_empty_feed_and_grid() -> None:
    assert view_of(ADA) == AccountView((), frozenset(), (), 0, 0, 0)


def test_a_feed_holds_the_posts_of_followed_accounts_newest_first() -> None:
    posts = Published("po_1", BEN, 10), Published("po_2", CLEO, 30), Published("po_3", BEN, 20)
    assert view_of(ADA, Followed(ADA, BEN), Followed(ADA, CLEO), *posts).feed == ("po_2", "po_3", "po_1")


def test_posts_of_one_millisecond_are_ordered_by_id_the_largest_first() -> None:
    posts = Published("po_b", BEN, 10), Published("po_c", BEN, 10), Published("po_a", BEN, 10)
    assert view_of(ADA, Followed(ADA, BEN), *posts).feed == ("po_c", "po_b", "po_a")
    assert view_of(BEN, *posts).grid == ("po_c", "po_b", "po_a")


def test_a_post_published_before_the_follow_is_in_the_feed() -> None:
    assert view_of(ADA, Published("po_1", BEN, 10), Followed(ADA, BEN)).feed == ("po_1",)


def test_unfollowing_hides_and_following_again_shows_again() -> None:
    past: list[Fact] = [Published("po_1", BEN, 10), Followed(ADA, BEN), Unfollowed(ADA, BEN)]
    assert view_of(ADA, *past).feed == ()
    assert view_of(ADA, *past, Followed(ADA, BEN)).feed == ("po_1",)


def test_ones_own_posts_are_in_the_grid_and_not_in_the_feed() -> None:
    own = view_of(ADA, Published("po_1", ADA, 10), Followed(ADA, ADA))
    assert (own.feed, own.grid, own.post_count) == ((), ("po_1",), 1)


def test_a_feed_ends_with_its_3000th_post_and_a_grid_does_not() -> None:
    posts = [Published(f"po_{number:05}", BEN, number) for number in range(FEED_LENGTH + 2)]
    feed = view_of(ADA, Followed(ADA, BEN), *posts).feed
    assert (len(feed), feed[0], feed[-1]) == (3_000, "po_03001", "po_00002")
    assert view_of(BEN, *posts).post_count == 3_002


def test_a_deleted_post_is_nowhere_even_if_it_is_published_later() -> None:
    gone = readable([*EVERYBODY, Followed(BEN, ADA), PostDeleted("po_1"), Published("po_1", ADA, 10)])
    assert gone.posts == {}
    assert (gone.accounts[ADA].grid, gone.accounts[ADA].post_count, gone.accounts[BEN].feed) == ((), 0, ())


def test_followers_and_followees_are_counted_once_each() -> None:
    facts = Followed(ADA, BEN), Followed(ADA, BEN), Followed(CLEO, BEN), Followed(BEN, ADA), Unfollowed(BEN, ADA)
    assert (view_of(BEN, *facts).follower_count, view_of(BEN, *facts).following_count) == (2, 0)
    assert (view_of(ADA, *facts).follower_count, view_of(ADA, *facts).following_count) == (0, 1)


def test_a_like_counts_once_until_it_is_taken_back() -> None:
    assert post_after(Liked("po_1", BEN), Liked("po_1", BEN), Liked("po_1", CLEO)).like_count == 2
    assert post_after(Liked("po_1", BEN), Liked("po_1", CLEO), Unliked("po_1", BEN)).likers == {CLEO}


def test_a_viewer_sees_which_posts_of_the_feed_they_like() -> None:
    facts = Followed(ADA, BEN), Published("po_1", BEN, 10), Published("po_2", BEN, 20), Liked("po_2", ADA)
    assert view_of(ADA, *facts).liked == {"po_2"}


def test_comments_are_newest_first_without_the_deleted_ones() -> None:
    said = [Commented(f"co_{at}", "po_1", BEN, at) for at in (10, 30, 20)]
    post = post_after(*said, CommentDeleted("co_20"))
    assert (post.comments, post.comment_count) == (("co_30", "co_10"), 2)


def test_differences_name_what_is_missing_superfluous_and_other() -> None:
    expected = readable([SignedUp(ADA), Published("po_1", ADA, 10), Liked("po_1", ADA)])
    seen = Readable({ADA: expected.accounts[ADA], BEN: expected.accounts[ADA]}, {})
    assert differences(expected, seen) == [f"account {BEN} should not be there", "post po_1 is missing"]
    unliked = readable([SignedUp(ADA), Published("po_1", ADA, 10)])
    assert "post po_1: like_count should be 1, is 0" in differences(expected, unliked)
    assert differences(expected, expected) == []


def test_answers_tell_the_same_as_the_facts() -> None:
    post, comments = "/posts/po_1", "/posts/po_1/comments"
    published = {"status": "published", "published_at": "2026-01-02T03:04:05.678Z"}
    written = {"comment_id": "co_1", "created_at": "2026-01-02T03:04:06.000Z"}
    history = [
        Acknowledged("", "POST", "/accounts", 201, {"account_id": ADA}),
        Acknowledged(BEN, "POST", f"/follow/{ADA}", 200),
        Acknowledged(BEN, "POST", "/follows", 200, body={"user_id": ADA}),
        Acknowledged(BEN, "DELETE", f"/follow/{ADA}", 200),
        Acknowledged(ADA, "GET", f"{post}/status", 200, published),
        Acknowledged(BEN, "POST", "/likes/po_1", 200),
        Acknowledged(BEN, "DELETE", "/likes/po_1", 200),
        Acknowledged(BEN, "POST", comments, 201, written),
        Acknowledged(ADA, "DELETE", "/comments/co_1", 204),
        Acknowledged(ADA, "DELETE", post, 204),
    ]
    assert facts_told(history) == [
        SignedUp(ADA),
        Followed(BEN, ADA),
        Followed(BEN, ADA),
        Unfollowed(BEN, ADA),
        Published("po_1", ADA, 1_767_323_045_678),
        Liked("po_1", BEN),
        Unliked("po_1", BEN),
        Commented("co_1", "po_1", BEN, 1_767_323_046_000),
        CommentDeleted("co_1"),
        PostDeleted("po_1"),
    ]


def test_a_refused_command_and_an_unpublished_post_are_no_facts() -> None:
    pending = {"status": "processing"}
    refused = Acknowledged(BEN, "POST", "/likes/po_1", 404, {"code": "not_found"})
    assert facts_told([refused, Acknowledged(ADA, "GET", "/posts/po_1/status", 200, pending)]) == []
