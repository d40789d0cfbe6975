"""What happens to a post, from reserved upload to deletion.

Decided in commands/posts.py; on photolog.posts, keyed by post.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from events.envelope import Event, recorded
from events.personal import Personal, Redacted, readable
from schemas.ids import AccountId, Millis
from schemas.posts import RejectionReason as RejectionReason
from schemas.tags import each_once


class Coordinates(BaseModel):
    """Where a photo was taken, in degrees (WGS 84), rounded to 3 decimals."""

    model_config = ConfigDict(frozen=True)

    lat: float
    lon: float


class Rendition(BaseModel):
    """One size and format of a photo, under its immutable name `m/{post_id}/{name}-{hash}.{ext}`."""

    model_config = ConfigDict(frozen=True)

    name: Literal["thumbnail", "feed", "full"]
    path: str
    content_type: str
    width: int
    height: int
    size_bytes: int


def shown_tags(own: tuple[str, ...] | Redacted, of_caption: tuple[str, ...] | Redacted) -> list[str]:
    """What readers see as tags: the author's own, then those of the caption, each once."""
    return list(each_once((*(readable(own) or ()), *(readable(of_caption) or ()))))


class Described(Event):
    """What the author says about a post."""

    author_id: AccountId
    caption: Personal[str]
    tags: Personal[tuple[str, ...]]
    """The author's own; readers see them before those of the caption."""
    caption_tags: Personal[tuple[str, ...]]
    """The hashtags in the caption, which change with it."""
    alt_text: Personal[str]
    location: Personal[Coordinates | None]


@recorded("post.reserved.v2", subject="author_id")
class PostReserved(Described):
    """An upload was announced; its bytes may now be put under `upload_key`."""

    filename: Personal[str]
    content_type: str
    size_bytes: int
    checksum_sha256: str | None
    draft: bool
    upload_key: str


@recorded("post.upload_completed.v2", subject="author_id")
class UploadCompleted(Described):
    """The bytes are in the object store and the post is to be processed, with this description."""

    content_type: str
    upload_key: str


@recorded("post.processing_started.v1", subject="author_id")
class ProcessingStarted(Event):
    """A worker took the post up. Only its latest attempt may publish."""

    author_id: AccountId
    attempt: int


@recorded("post.published.v2", subject="author_id")
class PostPublished(Described):
    """The post can be seen; its renditions are in place."""

    published_at: Millis
    attempt: int
    renditions: tuple[Rendition, ...]
    width: int
    height: int
    blurhash: str


class Picture(BaseModel):
    """What a published post shows besides its description."""

    model_config = ConfigDict(frozen=True)

    published_at: Millis
    renditions: tuple[Rendition, ...]
    width: int
    height: int
    blurhash: str


@recorded("post.edited.v2", subject="author_id")
class PostEdited(Described):
    """The author says something else about the post."""

    picture: Picture | None
    """Unchanged, so that readers can be told the whole post; None before publication."""


@recorded("post.mentioned.v1", subject="author_id")
class AccountsMentioned(Event):
    """The caption calls these accounts, by the names that they had when it was written; or it calls nobody any more."""

    author_id: AccountId
    mentions: tuple[AccountId, ...]
    tells: tuple[AccountId, ...]
    """Those who can see it from now on, and did not before: all of them at publication."""


@recorded("post.rejected.v1", subject="author_id")
class PostRejected(Event):
    """The upload cannot be published."""

    author_id: AccountId
    reason: RejectionReason


@recorded("post.deleted.v1", subject="author_id")
class PostDeleted(Event):
    """The author took the post away."""

    author_id: AccountId
    published_at: Millis | None
    """What readers sort by; None if it was never public."""
