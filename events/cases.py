"""What moderators look at and what they decide: one stream for each post, comment or account. Decided in
commands/cases.py; on photolog.accounts, keyed by what the case is about. What people report is in events/reports.py."""

from typing import Literal

from events.envelope import Event, recorded
from schemas.ids import AccountId, CommentId, PostId

Verdict = Literal["remove", "restore", "suspend", "reinstate", "dismiss"]


class About(Event):
    """What a case is about: a post, a comment, or, where both are None, an account."""

    account_id: AccountId
    """Whose it is, or who it is."""
    post_id: PostId | None
    comment_id: CommentId | None


@recorded("case.flagged.v1", subject="account_id")
class CaseFlagged(About):
    """The platform has found something by itself."""

    source: Literal["blocklist"]
    match: str
    """The entry that it was found by, by the name that its list gives it; never what was uploaded."""
    distance: int
    """Bits in which the two differ."""


@recorded("case.decided.v1", subject="account_id")
class CaseDecided(About):
    """A moderator has decided. What follows for post, comment or account is in their own streams."""

    verdict: Verdict
    reason: str
    """In the moderator's words, which the account is told too, unless the case was dismissed."""
