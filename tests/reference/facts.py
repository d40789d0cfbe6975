"""What has happened, as far as readers can tell. Made from the log (log.py) or from answers (history.py)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SignedUp:
    account: str


@dataclass(frozen=True)
class Published:
    """`at` is the publication time in milliseconds."""

    post: str
    author: str
    at: int


@dataclass(frozen=True)
class PostDeleted:
    post: str


@dataclass(frozen=True)
class Followed:
    follower: str
    followee: str


@dataclass(frozen=True)
class Unfollowed:
    follower: str
    followee: str


@dataclass(frozen=True)
class Liked:
    post: str
    account: str


@dataclass(frozen=True)
class Unliked:
    post: str
    account: str


@dataclass(frozen=True)
class Commented:
    """`at` is the time of writing in milliseconds."""

    comment: str
    post: str
    author: str
    at: int


@dataclass(frozen=True)
class CommentDeleted:
    comment: str


Fact = SignedUp | Published | PostDeleted | Followed | Unfollowed | Liked | Unliked | Commented | CommentDeleted
