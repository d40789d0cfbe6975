"""Names for the ids that travel everywhere: opaque strings outside, `<prefix>_<11 base-62 digits>` inside.

Fixed width and an alphabet in ASCII order make ids of one kind sort by the time they were issued.
"""

from typing import NewType

AccountId = NewType("AccountId", str)
PostId = NewType("PostId", str)
CommentId = NewType("CommentId", str)
EventId = NewType("EventId", str)
CommandId = NewType("CommandId", str)
SessionId = NewType("SessionId", str)

Millis = int
"""A point in time: milliseconds since 1970-01-01 UTC."""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ID_DIGITS = 11
"""Base-62 digits that hold 64 bits."""

ACCOUNT_PREFIX, POST_PREFIX, COMMENT_PREFIX, EVENT_PREFIX, COMMAND_PREFIX, SESSION_PREFIX = (
    "ac",
    "po",
    "co",
    "ev",
    "cm",
    "se",
)
