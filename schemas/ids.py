"""Names for the ids that travel everywhere: opaque strings outside, `<prefix>_<11 base-62 digits>` inside.

Fixed width and an alphabet in ASCII order make ids of one kind sort by the time they were issued.
"""

import re
from typing import Annotated, NewType

from pydantic import StringConstraints

AccountId = NewType("AccountId", str)
PostId = NewType("PostId", str)
CommentId = NewType("CommentId", str)
AvatarId = NewType("AvatarId", str)
EventId = NewType("EventId", str)
CommandId = NewType("CommandId", str)
SessionId = NewType("SessionId", str)

Millis = int
"""A point in time: milliseconds since 1970-01-01 UTC."""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ID_DIGITS = 11
"""Base-62 digits that hold 64 bits."""
EPOCH: Millis = 1_735_689_600_000  # 2025-01-01 UTC
MACHINE_BITS, SEQUENCE_BITS = 10, 12
"""The low bits of an id, below the milliseconds since then."""

NOTIFICATION_PREFIX, REPORT_PREFIX, AVATAR_PREFIX = "no", "re", "av"
ACCOUNT_PREFIX, POST_PREFIX, COMMENT_PREFIX, EVENT_PREFIX, COMMAND_PREFIX, SESSION_PREFIX = (
    "ac",
    "po",
    "co",
    "ev",
    "cm",
    "se",
)


_DIGITS = f"[0-9A-Za-z]{{{ID_DIGITS}}}"
"""Of the shape of an id, in a path: what has another shape is the id of nothing, and no store is asked for it."""
NOTIFICATION_ID = f"{NOTIFICATION_PREFIX}_{_DIGITS}"
ACCOUNT_ID = f"{ACCOUNT_PREFIX}_{_DIGITS}"
POST_ID, COMMENT_ID = f"{POST_PREFIX}_{_DIGITS}", f"{COMMENT_PREFIX}_{_DIGITS}{_DIGITS}"
AnAccountId = Annotated[AccountId, StringConstraints(pattern=f"^{ACCOUNT_ID}$")]
APostId = Annotated[PostId, StringConstraints(pattern=f"^{POST_ID}$")]
ACommentId = Annotated[CommentId, StringConstraints(pattern=f"^{COMMENT_ID}$")]
AnAvatarId = Annotated[AvatarId, StringConstraints(pattern=f"^{AVATAR_PREFIX}_{_DIGITS}$")]
ASessionId = Annotated[SessionId, StringConstraints(pattern=f"^{SESSION_PREFIX}_{_DIGITS}$")]


def is_account_id(text: str) -> bool:
    """Whether an account can have this id."""
    return re.fullmatch(ACCOUNT_ID, text) is not None


def is_of_content(text: str) -> bool:
    """Whether a post or a comment can have this id."""
    return re.fullmatch(f"{POST_ID}|{COMMENT_ID}", text) is not None


def base62(number: int) -> str:
    """The number in ID_DIGITS base-62 digits. Raises ValueError where it does not fit."""
    digits = []
    for _ in range(ID_DIGITS):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    if number:
        raise ValueError("the number has more than 64 bits")
    return "".join(reversed(digits))
