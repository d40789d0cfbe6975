"""What follows from a post's life for its media, and an avatar's: uploads are rendered, and what nobody needs any more
is removed.

Fed by photolog.posts and photolog.accounts; renders.py and removals.py do the work.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass, field

from events.avatars import AvatarChanged, AvatarRejected, AvatarReserved, AvatarUploaded
from events.delivery import Delivery
from events.envelope import Event
from events.posts import (
    PostDeleted,
    PostRejected,
    PostRemade,
    PostRemoved,
    PostRestored,
    ProcessingRetried,
    UploadCompleted,
)
from events.upcasters import may_be
from processors.durations import Durations
from processors.removals import Removals
from processors.renders import Renders
from processors.works import AvatarWork, PhotoWork, Work
from projections.effects import Reaction
from schemas.ids import AccountId, AvatarId, PostId
from schemas.positions import ACCOUNTS, POSTS


@dataclass(frozen=True)
class Render(Reaction):
    """Show a completed upload, or reject it; again, where it was restored or is retried."""

    work: Work


@dataclass(frozen=True)
class RemoveOriginal(Reaction):
    """What was uploaded for a rejected post."""

    post_id: PostId


@dataclass(frozen=True)
class WithdrawRenditions(Reaction):
    """What a post showed that is removed, or made again: of this attempt, and of all before. Its original is held."""

    post_id: PostId
    attempt: int


@dataclass(frozen=True)
class RemoveMedia(Reaction):
    """Everything that a deleted post had."""

    post_id: PostId


@dataclass(frozen=True)
class RemoveAvatar(Reaction):
    """What an avatar had; if it was rejected, its upload alone."""

    account_id: AccountId
    avatar_id: AvatarId
    rejected: bool = False


Removal = RemoveOriginal | WithdrawRenditions | RemoveMedia | RemoveAvatar


CONCERNS: Container[type[Event]] = {
    UploadCompleted,
    PostRestored,
    ProcessingRetried,
    PostRejected,
    PostRemoved,
    PostRemade,
    PostDeleted,
    AvatarUploaded,
    AvatarRejected,
    AvatarReserved,
    AvatarChanged,
}
"""The events from which anything follows for media."""


class MediaSubscriber:
    """Says what media need."""

    id = "media@v1"
    topics = (POSTS, ACCOUNTS)

    def reads(self, stored: str) -> bool:
        """What concerns media."""
        return may_be(stored, CONCERNS)

    def opens(self, _stored: str) -> bool:
        """Nothing: media go by ids and keys."""
        return False

    def plan(self, delivery: Delivery) -> Iterator[Reaction]:
        """A reaction for each thing that an event concerns."""
        event, post = delivery.recorded.event, PostId(delivery.recorded.stream.removeprefix("post/"))
        match event:
            case UploadCompleted() | PostRestored() | ProcessingRetried():
                yield Render(PhotoWork(post, event.upload_key, event.content_type))
            case PostRejected(reason=reason) if reason != "blocked":
                yield RemoveOriginal(post)
            case PostRemoved(attempt=attempt):
                yield WithdrawRenditions(post, attempt)
            case PostRemade(attempt=attempt):
                yield WithdrawRenditions(post, attempt - 1)
            case PostDeleted():
                yield RemoveMedia(post)
            case AvatarUploaded():
                yield Render(AvatarWork(event.account_id, event.avatar_id, event.upload_key, event.content_type))
            case AvatarRejected():
                yield RemoveAvatar(event.account_id, event.avatar_id, rejected=True)
            case AvatarReserved() | AvatarChanged():
                for avatar in event.removes:
                    yield RemoveAvatar(event.account_id, avatar)


@dataclass(frozen=True)
class RenderApplier:
    """Has uploads rendered. Their stream says whether one still waits for it."""

    renders: Renders
    waiting: Durations = field(default_factory=Durations)
    """From a complete upload until it was shown or rejected."""

    async def apply(self, reaction: Render, delivery: Delivery, cut_short: int) -> None:
        """One upload."""
        recorded = delivery.recorded
        if await self.renders.process(reaction.work, recorded.correlation, cut_short):
            self.waiting.add(max(0, self.renders.clock() - recorded.at) / 1_000)


@dataclass(frozen=True)
class RemovalApplier:
    """Has objects removed, which is as good twice."""

    removals: Removals

    async def apply(self, reaction: Removal, delivery: Delivery, cut_short: int) -> None:
        """What one post, or avatar, had."""
        match reaction:
            case WithdrawRenditions(post, attempt):
                await self.removals.withdrawn(post, attempt)
            case RemoveOriginal(post):
                await self.removals.rejected(post)
            case RemoveMedia(post):
                await self.removals.deleted(post)
            case RemoveAvatar(account, avatar, rejected=True):
                await self.removals.avatar_rejected(account, avatar)
            case RemoveAvatar(account, avatar):
                await self.removals.avatar_removed(account, avatar)
