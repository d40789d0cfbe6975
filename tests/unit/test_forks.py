"""Forks as readers see them: another event under a version that had one."""

import pytest

from commands.invariants import BrokenInvariant
from commands.ports import Entry
from processors.forks import Forks
from schemas.ids import EventId
from schemas.positions import POSTS, Position


def entry(offset: int, stream: str, version: int, event_id: str) -> Entry:
    return Entry(Position(POSTS, 0, offset), stream, version, EventId(event_id), "post.deleted.v1", b"{}", 0)


def test_streams_that_go_on_and_late_duplicates_are_no_forks() -> None:
    forks = Forks()
    forks.check([entry(0, "post/a", 1, "ev_1"), entry(1, "post/a", 2, "ev_2"), entry(2, "post/b", 1, "ev_3")])
    forks.check([entry(3, "post/a", 1, "ev_1"), entry(4, "post/a", 2, "ev_2")])


def test_another_event_under_a_version_is_a_fork_and_is_named() -> None:
    forks = Forks()
    forks.check([entry(0, "post/a", 1, "ev_1")])
    with pytest.raises(BrokenInvariant, match="post/a is forked: version 1 is ev_1 and ev_2"):
        forks.check([entry(1, "post/a", 1, "ev_2")])


def test_numbers_of_what_has_no_stream_may_be_taken_twice() -> None:
    Forks().check([entry(0, "like/a/ann", 1, "ev_1"), entry(1, "like/a/ann", 1, "ev_2")])


def test_memory_is_bounded_and_forgets_the_oldest() -> None:
    forks = Forks(remembered=2)
    forks.check([entry(number, "post/a", number + 1, f"ev_{number}") for number in range(3)])
    forks.check([entry(3, "post/a", 1, "ev_other")])
    with pytest.raises(BrokenInvariant):
        forks.check([entry(4, "post/a", 3, "ev_other")])
