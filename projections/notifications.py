"""What accounts are told of others' doings. Fed by the events that say whom they concern; read by the list of
notifications, which looks whether what a row tells of still stands: likes and follows end without saying when they
began."""

from typing import NamedTuple

from events.cases import CaseDecided
from events.comments import CommentWritten
from events.envelope import Recorded
from events.follows import Followed
from events.likes import PostLiked
from events.notifications import NotificationsRead
from events.posts import AccountsMentioned
from projections.effects import Effects, Projection, Put
from projections.posts import post_id
from schemas.ids import ID_DIGITS, NOTIFICATION_PREFIX, AccountId, Millis
from schemas.positions import ACCOUNTS, ENGAGEMENT, FOLLOWS, POSTS
from schemas.tables import TEXT, TIME, Table

LIKE, COMMENT, FOLLOW, MENTION = "like", "comment", "follow", "mention"
VERDICTS = {"remove": "removed", "restore": "restored", "suspend": "suspended", "reinstate": "reinstated"}
"""Kinds that tell of what moderators decided; a dismissal is told to nobody."""
KINDS = (LIKE, COMMENT, FOLLOW, MENTION, *VERDICTS.values())

NOTIFICATIONS = Table(
    "notifications",
    partition="recipient_id, kind",
    order="notification_id desc",
    columns={"actor_id": TEXT, "author_id": TEXT, "post_id": TEXT, "comment_id": TEXT, "notified_at": TIME},
    subject="actor_id",
)
"""A kind by itself, so that none crowds out another. Ids sort by time."""
NOTIFICATIONS_READ = Table("notifications_read", partition="account_id", columns={"up_to": TEXT}, subject="account_id")

PROJECTION = Projection(
    "notifications", topics=[ACCOUNTS, POSTS, FOLLOWS, ENGAGEMENT], tables=[NOTIFICATIONS, NOTIFICATIONS_READ]
)


class Deed(NamedTuple):
    """What somebody did, and when. `author_id` is the post's; empty is what it is not about."""

    actor_id: AccountId
    notified_at: Millis
    author_id: str = ""
    post_id: str = ""
    comment_id: str = ""


@PROJECTION.projects(PostLiked)
def liked(recorded: Recorded[PostLiked]) -> Effects:
    event = recorded.event
    if event.author_id is not None:
        deed = Deed(event.account_id, recorded.at, event.author_id, event.post_id)
        yield from _told(event.author_id, LIKE, recorded.id, deed)


@PROJECTION.projects(Followed)
def followed(recorded: Recorded[Followed]) -> Effects:
    event = recorded.event
    yield from _told(event.followee_id, FOLLOW, recorded.id, Deed(event.follower_id, recorded.at))


@PROJECTION.projects(CommentWritten, sealed=True)
def commented(recorded: Recorded[CommentWritten]) -> Effects:
    """Whose post it is hears of the comment, and not besides that it mentions them."""
    event, author = recorded.event, recorded.event.post_author_id
    if author is None:
        return
    deed = Deed(event.author_id, event.written_at, author, event.post_id, event.comment_id)
    yield from _told(author, COMMENT, event.comment_id, deed)
    for account in event.mentions:
        if account != author:
            yield from _told(account, MENTION, event.comment_id, deed)


@PROJECTION.projects(AccountsMentioned)
def mentioned(recorded: Recorded[AccountsMentioned]) -> Effects:
    event = recorded.event
    deed = Deed(event.author_id, recorded.at, event.author_id, post_id(recorded.stream))
    for account in event.tells:
        yield from _told(account, MENTION, recorded.id, deed)


@PROJECTION.projects(CaseDecided)
def decided(recorded: Recorded[CaseDecided]) -> Effects:
    """Comes from nobody: who moderates is not shown."""
    event = recorded.event
    if event.verdict in VERDICTS:
        deed = Deed(AccountId(""), recorded.at, event.account_id, event.post_id or "", event.comment_id or "")
        yield from _told(event.account_id, VERDICTS[event.verdict], recorded.id, deed)


@PROJECTION.projects(NotificationsRead)
def read(recorded: Recorded[NotificationsRead]) -> Effects:
    yield Put(NOTIFICATIONS_READ, account_id=recorded.event.account_id, up_to=recorded.event.up_to)


def _told(recipient: AccountId, kind: str, after: str, deed: Deed) -> Effects:
    """A row, but never of what somebody did themselves. Its id is that of what it tells of, under another prefix."""
    if recipient != deed.actor_id:
        place = {"recipient_id": recipient, "kind": kind, "notification_id": notification_id(after)}
        yield Put(NOTIFICATIONS, **place, **deed._asdict())


def notification_id(after: str) -> str:
    """The id of what tells of an event or a comment: of these, the digits that say when."""
    return f"{NOTIFICATION_PREFIX}_{after.partition('_')[2][:ID_DIGITS]}"
