"""A post as commands see it, folded from its events. Decided about in commands/posts.py, looked at by others."""

from dataclasses import dataclass, replace
from typing import Literal

from events.envelope import Event
from events.personal import Redacted
from events.posts import (
    AccountsMentioned,
    Coordinates,
    Described,
    Picture,
    PostDeleted,
    PostEdited,
    PostPublished,
    PostRejected,
    PostReserved,
    ProcessingStarted,
    UploadCompleted,
)
from schemas.errors import Gone, UnknownPost
from schemas.ids import AccountId, Millis

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

    @property
    def published_at(self) -> Millis | None:
        """What readers sort by; None if it was never public."""
        return self.picture.published_at if self.picture else None


def visible(post: Post | None, hidden: bool = False) -> Post:
    """The post, if it is published and not hidden from who asks: likes and comments do. Raises UnknownPost or Gone."""
    if post is None or post.published_at is None or hidden:
        raise UnknownPost
    if post.status == "deleted":
        raise Gone
    return post


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
            )
        case UploadCompleted() if post:
            return replace(post, status="processing", description=_said(event))
        case ProcessingStarted() if post:
            return replace(post, attempt=event.attempt)
        case PostPublished() if post:
            return replace(post, status="published", picture=_picture(event))
        case PostEdited() if post:
            return replace(post, description=_said(event))
        case AccountsMentioned() if post:
            return replace(post, mentions=event.mentions)
        case PostRejected() if post:
            return replace(post, status="rejected")
        case PostDeleted() if post:
            return replace(post, status="deleted")
        case _:
            raise TypeError(f"{type(event).__name__} does not happen to a post")


def _picture(event: PostPublished) -> Picture:
    return Picture(**{name: getattr(event, name) for name in Picture.model_fields})


def _said(event: Described) -> Description:
    return Description(**{name: getattr(event, name) for name in Description.__dataclass_fields__})
