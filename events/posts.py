"""What happens to a post, from reserved upload to deletion.

Decided in commands/posts.py; on photolog.posts, keyed by post.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from events.envelope import Event, recorded
from events.personal import Personal, Redacted, readable
from schemas.ids import AccountId, Millis
from schemas.tags import each_once
from schemas.uploads import RejectionReason as RejectionReason


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


class InParts(BaseModel):
    """An upload whose bytes come in parts: all of `part_bytes`, but for the last."""

    model_config = ConfigDict(frozen=True)

    upload_id: str
    """What the object store calls it."""
    part_bytes: int


@recorded("post.reserved.v3", subject="author_id")
class PostReserved(Described):
    """An upload was announced; its bytes may now be put under `upload_key`."""

    filename: Personal[str]
    content_type: str
    size_bytes: int
    checksum_sha256: str | None
    draft: bool
    upload_key: str
    in_parts: InParts | None
    """None where they come as a whole."""


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


@recorded("post.published.v3", subject="author_id")
class PostPublished(Described):
    """The post can be seen; its renditions are in place."""

    published_at: Millis
    salt: int
    """In which part of its author's posts it lies; 0 where these are not spread."""
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


@recorded("post.remade.v1", subject="author_id")
class PostRemade(Described):
    """A published post has new renditions of the same photo, under new names; what else readers see is unchanged."""

    picture: Picture
    attempt: int
    """Whose they are. Those of all before are taken away."""
    edited_at: Millis | None
    """When the author last said something else, as readers were told: with it they can be told the whole post."""


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


@recorded("post.removed.v2", subject="author_id")
class PostRemoved(Event):
    """A moderator has decided (events/cases.py) that nobody sees it. Its original is held: it can be restored."""

    author_id: AccountId
    published_at: Millis
    salt: int
    attempt: int
    """Whose renditions are taken away, and those of all before."""


@recorded("post.restored.v1", subject="author_id")
class PostRestored(Event):
    """A moderator has decided that it is published after all: it is rendered once more, from its original."""

    author_id: AccountId
    content_type: str
    upload_key: str


@recorded("post.retried.v1", subject="author_id")
class ProcessingRetried(Event):
    """Nobody processes the post any more, and it is not over: it is taken up once more. No attempt so far counts."""

    author_id: AccountId
    attempt: int
    content_type: str
    upload_key: str


@recorded("post.deleted.v2", subject="author_id")
class PostDeleted(Event):
    """The author took the post away."""

    author_id: AccountId
    published_at: Millis | None
    """What readers sort by; None if it was never public."""
    salt: int
    """Where readers looked for it."""
