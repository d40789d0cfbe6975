"""What is said under posts. Fed by events/comments.py; read by the list of comments and, for its size, by cards."""

from events.comments import CommentDeleted, CommentRemoved, CommentRestored, CommentWritten
from events.envelope import Recorded
from events.personal import readable
from projections.effects import Delete, Effects, Projection, Put
from schemas.positions import ENGAGEMENT
from schemas.tables import TEXT, Count, Table

COMMENTS = Table(
    "comments",
    partition="post_id",
    order="written_at desc, comment_id desc",
    columns={"author_id": TEXT, "text": TEXT},
    subject="author_id",
    counts=Count("comment_count", per="post_id", cached=3600),
)

PROJECTION = Projection("comments", topics=[ENGAGEMENT], tables=[COMMENTS])


@PROJECTION.projects(CommentWritten, CommentRestored)
def written(recorded: Recorded[CommentWritten | CommentRestored]) -> Effects:
    event = recorded.event
    yield Put(
        COMMENTS,
        post_id=event.post_id,
        written_at=event.written_at,
        comment_id=event.comment_id,
        author_id=event.author_id,
        text=readable(event.text),
    )


@PROJECTION.projects(CommentDeleted, CommentRemoved)
def deleted(recorded: Recorded[CommentDeleted | CommentRemoved]) -> Effects:
    event = recorded.event
    yield Delete(COMMENTS, post_id=event.post_id, written_at=event.written_at, comment_id=event.comment_id)
