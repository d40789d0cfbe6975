"""The follow aggregate: one stream an edge, from follower to followee. A bell on it asks to be told of new posts, and
never outlives it.

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
from events.follows import BellAdded, BellRemoved, Followed, Unfollowed
from schemas.ids import AccountId
from schemas.refusals import CannotFollowSelf, NotFollowing, TooManyBells, TooManyFollows, UnknownAccount


@dataclass(frozen=True)
class Follow:
    """Whether the edge is there, and a bell on it."""

    following: bool
    bell: bool = False


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
class Approach(FollowCommand):
    """Where a block stands between the two, there is nobody to approach."""

    @property
    def needs(self) -> Sequence[str]:
        return (*super().needs, *between(self.actor, self.followee_id))


@dataclass(frozen=True)
class FollowAccount(Approach):
    """See somebody's posts from now on."""

    followees: int = 0
    """How many its actor was seen to follow: follows that are only just recorded may be missing."""
    most: int = STATED.account_followees


@dataclass(frozen=True)
class UnfollowAccount(FollowCommand):
    """See them no longer."""


@dataclass(frozen=True)
class AddBell(Approach):
    """Be told of what a followee posts from now on."""

    bells: int = 0
    """How many its actor was seen to have, as `followees` of a follow."""
    most: int = STATED.account_bells


@dataclass(frozen=True)
class RemoveBell(FollowCommand):
    """Be told no longer."""


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
    return _ended(follow, command.follower_id, command.followee_id)


def _decided(
    follow: Follow | None, command: FollowCommand, followee: Account | None, *blocks: Block | None
) -> list[Event]:
    if command.actor == command.followee_id:
        raise CannotFollowSelf
    if followee is None or (isinstance(command, Approach) and is_hidden(followee, blocks)):
        raise UnknownAccount
    follow = follow or Follow(following=False)
    edge = {"follower_id": command.actor, "followee_id": command.followee_id}
    match command:
        case FollowAccount() if not follow.following and command.followees >= command.most:
            raise TooManyFollows(command.most)
        case FollowAccount() if not follow.following:
            return [Followed(**edge)]
        case UnfollowAccount():
            return _ended(follow, **edge)
        case AddBell() if not follow.following:
            raise NotFollowing
        case AddBell() if not follow.bell and command.bells >= command.most:
            raise TooManyBells(command.most)
        case AddBell() if not follow.bell:
            return [BellAdded(**edge)]
        case RemoveBell() if follow.bell:
            return [BellRemoved(**edge)]
        case _:
            return []


def _ended(follow: Follow | None, follower_id: AccountId, followee_id: AccountId) -> list[Event]:
    """The bell first: so whoever reads bells needs to know of no follow."""
    if follow is None or not follow.following:
        return []
    edge = {"follower_id": follower_id, "followee_id": followee_id}
    return [*([BellRemoved(**edge)] if follow.bell else []), Unfollowed(**edge)]


def evolve(_follow: Follow | None, event: Event) -> Follow:
    match event:
        case Followed() | BellRemoved():
            return Follow(following=True)
        case BellAdded():
            return Follow(following=True, bell=True)
        case Unfollowed():
            return Follow(following=False)
        case _:
            raise TypeError(f"{type(event).__name__} does not happen to a follow")


FOLLOW = Aggregate("follow", evolve, decide, state=Follow, release=2)
