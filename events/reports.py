"""What somebody wants a moderator to look at. Decided in commands/reports.py; on photolog.accounts, keyed by report."""

from events.envelope import Event, recorded
from events.personal import Personal
from schemas.ids import AccountId, CommentId, PostId
from schemas.reports import Reason


@recorded("report.filed.v1", subject="reporter_id")
class ReportFiled(Event):
    """An account reports one thing: a post, a comment or an account; the others are None."""

    reporter_id: AccountId
    post_id: PostId | None
    comment_id: CommentId | None
    user_id: AccountId | None
    reason: Reason
    text: Personal[str]
