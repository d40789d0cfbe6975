"""The kill test's own judgement, on hand-made logs: every way in which a server could get it wrong must be seen."""

from dataclasses import replace
from typing import Any

import pytest

from schemas.positions import ENGAGEMENT, Position, encode_token
from tests.chaos.claims import assert_each_once, assert_in_log, matched, unclaimed
from tests.chaos.wire import Answer, Attempt, Command
from tests.reference.kafka_log import once_each
from tests.reference.log import LogEvent, assert_sound

ADA = "ac_ada"


def like(key: str, post: str = "po_1") -> Command:
    return Command("like", ADA, "POST", f"/likes/{post}", b"", key)


def event(offset: int, causation: str, name: str = "post.liked", stream: str = "", **data: Any) -> LogEvent:
    place = ENGAGEMENT, 0, offset
    return LogEvent(*place, stream or f"like/po_1/{ADA}", offset, f"ev_{offset}", name, 0, ADA, causation, data)


def answered(command: Command, offset: int, status: int = 200) -> Attempt:
    return Attempt(command, Answer(status, b"", encode_token([Position(ENGAGEMENT, 0, offset)]), None))


def interrupted(command: Command) -> Attempt:
    return Attempt(command, None, ConnectionError)


def test_an_acknowledged_command_that_is_not_in_the_log_is_lost() -> None:
    assert_in_log([event(0, "cm_1")], [answered(like("k1"), 0)])
    with pytest.raises(AssertionError, match="is not in the log"):
        assert_in_log([event(0, "cm_1")], [answered(like("k1"), 1)])


def test_the_event_of_an_answered_command_is_claimed_and_a_second_one_is_not() -> None:
    assert unclaimed([event(0, "cm_1")], [answered(like("k1"), 0)]) == {}
    doubled = [event(0, "cm_1"), event(1, "cm_2")]
    assert list(unclaimed(doubled, [answered(like("k1"), 1)])) == ["cm_1"]


def test_a_refusal_claims_nothing() -> None:
    assert list(unclaimed([event(0, "cm_1")], [answered(like("k1"), 0, status=404)])) == ["cm_1"]


def test_an_answer_that_points_at_another_kind_of_event_does_not_claim_it() -> None:
    unfollow = Command("unfollow", ADA, "DELETE", "/follow/ac_ben", b"", "k1")
    assert list(unclaimed([event(0, "cm_1")], [answered(unfollow, 0)])) == ["cm_1"]


def test_an_interrupted_command_is_found_by_what_it_left() -> None:
    groups = unclaimed([event(0, "cm_1")], [])
    assert matched(groups, [interrupted(like("k1", "po_2")), interrupted(like("k2"))]) == {"k2": "cm_1"}
    assert matched({}, [interrupted(like("k1"))]) == {}


def test_events_that_nobody_asked_for_are_seen() -> None:
    with pytest.raises(AssertionError, match="no interrupted command"):
        matched({"cm_1": [event(0, "cm_1")]}, [])


def test_half_a_sign_up_is_seen() -> None:
    sign_up = interrupted(Command("sign_up", "", "POST", "/accounts", b"{}", "k1"))
    claimed = event(0, "cm_1", "username.claimed", "username/x", account_id="ac_new")
    opened = event(1, "cm_1", "account.opened", "account/ac_new", account_id="ac_new")
    assert matched({"cm_1": [claimed, opened]}, [sign_up]) == {"k1": "cm_1"}
    with pytest.raises(AssertionError, match="only part of one"):
        matched({"cm_1": [claimed]}, [sign_up])


def test_a_command_applied_twice_under_one_id_is_seen() -> None:
    assert_each_once([event(0, "cm_1"), event(1, "cm_2")])
    with pytest.raises(AssertionError, match="applied twice"):
        assert_each_once([event(0, "cm_1"), event(1, "cm_1")])


def test_an_interrupted_command_applied_twice_is_seen() -> None:
    with pytest.raises(AssertionError, match="only part of one"):
        matched({"cm_1": [event(0, "cm_1"), event(1, "cm_1")]}, [interrupted(like("k1"))])


def test_a_late_duplicate_is_part_of_the_event_that_it_repeats() -> None:
    first, late = event(0, "cm_1"), replace(event(0, "cm_1"), offset=2)
    log = once_each([first, event(1, "cm_2"), late])
    assert [(one.offset, one.again) for one in log] == [(0, (2,)), (1, ())]
    assert_each_once(log)
    assert_in_log(log, [answered(like("k1"), 2)])
    assert unclaimed(log, [answered(like("k1"), 2), answered(like("k2"), 1)]) == {}


def test_another_event_under_the_same_id_or_the_same_version_is_seen() -> None:
    first = event(0, "cm_1")
    with pytest.raises(AssertionError, match="under the id of"):
        once_each([first, replace(first, offset=1, causation="cm_2")])
    followed = replace(first, stream="follow/ac_ada/ac_ben", version=1)
    with pytest.raises(AssertionError, match="forked"):
        assert_sound(once_each([followed, replace(followed, offset=1, event_id="ev_other")]))


def test_two_likes_may_have_one_number_and_the_first_in_the_log_stands() -> None:
    first = event(0, "cm_1")
    assert_sound(once_each([first, replace(first, offset=1, event_id="ev_other", causation="cm_2")]))


def test_a_gap_in_the_offsets_is_seen_also_among_duplicates() -> None:
    first = event(0, "cm_1")
    assert_sound(once_each([first, replace(first, offset=1)]))
    with pytest.raises(AssertionError, match="gap"):
        assert_sound(once_each([first, replace(first, offset=2)]))
