"""Likes: no stream, only a rising number per post and account; of two the higher number stands.

Every like and unlike is appended, also one that changes nothing: a late duplicate never outlives a newer decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from commands.accounts import Account
from commands.aggregate import Aggregate, Command
from commands.blocks import Block, is_hidden, seen_of
from commands.post_commands import post_stream
from commands.post_state import Post, visible
from events.envelope import Event
from events.likes import PostLiked, PostUnliked
from schemas.ids import PostId


@dataclass(frozen=True)
class LikeCommand(Command):
    post_id: PostId

    @property
    def stream(self) -> str:
        return f"like/{self.post_id}/{self.actor}"

    @property
    def needs(self) -> Sequence[str]:
        return (post_stream(self.post_id),)


@dataclass(frozen=True)
class LikePost(LikeCommand):
    """Like a published post."""

    def needs_besides(self, others: Sequence[Post | None]) -> Sequence[str]:
        (post,) = others
        return seen_of(self.actor, post.author_id) if post else ()


@dataclass(frozen=True)
class UnlikePost(LikeCommand):
    """Take a like back: also where the post is hidden meanwhile."""


def decide(
    _state: None, command: LikeCommand, post: Post | None, author: Account | None = None, *blocks: Block | None
) -> list[Event]:
    visible(post, hidden=is_hidden(author, blocks))
    return said(command, post)


def said(command: LikeCommand, post: Post | None, *_others: Account | Block | None) -> list[Event]:
    match command:
        case LikePost():
            author = post.author_id if post else None
            return [PostLiked(post_id=command.post_id, account_id=command.actor, author_id=author)]
        case _:
            return [PostUnliked(post_id=command.post_id, account_id=command.actor)]


def evolve(_state: None, event: Event) -> None:
    raise TypeError(f"a like keeps no state, and {type(event).__name__} gives it none")


LIKE = Aggregate("like", evolve, decide, said=said)
