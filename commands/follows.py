"""The follow aggregate: one stream an edge, from follower to followee.

How many edges leave an account no stream says; whoever follows brings the read models' count (ports/followees.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from commands.accounts import Account, account_stream
from commands.aggregate import Aggregate, Command
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
        return f"follow/{self.actor}/{self.followee_id}"

    @property
    def needs(self) -> Sequence[str]:
        return (account_stream(self.followee_id),)


@dataclass(frozen=True)
class FollowAccount(FollowCommand):
    """See somebody's posts from now on."""

    followees: int = 0
    """How many its actor was seen to follow: follows that are only just recorded may be missing."""
    most: int = STATED.account_followees


@dataclass(frozen=True)
class UnfollowAccount(FollowCommand):
    """See them no longer."""


def decide(follow: Follow | None, command: FollowCommand, followee: Account | None) -> list[Event]:
    if command.actor == command.followee_id:
        raise CannotFollowSelf
    if followee is None:
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
