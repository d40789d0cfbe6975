"""What is said under posts. Decided in commands/comments.py; on photolog.engagement, keyed by post."""

from typing import Literal

from events.envelope import Event, recorded
from events.personal import Personal
from schemas.ids import AccountId, CommentId, Millis, PostId

Role = Literal["comment_author", "post_author"]


@recorded("comment.written.v2", subject="author_id")
class CommentWritten(Event):
    """Someone commented."""

    post_id: PostId
    comment_id: CommentId
    author_id: AccountId
    text: Personal[str]
    written_at: Millis
    post_author_id: AccountId | None
    """Whose post it is. None where v1 did not say."""
    mentions: tuple[AccountId, ...]
    """Whom the text calls by the names that they had when it was written."""


@recorded("comment.deleted.v2", subject="author_id")
class CommentDeleted(Event):
    """Its author, or the post's, took a comment away."""

    post_id: PostId
    comment_id: CommentId
    author_id: AccountId
    written_at: Millis
    """What readers sort by."""
    deleted_as: Role | None
    """In which role somebody did it: whoever wrote both is the comment's author. None where v1 did not say."""


@recorded("comment.removed.v1", subject="author_id")
class CommentRemoved(Event):
    """A moderator has decided (events/cases.py) that nobody sees it."""

    post_id: PostId
    comment_id: CommentId
    author_id: AccountId
    written_at: Millis


@recorded("comment.restored.v1", subject="author_id")
class CommentRestored(Event):
    """A moderator has decided that it is seen again, as it was."""

    post_id: PostId
    comment_id: CommentId
    author_id: AccountId
    text: Personal[str]
    written_at: Millis
