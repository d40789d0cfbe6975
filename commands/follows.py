"""The follow aggregate: one stream an edge, from follower to followee.

How many edges leave an account no stream says; whoever follows brings the read models' count (ports/followees.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from commands.accounts import Account, account_stream
from commands.aggregate import Aggregate, Command
from commands.blocks import Block, between, is_hidden
from commands.limits import STATED
from events.envelope import Event
from events.follows import Followed, Unfollowed
from schemas.errors import CannotFollowSelf, TooManyFollows, UnknownAccount
from schemas.ids import AccountId


@dataclass(frozen=True)
class Follow:
    """Whether the edge is there."""

    following: bool


@dataclass(frozen=True)
class FollowCommand(Command):
    followee_id: AccountId

    @property
    def stream(self) -> str:
        return follow_stream(self.actor, self.followee_id)

    @property
    def needs(self) -> Sequence[str]:
        return (account_stream(self.followee_id),)


@dataclass(frozen=True)
class FollowAccount(FollowCommand):
    """See somebody's posts from now on."""

    followees: int = 0
    """How many its actor was seen to follow: follows that are only just recorded may be missing."""
    most: int = STATED.account_followees

    @property
    def needs(self) -> Sequence[str]:
        return (*super().needs, *between(self.actor, self.followee_id))


@dataclass(frozen=True)
class UnfollowAccount(FollowCommand):
    """See them no longer."""


@dataclass(frozen=True)
class PartFollower(Command):
    """End a follow because its actor, follower or followee, has blocked the other."""

    follower_id: AccountId
    followee_id: AccountId

    @property
    def stream(self) -> str:
        return follow_stream(self.follower_id, self.followee_id)


def follow_stream(follower: AccountId, followee: AccountId) -> str:
    """The stream of a follow."""
    return f"follow/{follower}/{followee}"


def partings(blocker: AccountId, blocked: AccountId) -> Sequence[PartFollower]:
    """What ends the follows both ways."""
    return PartFollower(blocker, blocker, blocked), PartFollower(blocker, blocked, blocker)


def decide(follow: Follow | None, command: FollowCommand | PartFollower, *others: Any) -> list[Event]:
    if isinstance(command, FollowCommand):
        return _decided(follow, command, *others)
    if follow is None or not follow.following:
        return []
    return [Unfollowed(follower_id=command.follower_id, followee_id=command.followee_id)]


def _decided(
    follow: Follow | None, command: FollowCommand, followee: Account | None, *blocks: Block | None
) -> list[Event]:
    if command.actor == command.followee_id:
        raise CannotFollowSelf
    if followee is None or (isinstance(command, FollowAccount) and is_hidden(followee, blocks)):
        raise UnknownAccount
    following = follow is not None and follow.following
    match command:
        case FollowAccount() if not following and command.followees >= command.most:
            raise TooManyFollows(command.most)
        case FollowAccount() if not following:
            return [Followed(follower_id=command.actor, followee_id=command.followee_id)]
        case UnfollowAccount() if following:
            return [Unfollowed(follower_id=command.actor, followee_id=command.followee_id)]
        case _:
            return []


def evolve(_follow: Follow | None, event: Event) -> Follow:
    match event:
        case Followed():
            return Follow(following=True)
        case Unfollowed():
            return Follow(following=False)
        case _:
            raise TypeError(f"{type(event).__name__} does not happen to a follow")


FOLLOW = Aggregate("follow", evolve, decide, state=Follow)
