"""How far somebody has read their notifications. Decided in commands/notifications.py; on photolog.accounts.

What there is to be notified of stands in the events of likes, comments and follows: they say whom they concern.
"""

from events.envelope import Event, recorded
from schemas.ids import AccountId


@recorded("notification.read.v1", subject="account_id")
class NotificationsRead(Event):
    """An account has read its notifications up to this one."""

    account_id: AccountId
    up_to: str
