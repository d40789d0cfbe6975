"""The block aggregate and its projection: one edge, there or not, and what may not be said across it."""

from dataclasses import replace

import pytest

from commands.blocks import Block, BlockAccount, BlockCommand, UnblockAccount
from commands.comments import WriteComment
from commands.likes import LikePost, UnlikePost
from events.blocks import Blocked, Unblocked
from events.follows import Followed
from projections.blocks import BLOCKS, PROJECTION, Part
from projections.effects import Delete, Put
from schemas.refusals import CannotBlockSelf, UnknownAccount, UnknownPost
from tests.unit.given import folded, given
from tests.unit.samples import ANN, BEN, COMMENT, COMPLETED, DELETED, NOON, OPENED, POST, PUBLISHED, RESERVED, recorded

BLOCKED, UNBLOCKED = Blocked(blocker_id=BEN, blocked_id=ANN), Unblocked(blocker_id=BEN, blocked_id=ANN)
BLOCK, UNBLOCK = BlockAccount(BEN, ANN), UnblockAccount(BEN, ANN)
ANNS = folded(OPENED, kind="account")
A_PUBLISHED = folded(RESERVED, COMPLETED, PUBLISHED, kind="post")
A_DELETED = folded(RESERVED, COMPLETED, PUBLISHED, DELETED, kind="post")
EITHER_WAY = [(Block(True), None), (None, Block(True)), (Block(False), Block(True))]
SAID = [LikePost(BEN, POST), WriteComment(BEN, COMMENT, "Wow", NOON)]


def test_an_account_is_blocked_once_and_again_after_it_was_let_go() -> None:
    given().and_(ANNS).when(BLOCK).then(BLOCKED)
    given(BLOCKED).and_(ANNS).when(BLOCK).then_nothing()
    given(BLOCKED, UNBLOCKED).and_(ANNS).when(BLOCK).then(BLOCKED)


def test_only_who_has_blocked_has_something_to_take_back() -> None:
    given(BLOCKED).and_(ANNS).when(UNBLOCK).then(UNBLOCKED)
    given(BLOCKED, UNBLOCKED).and_(ANNS).when(UNBLOCK).then_nothing()
    given().and_(ANNS).when(UNBLOCK).then_nothing()


@pytest.mark.parametrize("command", [BLOCK, UNBLOCK])
def test_nobody_blocks_themselves_or_whom_there_is_not(command: BlockCommand) -> None:
    given().and_(ANNS).when(replace(command, actor=ANN)).then_refused(CannotBlockSelf)
    given().and_(None).when(command).then_refused(UnknownAccount)


@pytest.mark.parametrize("blocks", EITHER_WAY)
@pytest.mark.parametrize("command", SAID)
def test_across_a_block_a_post_is_not_there_not_even_as_a_deleted_one(
    command: LikePost | WriteComment, blocks: tuple[Block | None, Block | None]
) -> None:
    for post in (A_PUBLISHED, A_DELETED):
        given().and_(post, ANNS, *blocks).when(command).then_refused(UnknownPost)
    assert given().and_(A_PUBLISHED, ANNS, Block(False), None).when(command).decided()


def test_a_like_can_be_taken_back_across_a_block() -> None:
    assert given().and_(A_PUBLISHED).when(UnlikePost(BEN, POST)).decided()
    assert UnlikePost(BEN, POST).needs_besides([A_PUBLISHED]) == ()


@pytest.mark.parametrize("command", SAID)
def test_whoever_says_something_of_a_post_looks_at_its_author_and_the_blocks_between_them(
    command: LikePost | WriteComment,
) -> None:
    assert command.needs_besides([A_PUBLISHED]) == (f"account/{ANN}", f"block/{BEN}/{ANN}", f"block/{ANN}/{BEN}")
    assert replace(command, actor=ANN).needs_besides([A_PUBLISHED]) == (), "of oneself nobody is apart"
    assert command.needs_besides([None]) == ()


def test_a_block_is_a_row_and_has_the_follows_ended_as_a_follow_that_comes_too_late_has() -> None:
    stream, row = f"block/{BEN}/{ANN}", {"blocker_id": BEN, "blocked_id": ANN}
    blocked = recorded(BLOCKED, stream)
    assert PROJECTION.effects(blocked) == [Put(BLOCKS, **row, blocked_at=blocked.at), Part(BEN, ANN)]
    assert PROJECTION.effects(recorded(UNBLOCKED, stream, 2)) == [Delete(BLOCKS, **row)]
    followed = recorded(Followed(follower_id=ANN, followee_id=BEN), f"follow/{ANN}/{BEN}")
    assert PROJECTION.effects(followed) == [Part(ANN, BEN)]


def test_what_cannot_happen_is_a_fault() -> None:
    with pytest.raises(TypeError, match="AccountOpened does not happen to a block"):
        folded(OPENED, kind="block")
