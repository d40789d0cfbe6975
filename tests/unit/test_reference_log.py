"""The reference's reader of the log: what it finds, and every way in which it must refuse a log."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.reference.facts import CommentDeleted, Commented, Followed, Liked, PostDeleted, Published, SignedUp, Unliked
from tests.reference.log import LogEvent, assert_sound, facts_in, read_log

POST: dict[str, Any] = {"author_id": "ac_1", "published_at": 7}
LIKE: dict[str, Any] = {"post_id": "po_1", "account_id": "ac_2"}
FOLLOW: dict[str, Any] = {"follower_id": "ac_2", "followee_id": "ac_1"}
COMMENT: dict[str, Any] = {"post_id": "po_1", "comment_id": "co_1", "author_id": "ac_2", "written_at": 8}


def event(stream: str, version: int, offset: int, name: str = "", **changed: Any) -> LogEvent:
    """An event on one partition whose id follows from its slot."""
    values: dict[str, Any] = {"event_id": f"ev_{stream}_{version}", "data": {}, **changed}
    return LogEvent("t", 0, offset, stream, version, name=name, at=9, actor="ac_1", causation="cm_1", **values)


def write_log(folder: Path, events: list[LogEvent], **forged: Any) -> None:
    with closing(sqlite3.connect(folder / "log.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE log (topic, partition, offset, stream, version, event_id, type, wire)")
        for e in events:
            kind = f"{e.name}.v1"
            wire = {"id": e.event_id, "type": kind, "stream": e.stream, "version": e.version, "at": e.at}
            wire |= {"actor": e.actor, "causation": e.causation, "data": e.data, **forged}
            row = (*e.place, e.stream, e.version, e.event_id, kind, json.dumps(wire).encode())
            connection.execute("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def test_a_log_comes_back_as_it_was_written_in_the_order_of_its_offsets(tmp_path: Path) -> None:
    first, second = event("post/po_1", 1, 0, "post.reserved"), event("post/po_1", 2, 1, "post.published", data=POST)
    write_log(tmp_path, [second, first])
    assert read_log(tmp_path) == [first, second]


def test_a_row_that_contradicts_its_wire_is_found(tmp_path: Path) -> None:
    write_log(tmp_path, [event("post/po_1", 1, 0, "post.reserved")], version=2)
    with pytest.raises(AssertionError, match="row and wire disagree"):
        read_log(tmp_path)


def test_every_kind_of_event_becomes_its_fact() -> None:
    log = [
        event("account/ac_1", 1, 0, "account.opened"),
        event("comment/po_1/co_1", 1, 1, "comment.written", data=COMMENT),
        event("comment/po_1/co_1", 2, 2, "comment.deleted", data=COMMENT),
        event("follow/ac_2/ac_1", 1, 3, "follow.started", data=FOLLOW),
        event("like/po_1/ac_2", 1, 4, "post.liked", data=LIKE),
        event("post/po_1", 1, 5, "post.reserved"),
        event("post/po_1", 2, 6, "post.published", data=POST),
        event("post/po_1", 3, 7, "post.deleted", data=POST),
    ]
    assert facts_in(log) == [
        SignedUp("ac_1"),
        Commented("co_1", "po_1", "ac_2", 8),
        CommentDeleted("co_1"),
        Followed("ac_2", "ac_1"),
        Liked("po_1", "ac_2"),
        Published("po_1", "ac_1", 7),
        PostDeleted("po_1"),
    ]


def test_of_two_likes_with_one_number_the_first_in_the_log_stands() -> None:
    log = [
        event("like/po_1/ac_2", 1, 0, "post.unliked", data=LIKE),
        event("like/po_1/ac_2", 1, 1, "post.liked", event_id="ev_other", data=LIKE),
    ]
    assert_sound(log)
    assert facts_in(log) == [Unliked("po_1", "ac_2")]


def test_of_likes_the_highest_number_has_the_last_word_wherever_it_stands() -> None:
    log = [
        event("like/po_1/ac_2", 3, 0, "post.unliked", data=LIKE),
        event("like/po_1/ac_2", 1, 1, "post.liked", data=LIKE),
    ]
    assert_sound(log)
    assert facts_in(log) == [Liked("po_1", "ac_2"), Unliked("po_1", "ac_2")]


@pytest.mark.parametrize(
    ("log", "complaint"),
    [
        ([event("post/a", 1, 1)], "gap in its offsets"),
        ([event("post/a", 1, 0), event("post/a", 2, 2)], "gap in its offsets"),
        ([event("post/a", 1, 0), event("post/a", 3, 1)], r"versions \[1, 3\]"),
        ([event("post/a", 2, 0), event("post/a", 1, 1)], r"versions \[2, 1\]"),
        ([event("post/a", 1, 0), event("post/b", 1, 1, event_id="ev_post/a_1")], "twice in the log"),
        ([event("post/a", 1, 0), event("post/a", 1, 1)], "twice in the log"),
        ([event("post/a", 1, 0), event("post/a", 1, 1, event_id="ev_other")], "forked"),
    ],
)
def test_an_unsound_log_is_refused(log: list[LogEvent], complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        assert_sound(log)


def test_a_sound_log_is_accepted() -> None:
    assert_sound([event("post/a", 1, 0), event("post/b", 1, 1), event("post/a", 2, 2), event("like/a/b", 2, 3)])
