"""The comment aggregate. A comment's id ends in its post's digits: the id alone leads to stream and partition."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from commands.accounts import Account
from commands.aggregate import Aggregate, Command
from commands.blocks import Block, is_hidden, seen_of
from commands.post_commands import post_stream
from commands.post_state import Post, visible
from events.comments import CommentDeleted, CommentRemoved, CommentRestored, CommentWritten, Role
from events.envelope import Event
from events.personal import Redacted
from schemas.errors import Gone
from schemas.ids import COMMENT_PREFIX, ID_DIGITS, POST_PREFIX, AccountId, CommentId, Millis, PostId
from schemas.refusals import NotYours, UnknownComment, UnknownPost


@dataclass(frozen=True)
class Comment:
    """A comment as commands see it."""

    author_id: AccountId
    written_at: Millis
    text: str | Redacted
    deleted: bool = False
    removed: bool = False
    """By a moderator: it can be restored."""


def comment_id(digits: str, post: PostId) -> CommentId:
    """The id of a new comment under a post. Raises UnknownPost for what is no post's id."""
    if not post.startswith(f"{POST_PREFIX}_") or len(post) != len(POST_PREFIX) + 1 + ID_DIGITS:
        raise UnknownPost
    return CommentId(f"{COMMENT_PREFIX}_{digits}{post[-ID_DIGITS:]}")


def post_of(comment: CommentId) -> PostId:
    """The post that a comment is under. Raises UnknownComment for what is no comment's id."""
    if not comment.startswith(f"{COMMENT_PREFIX}_") or len(comment) != len(COMMENT_PREFIX) + 1 + 2 * ID_DIGITS:
        raise UnknownComment
    return PostId(f"{POST_PREFIX}_{comment[-ID_DIGITS:]}")


def comment_stream(comment: CommentId) -> str:
    """The stream of a comment. Raises UnknownComment."""
    return f"comment/{post_of(comment)}/{comment}"


@dataclass(frozen=True)
class CommentCommand(Command):
    comment_id: CommentId

    @property
    def post_id(self) -> PostId:
        return post_of(self.comment_id)

    @property
    def stream(self) -> str:
        return comment_stream(self.comment_id)

    @property
    def needs(self) -> Sequence[str]:
        return (post_stream(self.post_id),)


@dataclass(frozen=True)
class WriteComment(CommentCommand):
    """Say something under a published post."""

    text: str
    at: Millis
    mentions: tuple[AccountId, ...] = ()

    def needs_besides(self, others: Sequence[Post | None]) -> Sequence[str]:
        (post,) = others
        return seen_of(self.actor, post.author_id) if post else ()


@dataclass(frozen=True)
class DeleteComment(CommentCommand):
    """Take a comment away: its author may, and the post's."""


@dataclass(frozen=True)
class RemoveComment(CommentCommand):
    """Let nobody see it: a moderator's word, see commands/cases.py."""


@dataclass(frozen=True)
class RestoreComment(CommentCommand):
    """Let it be seen again: a moderator's word."""


def decide(
    comment: Comment | None,
    command: CommentCommand,
    post: Post | None,
    author: Account | None = None,
    *blocks: Block | None,
) -> list[Event]:
    match comment, command:
        case None, WriteComment():
            seen = visible(post, hidden=is_hidden(author, blocks))
            return [
                CommentWritten(
                    post_id=command.post_id,
                    comment_id=command.comment_id,
                    author_id=command.actor,
                    text=command.text,
                    written_at=command.at,
                    post_author_id=seen.author_id,
                    mentions=command.mentions,
                )
            ]
        case None, _:
            raise UnknownComment
        case Comment(), DeleteComment():
            return _deleted(comment, command, post)
        case Comment(deleted=False, removed=False), RemoveComment():
            return [CommentRemoved(**_place(comment, command))]
        case Comment(deleted=False, removed=True), RestoreComment():
            return [CommentRestored(**_place(comment, command), text=comment.text)]
        case _:
            return []


def _deleted(comment: Comment, command: DeleteComment, post: Post | None) -> list[Event]:
    if command.actor != comment.author_id and (post is None or command.actor != post.author_id):
        raise Gone if comment.deleted else NotYours
    if comment.deleted:
        return []
    role: Role = "comment_author" if command.actor == comment.author_id else "post_author"
    return [CommentDeleted(**_place(comment, command), deleted_as=role)]


def _place(comment: Comment, command: CommentCommand) -> dict[str, Any]:
    """Where readers have it."""
    said = {"post_id": command.post_id, "comment_id": command.comment_id}
    return {**said, "author_id": comment.author_id, "written_at": comment.written_at}


def evolve(comment: Comment | None, event: Event) -> Comment:
    match event:
        case CommentWritten():
            return Comment(event.author_id, event.written_at, event.text)
        case CommentDeleted() if comment:
            return replace(comment, deleted=True)
        case CommentRemoved() | CommentRestored() if comment:
            return replace(comment, removed=isinstance(event, CommentRemoved))
        case _:
            raise TypeError(f"{type(event).__name__} does not happen to a comment")


COMMENT_AGGREGATE = Aggregate("comment", evolve, decide, state=Comment, release=2)
