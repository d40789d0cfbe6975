"""The reference model of tables: what rows there must be after a few events, and how many of what."""

from typing import Any

from tests.reference.log import LogEvent
from tests.reference.tables import counts_of, rows_of

PICTURE = {"published_at": 7, "width": 1080}


def event(name: str, stream: str, version: int, offset: int, **data: Any) -> LogEvent:
    return LogEvent("topic", 0, offset, stream, version, f"ev_{offset}", name, 100 + offset, "ac_1", "cm_1", data)


def opened(said: LogEvent, field: str) -> Any:
    return said.data[field]


def like(account: str, number: int, offset: int, name: str = "post.liked") -> LogEvent:
    return event(name, f"like/po_1/{account}", number, offset, post_id="po_1", account_id=account)


def test_the_last_decision_of_a_stream_stands_whatever_order_the_log_has() -> None:
    rows = rows_of([like("ac_1", 2, 0, "post.unliked"), like("ac_1", 1, 1), like("ac_2", 1, 2)], opened)
    assert [key[2] for key in rows["likes"]] == ["ac_2"]
    assert counts_of(rows)["likes"] == {("po_1",): 1}


def test_of_two_events_with_one_number_the_first_in_the_log_stands() -> None:
    rows = rows_of([like("ac_1", 1, 4, "post.unliked"), like("ac_1", 1, 3)], opened)
    assert [row["liked_at"] for row in rows["likes"].values()] == [103]


def test_a_deleted_post_leaves_its_status_alone() -> None:
    said = {"author_id": "ac_1", "caption": "a lake", **PICTURE}
    events = [
        event("post.reserved", "post/po_1", 1, 0, author_id="ac_1"),
        event("post.published", "post/po_1", 2, 1, **said),
        event("post.edited", "post/po_1", 3, 2, author_id="ac_1", caption="a hill", picture=PICTURE),
    ]
    rows = rows_of(events, opened)
    edited = {"author_id": "ac_1", "caption": "a hill", **PICTURE, "edited_at": 102}
    assert rows["posts"] == {("po_1",): edited}
    assert counts_of(rows)["posts_by_author"] == {("ac_1",): 1}
    rows = rows_of([*events, event("post.deleted", "post/po_1", 4, 3, author_id="ac_1", published_at=7)], opened)
    assert (rows["posts"], rows["posts_by_author"]) == ({}, {})
    assert rows["post_status"] == {("po_1",): {"status": "deleted", "published_at": 7}}


def test_a_follow_is_a_row_both_ways_until_it_ends() -> None:
    both = {"follower_id": "ac_1", "followee_id": "ac_2"}
    started = event("follow.started", "follow/ac_1/ac_2", 1, 0, **both)
    rows = rows_of([started], opened)
    assert (list(rows["following"]), [key[0] for key in rows["followers"]]) == ([("ac_1", "ac_2")], ["ac_2"])
    rows = rows_of([started, event("follow.ended", "follow/ac_1/ac_2", 2, 1, **both)], opened)
    assert (rows["following"], rows["followers"]) == ({}, {})


def test_whose_posts_are_pulled_is_what_was_said_last() -> None:
    said = {"account_id": "ac_1", "followers": 3, "again_at": 0}
    crossed = event(
        "celebrity.crossed", "celebrity/ac_1", 1, 0, spans=[{"since": 1, "until": None, "settled": False}], **said
    )
    cleared = event(
        "celebrity.cleared", "celebrity/ac_1", 2, 1, spans=[{"since": 1, "until": 4, "settled": False}], **said
    )
    (row,) = rows_of([crossed, cleared], opened)["celebrities"].items()
    assert row == (("celebrity", "ac_1"), {"spans": [[1, 4, False]], "followers": 3, "again_at": 0})
