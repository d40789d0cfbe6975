"""Celebrities: a span begins with the followers, ends by an operator's word, and is settled once all is pushed."""

from typing import Any

from commands.celebrities import ClearCelebrity, CrossThreshold, SettleCelebrity
from events.celebrities import CelebrityCrossed, CelebritySettled, Span
from projections.celebrities import Pulled
from schemas.ids import AccountId
from schemas.refusals import UnknownCelebrity
from tests.unit.given import given
from tests.unit.samples import ANN, CLEARED, CROSSED, NOON, SETTLED

SYSTEM = AccountId("system:feed")
OVER = Span(since=NOON, until=NOON + 9)


def crosses(followers: int, at: int = NOON) -> CrossThreshold:
    return CrossThreshold(SYSTEM, ANN, followers, at)


def clears(at: int, **said: Any) -> ClearCelebrity:
    return ClearCelebrity(SYSTEM, ANN, 10_002, at, "bought followers", **said)


def test_so_many_followers_begin_a_span_once() -> None:
    given().when(crosses(10_000)).then(CROSSED)
    given(CROSSED).when(crosses(10_001, NOON + 1)).then_nothing()


def test_an_operator_ends_the_span_once_and_says_from_how_many_followers_on_the_next_begins() -> None:
    given(CROSSED).when(clears(NOON + 9)).then(CLEARED)
    given(CROSSED).when(clears(NOON + 9, again_at=5)).then(CLEARED.model_copy(update={"again_at": 5}))
    given(CROSSED, CLEARED).when(clears(NOON + 10)).then_nothing()


def test_a_clock_behind_ends_a_span_no_earlier_than_it_began() -> None:
    ended = (Span(since=NOON, until=NOON),)
    given(CROSSED).when(clears(NOON - 5)).then(CLEARED.model_copy(update={"spans": ended}))


def test_whoever_never_was_a_celebrity_cannot_be_cleared() -> None:
    given().when(clears(NOON)).then_refused(UnknownCelebrity)


def test_what_an_operator_cleared_begins_again_with_twice_the_followers_and_not_with_the_next_one() -> None:
    given(CROSSED, CLEARED).when(crosses(20_003)).then_nothing()
    again = CelebrityCrossed(account_id=ANN, spans=(OVER, Span(since=NOON + 9)), followers=20_004, again_at=20_004)
    given(CROSSED, CLEARED).when(crosses(20_004, NOON - 5)).then(again)


def test_an_end_is_settled_once_even_if_the_next_span_has_begun() -> None:
    given(CROSSED, CLEARED).when(SettleCelebrity(SYSTEM, ANN, NOON + 9)).then(SETTLED)
    given(CROSSED, CLEARED, SETTLED).when(SettleCelebrity(SYSTEM, ANN, NOON + 9)).then_nothing()
    next_one = Span(since=NOON + 20)
    again = CelebrityCrossed(account_id=ANN, spans=(OVER, next_one), followers=20_004, again_at=20_004)
    spans = (OVER.model_copy(update={"settled": True}), next_one)
    settled = CelebritySettled(account_id=ANN, spans=spans, followers=20_004, again_at=20_004)
    given(CROSSED, CLEARED, again).when(SettleCelebrity(SYSTEM, ANN, NOON + 9)).then(settled)


def test_a_fan_out_goes_by_an_end_that_stands_and_a_reader_by_one_that_is_settled() -> None:
    open_, ended, settled = Pulled(5, None, False), Pulled(5, 9, False), Pulled(5, 9, True)
    assert [at for at in range(12) if open_.has(at)] == list(range(5, 12))
    assert [at for at in range(12) if ended.has(at)] == [at for at in range(12) if settled.has(at)] == [5, 6, 7, 8]
    assert (open_.end, ended.end, settled.end) == (None, None, 9)
