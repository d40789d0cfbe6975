"""The follow aggregate: one edge, there or not."""

from dataclasses import replace

import pytest

from commands.blocks import Block
from commands.follows import AddBell, FollowAccount, FollowCommand, RemoveBell, UnfollowAccount, partings
from events.follows import BellAdded, BellRemoved, Followed, Unfollowed
from schemas.refusals import CannotFollowSelf, NotFollowing, TooManyBells, TooManyFollows, UnknownAccount
from tests.unit.given import folded, given
from tests.unit.samples import ANN, BEN, OPENED, SUSPENDED

FOLLOWED, UNFOLLOWED = Followed(follower_id=BEN, followee_id=ANN), Unfollowed(follower_id=BEN, followee_id=ANN)
FOLLOW, UNFOLLOW = FollowAccount(BEN, ANN), UnfollowAccount(BEN, ANN)
ANNS = folded(OPENED, kind="account")


def test_anybody_can_follow_an_account_that_exists() -> None:
    given().and_(ANNS).when(FOLLOW).then(FOLLOWED)


def test_following_again_is_not_news() -> None:
    given(FOLLOWED).and_(ANNS).when(FOLLOW).then_nothing()


def test_a_follower_can_stop() -> None:
    given(FOLLOWED).and_(ANNS).when(UNFOLLOW).then(UNFOLLOWED)


def test_one_can_follow_again_after_stopping() -> None:
    given(FOLLOWED, UNFOLLOWED).and_(ANNS).when(FOLLOW).then(FOLLOWED)


@pytest.mark.parametrize("events", [(), (FOLLOWED, UNFOLLOWED)])
def test_who_does_not_follow_has_nothing_to_stop(events: tuple[Followed | Unfollowed, ...]) -> None:
    given(*events).and_(ANNS).when(UNFOLLOW).then_nothing()


@pytest.mark.parametrize("command", [FOLLOW, UNFOLLOW])
def test_nobody_follows_themselves(command: FollowCommand) -> None:
    given().and_(ANNS).when(replace(command, actor=ANN)).then_refused(CannotFollowSelf)


@pytest.mark.parametrize("command", [FOLLOW, UNFOLLOW])
def test_nobody_follows_whom_there_is_not(command: FollowCommand) -> None:
    given().and_(None).when(command).then_refused(UnknownAccount)


FULL = replace(FOLLOW, followees=30, most=30)


@pytest.mark.parametrize("ever", [(), (FOLLOWED, UNFOLLOWED)])
def test_who_follows_as_many_as_it_may_follows_nobody_more(ever: tuple[Followed | Unfollowed, ...]) -> None:
    given(*ever).and_(ANNS).when(FULL).then_refused(TooManyFollows)
    given(*ever).and_(ANNS).when(replace(FULL, followees=31)).then_refused(TooManyFollows)
    given(*ever).and_(ANNS).when(replace(FULL, followees=29)).then(FOLLOWED)


def test_at_the_limit_following_again_is_not_news_either() -> None:
    given(FOLLOWED).and_(ANNS).when(FULL).then_nothing()


def test_at_the_limit_it_is_still_said_first_that_there_is_no_such_account() -> None:
    given().and_(None).when(FULL).then_refused(UnknownAccount)


def test_the_refusal_names_the_limit_and_is_not_kept_because_unfollowing_makes_room() -> None:
    refusal = TooManyFollows(7_500)
    assert refusal.problem()["limit"] == 7_500
    assert "7,500" in refusal.detail
    assert not refusal.final


def test_an_edge_looks_at_the_account_that_it_leads_to() -> None:
    assert (UNFOLLOW.stream, list(UNFOLLOW.needs)) == (f"follow/{BEN}/{ANN}", [f"account/{ANN}"])
    blocks = [f"block/{BEN}/{ANN}", f"block/{ANN}/{BEN}"]
    assert (FOLLOW.stream, list(FOLLOW.needs)) == (f"follow/{BEN}/{ANN}", [f"account/{ANN}", *blocks])


@pytest.mark.parametrize("blocks", [(Block(True), None), (None, Block(True)), (Block(True), Block(True))])
def test_nobody_follows_whom_a_block_hides(blocks: tuple[Block | None, Block | None]) -> None:
    given().and_(ANNS, *blocks).when(FOLLOW).then_refused(UnknownAccount)
    given().and_(ANNS, Block(False), None).when(FOLLOW).then(FOLLOWED)


def test_whoever_blocks_ends_the_follows_both_ways_in_their_own_streams_and_own_name() -> None:
    own, others = partings(ANN, BEN)
    assert [(one.actor, one.stream) for one in (own, others)] == [
        (ANN, f"follow/{ANN}/{BEN}"),
        (ANN, f"follow/{BEN}/{ANN}"),
    ]
    given(FOLLOWED).when(others).then(UNFOLLOWED)
    given(FOLLOWED, UNFOLLOWED).when(others).then_nothing()
    given().when(own).then_nothing()


RUNG, HUSHED = BellAdded(follower_id=BEN, followee_id=ANN), BellRemoved(follower_id=BEN, followee_id=ANN)
ADD, REMOVE = AddBell(BEN, ANN), RemoveBell(BEN, ANN)


def test_a_follower_puts_a_bell_on_and_takes_it_off_and_neither_is_news_twice() -> None:
    given(FOLLOWED).and_(ANNS).when(ADD).then(RUNG)
    given(FOLLOWED, RUNG).and_(ANNS).when(ADD).then_nothing()
    given(FOLLOWED, RUNG).and_(ANNS).when(REMOVE).then(HUSHED)
    given(FOLLOWED, RUNG, HUSHED).and_(ANNS).when(REMOVE).then_nothing()
    given(FOLLOWED, RUNG, HUSHED).and_(ANNS).when(ADD).then(RUNG)
    given(FOLLOWED, RUNG, HUSHED).and_(ANNS).when(FOLLOW).then_nothing()


@pytest.mark.parametrize("events", [(), (FOLLOWED, UNFOLLOWED), (FOLLOWED, RUNG, HUSHED, UNFOLLOWED)])
def test_who_does_not_follow_has_no_bell(events: tuple[Followed | Unfollowed, ...]) -> None:
    given(*events).and_(ANNS).when(ADD).then_refused(NotFollowing)
    given(*events).and_(ANNS).when(REMOVE).then_nothing()


def test_a_bell_ends_with_the_follow_and_does_not_come_back_with_it() -> None:
    given(FOLLOWED, RUNG).and_(ANNS).when(UNFOLLOW).then(HUSHED, UNFOLLOWED)
    given(FOLLOWED, RUNG).when(partings(ANN, BEN)[1]).then(HUSHED, UNFOLLOWED)
    given(FOLLOWED, RUNG, HUSHED, UNFOLLOWED, FOLLOWED).and_(ANNS).when(UNFOLLOW).then(UNFOLLOWED)


def test_nobody_has_a_bell_on_themselves_on_whom_there_is_not_or_who_is_suspended() -> None:
    given().and_(ANNS).when(replace(ADD, actor=ANN)).then_refused(CannotFollowSelf)
    for command in (ADD, REMOVE):
        given().and_(None).when(command).then_refused(UnknownAccount)
    given(FOLLOWED).and_(folded(OPENED, SUSPENDED, kind="account")).when(ADD).then_refused(UnknownAccount)
    given(FOLLOWED).and_(ANNS, None, Block(True)).when(ADD).then_refused(UnknownAccount)
    assert ADD.needs == FOLLOW.needs


def test_who_has_as_many_bells_as_it_may_gets_none_more() -> None:
    full = replace(ADD, bells=30, most=30)
    given(FOLLOWED).and_(ANNS).when(full).then_refused(TooManyBells)
    given(FOLLOWED, RUNG).and_(ANNS).when(full).then_nothing()
    given(FOLLOWED).and_(ANNS).when(replace(full, bells=29)).then(RUNG)
    refusal = TooManyBells(30)
    assert (refusal.problem()["limit"], refusal.final) == (30, False)


def test_what_cannot_happen_is_a_fault() -> None:
    with pytest.raises(TypeError, match="AccountOpened does not happen to a follow"):
        folded(OPENED, kind="follow")
