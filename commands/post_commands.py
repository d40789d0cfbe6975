"""What can be asked of a post: by its author, by whoever renders it, by moderators. Decided in commands/posts.py."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commands.aggregate import Command
from commands.post_state import Description
from events.posts import InParts, RejectionReason, Rendition
from schemas.ids import AccountId, Millis, PostId


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
    in_parts: InParts | None = None


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
class RetryProcessing(PostCommand):
    """Whoever made this attempt is gone, and nobody else is to go on: processing begins anew."""

    attempt: int


@dataclass(frozen=True)
class PublishPost(PostCommand):
    """The renditions of this attempt are in place."""

    attempt: int
    at: Millis
    renditions: tuple[Rendition, ...]
    width: int
    height: int
    blurhash: str
    salt: int = 0
    """In which part of its author's posts it is to lie."""


@dataclass(frozen=True)
class RemakePost(PostCommand):
    """Other renditions are in place of a published post's. Says nothing once the post is not as it was `seen`."""

    attempt: int
    renditions: tuple[Rendition, ...]
    width: int
    height: int
    blurhash: str
    seen: Description
    edited_at: Millis | None
    """Of what was seen."""


@dataclass(frozen=True)
class RejectPost(PostCommand):
    """This attempt found that the upload cannot be published."""

    attempt: int
    reason: RejectionReason


@dataclass(frozen=True)
class DeletePost(PostCommand):
    """Take the post away; before publication, cancel it."""


@dataclass(frozen=True)
class RemovePost(PostCommand):
    """Let nobody see it: a moderator's word, see commands/cases.py."""


@dataclass(frozen=True)
class RestorePost(PostCommand):
    """Publish it after all: a moderator's word."""


def post_stream(post: PostId) -> str:
    """The stream of a post."""
    return f"post/{post}"
