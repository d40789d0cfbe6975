"""A post as commands see it, folded from its events. Decided about in commands/posts.py, looked at by others."""

from dataclasses import dataclass, replace
from typing import Literal

from events.envelope import Event
from events.personal import Redacted
from events.posts import (
    AccountsMentioned,
    Coordinates,
    Described,
    InParts,
    Picture,
    PostDeleted,
    PostEdited,
    PostPublished,
    PostRejected,
    PostRemade,
    PostRemoved,
    PostReserved,
    PostRestored,
    ProcessingRetried,
    ProcessingStarted,
    UploadCompleted,
)
from schemas.errors import Gone, PhotologError
from schemas.ids import AccountId, Millis
from schemas.refusals import NotYours, UnknownPost

Status = Literal["pending", "processing", "published", "rejected", "deleted"]


@dataclass(frozen=True)
class Description:
    """What an author says about a post."""

    caption: str | Redacted = ""
    tags: tuple[str, ...] | Redacted = ()
    """The author's own."""
    caption_tags: tuple[str, ...] | Redacted = ()
    alt_text: str | Redacted = ""
    location: Coordinates | Redacted | None = None


@dataclass(frozen=True)
class Post:
    """A post as commands see it."""

    author_id: AccountId
    status: Status
    description: Description
    content_type: str
    size_bytes: int
    checksum_sha256: str | None
    upload_key: str
    draft: bool
    attempt: int = 0
    picture: Picture | None = None
    """What was published; kept after a deletion."""
    mentions: tuple[AccountId, ...] = ()
    """Whom the caption calls."""
    held: bool = False
    """Whether it was removed, or found on a blocklist: its original is kept, and it may be restored."""
    cleared: bool = False
    """Whether a moderator has restored it: it is on no blocklist then, whatever it looks like."""
    in_parts: InParts | None = None
    salt: int = 0
    """In which part of its author's posts it lies, or lay."""

    @property
    def published_at(self) -> Millis | None:
        """What readers sort by; None if it was never public."""
        return self.picture.published_at if self.picture else None

    @property
    def shown(self) -> Picture | None:
        """What is public now."""
        return self.picture if self.status == "published" else None


def visible(post: Post | None, hidden: bool = False) -> Post:
    """The post, if it is published and not hidden from who asks: likes and comments do. Raises UnknownPost or Gone."""
    if post is None or post.published_at is None or hidden:
        raise UnknownPost
    if post.status == "deleted":
        raise Gone
    if post.status != "published":
        raise UnknownPost  # a moderator has removed it
    return post


def not_for_strangers(post: Post) -> PhotologError:
    """What somebody else is told who wants to change it."""
    if post.published_at is not None and post.status == "deleted":
        return Gone()
    return NotYours() if post.status == "published" else UnknownPost()


def evolve(post: Post | None, event: Event) -> Post:
    match event:
        case PostReserved():
            return Post(
                author_id=event.author_id,
                status="pending",
                description=_said(event),
                content_type=event.content_type,
                size_bytes=event.size_bytes,
                checksum_sha256=event.checksum_sha256,
                upload_key=event.upload_key,
                draft=event.draft,
                in_parts=event.in_parts,
            )
        case UploadCompleted() if post:
            return replace(post, status="processing", description=_said(event))
        case ProcessingStarted() | ProcessingRetried() if post:
            return replace(post, attempt=event.attempt)
        case PostPublished() if post:
            return replace(post, status="published", picture=_picture(event), held=False, salt=event.salt)
        case PostRemade() if post:
            return replace(post, picture=event.picture, attempt=event.attempt)
        case PostEdited() if post:
            return replace(post, description=_said(event))
        case AccountsMentioned() if post:
            return replace(post, mentions=event.mentions)
        case PostRejected() if post:
            return replace(post, status="rejected", held=event.reason == "blocked")
        case PostRemoved() if post:
            return replace(post, status="rejected", held=True)
        case PostRestored() if post:
            return replace(post, status="processing", held=False, cleared=True)
        case PostDeleted() if post:
            return replace(post, status="deleted")
        case _:
            raise TypeError(f"{type(event).__name__} does not happen to a post")


def _picture(event: PostPublished) -> Picture:
    return Picture(**{name: getattr(event, name) for name in Picture.model_fields})


def _said(event: Described) -> Description:
    return Description(**{name: getattr(event, name) for name in Description.__dataclass_fields__})
