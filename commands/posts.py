"""The post aggregate: commands in, decisions as events out. Loaded and saved by commands/handling.py."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from commands.aggregate import SYSTEM, Aggregate, Command
from commands.post_state import Description, Post, evolve
from events.envelope import Event
from events.posts import (
    AccountsMentioned,
    PostDeleted,
    PostEdited,
    PostPublished,
    PostRejected,
    PostReserved,
    ProcessingStarted,
    RejectionReason,
    Rendition,
    UploadCompleted,
)
from schemas.errors import Gone, NotYours, PhotologError, UnknownPost, UnsupportedType
from schemas.ids import AccountId, Millis, PostId
from schemas.objects import upload_key
from schemas.photos import PHOTO_TYPES

ANNOUNCED = ("filename", "content_type", "size_bytes", "checksum_sha256", "draft")
"""What a reservation says about the file."""


@dataclass(frozen=True)
class PostCommand(Command):
    post_id: PostId

    @property
    def stream(self) -> str:
        return post_stream(self.post_id)


@dataclass(frozen=True)
class ReservePost(PostCommand):
    """Announce an upload."""

    filename: str
    content_type: str
    size_bytes: int
    checksum_sha256: str | None
    draft: bool
    description: Description
    mentions: tuple[AccountId, ...] = ()
    """Whom its caption calls."""


@dataclass(frozen=True)
class CompleteUpload(PostCommand):
    """The bytes are there; process them, and change these fields of the description."""

    changes: Mapping[str, Any]
    mentions: tuple[AccountId, ...] | None = None
    """Whom its caption calls; None where none is among the changes."""


@dataclass(frozen=True)
class NoteUpload(PostCommand):
    """The object store says that the bytes are there: the same as completing, unless the reservation was a draft."""


@dataclass(frozen=True)
class EditPost(PostCommand):
    """Say something else about the post: only the fields that are given change, whatever became of the others."""

    changes: Mapping[str, Any]
    mentions: tuple[AccountId, ...] | None = None


@dataclass(frozen=True)
class StartProcessing(PostCommand):
    """A worker takes the post up, superseding any attempt but the one that it holds itself."""

    holds: int | None = None


@dataclass(frozen=True)
class PublishPost(PostCommand):
    """The renditions of this attempt are in place."""

    attempt: int
    at: Millis
    renditions: tuple[Rendition, ...]
    width: int
    height: int
    blurhash: str


@dataclass(frozen=True)
class RejectPost(PostCommand):
    """This attempt found that the upload cannot be published."""

    attempt: int
    reason: RejectionReason


@dataclass(frozen=True)
class DeletePost(PostCommand):
    """Take the post away; before publication, cancel it."""


def post_stream(post: PostId) -> str:
    """The stream of a post."""
    return f"post/{post}"


def decide(post: Post | None, command: PostCommand) -> list[Event]:
    decided = _decided(post, command)
    if not decided:
        return []
    said = _mentioned(post, command)
    # What a publication's position covers comes before it.
    return [*said, *decided] if isinstance(command, PublishPost) else [*decided, *said]


def _mentioned(post: Post | None, command: PostCommand) -> list[Event]:
    """What is said of a caption's mentions along with what was decided."""
    before, author = (post.mentions, post.author_id) if post else ((), command.actor)
    now: tuple[AccountId, ...] | None = getattr(command, "mentions", None)
    match command:
        case PublishPost() if before:
            return [AccountsMentioned(author_id=author, mentions=before, tells=before)]
        case _ if now is not None and now != before:
            new = tuple(account for account in now if account not in before)
            public = post is not None and post.status == "published"
            return [AccountsMentioned(author_id=author, mentions=now, tells=new if public else ())]
        case _:
            return []


def _decided(post: Post | None, command: PostCommand) -> list[Event]:
    match post, command:
        case None, ReservePost():
            return [_reserved(command)]
        case None, _:
            raise UnknownPost
        case Post(), _ if command.actor != post.author_id and not command.actor.startswith(SYSTEM):
            raise _not_for_strangers(post)
        case Post(), ReservePost():
            return []
        case Post(status="deleted"), CompleteUpload() | EditPost():
            raise Gone
        case Post(status="pending"), CompleteUpload(changes=changes):
            return [_completed(post, replace(post.description, **changes))]
        case Post(status="pending", draft=False), NoteUpload():
            return [_completed(post, post.description)]
        case Post(), CompleteUpload(changes=changes) | EditPost(changes=changes):
            return _edited(post, replace(post.description, **changes))
        case Post(status="processing", attempt=attempt), StartProcessing() if attempt != command.holds:
            return [ProcessingStarted(author_id=post.author_id, attempt=post.attempt + 1)]
        case Post(status="processing", attempt=attempt), PublishPost() if attempt == command.attempt:
            return [_published(post, command)]
        case Post(status="processing", attempt=attempt), RejectPost() if attempt == command.attempt:
            return [PostRejected(author_id=post.author_id, reason=command.reason)]
        case Post(status=status), DeletePost() if status != "deleted":
            return [PostDeleted(author_id=post.author_id, published_at=post.published_at)]
        case _:
            return []  # said again, or too late: not news


def _reserved(command: ReservePost) -> PostReserved:
    if command.content_type not in PHOTO_TYPES:
        raise UnsupportedType(f"a photo is one of {', '.join(PHOTO_TYPES)}")
    announced = {name: getattr(command, name) for name in ANNOUNCED}
    key = upload_key(command.post_id)
    return PostReserved(author_id=command.actor, **vars(command.description), **announced, upload_key=key)


def _completed(post: Post, said: Description) -> UploadCompleted:
    upload = {"content_type": post.content_type, "upload_key": post.upload_key}
    return UploadCompleted(author_id=post.author_id, **vars(said), **upload)


def _edited(post: Post, said: Description) -> list[Event]:
    if said == post.description or post.status == "rejected":
        return []
    return [PostEdited(author_id=post.author_id, **vars(said), picture=post.picture)]


def _published(post: Post, command: PublishPost) -> PostPublished:
    return PostPublished(
        author_id=post.author_id,
        **vars(post.description),
        published_at=command.at,
        attempt=command.attempt,
        renditions=command.renditions,
        width=command.width,
        height=command.height,
        blurhash=command.blurhash,
    )


def _not_for_strangers(post: Post) -> PhotologError:
    if post.published_at is None:
        return UnknownPost()
    return Gone() if post.status == "deleted" else NotYours()


POST = Aggregate("post", evolve, decide, state=Post, release=2)
