"""Who likes what. Decided in commands/likes.py; on photolog.engagement, keyed by post.

A like has no stream: its number counts the decisions of one account about one post.
"""

from events.envelope import Event, recorded
from schemas.ids import AccountId, PostId


@recorded("post.liked.v2", subject="account_id")
class PostLiked(Event):
    """An account likes a post; said again, it changes nothing."""

    post_id: PostId
    account_id: AccountId
    author_id: AccountId | None
    """Whose post it is. None where v1 did not say."""


@recorded("post.unliked.v1", subject="account_id")
class PostUnliked(Event):
    """An account no longer likes a post."""

    post_id: PostId
    account_id: AccountId
